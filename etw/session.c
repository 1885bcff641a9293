/* session - starts, attaches, looks, watches. */
#include "etw/session.h"

#include <string.h>

#include "core/mem.h"
#include "core/utf.h"

#define DRAINED_NS (3 * ETW_LOOK_NS) /* attach only: silent for so long, it has been read */

struct etw_session {
    const struct etw_api *api;
    const struct etw_session_row *row;
    struct etw_session_sink sink;
    struct etw_session_status status;
    uint16_t name[ETW_SESSION_NAME_MAX];
    uint64_t handle; /* 0: not running, as far as we know */
    uint64_t due_ns, retry_ns;
    uint64_t opened_ns, look_ns, watch_ns;
    uint64_t well_ns, watched_ns;       /* when it was there, and all was enabled, last */
    uint64_t quiet_ns, quiet_at;        /* attach only: since when so many records have come */
    uint32_t events_lost, buffers_lost; /* the system's counters at the last look */
    bool fallback;
    bool halted;
    bool left; /* it may run without us */
    bool on[ETW_SOURCES_MAX];
    /* How the system tells of each once it is enabled; what it says of it need not be what was
     * asked for. */
    bool has_baseline[ETW_SOURCES_MAX];
    struct etw_enabled baseline[ETW_SOURCES_MAX];
    struct trace_reader *reader;
};

static bool
same_guid(const struct etw_guid *a, const struct etw_guid *b)
{
    return memcmp(a, b, sizeof(*a)) == 0;
}

/* All but the revision. */
static bool
is_ours(const struct etw_session *s, const struct etw_guid *guid)
{
    return memcmp(guid, &s->row->guid, sizeof(*guid) - 1) == 0;
}

/* -- notes ------------------------------------------------------------------------------------- */

static void
tell(struct etw_session *s, struct etw_note note)
{
    note.status = etw_session_status(s);
    if (s->sink.note != NULL) {
        s->sink.note(s->sink.ctx, &note);
    }
}

static void
enter(struct etw_session *s, enum etw_session_state state, uint32_t code, const char *call)
{
    if (s->status.state == state && s->status.code == code) {
        return;
    }
    s->status.state = state;
    s->status.code = code;
    s->status.call = call;
    tell(s, (struct etw_note){.kind = ETW_NOTE_STATE, .code = code});
}

/* Tried again later. What runs under our name goes on without us until then. */
static void
fail(struct etw_session *s, uint64_t now_ns, uint32_t code, const char *call)
{
    trace_reader_close(s->reader);
    s->left = s->left || s->handle != 0;
    s->handle = 0;
    s->due_ns = now_ns + s->retry_ns;
    s->retry_ns = s->retry_ns < ETW_RETRY_MAX_NS / 2 ? s->retry_ns * 2 : ETW_RETRY_MAX_NS;
    enter(s, etw_session_state_of(code), code, call);
    if (s->status.state == ETW_STATE_UNSUPPORTED) {
        s->due_ns = UINT64_MAX;
    }
}

/* -- providers --------------------------------------------------------------------------------- */

static bool
is_wanted(const struct etw_session *s, size_t i)
{
    return !s->row->source[i].fallback || s->fallback;
}

static uint32_t
control(struct etw_session *s, size_t i, enum etw_control what)
{
    const struct etw_source *source = &s->row->source[i];
    struct etw_enable in = {.provider = source->provider,
                            .control = what,
                            .level = source->level,
                            .any_keyword = source->keyword,
                            .id_count = source->id_count};

    memcpy(in.ids, source->ids, source->id_count * sizeof(in.ids[0]));
    return s->api->enable(s->api->ctx, s->handle, &in);
}

static uint32_t
ask(struct etw_session *s, size_t i, struct etw_enabled *out)
{
    return s->api->enabled(s->api->ctx, s->handle, &s->row->source[i].provider, out);
}

static void
enable(struct etw_session *s, size_t i)
{
    uint32_t code = control(s, i, ETW_ENABLE);

    s->on[i] = code == ETW_OK;
    s->has_baseline[i] = s->on[i] && ask(s, i, &s->baseline[i]) == ETW_OK;
    if (code != s->status.source_code[i]) {
        s->status.source_code[i] = code;
        tell(s, (struct etw_note){.kind = ETW_NOTE_SOURCE, .source = i, .code = code});
    }
    if (s->on[i] && s->row->source[i].rundown && trace_reader_is_open(s->reader)) {
        (void)control(s, i, ETW_CAPTURE_STATE); /* what runs already is known later, or not */
    }
}

