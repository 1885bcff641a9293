/*
 * sim_script - the story that the simulator tells: every attempt to log on, decided before a
 * single record is encoded. Seeded; the same seed is the same story on every machine.
 *
 * Addresses that attack are globally reachable by registry, yet belong to no host: the AS112 and
 * AMT service prefixes. Times of attempts are whole seconds.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define SIM_START_FT 134379648000000000ull /* 2026-11-01T00:00:00Z */
#define SIM_SECOND 10000000ull
#define SIM_DAY 86400u
#define SIM_DAYS 3u

enum sim_host { SIM_PC_A, SIM_PC_B, SIM_HOSTS };
extern const char *const sim_host_names[SIM_HOSTS];

enum sim_outcome { SIM_FAILURE, SIM_SUCCESS, SIM_CONNECT, SIM_OUTCOMES };
extern const char *const sim_outcome_names[SIM_OUTCOMES];

enum sim_service { SIM_RDP, SIM_SMB, SIM_CONSOLE, SIM_LAN, SIM_SERVICES };

/* Which records an attempt leaves behind. */
enum sim_style {
    SIM_NLA,         /* 131, 4625 type 3 with address and port 0 */
    SIM_NLA_NOADDR,  /* 131, 4625 type 3 with "-" for the address */
    SIM_NLA_140,     /* 131, 140, 4625: the account does not exist */
    SIM_RDP_PLAIN,   /* 131, 4625 type 10 with the port */
    SIM_RDP_DROPPED, /* 131 alone */
    SIM_RDP_LOGON,   /* 131, 4624 type 3, 4624 type 10, 21, 4697 where it is of the story */
    SIM_RDP_ADMIN,   /* the same from inside, and 23 */
    SIM_SMB_551,     /* 4625 type 3 with the port, 551 with the same */
    SIM_SMB_PLAIN,   /* 4625 type 3 with the port */
    SIM_LAN_LOGON,   /* 4624 type 3, 4634 */
    SIM_CONSOLE_BAD, /* 4625 type 2 */
    SIM_CONSOLE_OK,  /* 4624 type 2 */
};

/* Terminal sessions of those who log on over the network. */
#define SIM_SESSION_ADMIN 2u
#define SIM_SESSION_INTRUDER 3u
#define SIM_ADMIN_STAYS 1800u /* seconds */
/* When the intruder makes a service of its miner: so many seconds after it got in. */
#define SIM_INSTALL_AFTER 1259u
#define SIM_INSTALLED "C:\\Windows\\sqhost.exe -watchdog"

#define SIM_ADDRESS_MAX 48

struct sim_attempt {
    uint32_t second; /* since SIM_START_FT */
    uint32_t order;  /* of making, so that sorting is total */
    enum sim_host host;
    enum sim_style style;
    enum sim_outcome outcome;
    enum sim_service service;
    char source[SIM_ADDRESS_MAX]; /* empty: console */
    uint16_t port;
    const char *account;
    const char *workstation; /* NULL: an ordinary one */
    uint32_t sub_status;
};

struct sim_script {
    struct sim_attempt *attempt; /* sorted by time */
    size_t count;
    uint64_t guesses;       /* failures from the internet */
    uint64_t guess_sources; /* distinct */
    const char *intruder;   /* the source that got in */
};

struct sim_plan {
    uint64_t seed;
    unsigned scale; /* 1 = the whole story; 10 = a tenth of the long campaigns, for slow readers */
    unsigned times; /* the story comes so often, one after the other, from the same addresses */
};
void sim_script_make(const struct sim_plan *plan, struct sim_script *out);
void sim_script_free(struct sim_script *s);

uint64_t sim_random(uint64_t *state); /* splitmix64 */
