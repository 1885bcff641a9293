/*
 * sim_activity - what runs and talks on the simulated computers: processes, connections, names
 * asked of DNS. Decided from the script before a byte is encoded; the same seed is the same.
 *
 * Names only: nothing here is a program, and no address or name is anybody's.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "sim_script.h"

#define SIM_MS 10000ull /* FILETIME ticks */

/* Times are milliseconds since SIM_START_FT; 0 as an end: it runs on. */
struct sim_process {
    enum sim_host host;
    uint32_t pid, parent_pid;
    uint64_t start_ms, end_ms;
    int running;        /* it ran before the traces began: its start is not told */
    uint32_t session;   /* terminal session */
    const char *sid;    /* it runs as */
    const char *folder; /* "\\Windows\\System32\\", behind the drive */
    const char *image;  /* "svchost.exe" */
    const char *command_line;
    uint32_t exit_code;
    uint32_t number; /* of starts on this computer: Windows' sequence number */
    uint32_t parent_number;
    int of_story; /* the intruder's */
};

enum sim_flow_kind { SIM_ACCEPT, SIM_CONNECT_OUT, SIM_CLOSE, SIM_FLOWS };

struct sim_flow {
    enum sim_host host;
    enum sim_flow_kind kind;
    uint64_t ms;
    char remote[SIM_ADDRESS_MAX];
    uint16_t remote_port, local_port;
    uint32_t pid;
};

struct sim_query {
    enum sim_host host;
    uint64_t ms;
    uint32_t pid;
    const char *name, *answers;
};

/* Each list in order of time. */
struct sim_activity {
    struct sim_process *process;
    struct sim_flow *flow;
    struct sim_query *query;
    size_t process_count, flow_count, query_count;
};

extern const char *const sim_host_addresses[SIM_HOSTS]; /* of the company's network */

/* Of the first telling of the script, however often it is told. */
void sim_activity_make(const struct sim_script *script, uint64_t seed, struct sim_activity *out);
void sim_activity_free(struct sim_activity *a);