static void
enable_missing(struct etw_session *s)
{
    for (size_t i = 0; i < s->row->count; i++) {
        if (is_wanted(s, i) && !s->on[i]) {
            enable(s, i);
        }
    }
}

/* -- starting ---------------------------------------------------------------------------------- */

MUST_CHECK static uint32_t
start(struct etw_session *s)
{
    const struct etw_session_row *row = s->row;
    const struct etw_start in = {.name = s->name,
                                 .guid = row->guid,
                                 .buffer_kb = row->buffer_kb,
                                 .buffers_min = row->buffers_min,
                                 .buffers_max = row->buffers_max,
                                 .flush_s = row->flush_s,
                                 .mode = row->mode,
                                 .kernel_flags = row->kernel_flags};

    s->events_lost = s->buffers_lost = 0;
    return s->api->start(s->api->ctx, &in, &s->handle);
}

/* The set-up that we would give it. ETW may add to modes and numbers of buffers. */
static bool
is_as_wanted(const struct etw_session *s, const struct etw_properties *p)
{
    const struct etw_session_row *row = s->row;

    return same_guid(&p->guid, &row->guid) && p->buffer_kb == row->buffer_kb &&
           p->flush_s == row->flush_s && (p->mode & row->mode) == row->mode &&
           p->kernel_flags == row->kernel_flags && p->handle != 0;
}

static void
attach(struct etw_session *s, const struct etw_properties *p)
{
    bool of_before = s->status.started == 0;

    s->handle = p->handle;
    s->events_lost = p->events_lost;
    s->buffers_lost = p->log_buffers_lost + p->real_time_buffers_lost;
    if (of_before) {
        s->status.attached++;
        tell(s, (struct etw_note){.kind = ETW_NOTE_ATTACHED});
    }
}

/* Something has our name, or our GUID under another name. */
MUST_CHECK static uint32_t
take_over(struct etw_session *s, const char **call)
{
    struct etw_properties p;
    uint32_t code;

    *call = "ControlTrace";
    code = s->api->query(s->api->ctx, s->name, &p);
    if (code == ETW_INSTANCE_NOT_FOUND) {
        return ETW_ALREADY_EXISTS; /* the GUID: nothing tells whose it is */
    }
    if (code != ETW_OK) {
        return code;
    }
    if (is_as_wanted(s, &p)) {
        attach(s, &p);
        return ETW_OK;
    }
    code = s->api->stop(s->api->ctx, 0, s->name, &p);
    if (code != ETW_OK && code != ETW_INSTANCE_NOT_FOUND) {
        return code == ETW_ACCESS_DENIED ? ETW_ALREADY_EXISTS : code;
    }
    if (!is_ours(s, &p.guid)) {
        s->status.replaced++;
        tell(s, (struct etw_note){.kind = ETW_NOTE_REPLACED});
    }
    *call = "StartTrace";
    return start(s);
}

static void
open_session(struct etw_session *s, uint64_t now_ns)
{
    const char *call = "StartTrace";
    uint32_t code = start(s);

    if (code == ETW_ALREADY_EXISTS) {
        code = take_over(s, &call);
    }
    memset(s->on, 0, sizeof(s->on));
    if (code == ETW_OK) {
        enable_missing(s);
        code = trace_reader_open(s->reader, s->name, &call);
    }
    if (code != ETW_OK) {
        fail(s, now_ns, code, call);
        return;
    }
    for (size_t i = 0; i < s->row->count; i++) {
        if (s->on[i] && s->row->source[i].rundown) {
            (void)control(s, i, ETW_CAPTURE_STATE);
        }
    }
    s->status.started++;
    s->opened_ns = s->well_ns = s->watched_ns = now_ns;
    s->look_ns = now_ns + ETW_LOOK_NS;
    s->watch_ns = now_ns + ETW_WATCH_NS;
    enter(s, ETW_STATE_LIVE, ETW_OK, "");
}

/* -- while it runs ----------------------------------------------------------------------------- */

