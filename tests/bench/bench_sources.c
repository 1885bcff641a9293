/*
 * bench_sources - wrong passwords from very many sources through the guessing rules.
 *
 *   bench_sources [seed]
 *
 * 10,000,000 failures from 1,000,000 internet addresses over seven days, in time order; how many a
 * source makes follows Zipf's law, when it makes them is shuffled. Exactly 10,000 sources pass a
 * threshold. Prints one line of JSON; exit code 1 when the flagged sources are not exactly those
 * that a second, obvious count finds. That count is made after the peak of memory was read, source
 * by source: the shuffle can be run backwards, so nothing needs to be kept for it.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/config.h"
#include "core/tm.h"
#include "detectors/book.h"
#include "detectors/guessing.h"
#include "platform/platform.h"

#define FAILURES 10000000u
#define SOURCES 1000000u
#define OVER 10000u /* ranks that make OVER_COUNT failures or more */
#define OVER_COUNT 60u
#define EXPONENT 1.05
#define DAYS 7u
#define STEP_FT (DAYS * TM_DAY / FAILURES)
#define START_FT (TM_UNIX_EPOCH_FT + UINT64_C(1700000000) * TM_SEC)
#define BATCH 65536u
#define SHUFFLE_HALF 12u /* bits: 2^24 is the first even power of two above FAILURES */
#define ACCOUNTS_EACH 3u

extern const struct detector det_guessing;

struct workload {
    uint64_t seed;
    uint32_t head[OVER + 1];        /* slots before each of the first ranks */
    uint32_t tail_rank[OVER_COUNT]; /* [k]: ranks that make k or more */
    uint32_t tail_slot[OVER_COUNT]; /* [k]: slots of all that make more than k */
};

/* -- the workload ---------------------------------------------------------------------------- */
static void
workload_init(struct workload *w, uint64_t seed)
{
    double scale = OVER_COUNT * pow(OVER, EXPONENT) * (1 + 1e-9);
    uint64_t slots = 0, total = 0;
    uint32_t rank = OVER;

    w->seed = seed;
    for (uint32_t k = OVER_COUNT - 1; k > 0; k--) {
        double last = pow(scale / k, 1 / EXPONENT);
        uint32_t until = k == 1 || last > SOURCES ? SOURCES : (uint32_t)last;

        w->tail_slot[k] = (uint32_t)slots; /* counted from the end of the head, for now */
        w->tail_rank[k] = until;
        slots += (uint64_t)(until - rank) * k;
        rank = until;
    }
    total = slots;
    for (uint32_t r = OVER; r > 1; r--) {
        total += (uint64_t)(scale / pow(r, EXPONENT));
    }
    w->head[0] = 0;
    w->head[1] = (uint32_t)(FAILURES - total); /* the first makes up the sum */
    for (uint32_t r = 2; r <= OVER; r++) {
        w->head[r] = w->head[r - 1] + (uint32_t)(scale / pow(r, EXPONENT));
    }
    for (uint32_t k = 1; k < OVER_COUNT; k++) {
        w->tail_slot[k] += w->head[OVER];
    }
}

/* Ranks count from 0; slots of one rank lie side by side. */
static uint32_t
rank_of(const struct workload *w, uint32_t slot)
{
    uint32_t low = 0, high = OVER, k = OVER_COUNT - 1;

    if (slot >= w->head[OVER]) {
        while (k > 1 && slot >= w->tail_slot[k - 1]) {
            k--;
        }
        return (k == OVER_COUNT - 1 ? OVER : w->tail_rank[k + 1]) + (slot - w->tail_slot[k]) / k;
    }
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;

        *(slot >= w->head[middle] ? &low : &high) = middle;
    }
    return low;
}

static void
slots_of(const struct workload *w, uint32_t rank, uint32_t *first, uint32_t *count)
{
    uint32_t k = OVER_COUNT - 1;

    if (rank < OVER) {
        *first = w->head[rank];
        *count = w->head[rank + 1] - w->head[rank];
        return;
    }
    while (k > 1 && rank >= w->tail_rank[k]) {
        k--;
    }
    *first = w->tail_slot[k] + (rank - (k == OVER_COUNT - 1 ? OVER : w->tail_rank[k + 1])) * k;
    *count = k;
}

