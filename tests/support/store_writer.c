/* store_writer - writes numbered batches into a live store until it is killed, or checks what is
 * there: the two halves of a test that kills the first.
 *
 *   store_writer write STORE SEED   a line "N" after each commit: N events are acknowledged
 *   store_writer check STORE        "N": events 0 to N-1 are stored, once, in order, with their
 *                                   attempts, and the bookmark says so; else exit code 1
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/tm.h"
#include "platform/platform.h"
#include "store/store.h"

#define START_FT 131801969710000000ULL
#define BATCH_MAX 60u
#define SOURCE SV("Security")

/* Events carry their number; every seventh is older than those before it. */
static enum err
put_one(struct store *s, uint64_t n)
{
    uint64_t time_ft = START_FT + n * TM_SEC;
    struct attempt a = {.first_ft = time_ft, .last_ft = time_ft, .host = SV("PC-A")};
    struct event ev;
    enum err err;

    event_init(&ev, EV_LOGON_FAILURE, n % 7 == 6 ? time_ft - 90 * TM_SEC : time_ft);
    event_set(&ev, host, SV("PC-A"));
    event_set(&ev, record_id, n);
    err = store_put_event(s, &ev);
    return err ? err : store_put_attempt(s, &a);
}

static enum err
put_batch(struct store *s, uint64_t *n, uint64_t len)
{
    char text[24];
    struct store_bookmark mark = {SOURCE, {text, 0}, START_FT};
    enum err err = store_begin(s);

    for (uint64_t i = 0; i < len && err == ERR_OK; i++) {
        err = put_one(s, *n + i);
    }
    mark.value.len = (size_t)snprintf(text, sizeof(text), "%" PRIu64, *n + len);
    err = err ? err : store_commit(s, &mark, 1);
    *n += err ? 0 : len;
    return err;
}

static enum err
read_bookmark(struct store *s, uint64_t *out)
{
    struct buf text;
    enum err err;

    buf_init(&text, STORE_BOOKMARK_MAX);
    err = store_bookmark(s, SOURCE, &text, NULL);
    *out = err ? 0 : strtoull(buf_str(&text), NULL, 10);
    buf_fini(&text);
    return err == ERR_NOTFOUND ? ERR_OK : err;
}

/* Goes on where the bookmark is, as a source does. */
static enum err
write_on(struct store *s, uint64_t seed)
{
    uint64_t n = 0;
    enum err err = read_bookmark(s, &n);

    while (err == ERR_OK) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        err = put_batch(s, &n, 1 + (seed >> 33) % BATCH_MAX);
        printf("%" PRIu64 "\n", n);
        (void)fflush(stdout);
    }
    return err;
}

static enum err
count_events(struct store *s, uint64_t *out)
{
    static uint8_t seen[1u << 20];
    struct store_filter all = {0};
    struct store_events *e = NULL;
    struct event ev;
    enum err err = store_events_open(s, &all, &e);

    *out = 0;
    while (err == ERR_OK) {
        err = store_events_next(e, &ev);
        if (err == ERR_OK && (ev.record_id >= sizeof(seen) || seen[ev.record_id]++ != 0)) {
            err = ERR_FORMAT; /* twice */
        }
        *out += err == ERR_OK;
    }
    for (uint64_t n = 0; n < *out && err == ERR_END; n++) {
        err = seen[n] == 1 ? err : ERR_FORMAT; /* no prefix of what was sent */
    }
    store_events_close(e);
    return err == ERR_END ? ERR_OK : err;
}

static enum err
count_attempts(struct store *s, uint64_t *out)
{
    struct store_filter all = {0};
    struct rows *r = NULL;
    enum err err = store_rows(s, ROWS_ATTEMPTS, &all, &r);

    *out = 0;
    while (err == ERR_OK) {
        err = rows_next(r);
        *out += err == ERR_OK;
    }
    rows_close(r);
    return err == ERR_END ? ERR_OK : err;
}

static enum err
check(struct store *s)
{
    uint64_t events = 0;
    uint64_t attempts = 0;
    uint64_t mark = 0;
    enum err err = count_events(s, &events);

    err = err ? err : count_attempts(s, &attempts);
    err = err ? err : read_bookmark(s, &mark);
    printf("%" PRIu64 "\n", events);
    return err || (events == attempts && events == mark) ? err : ERR_FORMAT;
}

static int
run(int argc, char **argv)
{
    bool writing = argc == 4 && strcmp(argv[1], "write") == 0;
    struct store *s = NULL;
    enum err err = ERR_USAGE;

    if (writing || (argc == 3 && strcmp(argv[1], "check") == 0)) {
        err = store_open(argv[2], writing ? STORE_LIVE : STORE_READ, &s);
        err = err ? err : (writing ? write_on(s, strtoull(argv[3], NULL, 10)) : check(s));
    }
    store_close(s);
    if (err) {
        fprintf(stderr, "store_writer: %s: %s\n", err_str(err), store_why());
    }
    return err ? 1 : 0;
}

int
main(int argc, char **argv)
{
    return platform_main(argc, argv, run);
}
