/*
 * bench_evtlog - 4625 records through a subscription over the simulated Event Log, as values and as
 * XML, beside reading the same records from a .evtx file.
 *
 *   bench_evtlog [RECORDS]
 *
 * The simulator's own rendering is part of what is measured; Windows' is not known. Medians of five
 * runs. Prints JSON lines; exit code 1 when a way loses a record.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/mem.h"
#include "core/tm.h"
#include "evtlog/evtx.h"
#include "evtlog/subscription.h"
#include "support/evtlog_load.h"
#include "support/evtlog_sim.h"
#include "support/sim_evtx.h"

#define RECORDS 50000u
#define RUNS 5
#define BUDGET 2000.0 /* 4625 a second */
#define FILE_MAX ((size_t)512 * 1024 * 1024)

static const struct sim_field fields[] = {
    {"SubjectUserSid", SIM_SID},    {"SubjectUserName", SIM_TEXT},
    {"SubjectLogonId", SIM_HEX64},  {"TargetUserSid", SIM_SID},
    {"TargetUserName", SIM_TEXT},   {"TargetDomainName", SIM_TEXT},
    {"Status", SIM_HEX32},          {"FailureReason", SIM_TEXT},
    {"SubStatus", SIM_HEX32},       {"LogonType", SIM_U32},
    {"LogonProcessName", SIM_TEXT}, {"AuthenticationPackageName", SIM_TEXT},
    {"WorkstationName", SIM_TEXT},  {"ProcessId", SIM_HEX64},
    {"ProcessName", SIM_TEXT},      {"IpAddress", SIM_TEXT},
    {"IpPort", SIM_TEXT},
};
static const struct sim_schema failure = {.provider = "Microsoft-Windows-Security-Auditing",
                                          .guid = "{54849625-5478-4994-a5ba-3e3b0328c30d}",
                                          .channel = "Security",
                                          .event_id = 4625,
                                          .fields = fields,
                                          .field_count = COUNT(fields)};

static struct sim_value
text_value(const char *text)
{
    struct sim_value v = {.number = 0};

    v.long_text = text;
    return v;
}

static struct sim_value
sample_of(enum sim_type type)
{
    switch (type) {
    case SIM_TEXT:
        return text_value("C:\\Windows\\System32\\x");
    case SIM_SID:
        return (struct sim_value){.byte_len = 12, .bytes = {1, 1, 0, 0, 0, 0, 0, 5, 18}};
    case SIM_U16:
    case SIM_U32:
    case SIM_U64:
    case SIM_HEX32:
    case SIM_HEX64:
    case SIM_GUID:
    case SIM_BYTES:
        break;
    }
    return (struct sim_value){.number = 3};
}

static void
write_log(const char *path, unsigned records)
{
    struct sim_log *log = sim_log_open(path, "PC-A.corp.example");
    struct sim_value v[COUNT(fields)];

    for (size_t i = 0; i < COUNT(fields); i++) {
        v[i] = sample_of(fields[i].type);
    }
    v[15] = text_value("203.0.113.7");
    v[16] = text_value("50000");
    for (unsigned i = 0; i < records; i++) {
        char user[32];

        (void)snprintf(user, sizeof(user), "user%u", i % 3000);
        v[4] = text_value(user);
        sim_log_record(log, &failure, TM_UNIX_EPOCH_FT + UINT64_C(1700000000) * TM_SEC + i, v);
    }
    (void)sim_log_close(log);
}

static enum err
on_record(void *ctx, const struct subscription_record *r)
{
    uint64_t *events = ctx;

    *events += r->event != NULL && event_has(r->event, src);
    return ERR_OK;
}

static uint64_t
run_subscription(struct evtlog_sim *sim)
{
    uint64_t events = 0;
    const struct subscription_options o = {.api = evtlog_sim_api(sim),
                                           .channel = &channel_all[0],
                                           .sink = {.ctx = &events, .record = on_record}};
    struct subscription *s;
    enum err err = subscription_create(&o, &s);

    if (err) {
        return 0;
    }
    do {
        err = subscription_step(s, 0, 1000);
    } while (err == ERR_OK);
    subscription_destroy(s);
    return events;
}

