/* test_watched - what live sources claim to have observed: growth, kills, sleep, stepped clocks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "engine/watched.h"
#include "platform/platform.h"

#define T0 134379648000000000ULL /* 2026-11-01T00:00:00Z */
#define ROWS_MAX 8192
#define AT(s) (T0 + (uint64_t)(s)*TM_SEC)

/* -- what a store would hold ------------------------------------------------------------------- */

struct row {
    char source[32];
    uint64_t from_ft, to_ft, records, first_id, last_id;
    enum coverage_state state;
    enum coverage_why why;
};

struct table {
    size_t count;
    struct row row[ROWS_MAX];
    size_t calls, fail_at; /* the call that fails, from 1; 0: none */
};

static enum err
put(void *ctx, const struct coverage *c)
{
    struct table *t = ctx;
    size_t at = 0;

    assert_true(sv_eq(c->host, SV("PC-A")));
    assert_true(c->from_ft <= c->to_ft);
    if (++t->calls == t->fail_at) {
        return ERR_NOMEM;
    }
    while (at < t->count && !(sv_eq(sv_from(t->row[at].source), c->source) &&
                              t->row[at].from_ft == c->from_ft && t->row[at].state == c->state)) {
        at++;
    }
    assert_true(at < ROWS_MAX);
    t->count += at == t->count;
    t->row[at] = (struct row){"",          c->from_ft, c->to_ft, c->records,
                              c->first_id, c->last_id, c->state, c->why};
    (void)snprintf(t->row[at].source, sizeof(t->row[at].source), "%.*s", (int)c->source.len,
                   c->source.p);
    return ERR_OK;
}

static struct table *
table_create(void)
{
    struct table *t = calloc(1, sizeof(*t));

    assert_non_null(t);
    return t;
}

static struct watched *
start(struct table *t)
{
    struct watched *w = NULL;

    assert_int_equal(watched_create(SV("PC-A"), put, t, &w), ERR_OK);
    return w;
}

static size_t
source(struct watched *w, const char *name)
{
    size_t id = SIZE_MAX;

    assert_int_equal(watched_source(w, sv_from(name), &id), ERR_OK);
    return id;
}

static void
is_row(const struct table *t, size_t at, enum coverage_state state, uint64_t from_ft,
       uint64_t to_ft)
{
    assert_true(at < t->count);
    assert_int_equal(t->row[at].state, state);
    assert_int_equal(t->row[at].from_ft, from_ft);
    assert_int_equal(t->row[at].to_ft, to_ft);
}

/* -- one source -------------------------------------------------------------------------------- */

static void
test_grows_with_each_beat(void **state)
{
    struct table *t = table_create();
    struct watched *w = start(t);
    size_t security = source(w, "Security");

    (void)state;
    assert_int_equal(watched_beat(w, AT(0)), ERR_OK);
    assert_int_equal(t->count, 0); /* nothing is claimed before it is said */
    assert_int_equal(watched_set(w, security, COVERAGE_OBSERVED, AT(10)), ERR_OK);
    watched_record(w, security, 70);
    assert_int_equal(t->count, 0); /* nor what has no length yet */
    assert_int_equal(watched_beat(w, AT(40)), ERR_OK);
    assert_int_equal(t->count, 1);
    is_row(t, 0, COVERAGE_OBSERVED, AT(10), AT(40));
    watched_record(w, security, 75);
    watched_record(w, security, 72);
    assert_int_equal(watched_set(w, security, COVERAGE_OBSERVED, AT(60)), ERR_OK); /* the same */
    assert_int_equal(watched_beat(w, AT(70)), ERR_OK);
    assert_int_equal(t->count, 1);
    is_row(t, 0, COVERAGE_OBSERVED, AT(10), AT(70));
    assert_int_equal(t->row[0].records, 3);
    assert_int_equal(t->row[0].first_id, 70);
    assert_int_equal(t->row[0].last_id, 75);
    assert_int_equal(
        watched_set_why(w, security, COVERAGE_BLIND, COVERAGE_WHY_AUDITING_OFF, AT(80)), ERR_OK);
    watched_record(w, security, 99); /* of a source that is blind it says nothing */
    is_row(t, 0, COVERAGE_OBSERVED, AT(10), AT(80));
    assert_int_equal(watched_set(w, security, COVERAGE_STATE_COUNT, AT(100)), ERR_OK);
    is_row(t, 1, COVERAGE_BLIND, AT(80), AT(100));
    assert_int_equal(t->row[1].why, COVERAGE_WHY_AUDITING_OFF);
    assert_int_equal(t->row[1].records, 0);
    assert_int_equal(watched_beat(w, AT(130)), ERR_OK);
    assert_int_equal(t->count, 2);
    watched_destroy(w);
    free(t);
}

