/* test_subscription_help - a subscription over the simulator, and what it gave. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"
#include "core/tm.h"
#include "evtlog/subscription.h"
#include "platform/platform.h"
#include "support/evtlog_sim.h"

#define GIVEN_MAX 4096
#define GAPS_MAX 8
#define START_FT (TM_UNIX_EPOCH_FT + UINT64_C(1700000000) * TM_SEC)
#define SECOND_NS UINT64_C(1000000000)

struct run {
    struct buf path;
    struct evtlog_sim *sim;
    struct subscription *sub;
    uint64_t now_ns;
    enum err refuse;     /* what the sink says */
    size_t refuse_after; /* records accepted before it says so */
    size_t given_count;
    unsigned given[GIVEN_MAX]; /* n of "user<n>"; 0: unreadable */
    size_t marks;              /* only the position moved */
    char position[4096];
    size_t gap_count;
    struct subscription_gap gap[GAPS_MAX];
    unsigned states;    /* bit per state entered */
    uint32_t last_code; /* other than 0 */
};

static inline enum err
on_record(void *ctx, const struct subscription_record *r)
{
    struct run *run = ctx;

    if (run->refuse != ERR_OK && run->given_count >= run->refuse_after) {
        return run->refuse;
    }
    assert_in_range(r->position.len, 1, sizeof(run->position) - 1);
    memcpy(run->position, r->position.p, r->position.len);
    run->position[r->position.len] = 0;
    if (r->event == NULL && !r->unreadable) {
        run->marks++;
        return ERR_OK;
    }
    assert_in_range(run->given_count, 0, GIVEN_MAX - 1);
    run->given[run->given_count] = 0;
    if (r->event != NULL) {
        char digits[32] = {0};

        assert_true(event_has(r->event, account));
        assert_true(sv_starts_with(r->event->account, SV("user")));
        memcpy(digits, r->event->account.p + 4, r->event->account.len - 4);
        run->given[run->given_count] = (unsigned)strtoul(digits, NULL, 10);
    }
    run->given_count++;
    return ERR_OK;
}

static inline void
on_gap(void *ctx, const struct subscription_gap *g)
{
    struct run *run = ctx;

    assert_in_range(run->gap_count, 0, GAPS_MAX - 1);
    run->gap[run->gap_count++] = *g;
}

static inline void
on_state(void *ctx, const struct subscription_status *s)
{
    struct run *run = ctx;

    run->states |= 1u << s->state;
    if (s->code != 0) {
        run->last_code = s->code;
    }
}

static inline void
run_init(struct run *run)
{
    memset(run, 0, sizeof(*run));
    buf_init(&run->path, 4096);
    assert_int_equal(path_temp_file(&run->path), ERR_OK);
    run->sim = evtlog_sim_create(buf_str(&run->path));
    assert_non_null(run->sim);
}

static inline void
run_append(struct run *run, unsigned from, unsigned to)
{
    for (unsigned n = from; n <= to; n++) {
        assert_true(evtlog_sim_append_failure(buf_str(&run->path), START_FT + n * TM_SEC, n));
    }
}

/* A record of somebody else in the same log. */
static inline void
run_append_other(struct run *run, unsigned count)
{
    const struct evtlog_sim_record r = {.log = SV("Security"),
                                        .provider = SV("Other"),
                                        .channel = SV("Security"),
                                        .computer = SV("PC-A"),
                                        .time_ft = START_FT,
                                        .event_id = 1};

    while (count-- > 0) {
        assert_true(evtlog_sim_append(buf_str(&run->path), &r));
    }
}

static inline enum err
run_try_open(struct run *run)
{
    const struct subscription_options o = {
        .api = evtlog_sim_api(run->sim),
        .channel = &channel_all[0],
        .position = sv_from(run->position),
        .sink = {run, on_record, on_gap, on_state},
    };

    return subscription_create(&o, &run->sub);
}

static inline void
run_open(struct run *run)
{
    assert_int_equal(run_try_open(run), ERR_OK);
}

/* As a kill does: nothing but the stored position is left. */
static inline void
run_kill(struct run *run)
{
    subscription_destroy(run->sub);
    run->sub = NULL;
}

static inline void
run_fini(struct run *run)
{
    run_kill(run);
    assert_int_equal(evtlog_sim_destroy(run->sim), 0);
    assert_int_equal(file_delete(buf_str(&run->path)), ERR_OK);
    buf_fini(&run->path);
}

/* Steps until nothing is there, time going on while it is closed. */
static inline void
run_drain(struct run *run, unsigned tries)
{
    while (tries-- > 0) {
        enum err err = subscription_step(run->sub, run->now_ns, 16);

        if (err == ERR_END && subscription_wait_handle(run->sub) != NULL) {
            return;
        }
        if (err == ERR_END) {
            run->now_ns = subscription_due_ns(run->sub);
        }
        assert_int_not_equal(run->now_ns, UINT64_MAX);
        assert_true(err == ERR_OK || err == ERR_END || err == ERR_NOMEM);
    }
}

/* Exactly from..to, in order. */
static inline void
assert_given(const struct run *run, unsigned from, unsigned to)
{
    assert_int_equal(run->given_count, to - from + 1);
    for (size_t i = 0; i < run->given_count; i++) {
        assert_int_equal(run->given[i], from + i);
    }
}
