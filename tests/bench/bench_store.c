/* bench_store - how many rows a second a replay can store: each turn puts one refused logon as an
 * event and as the attempt made from it; then all are read back. Then the same live, in batches,
 * under the size cap that a service has: 1500000 turns are 30 days of 50,000 events. Prints a JSON
 * line for each. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/tm.h"
#include "platform/platform.h"
#include "store/store.h"

#define DEFAULT_TURNS 500000u
#define SOURCES 20000u
#define ACCOUNTS 3000u
#define LIVE_BATCH 500u
#define LIVE_TURN_FT (TM_DAY / 50000)
#define START_FT 131801969710000000ULL

static uint32_t
random_next(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

static struct addr
source_of(uint32_t n)
{
    uint8_t bytes[4] = {203, (uint8_t)(n >> 16), (uint8_t)(n >> 8), (uint8_t)n};

    return addr_v4(bytes);
}

static void
fill_event(struct event *ev, uint32_t turn, uint32_t *seed, char account[32])
{
    int len = snprintf(account, 32, "user%" PRIu32, random_next(seed) % ACCOUNTS);

    event_init(ev, EV_LOGON_FAILURE, START_FT + turn * TM_MS);
    event_set(ev, host, SV("PC-A.corp.example"));
    event_set(ev, channel, SV("Security"));
    event_set(ev, provider, SV("Microsoft-Windows-Security-Auditing"));
    event_set(ev, event_id, 4625);
    event_set(ev, version, 0);
    event_set(ev, record_id, turn + 1);
    event_set(ev, logger_pid, 612);
    event_set(ev, account, ((struct sv){account, (size_t)len}));
    event_set(ev, domain, SV("CORP"));
    event_set(ev, sid, SV("S-1-0-0"));
    event_set(ev, subject_sid, SV("S-1-0-0"));
    event_set(ev, subject_logon_id, 0);
    event_set(ev, logon_type, 3);
    event_set(ev, status, 0xC000006D);
    event_set(ev, sub_status, 0xC000006A);
    event_set(ev, auth_package, SV("NTLM"));
    event_set(ev, logon_process, SV("NtLmSsp "));
    event_set(ev, src, source_of(random_next(seed) % SOURCES));
    event_set(ev, src_port, (uint16_t)(49152 + (turn & 0x3FFF)));
    event_set(ev, workstation, SV("WORKSTATION"));
    event_set(ev, process_id, 0);
}

static void
fill_attempt(struct attempt *a, const struct event *ev)
{
    *a = (struct attempt){
        .first_ft = ev->time_ft,
        .last_ft = ev->time_ft,
        .host = ev->host,
        .account = ev->account,
        .domain = ev->domain,
        .workstation = ev->workstation,
        .outcome = ATTEMPT_FAILURE,
        .weight = WEIGHT_FULL,
        .service = SERVICE_SMB,
        .scope = SCOPE_INTERNET,
        .src = ev->src,
        .src_port = ev->src_port,
        .confidence = 100,
        .logon_type = 3,
        .status = ev->sub_status,
        .witness_count = 1,
        .witness = {{ev->channel, ev->event_id, ev->record_id, ev->time_ft}},
    };
}

static enum err
put_all(struct store *s, uint32_t turns)
{
    uint32_t seed = 1;
    enum err err = ERR_OK;

    for (uint32_t i = 0; i < turns && err == ERR_OK; i++) {
        char account[32];
        struct event ev;
        struct attempt a;

        fill_event(&ev, i, &seed, account);
        fill_attempt(&a, &ev);
        err = store_put_event(s, &ev);
        if (err == ERR_OK) {
            err = store_put_attempt(s, &a);
        }
    }
    return err;
}

static double
seconds_since(uint64_t start_ns)
{
    return (double)(clock_mono_ns() - start_ns) / 1e9;
}

static enum err
write_store(const char *path, uint32_t turns)
{
    uint64_t start = clock_mono_ns();
    struct store *s = NULL;
    struct file *f = NULL;
    double put;
    double total;
    enum err err = store_open(path, STORE_NEW, &s);

    if (err == ERR_OK) {
        err = put_all(s, turns);
    }
    put = seconds_since(start);
    if (err == ERR_OK) {
        err = store_finish(s);
    }
    total = seconds_since(start);
    store_close(s);
    if (err == ERR_OK) {
        err = file_open_read(path, &f);
    }
    if (err == ERR_OK) {
        printf("{\"bench\":\"store_insert\",\"rows\":%" PRIu64 ",\"seconds\":%.3f,"
               "\"finish_seconds\":%.3f,\"per_second\":%.0f,\"bytes\":%" PRIu64 "}\n",
               (uint64_t)turns * 2, total, total - put, turns * 2 / total, file_size(f));
    }
    file_close(f);
    return err;
}

static uint64_t
size_of(const char *path, const char *suffix)
{
    struct file *f = NULL;
    uint64_t size = 0;
    struct buf name;

    buf_init(&name, SIZE_MAX);
    buf_printf(&name, "%s%s", path, suffix);
    if (file_open_read(buf_str(&name), &f) == ERR_OK) {
        size = file_size(f);
        file_close(f);
    }
    buf_fini(&name);
    return size;
}

/* From `turn` on, one alert with them. */
static enum err
put_batch(struct store *s, uint32_t turn, uint32_t *seed)
{
    static const struct rule rule = {2000, "logon.burst", "", "", SEV_MEDIUM};
    struct alert alert = {.revision = 1, .rule = &rule, .first_ft = START_FT + turn};
    enum err err = store_begin(s);

    alert_make_id(&alert);
    err = err ? err : store_put_alert(s, &alert);
    for (uint32_t i = 0; i < LIVE_BATCH && err == ERR_OK; i++) {
        char account[32];
        struct event ev;
        struct attempt a;

        fill_event(&ev, turn + i, seed, account);
        ev.time_ft = START_FT + (turn + i) * LIVE_TURN_FT;
        fill_attempt(&a, &ev);
        err = store_put_event(s, &ev);
        err = err ? err : store_put_attempt(s, &a);
    }
    return err ? err : store_commit(s, NULL, 0);
}