static void
test_a_new_reason_is_a_new_interval(void **state)
{
    struct table *t = table_create();
    struct watched *w = start(t);
    size_t id = source(w, "Security");

    (void)state;
    assert_int_equal(watched_set_why(w, id, COVERAGE_STALE, COVERAGE_WHY_NO_ANSWER, AT(0)), ERR_OK);
    assert_int_equal(watched_set_why(w, id, COVERAGE_STALE, COVERAGE_WHY_DENIED, AT(20)), ERR_OK);
    assert_int_equal(watched_beat(w, AT(30)), ERR_OK);
    assert_int_equal(t->count, 2);
    is_row(t, 0, COVERAGE_STALE, AT(0), AT(20));
    is_row(t, 1, COVERAGE_STALE, AT(20), AT(30));
    assert_int_equal(t->row[1].why, COVERAGE_WHY_DENIED);
    watched_destroy(w);
    free(t);
}

static void
test_gaps_are_handed_on(void **state)
{
    struct table *t = table_create();
    struct watched *w = start(t);
    struct coverage gap = {.host = SV("other"),
                           .source = SV("other"),
                           .from_ft = AT(5),
                           .to_ft = AT(9),
                           .state = COVERAGE_LOST,
                           .records = 12,
                           .first_id = 3,
                           .last_id = 14};

    (void)state;
    assert_int_equal(watched_gap(w, source(w, "Security"), &gap), ERR_OK);
    is_row(t, 0, COVERAGE_LOST, AT(5), AT(9));
    assert_string_equal(t->row[0].source, "Security");
    assert_int_equal(t->row[0].records, 12);
    assert_int_equal(t->row[0].why, COVERAGE_WHY_OVERWRITTEN);
    watched_destroy(w);
    free(t);
}

static void
test_sources_have_numbers(void **state)
{
    struct table *t = table_create();
    struct watched *w = start(t);
    char name[16];
    size_t id = 0;

    (void)state;
    for (size_t i = 0; i < WATCHED_SOURCES_MAX; i++) {
        (void)snprintf(name, sizeof(name), "s%zu", i);
        assert_int_equal(source(w, name), i);
    }
    assert_int_equal(source(w, "s7"), 7);
    assert_int_equal(watched_source(w, SV("one more"), &id), ERR_FULL);
    watched_destroy(w);
    watched_destroy(NULL);
    free(t);
}

/* -- time -------------------------------------------------------------------------------------- */

static void
test_sleep(void **state)
{
    struct table *t = table_create();
    struct watched *w = start(t);
    size_t a = source(w, "A");

    (void)state;
    (void)source(w, "B");
    assert_int_equal(watched_set(w, a, COVERAGE_OBSERVED, AT(0)), ERR_OK);
    assert_int_equal(watched_beat(w, AT(30)), ERR_OK);
    assert_int_equal(watched_off(w, AT(40), AT(40000)), ERR_OK);
    assert_int_equal(watched_beat(w, AT(40030)), ERR_OK);
    assert_int_equal(t->count, 4);
    is_row(t, 0, COVERAGE_OBSERVED, AT(0), AT(40));
    is_row(t, 1, COVERAGE_OFF, AT(40), AT(40000));
    is_row(t, 2, COVERAGE_OFF, AT(40), AT(40000)); /* of a source that claims nothing, too */
    is_row(t, 3, COVERAGE_OBSERVED, AT(40000), AT(40030));
    assert_int_equal(t->row[1].why, COVERAGE_WHY_ASLEEP);
    assert_int_equal(watched_off(w, AT(40010), AT(40020)), ERR_OK); /* told already */
    assert_int_equal(t->count, 4);
    assert_int_equal(watched_set(w, a, COVERAGE_OFF, AT(40040)), ERR_OK);
    assert_int_equal(watched_beat(w, AT(50000)), ERR_OK); /* it was known: not "stood still" */
    for (size_t i = 4; i < t->count; i++) {
        assert_int_equal(t->row[i].state, COVERAGE_OFF);
    }
    watched_destroy(w);
    free(t);
}