struct bytes {
    const uint8_t *data;
    size_t len;
};

static enum err
read_bytes(void *ctx, uint64_t offset, void *out, size_t len, size_t *got)
{
    const struct bytes *b = ctx;
    size_t left = offset < b->len ? b->len - (size_t)offset : 0;

    *got = len < left ? len : left;
    memcpy(out, b->data + offset, *got);
    return ERR_OK;
}

static uint64_t
run_file(struct bytes *file)
{
    const struct source source = {read_bytes, file, file->len};
    struct evtx_item item;
    struct evtx *r;
    uint64_t events = 0;

    if (evtx_open_source(&source, &r)) {
        return 0;
    }
    while (evtx_next(r, &item) == ERR_OK) {
        events += item.kind == EVTX_ITEM_EVENT && event_has(item.event, src);
    }
    evtx_close(r);
    return events;
}

static int
by_size(const void *a, const void *b)
{
    const double *x = a;
    const double *y = b;

    return (*x > *y) - (*x < *y);
}

/* Records a second; 0 when one is missing. */
static double
measure(struct evtlog_sim *sim, struct bytes *file, uint64_t records)
{
    double rate[RUNS];

    for (size_t i = 0; i < RUNS; i++) {
        uint64_t from = clock_mono_ns();
        uint64_t events = sim != NULL ? run_subscription(sim) : run_file(file);

        if (events != records) {
            return 0;
        }
        rate[i] = (double)records * 1e9 / (double)(clock_mono_ns() - from);
    }
    qsort(rate, RUNS, sizeof(rate[0]), by_size);
    return rate[RUNS / 2];
}

static int
run_all(const struct buf *evtx_path, const struct buf *sim_path, unsigned records)
{
    struct evtlog_load load = {.to = buf_str(sim_path)};
    struct evtlog_sim *sim = evtlog_sim_create(buf_str(sim_path));
    struct bytes bytes;
    struct buf file;
    double values;
    double xml;
    double evtx;

    buf_init(&file, FILE_MAX);
    write_log(buf_str(evtx_path), records);
    if (sim == NULL || file_read_all(buf_str(evtx_path), FILE_MAX, &file)) {
        return 1;
    }
    bytes = (struct bytes){(const uint8_t *)file.data, file.len};
    load.data = bytes.data;
    load.len = bytes.len;
    (void)evtlog_load(&load);
    evtlog_sim_poll(sim);
    evtlog_sim_set_frozen(sim, true);
    values = measure(sim, NULL, records);
    evtlog_sim_set_no_values(sim, true);
    xml = measure(sim, NULL, records);
    evtx = measure(NULL, &bytes, records);
    printf("{\"records\": %u, \"values_per_s\": %.0f, \"xml_per_s\": %.0f, \"evtx_per_s\": %.0f, "
           "\"budget_per_s\": %.0f, \"budget_met\": %s}\n",
           records, values, xml, evtx, BUDGET,
           values >= BUDGET && xml >= BUDGET && evtx > 0 ? "true" : "false");
    buf_fini(&file);
    (void)evtlog_sim_destroy(sim);
    return values > 0 && xml > 0 && evtx > 0 ? 0 : 1;
}

int
main(int argc, char **argv)
{
    unsigned records = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : RECORDS;
    struct buf evtx_path;
    struct buf sim_path;
    int status = 1;

    buf_init(&evtx_path, 4096);
    buf_init(&sim_path, 4096);
    if (!path_temp_file(&evtx_path) && !path_temp_file(&sim_path)) {
        status = run_all(&evtx_path, &sim_path, records);
        status |= file_delete(buf_str(&evtx_path)) != ERR_OK;
        status |= file_delete(buf_str(&sim_path)) != ERR_OK;
    }
    buf_fini(&evtx_path);
    buf_fini(&sim_path);
    return status;
}