static enum err
count_alerts(struct store *s, uint64_t *out)
{
    struct store_filter all = {0};
    struct rows *rows = NULL;
    enum err err = store_rows(s, ROWS_ALERTS, &all, &rows);

    *out = 0;
    while (err == ERR_OK) {
        err = rows_next(rows);
        *out += err == ERR_OK;
    }
    rows_close(rows);
    return err == ERR_END ? ERR_OK : err;
}

static enum err
write_live(const char *path, uint32_t turns)
{
    uint64_t start = clock_mono_ns();
    struct store *s = NULL;
    uint64_t max_len = 0;
    uint64_t alerts = 0;
    uint32_t seed = 1;
    double slowest = 0;
    double seconds;
    enum err err = store_open(path, STORE_LIVE, &s);

    for (uint32_t turn = 0; turn < turns && err == ERR_OK; turn += LIVE_BATCH) {
        uint64_t before = clock_mono_ns();
        uint64_t len;
        double took;

        err = put_batch(s, turn, &seed);
        took = seconds_since(before);
        slowest = took > slowest ? took : slowest;
        len = size_of(path, "") + size_of(path, "-wal");
        max_len = len > max_len ? len : max_len;
    }
    seconds = seconds_since(start);
    err = err ? err : count_alerts(s, &alerts);
    store_close(s);
    printf("{\"bench\":\"store_live\",\"rows\":%" PRIu64 ",\"seconds\":%.3f,\"per_second\":%.0f,"
           "\"slowest_batch_seconds\":%.3f,\"max_bytes\":%" PRIu64 ",\"alerts\":%" PRIu64 "}\n",
           (uint64_t)turns * 2, seconds, turns * 2 / seconds, slowest, max_len, alerts);
    return err;
}

static void
print_read(const char *what, uint64_t rows, uint64_t start_ns)
{
    double seconds = seconds_since(start_ns);

    printf("{\"bench\":\"store_read_%s\",\"rows\":%" PRIu64
           ",\"seconds\":%.3f,\"per_second\":%.0f}\n",
           what, rows, seconds, (double)rows / seconds);
}

static enum err
read_events(struct store *s)
{
    struct store_filter all = {0};
    struct store_events *events = NULL;
    uint64_t start = clock_mono_ns();
    uint64_t count = 0;
    struct event ev;
    enum err err = store_events_open(s, &all, &events);

    while (err == ERR_OK) {
        err = store_events_next(events, &ev);
        count += err == ERR_OK;
    }
    store_events_close(events);
    print_read("events", count, start);
    return err == ERR_END ? ERR_OK : err;
}

static enum err
read_rows(struct store *s, enum store_rows what, const char *name)
{
    struct store_filter all = {0};
    uint64_t start = clock_mono_ns();
    struct rows *rows = NULL;
    uint64_t count = 0;
    enum err err = store_rows(s, what, &all, &rows);

    while (err == ERR_OK) {
        err = rows_next(rows);
        count += err == ERR_OK;
    }
    rows_close(rows);
    print_read(name, count, start);
    return err == ERR_END ? ERR_OK : err;
}

static enum err
read_store(const char *path)
{
    struct store *s = NULL;
    enum err err = store_open(path, STORE_READ, &s);

    if (err == ERR_OK) {
        err = read_events(s);
    }
    if (err == ERR_OK) {
        err = read_rows(s, ROWS_EVENTS, "event_rows");
    }
    if (err == ERR_OK) {
        err = read_rows(s, ROWS_ATTEMPTS, "attempt_rows");
    }
    store_close(s);
    return err;
}

int
main(int argc, char **argv)
{
    uint32_t turns = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : DEFAULT_TURNS;
    struct buf path;
    enum err err;

    buf_init(&path, SIZE_MAX);
    err = path_temp_file(&path);
    if (err == ERR_OK) {
        err = file_delete(buf_str(&path)); /* its name is what was wanted */
    }
    if (err == ERR_OK) {
        err = write_store(buf_str(&path), turns);
    }
    if (err == ERR_OK) {
        err = read_store(buf_str(&path));
    }
    if (err == ERR_OK) {
        err = file_delete(buf_str(&path));
    }
    if (err == ERR_OK) {
        err = write_live(buf_str(&path), turns);
    }
    if (err != ERR_OK) {
        fprintf(stderr, "bench_store: %s: %s\n", err_str(err), store_why());
    }
    if (file_delete(buf_str(&path)) != ERR_OK) {
        fprintf(stderr, "bench_store: the temporary file stays: %s\n", buf_str(&path));
    }
    buf_fini(&path);
    return err == ERR_OK ? 0 : 1;
}