static void
test_clock_set_back(void **state)
{
    struct table *t = table_create();
    struct watched *w = start(t);
    size_t id = source(w, "A");

    (void)state;
    assert_int_equal(watched_set(w, id, COVERAGE_OBSERVED, AT(100)), ERR_OK);
    assert_int_equal(watched_beat(w, AT(130)), ERR_OK);
    assert_int_equal(watched_beat(w, AT(90)), ERR_OK); /* 40 s back */
    watched_record(w, id, 5);
    assert_int_equal(watched_beat(w, AT(95)), ERR_OK);
    assert_int_equal(t->count, 2);
    is_row(t, 0, COVERAGE_OBSERVED, AT(100), AT(130));
    is_row(t, 1, COVERAGE_OBSERVED, AT(90), AT(95));
    assert_int_equal(watched_set(w, id, COVERAGE_BLIND, AT(110)), ERR_OK);
    is_row(t, 1, COVERAGE_OBSERVED, AT(90), AT(100)); /* up to what is claimed */
    assert_int_equal(watched_beat(w, AT(120)), ERR_OK);
    assert_int_equal(t->count, 2); /* this time came before, and was observed */
    assert_int_equal(watched_beat(w, AT(140)), ERR_OK);
    assert_int_equal(t->count, 3);
    is_row(t, 2, COVERAGE_BLIND, AT(130), AT(140));
    watched_destroy(w);
    free(t);
}

static void
test_a_step_forward_is_nobodys(void **state)
{
    struct table *t = table_create();
    struct watched *w = start(t);
    size_t id = source(w, "A");

    (void)state;
    assert_int_equal(watched_set(w, id, COVERAGE_OBSERVED, AT(0)), ERR_OK);
    assert_int_equal(watched_beat(w, AT(0) + WATCHED_STEP_MAX), ERR_OK);
    assert_int_equal(watched_beat(w, AT(0) + 2 * WATCHED_STEP_MAX + 1), ERR_OK);
    assert_int_equal(watched_beat(w, AT(0) + 3 * WATCHED_STEP_MAX), ERR_OK);
    assert_int_equal(t->count, 3);
    is_row(t, 0, COVERAGE_OBSERVED, AT(0), AT(0) + WATCHED_STEP_MAX);
    is_row(t, 1, COVERAGE_STALE, AT(0) + WATCHED_STEP_MAX, AT(0) + 2 * WATCHED_STEP_MAX + 1);
    assert_int_equal(t->row[1].why, COVERAGE_WHY_STOOD_STILL);
    is_row(t, 2, COVERAGE_OBSERVED, AT(0) + 2 * WATCHED_STEP_MAX + 1, AT(0) + 3 * WATCHED_STEP_MAX);
    watched_destroy(w);
    free(t);
}

/* -- at random --------------------------------------------------------------------------------- */

#define SECONDS 20000
#define SOURCES 3

/* What really was: for each second of wall time the states a source was in, as bits. */
struct world {
    struct table *table;
    struct watched *w;
    uint32_t now, begin; /* seconds; of this run */
    bool running;
    size_t steps_back;
    enum coverage_state state[SOURCES];
    uint8_t truth[SOURCES][SECONDS];
    bool due[SOURCES][SECONDS]; /* in some state when that second came first */
    bool lived[SECONDS];        /* a sensor ran */
    bool still[SECONDS];        /* skipped in one step, or slept through */
};

static uint32_t
next_random(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*seed >> 33);
}

static void
world_start(struct world *x)
{
    static const char *const names[SOURCES] = {"A", "B", "C"};

    x->w = start(x->table);
    x->running = true;
    x->begin = x->now;
    for (size_t i = 0; i < SOURCES; i++) {
        assert_int_equal(source(x->w, names[i]), i);
        x->state[i] = COVERAGE_STATE_COUNT;
    }
    assert_int_equal(watched_beat(x->w, AT(x->now)), ERR_OK);
}

static void
pass(struct world *x, uint32_t seconds, bool jump)
{
    for (uint32_t end = x->now + seconds; x->now < end; x->now++) {
        for (size_t i = 0; i < SOURCES && x->running && !jump; i++) {
            if (x->state[i] < COVERAGE_STATE_COUNT) {
                x->truth[i][x->now] |= (uint8_t)(1u << x->state[i]);
                x->due[i][x->now] |= !x->lived[x->now];
            }
        }
        x->lived[x->now] |= x->running;
        x->still[x->now] |= x->running && jump;
    }
}