static void
note_lost(struct etw_session *s, const struct etw_properties *p)
{
    uint32_t buffers = p->log_buffers_lost + p->real_time_buffers_lost;
    struct etw_note note = {.kind = ETW_NOTE_LOST,
                            .from_ns = s->well_ns,
                            .events = (uint32_t)(p->events_lost - s->events_lost),
                            .buffers = (uint32_t)(buffers - s->buffers_lost)};

    s->events_lost = p->events_lost;
    s->buffers_lost = buffers;
    s->status.events_lost += note.events;
    s->status.buffers_lost += note.buffers;
    if (note.events > 0 || note.buffers > 0) {
        tell(s, note);
    }
}

/* Others did it. At once, the first time; somebody who does it again and again is not raced. */
static void
stopped_by_others(struct etw_session *s, uint64_t now_ns)
{
    bool lived = now_ns - s->opened_ns >= ETW_WATCH_NS;

    trace_reader_close(s->reader);
    s->handle = 0;
    s->status.stopped++;
    enter(s, ETW_STATE_STOPPED, ETW_INSTANCE_NOT_FOUND, "ControlTrace");
    tell(s, (struct etw_note){.kind = ETW_NOTE_STOPPED, .from_ns = s->well_ns});
    s->retry_ns = lived ? ETW_RETRY_MIN_NS : s->retry_ns;
    s->due_ns = lived || s->status.stopped == 1 ? now_ns : now_ns + s->retry_ns;
    if (!lived) {
        s->retry_ns = s->retry_ns < ETW_RETRY_MAX_NS / 2 ? s->retry_ns * 2 : ETW_RETRY_MAX_NS;
    }
}

static void
look(struct etw_session *s, uint64_t now_ns)
{
    struct etw_properties p;
    uint32_t code = s->api->query(s->api->ctx, s->name, &p);

    s->look_ns = now_ns + ETW_LOOK_NS;
    if (code == ETW_INSTANCE_NOT_FOUND || (code == ETW_OK && !same_guid(&p.guid, &s->row->guid))) {
        stopped_by_others(s, now_ns);
        return;
    }
    if (code == ETW_OK) {
        note_lost(s, &p);
        s->well_ns = now_ns;
        if (now_ns - s->opened_ns >= ETW_WATCH_NS) {
            s->retry_ns = ETW_RETRY_MIN_NS;
        }
    }
    enter(s, ETW_STATE_LIVE, code, code == ETW_OK ? "" : "ControlTrace");
}

/* An answer that is none says nothing about who did what. */
static bool
is_changed(struct etw_session *s, size_t i)
{
    const struct etw_enabled *before = &s->baseline[i];
    struct etw_enabled now = {0};
    uint32_t code = ask(s, i, &now);

    if (!s->has_baseline[i]) {
        s->has_baseline[i] = code == ETW_OK;
        s->baseline[i] = now;
        return false;
    }
    return code == ETW_NOT_FOUND || (code == ETW_OK && (now.level != before->level ||
                                                        now.any_keyword != before->any_keyword ||
                                                        now.all_keyword != before->all_keyword));
}

static void
watch(struct etw_session *s, uint64_t now_ns)
{
    for (size_t i = 0; i < s->row->count; i++) {
        if (s->on[i] && is_changed(s, i)) {
            s->on[i] = false;
            s->status.disabled++;
            tell(s, (struct etw_note){
                        .kind = ETW_NOTE_DISABLED, .source = i, .from_ns = s->watched_ns});
        }
    }
    enable_missing(s);
    s->watched_ns = now_ns;
    s->watch_ns = now_ns + ETW_WATCH_NS;
}

/* -- what others started ----------------------------------------------------------------------- */

static void
open_foreign(struct etw_session *s, uint64_t now_ns)
{
    struct etw_properties p;
    const char *call = "ControlTrace";
    uint32_t code = s->api->query(s->api->ctx, s->name, &p);

    if (code == ETW_INSTANCE_NOT_FOUND) {
        s->due_ns = UINT64_MAX;
        enter(s, ETW_STATE_ABSENT, ETW_OK, "");
        return;
    }
    if (code == ETW_OK) {
        s->handle = p.handle;
        code = trace_reader_open(s->reader, s->name, &call);
    }
    if (code != ETW_OK) {
        fail(s, now_ns, code, call);
        return;
    }
    (void)s->api->flush(s->api->ctx, s->handle);
    s->status.started++;
    s->quiet_at = trace_reader_records(s->reader);
    s->quiet_ns = now_ns;
    enter(s, ETW_STATE_LIVE, ETW_OK, "");
}

