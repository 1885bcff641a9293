/* test_activity - records of processes and connections in one line each, and what the state makes
 * of them as text. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/buf.h"
#include "core/config.h"
#include "core/mem.h"
#include "core/metrics.h"
#include "core/tm.h"
#include "state/state.h"

#define T0 (UINT64_C(132223104000000000)) /* 2020-01-01 */
#define KERNEL "Microsoft-Windows-Kernel-Process"
#define CLASSIC "NT Kernel/Process"
#define AUDITING "Microsoft-Windows-Security-Auditing"
#define NETWORK "Microsoft-Windows-Kernel-Network"
#define TCPIP "Microsoft-Windows-TCPIP"

/* What is NULL or 0 is absent. */
struct told {
    uint64_t ms; /* after T0 */
    enum event_kind kind;
    const char *provider;
    uint32_t pid, ppid;
    uint64_t started_ms; /* exact start */
    const char *process, *command_line, *parent, *path;
    const char *remote, *local, *action; /* "ip:port" */
    uint64_t sequence, parent_sequence;
    const char *account, *host;
    uint32_t status;
};

struct activity_test {
    struct config *cfg;
    struct state *st;
    struct buf rows;
    struct event last; /* as completed */
};

static inline void
put_ms(struct buf *out, uint64_t ft)
{
    if (ft == 0) {
        buf_puts(out, "-");
    } else {
        buf_put_u64(out, (ft - T0) / TM_MS);
    }
}

/* "host pid started..ended image [command line] <parent pid:start parent image> by 3" */
static enum err
on_process(void *ctx, const struct process *p)
{
    struct activity_test *t = ctx;
    struct buf *out = &t->rows;

    buf_put_sv(out, p->host);
    buf_printf(out, " %u ", p->pid);
    put_ms(out, p->started_ft);
    buf_puts(out, "..");
    put_ms(out, p->ended_ft);
    buf_putc(out, ' ');
    buf_put_sv(out, p->image);
    buf_puts(out, " [");
    buf_put_sv(out, p->command_line);
    buf_printf(out, "] <%u:", p->parent_pid);
    put_ms(out, p->parent_started_ft);
    buf_putc(out, ' ');
    buf_put_sv(out, p->parent_image);
    buf_printf(out, "> by %u\n", p->witnesses);
    return buf_err(out);
}

static inline enum err
on_attempt(void *ctx, const struct attempt *a)
{
    (void)ctx;
    (void)a;
    fail_msg("%s", "no attempt is to be made of this");
    return ERR_OK;
}

static inline void
activity_begin(struct activity_test *t)
{
    buf_init(&t->rows, SIZE_MAX);
    assert_int_equal(config_create(&t->cfg), ERR_OK);
    assert_int_equal(state_create(t->cfg, on_attempt, t, &t->st), ERR_OK);
    state_on_process(t->st, on_process);
}

static inline void
activity_end(struct activity_test *t)
{
    state_destroy(t->st);
    config_destroy(t->cfg);
    buf_fini(&t->rows);
}

#define SET_TEXT(ev, field, text)                                                                  \
    do {                                                                                           \
        if ((text) != NULL) {                                                                      \
            event_set(ev, field, sv_from(text));                                                   \
        }                                                                                          \
    } while (0)
#define SET_NUMBER(ev, field, number)                                                              \
    do {                                                                                           \
        if ((number) != 0) {                                                                       \
            event_set(ev, field, number);                                                          \
        }                                                                                          \
    } while (0)

static inline void
set_ends(struct event *ev, const struct told *r)
{
    struct addr a;
    uint16_t port;

    if (r->remote != NULL) {
        assert_int_equal(addr_parse_port(sv_from(r->remote), &a, &port), ERR_OK);
        event_set(ev, src, a);
        SET_NUMBER(ev, src_port, port);
        event_set(ev, transport, SV("TCP"));
    }
    if (r->local != NULL) {
        assert_int_equal(addr_parse_port(sv_from(r->local), &a, &port), ERR_OK);
        event_set(ev, dst, a);
        SET_NUMBER(ev, dst_port, port);
    }
}

static inline struct event
event_of(const struct told *r)
{
    struct event ev;

    event_init(&ev, r->kind, T0 + r->ms * TM_MS);
    event_set(&ev, host, sv_from(r->host == NULL ? "PC-A" : r->host));
    event_set(&ev, channel, SV("session"));
    SET_TEXT(&ev, provider, r->provider);
    SET_NUMBER(&ev, process_id, r->pid);
    SET_NUMBER(&ev, parent_process_id, r->ppid);
    if (r->started_ms != 0) {
        event_set(&ev, process_started, T0 + r->started_ms * TM_MS);
    }
    SET_TEXT(&ev, process, r->process);
    SET_TEXT(&ev, command_line, r->command_line);
    SET_TEXT(&ev, parent_process, r->parent);
    SET_TEXT(&ev, path, r->path);
    SET_TEXT(&ev, action, r->action);
    SET_NUMBER(&ev, process_sequence, r->sequence);
    SET_NUMBER(&ev, parent_sequence, r->parent_sequence);
    SET_TEXT(&ev, subject_sid, r->account == NULL ? NULL : "S-1-5-21-1-2-3-1001");
    SET_TEXT(&ev, subject_account, r->account);
    if (r->kind == EV_PROCESS_STOP) {
        event_set(&ev, status, r->status);
    }
    set_ends(&ev, r);
    return ev;
}

/* Completes and takes in one event; t->last is what would be stored. */
static inline bool
activity_feed(struct activity_test *t, const struct told *r)
{
    bool changed;

    t->last = event_of(r);
    assert_int_equal(state_complete(t->st, &t->last, &changed), ERR_OK);
    assert_int_equal(state_event(t->st, &t->last), ERR_OK);
    return changed;
}

static inline void
activity_feed_all(struct activity_test *t, const struct told *r, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        (void)activity_feed(t, &r[i]);
    }
}

static inline void
activity_expect(struct activity_test *t, const char *rows)
{
    assert_int_equal(state_flush(t->st), ERR_OK);
    assert_string_equal(buf_str(&t->rows), rows);
}

#define EXPECT_ROWS(told, rows)                                                                    \
    do {                                                                                           \
        struct activity_test t;                                                                    \
        activity_begin(&t);                                                                        \
        activity_feed_all(&t, told, COUNT(told));                                                  \
        activity_expect(&t, rows);                                                                 \
        activity_end(&t);                                                                          \
    } while (0)