static uint32_t
mix(uint64_t seed, uint32_t round, uint32_t half)
{
    uint64_t x = seed + ((uint64_t)round << 32) + half;

    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)(x >> 40) & ((1u << SHUFFLE_HALF) - 1);
}

/* A Feistel network permutes 2^24 numbers; whoever leaves the range walks on. */
static uint32_t
shuffle(const struct workload *w, uint32_t i)
{
    do {
        uint32_t left = i >> SHUFFLE_HALF, right = i & ((1u << SHUFFLE_HALF) - 1);

        for (uint32_t round = 0; round < 4; round++) {
            uint32_t next = left ^ mix(w->seed, round, right);

            left = right;
            right = next;
        }
        i = left << SHUFFLE_HALF | right;
    } while (i >= FAILURES);
    return i;
}

static uint32_t
unshuffle(const struct workload *w, uint32_t i)
{
    do {
        uint32_t left = i >> SHUFFLE_HALF, right = i & ((1u << SHUFFLE_HALF) - 1);

        for (uint32_t round = 4; round-- > 0;) {
            uint32_t before = right ^ mix(w->seed, round, left);

            right = left;
            left = before;
        }
        i = left << SHUFFLE_HALF | right;
    } while (i >= FAILURES);
    return i;
}

static struct addr
address_of(uint32_t rank)
{
    uint32_t v = rank * 2654435761u + 1; /* odd factor: a bijection */
    uint8_t bytes[4] = {(uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v};

    return addr_v4(bytes);
}

static uint64_t
time_of(uint32_t i)
{
    return START_FT + i * STEP_FT;
}

/* -- the run --------------------------------------------------------------------------------- */
struct run {
    void *self;
    struct book *book;
    uint64_t next_tick_ft;
    uint64_t own_alerts;
    uint64_t folded_sources;
    uint64_t ns;
};

static enum err
on_alert(void *ctx, const struct alert *a)
{
    struct run *r = ctx;

    if (strcmp(a->key, "*") == 0) {
        r->folded_sources = a->sources;
    } else {
        r->own_alerts += a->revision == 1;
    }
    return ERR_OK;
}

static enum err
feed_one(struct run *r, uint32_t i, uint32_t rank)
{
    struct attempt a = {
        .first_ft = time_of(i),
        .last_ft = time_of(i),
        .host_id = 1,
        .host = SV("PC-A"),
        .account_id = 1 + rank % 50 * ACCOUNTS_EACH + i % ACCOUNTS_EACH,
        .account = SV("kumi"),
        .outcome = ATTEMPT_FAILURE,
        .weight = WEIGHT_FULL,
        .service = SERVICE_RDP,
        .scope = SCOPE_INTERNET,
        .src = address_of(rank),
        .confidence = 100,
        .logon_type = 3,
        .status = 0xC000006A,
        .witness_count = 1,
        .witness = {{.channel = SV("Security"), .event_id = 4625, .record_id = i + 1u}},
    };
    enum err err = ERR_OK;

    a.witness[0].time_ft = a.first_ft;
    if (a.first_ft >= r->next_tick_ft) {
        r->next_tick_ft = a.first_ft - a.first_ft % TM_MIN + TM_MIN;
        err = det_guessing.on_tick(r->self, NULL, a.first_ft, r->book);
        if (!err) {
            err = book_tick(r->book, a.first_ft);
        }
    }
    return err ? err : det_guessing.on_attempt(r->self, NULL, &a, r->book);
}

static enum err
feed(struct run *r, const struct workload *w)
{
    static uint32_t ranks[BATCH];
    enum err err = ERR_OK;

    for (uint32_t done = 0; done < FAILURES && !err; done += BATCH) {
        uint32_t count = FAILURES - done < BATCH ? FAILURES - done : BATCH;
        uint64_t from;

        for (uint32_t i = 0; i < count; i++) {
            ranks[i] = rank_of(w, shuffle(w, done + i));
        }
        from = clock_mono_ns();
        for (uint32_t i = 0; i < count && !err; i++) {
            err = feed_one(r, done + i, ranks[i]);
        }
        r->ns += clock_mono_ns() - from;
    }
    return err ? err : book_flush(r->book);
}

/* -- the obvious count ----------------------------------------------------------------------- */
static int
cmp_u32(const void *a, const void *b)
{
    const uint32_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static bool
many_within(const uint32_t *seconds, uint32_t count, uint32_t times, uint32_t window)
{
    for (uint32_t i = 0; times <= count && i <= count - times; i++) {
        if (seconds[i + times - 1] - seconds[i] <= window) {
            return true;
        }
    }
    return false;
}

/* No source uses five accounts, so spraying cannot happen. */
static bool
passes_threshold(const uint32_t *seconds, uint32_t count)
{
    return many_within(seconds, count, 5, 120) || many_within(seconds, count, 10, 600) ||
           many_within(seconds, count, 30, 86400) || many_within(seconds, count, 60, 7 * 86400);
}

/* How many sources are over; *wrong: how many of all sources were judged otherwise. */
static uint32_t
count_again(const struct workload *w, const void *self, uint32_t *seconds, uint32_t *wrong)
{
    uint32_t over = 0;

    *wrong = 0;
    for (uint32_t rank = 0; rank < SOURCES; rank++) {
        struct tracker_key key = {.src = address_of(rank), .host = 1};
        uint32_t first, count;
        bool passes;

        slots_of(w, rank, &first, &count);
        for (uint32_t i = 0; i < count; i++) {
            uint64_t t = time_of(unshuffle(w, first + i)) - TM_UNIX_EPOCH_FT;

            seconds[i] = (uint32_t)(t / TM_SEC);
        }
        qsort(seconds, count, sizeof(seconds[0]), cmp_u32);
        passes = passes_threshold(seconds, count);
        over += passes;
        *wrong += passes != guessing_flagged(self, &key);
    }
    return over;
}

static int
report(const struct workload *w, const struct run *r, uint64_t peak)
{
    uint32_t *seconds = malloc(w->head[1] * sizeof(*seconds)); /* the first makes most */
    uint32_t over, wrong;
    double s = (double)r->ns / 1e9;
    bool right;

    if (seconds == NULL) {
        return 1;
    }
    over = count_again(w, r->self, seconds, &wrong);
    free(seconds);
    right = wrong == 0 && over == OVER && r->own_alerts + r->folded_sources == over;
    printf("{\"bench\":\"sources\",\"failures\":%u,\"sources\":%u,\"over_threshold\":%" PRIu32
           ",\"seconds\":%.3f,\"per_second\":%.0f,\"peak_rss_bytes\":%" PRIu64
           ",\"own_alerts\":%" PRIu64 ",\"folded_sources\":%" PRIu64 ",\"wrong\":%" PRIu32
           ",\"equal\":%s}\n",
           FAILURES, SOURCES, over, s, FAILURES / s, peak, r->own_alerts, r->folded_sources, wrong,
           right ? "true" : "false");
    return right ? 0 : 1;
}

static struct workload workload;

int
main(int argc, char **argv)
{
    struct run run = {0};
    struct config *cfg = NULL;
    int code = 1;
    enum err err = config_create(&cfg);

    workload_init(&workload, argc > 1 ? strtoull(argv[1], NULL, 10) : 1);
    if (!err) {
        err = book_create(cfg, on_alert, &run, &run.book);
    }
    if (!err) {
        err = det_guessing.create(cfg, &run.self);
    }
    if (!err) {
        err = feed(&run, &workload);
    }
    if (err) {
        fprintf(stderr, "bench_sources: %s\n", err_str(err));
    } else {
        code = report(&workload, &run, process_peak_rss());
    }
    det_guessing.destroy(run.self);
    book_destroy(run.book);
    config_destroy(cfg);
    return code;
}