static void
set_any(struct world *x, uint64_t *seed)
{
    static const enum coverage_state states[] = {COVERAGE_OBSERVED, COVERAGE_STALE, COVERAGE_BLIND,
                                                 COVERAGE_STATE_COUNT};
    size_t i = next_random(seed) % SOURCES;

    x->state[i] = states[next_random(seed) % COUNT(states)];
    assert_int_equal(watched_set(x->w, i, x->state[i], AT(x->now)), ERR_OK);
}

static void
live_step(struct world *x, uint64_t *seed)
{
    uint32_t before = x->now;

    switch (next_random(seed) % 16) {
    case 0: /* killed; time goes on without it */
        watched_destroy(x->w);
        x->running = false;
        break;
    case 1: /* the clock is set back, but not into what an earlier run claimed */
        x->now -= next_random(seed) % 400;
        x->now = x->now < x->begin ? x->begin : x->now;
        x->steps_back++;
        assert_int_equal(watched_beat(x->w, AT(x->now)), ERR_OK);
        break;
    case 2:
        pass(x, 301 + next_random(seed) % 200, true);
        assert_int_equal(watched_beat(x->w, AT(x->now)), ERR_OK);
        break;
    case 3:
        pass(x, 1 + next_random(seed) % 400, true);
        assert_int_equal(watched_off(x->w, AT(before), AT(x->now)), ERR_OK);
        break;
    case 4:
    case 5:
        set_any(x, seed);
        break;
    default:
        pass(x, next_random(seed) % 31, false);
        assert_int_equal(watched_beat(x->w, AT(x->now)), ERR_OK);
        break;
    }
}

static void
check_row(const struct world *x, const struct row *r)
{
    size_t i = (size_t)(r->source[0] - 'A');

    assert_true(r->from_ft < r->to_ft && r->from_ft >= T0);
    for (uint64_t s = (r->from_ft - T0) / TM_SEC; s < (r->to_ft - T0) / TM_SEC; s++) {
        bool skipped = r->state == COVERAGE_OFF || r->why == COVERAGE_WHY_STOOD_STILL;

        assert_true(x->lived[s]); /* nothing between runs */
        assert_true(skipped ? x->still[s] : (x->truth[i][s] >> r->state & 1) != 0);
    }
}

static void
check_world(const struct world *x)
{
    const struct table *t = x->table;

    for (size_t i = 0; i < t->count; i++) {
        const struct row *a = &t->row[i];

        check_row(x, a);
        for (size_t j = 0; j < i; j++) {
            const struct row *b = &t->row[j];

            if (a->source[0] == b->source[0]) {
                assert_true(a->to_ft <= b->from_ft || b->to_ft <= a->from_ft);
            }
        }
    }
}

/* Seconds of a source that its rows claim in any state. */
static size_t
claimed(const struct table *t, char name)
{
    uint64_t ticks = 0;

    for (size_t i = 0; i < t->count; i++) {
        ticks += t->row[i].source[0] == name ? t->row[i].to_ft - t->row[i].from_ft : 0;
    }
    return (size_t)(ticks / TM_SEC);
}

/* Without kills every second of every state is claimed, unless there were more steps back than are
 * remembered one by one. */
static void
check_complete(const struct world *x)
{
    for (size_t i = 0; i < SOURCES; i++) {
        size_t due = 0;

        for (size_t s = 0; s < SECONDS; s++) {
            due += x->due[i][s];
        }
        assert_true(claimed(x->table, (char)('A' + i)) >= due);
    }
}

static void
run_world(uint64_t seed)
{
    struct world *x = calloc(1, sizeof(*x));
    uint32_t newest = 0;
    size_t steps = 30 + next_random(&seed) % 200;
    bool killed = false;

    assert_non_null(x);
    x->table = table_create();
    x->now = 1000;
    world_start(x);
    while (steps-- > 0 && x->now < SECONDS - 1000) {
        newest = x->now > newest ? x->now : newest;
        if (x->running) {
            live_step(x, &seed);
            killed |= !x->running;
        } else { /* a run begins behind all that was claimed before */
            x->now = newest;
            pass(x, 1 + next_random(&seed) % 100, false);
            world_start(x);
        }
    }
    if (x->running) {
        assert_int_equal(watched_beat(x->w, AT(x->now)), ERR_OK);
        watched_destroy(x->w);
    }
    check_world(x);
    if (!killed && x->steps_back <= 16) {
        check_complete(x);
    }
    free(x->table);
    free(x);
}

