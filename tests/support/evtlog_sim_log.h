/* evtlog_sim_log - the simulator's own parts: logs, queries, rendering. Not for tests. */
#pragma once

#include "support/evtlog_sim.h"

#define SIM_LOGS_MAX 16
#define SIM_LOG_BYTES_MAX ((size_t)512 * 1024 * 1024)
#define SIM_SELECTS_MAX 64
#define SIM_IDS_MAX 32
#define SIM_PATH_MAX 128

/* Where a record lies in the file. */
struct sim_entry {
    size_t at, len;
};

struct sim_log {
    char path[SIM_PATH_MAX];
    bool denied, disabled, absent;
    uint64_t capacity;
    uint64_t base;   /* number of entry[0] minus 1 */
    uint64_t oldest; /* number of the first that is left */
    size_t count;    /* entries read, with those that are gone */
    size_t cap;
    struct sim_entry *entry;
};

struct sim_logs {
    const char *path;
    bool frozen;
    uint64_t offset; /* read up to here */
    struct buf bytes;
    size_t count;
    struct sim_log log[SIM_LOGS_MAX];
};

void sim_logs_init(struct sim_logs *l, const char *path);
void sim_logs_fini(struct sim_logs *l);
void sim_logs_read(struct sim_logs *l);
struct sim_log *sim_logs_find(struct sim_logs *l, struct sv path); /* NULL: none of that name */
struct sim_log *sim_logs_add(struct sim_logs *l, struct sv path);
uint64_t sim_log_newest(const struct sim_log *log); /* base when there is none */
/* Number is oldest..newest. The record borrows the file's bytes. */
void sim_log_get(const struct sim_logs *l, const struct sim_log *log, uint64_t number,
                 struct evtlog_sim_record *out);
bool sim_record_parse(const uint8_t *data, size_t len, struct evtlog_sim_record *out);

struct sim_select {
    char path[SIM_PATH_MAX];
    char provider[SIM_PATH_MAX];
    uint64_t since_ft;
    size_t count;
    uint16_t ids[SIM_IDS_MAX];
};
struct sim_query {
    size_t count;
    struct sim_select select[SIM_SELECTS_MAX];
};
/* A Win32 code. */
uint32_t sim_query_parse(const uint16_t *text, struct sim_query *out);
bool sim_query_has(const struct sim_query *q, const struct evtlog_sim_record *r);

#define SIM_XML_MAX ((size_t)1024 * 1024)
#define SIM_TEXT_MAX 65536

struct xml {
    size_t len;
    char text[SIM_XML_MAX];
    char value[3 * SIM_TEXT_MAX];
};

/* Each simulator has its own: several may be asked at once. */
struct sim_scratch {
    uint16_t units[SIM_XML_MAX];
    struct xml xml;
};

/* Into out->buffer; used, count and the code as EvtRender. */
uint32_t sim_render_system(const struct evtlog_sim_record *r, struct sim_scratch *scratch,
                           struct evtlog_render *out);
uint32_t sim_render_values(const struct evtlog_sim_record *r, const char (*names)[SIM_PATH_MAX],
                           size_t count, struct evtlog_render *out);
uint32_t sim_render_xml(const struct evtlog_sim_record *r, struct sim_scratch *scratch,
                        struct evtlog_render *out);
uint32_t sim_render_text(const char *utf8, struct sim_scratch *scratch, struct evtlog_render *out);
