/* tracer_probe - does the tracer see what it does itself? */
#include "engine/tracer_int.h"

#include "platform/platform.h"

#define S UINT64_C(1000000000)
#define SETTLE_NS (5 * S) /* the sessions have been up for so long */
#define CHILD_NS (15 * S) /* a start has come by then: flush, hold-back, and much room */
#define ACCEPT_NS (60 * S)

const char *
tracer_test_name(enum tracer_test t)
{
    static const char *const names[] = {
        [TRACER_TEST_START] = "process_start",
        [TRACER_TEST_COMMAND_LINE] = "command_line",
        [TRACER_TEST_ACCEPT] = "accept",
    };
    _Static_assert(COUNT(names) == TRACER_TESTS, "every test has its name");

    return (size_t)t < COUNT(names) ? names[t] : "unknown";
}

static bool
is_open(const struct tracer_probe *p)
{
    return p->begun_ns != 0 && !p->ended;
}

static void
see_start(struct tracer *t, struct sv packed)
{
    const char *process = etw_session_rows[ETW_SESSION_PROCESS].name;
    struct event ev;

    if (event_unpack((const uint8_t *)packed.p, packed.len, &ev) || !event_has(&ev, process_id) ||
        ev.process_id != t->child.pid) {
        return;
    }
    t->seen[TRACER_TEST_START] |= sv_eq(ev.channel, sv_from(process));
    t->seen[TRACER_TEST_COMMAND_LINE] |= event_has(&ev, command_line) && ev.command_line.len > 0;
}

void
tracer_probe_event(struct tracer *t, struct sv packed)
{
    enum event_kind kind = event_packed_kind((const uint8_t *)packed.p, packed.len);

    if (kind == EV_PROCESS_START && is_open(&t->child)) {
        see_start(t, packed);
    }
    t->seen[TRACER_TEST_ACCEPT] |= kind == EV_NET_ACCEPT;
}

static bool
is_due(struct tracer *t, const struct tracer_probe *p, size_t session, uint64_t now_ns)
{
    return p->begun_ns == 0 && t->live_ns[session] != 0 &&
           now_ns - t->live_ns[session] >= SETTLE_NS;
}

static void
tell(struct tracer *t, enum tracer_test test)
{
    const struct tracer_note note = {.kind = TRACER_TESTED, .test = test, .passed = t->seen[test]};

    tracer_tell(t, &note);
}

static void
step_child(struct tracer *t, uint64_t now_ns)
{
    struct tracer_probe *p = &t->child;

    if (is_due(t, p, ETW_SESSION_PROCESS, now_ns)) {
        p->begun_ns = now_ns;
        p->ended = !t->opts.probes.spawn(t->opts.probes.ctx, &p->pid);
    }
    if (is_open(p) && ((t->seen[TRACER_TEST_START] && t->seen[TRACER_TEST_COMMAND_LINE]) ||
                       now_ns - p->begun_ns >= CHILD_NS)) {
        p->ended = true;
        tell(t, TRACER_TEST_START);
        tell(t, TRACER_TEST_COMMAND_LINE);
    }
}

static void
step_connection(struct tracer *t, uint64_t now_ns)
{
    struct tracer_probe *p = &t->connection;

    if (is_due(t, p, ETW_SESSION_NETWORK, now_ns)) {
        p->begun_ns = now_ns;
        p->ended = !t->opts.probes.connect(t->opts.probes.ctx);
    }
    if (is_open(p) && (t->seen[TRACER_TEST_ACCEPT] || now_ns - p->begun_ns >= ACCEPT_NS)) {
        p->ended = true;
        tell(t, TRACER_TEST_ACCEPT);
        if (!t->seen[TRACER_TEST_ACCEPT]) {
            etw_session_use_fallback(t->line[ETW_SESSION_NETWORK]->session);
        }
    }
}

void
tracer_probe_step(struct tracer *t, uint64_t now_ns)
{
    if (t->opts.probes.spawn != NULL) {
        step_child(t, now_ns);
    }
    if (t->opts.probes.connect != NULL) {
        step_connection(t, now_ns);
    }
}