/* Read to its end, it is stopped: what comes from now on comes by our own sessions. */
static void
step_foreign(struct etw_session *s, uint64_t now_ns)
{
    uint64_t records = trace_reader_records(s->reader);
    uint32_t code;
    bool ended = trace_reader_ended(s->reader, &code);

    if (records != s->quiet_at) {
        s->quiet_at = records;
        s->quiet_ns = now_ns;
    }
    if (now_ns - s->quiet_ns >= DRAINED_NS || ended) {
        etw_session_stop(s);
        s->due_ns = UINT64_MAX;
        enter(s, ETW_STATE_ABSENT, ETW_OK, "");
    }
}

/* -- steps ------------------------------------------------------------------------------------- */

void
etw_session_step(struct etw_session *s, uint64_t now_ns)
{
    uint32_t code;
    bool ended;

    if (s->api == NULL) {
        enter(s, ETW_STATE_UNSUPPORTED, ETW_NOT_IMPLEMENTED, "");
        return;
    }
    if (s->handle == 0) {
        if (now_ns < s->due_ns) {
            return;
        }
        if (s->row->attach_only) {
            open_foreign(s, now_ns);
        } else {
            open_session(s, now_ns);
        }
        return;
    }
    if (s->row->attach_only) {
        step_foreign(s, now_ns);
        return;
    }
    ended = trace_reader_ended(s->reader, &code);
    if (trace_reader_take_lost(s->reader) || ended || now_ns >= s->look_ns) {
        look(s, now_ns);
    }
    if (s->handle != 0 && ended) { /* it is there, and gives nothing */
        fail(s, now_ns, code == ETW_OK ? ETW_CANCELLED : code, "ProcessTrace");
    }
    if (s->handle != 0 && now_ns >= s->watch_ns) {
        watch(s, now_ns);
    }
}

static void
stop_left(struct etw_session *s)
{
    struct etw_properties p;

    if (s->left && s->api->query(s->api->ctx, s->name, &p) == ETW_OK && is_ours(s, &p.guid)) {
        (void)s->api->stop(s->api->ctx, 0, s->name, &p); /* nobody is left to tell */
    }
    s->left = false;
}

void
etw_session_halt(struct etw_session *s)
{
    struct etw_properties p;

    if (s->handle == 0 || s->halted) {
        stop_left(s);
        return;
    }
    s->halted = true;
    if (s->api->stop(s->api->ctx, s->handle, NULL, &p) == ETW_OK && !s->row->attach_only) {
        note_lost(s, &p);
    }
    trace_reader_halt(s->reader);
}

void
etw_session_stop(struct etw_session *s)
{
    if (s->handle != 0) {
        etw_session_halt(s);
        trace_reader_close(s->reader);
        s->handle = 0;
        s->halted = false;
        enter(s, ETW_STATE_CLOSED, ETW_OK, "");
    }
}

void
etw_session_use_fallback(struct etw_session *s)
{
    if (!s->fallback) {
        s->fallback = true;
        s->watch_ns = 0;
    }
}

/* -- life -------------------------------------------------------------------------------------- */

enum err
etw_session_create(const struct etw_api *api, const struct etw_session_row *row,
                   const struct etw_session_sink *sink, struct etw_session **out)
{
    struct etw_session *s = mem_zalloc(sizeof(*s));
    bool cut;

    if (s == NULL) {
        return ERR_NOMEM;
    }
    s->api = api;
    s->row = row;
    s->sink = *sink;
    s->status.call = "";
    s->retry_ns = ETW_RETRY_MIN_NS;
    s->name[utf8_to_utf16(sv_from(row->name), s->name, ETW_SESSION_NAME_MAX - 1, &cut)] = 0;
    if (trace_reader_create(api, row->name, &(struct etw_consumer){sink->ctx, sink->record},
                            &s->reader)) {
        mem_free(s);
        return ERR_NOMEM;
    }
    *out = s;
    return ERR_OK;
}

void
etw_session_destroy(struct etw_session *s)
{
    if (s == NULL) {
        return;
    }
    trace_reader_destroy(s->reader);
    mem_free(s);
}

const struct etw_session_status *
etw_session_status(struct etw_session *s)
{
    s->status.records = trace_reader_records(s->reader);
    return &s->status;
}

uint64_t
etw_session_records(const struct etw_session *s)
{
    return trace_reader_records(s->reader);
}

void
etw_session_canary(struct etw_session *s, struct etw_canary_stats *out)
{
    trace_reader_canary(s->reader, out);
}