static void
test_any_sequence(void **state)
{
    const char *given = env_get("KANARI_SEED");
    uint64_t base = given == NULL ? 0 : strtoull(given, NULL, 10) * 1000003;
    size_t rounds = env_get("KANARI_SOAK") == NULL ? 300 : 20000;

    (void)state;
    for (size_t i = 0; i < rounds; i++) {
        run_world(base + i);
    }
}

/* -- failures ---------------------------------------------------------------------------------- */

static void
play(struct watched *w, struct table *t, size_t fail_at)
{
    size_t failed = 0;

    t->fail_at = fail_at;
    /* Each call that fails is made again, as the sensor does. */
#define AGAIN(call)                                                                                \
    do {                                                                                           \
        enum err err_ = (call);                                                                    \
        failed += err_ != ERR_OK;                                                                  \
        if (err_) {                                                                                \
            assert_int_equal((call), ERR_OK);                                                      \
        }                                                                                          \
    } while (false)
    AGAIN(watched_set(w, 0, COVERAGE_OBSERVED, AT(0)));
    AGAIN(watched_set(w, 1, COVERAGE_STALE, AT(0)));
    AGAIN(watched_beat(w, AT(30)));
    AGAIN(watched_set(w, 1, COVERAGE_OBSERVED, AT(60)));
    AGAIN(watched_off(w, AT(70), AT(500)));
    AGAIN(watched_beat(w, AT(530)));
    AGAIN(watched_beat(w, AT(490)));
    AGAIN(watched_beat(w, AT(2000)));
    AGAIN(watched_set(w, 0, COVERAGE_BLIND, AT(2010)));
    AGAIN(watched_beat(w, AT(2040)));
#undef AGAIN
    assert_int_equal(failed, fail_at != 0);
}

/* Whichever hand-over fails, once it is repeated the store holds the same. */
static void
test_each_failure_is_made_good(void **state)
{
    struct table *good = table_create();
    struct watched *w = start(good);
    size_t calls;

    (void)state;
    (void)source(w, "A");
    (void)source(w, "B");
    play(w, good, 0);
    watched_destroy(w);
    calls = good->calls;
    assert_true(calls > 10);
    for (size_t n = 1; n <= calls; n++) {
        struct table *t = table_create();

        w = start(t);
        (void)source(w, "A");
        (void)source(w, "B");
        play(w, t, n);
        watched_destroy(w);
        assert_int_equal(t->count, good->count);
        for (size_t i = 0; i < t->count; i++) {
            size_t same = 0;

            for (size_t k = 0; k < good->count; k++) {
                same += memcmp(&t->row[i], &good->row[k], sizeof(t->row[i])) == 0;
            }
            assert_int_equal(same, 1);
        }
        free(t);
    }
    free(good);
}

static void
test_no_memory(void **state)
{
    struct table *t = table_create();
    struct watched *w = NULL;
    size_t id = 9;

    (void)state;
    for (size_t n = 0; n < 2; n++) {
        mem_fail_after(n);
        assert_int_equal(watched_create(SV("PC-A"), put, t, &w), ERR_NOMEM);
        mem_fail_after(SIZE_MAX);
        assert_null(w);
    }
    w = start(t);
    mem_fail_after(0);
    assert_int_equal(watched_source(w, SV("A"), &id), ERR_NOMEM);
    mem_fail_after(SIZE_MAX);
    assert_int_equal(id, 9);
    assert_int_equal(source(w, "A"), 0);
    watched_destroy(w);
    free(t);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grows_with_each_beat),
        cmocka_unit_test(test_a_new_reason_is_a_new_interval),
        cmocka_unit_test(test_gaps_are_handed_on),
        cmocka_unit_test(test_sources_have_numbers),
        cmocka_unit_test(test_sleep),
        cmocka_unit_test(test_clock_set_back),
        cmocka_unit_test(test_a_step_forward_is_nobodys),
        cmocka_unit_test(test_any_sequence),
        cmocka_unit_test(test_each_failure_is_made_good),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests_name("watched", tests, NULL, NULL);
}
