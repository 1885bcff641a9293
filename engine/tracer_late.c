/* tracer_late - without the system logger nobody tells command lines: they are asked of the process
 * itself, as long as it runs. */
#include "engine/tracer_int.h"

#define LATE "command_line_late"

static bool
is_asked(const struct tracer *t, struct sv packed)
{
    return t->opts.probes.command_line != NULL && t->live_ns[ETW_SESSION_SYSTEM] == 0 &&
           event_packed_kind((const uint8_t *)packed.p, packed.len) == EV_PROCESS_START;
}

struct sv
tracer_late(struct tracer *t, struct sv packed)
{
    struct event ev;
    size_t len;

    if (!is_asked(t, packed) || event_unpack((const uint8_t *)packed.p, packed.len, &ev) ||
        event_has(&ev, command_line) || !event_has(&ev, process_id) ||
        !event_has(&ev, process_started)) {
        return packed;
    }
    buf_clear(&t->command_line);
    if (!t->opts.probes.command_line(t->opts.probes.ctx, ev.process_id, ev.process_started,
                                     &t->command_line) ||
        buf_err(&t->command_line)) {
        return packed;
    }
    event_set(&ev, command_line, buf_sv(&t->command_line));
    event_set(&ev, action, SV(LATE));
    if (event_pack(&ev, t->late_packed, sizeof(t->late_packed), &len)) {
        return packed;
    }
    atomic_fetch_add(&t->late_lines, 1);
    return (struct sv){(const char *)t->late_packed, len};
}
