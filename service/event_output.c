/* event_output - one handle, opened when needed; one place that says what a code means. */
#include "service/event_output.h"

#include <stdio.h>

#include "core/log.h"
#include "core/mem.h"
#include "core/metrics.h"
#include "core/utf.h"
#include "service/event_text.h"

#define SOURCE_LEN_MAX 64u
#define WHY_MAX 128

struct event_output {
    const struct report_api *api;
    enum lang lang;
    uint16_t source[SOURCE_LEN_MAX + 1];
    struct event_text *text;
    void *handle; /* NULL: not open */
    const char *call;
    bool failing; /* said once, until it works again */
    char why[WHY_MAX];
};

/* -- codes ------------------------------------------------------------------------------------- */

/* What to do besides trying again later. */
enum remedy {
    REMEDY_NONE,
    REMEDY_REOPEN, /* the handle died with the service: once more, now */
    REMEDY_SHRINK, /* the event itself is refused */
};

static const struct code {
    uint32_t code;
    enum err err;
    enum remedy remedy;
    const char *text;
} codes[] = {
    {REPORT_ACCESS_DENIED, ERR_IO, REMEDY_NONE, "access denied"},
    {REPORT_INVALID_HANDLE, ERR_BUSY, REMEDY_REOPEN, "the service was restarted"},
    {REPORT_NOT_ENOUGH_MEMORY, ERR_BUSY, REMEDY_NONE, "out of memory"},
    {REPORT_OUT_OF_MEMORY, ERR_BUSY, REMEDY_NONE, "out of memory"},
    {REPORT_INVALID_PARAMETER, ERR_RANGE, REMEDY_SHRINK, "the event is not accepted"},
    {REPORT_DISK_FULL, ERR_FULL, REMEDY_NONE, "the disk is full"},
    {REPORT_SERVICE_NOT_ACTIVE, ERR_BUSY, REMEDY_REOPEN, "the service does not run"},
    {REPORT_SHUTDOWN_IN_PROGRESS, ERR_BUSY, REMEDY_NONE, "the computer shuts down"},
    {REPORT_NO_SYSTEM_RESOURCES, ERR_BUSY, REMEDY_NONE, "out of system resources"},
    {REPORT_FILE_CORRUPT, ERR_IO, REMEDY_NONE, "the log file is damaged"},
    {REPORT_LOG_FILE_FULL, ERR_FULL, REMEDY_NONE, "the log is full"},
    {REPORT_RPC_INVALID_BINDING, ERR_BUSY, REMEDY_REOPEN, "the service was restarted"},
    {REPORT_RPC_UNKNOWN_IF, ERR_BUSY, REMEDY_REOPEN, "the service is starting"},
    {REPORT_RPC_SERVER_UNAVAILABLE, ERR_BUSY, REMEDY_REOPEN, "the service does not run"},
    {REPORT_RPC_SERVER_TOO_BUSY, ERR_BUSY, REMEDY_NONE, "the service is too busy"},
    {REPORT_RPC_CALL_FAILED, ERR_BUSY, REMEDY_REOPEN, "the service ended during the call"},
    {REPORT_RPC_CALL_FAILED_DNE, ERR_BUSY, REMEDY_REOPEN, "the service ended before the call"},
    {REPORT_RPC_INVALID_BOUND, ERR_RANGE, REMEDY_SHRINK, "the event is too large"},
    {REPORT_EPT_NOT_REGISTERED, ERR_BUSY, REMEDY_REOPEN, "the service is starting"},
    {REPORT_RPC_BAD_STUB_DATA, ERR_RANGE, REMEDY_SHRINK, "the event is too large"},
    {REPORT_RPC_CALL_CANCELLED, ERR_BUSY, REMEDY_REOPEN, "the call was cancelled"},
};
static const struct code other_code = {0, ERR_IO, REMEDY_NONE, "failed"};

static const struct code *
code_row(uint32_t code)
{
    for (size_t i = 0; i < COUNT(codes); i++) {
        if (codes[i].code == code) {
            return &codes[i];
        }
    }
    return &other_code;
}

/* -- the handle -------------------------------------------------------------------------------- */

static void
close_handle(struct event_output *o)
{
    if (o->handle != NULL) {
        (void)o->api->close(o->api->ctx, o->handle); /* it may be dead: nothing to be done */
        o->handle = NULL;
    }
}

static uint32_t
report_once(struct event_output *o, const struct report_event *event)
{
    uint32_t code;

    if (o->handle == NULL) {
        o->call = "RegisterEventSourceW";
        code = o->api->open(o->api->ctx, o->source, &o->handle);
        if (code != REPORT_OK) {
            o->handle = NULL;
            return code;
        }
    }
    o->call = "ReportEventW";
    return o->api->report(o->api->ctx, o->handle, event);
}

/* A handle of an earlier call may have died since; one that was opened just now has not. */
static uint32_t
report(struct event_output *o, const struct report_event *event)
{
    bool used = o->handle != NULL;
    uint32_t code = report_once(o, event);

    if (code != REPORT_OK && used && code_row(code)->remedy == REMEDY_REOPEN) {
        close_handle(o);
        code = report_once(o, event);
    }
    return code;
}

/* -- alerts ------------------------------------------------------------------------------------ */

uint16_t
event_output_type(enum severity s)
{
    if (s >= SEV_HIGH) {
        return REPORT_TYPE_ERROR;
    }
    return s == SEV_MEDIUM ? REPORT_TYPE_WARNING : REPORT_TYPE_INFORMATION;
}

static uint32_t
report_alert(struct event_output *o, const struct alert *a, bool small)
{
    struct report_event event = {
        .type = event_output_type(a->severity), .id = a->rule->id, .count = EVENT_STRING_COUNT};

    event_text_make(o->text, a, o->lang, small);
    event.strings = event_text_strings(o->text);
    return report(o, &event);
}

static enum err
failed(struct event_output *o, uint32_t code)
{
    const struct code *row = code_row(code);

    (void)snprintf(o->why, sizeof(o->why), "%s: %s (%u)", o->call, row->text, (unsigned)code);
    if (!o->failing || row->err == ERR_RANGE) {
        log_line(LOG_WARN, "event log: an alert was not written: %s", o->why);
    }
    if (row->err == ERR_RANGE) {
        metric_add(METRIC_EVENTS_REFUSED, 1);
        return ERR_RANGE;
    }
    o->failing = true;
    close_handle(o);
    return row->err;
}

enum err
event_output_alert(struct event_output *o, const struct alert *a)
{
    uint32_t code;

    if (a->suppressed) {
        return ERR_OK;
    }
    code = report_alert(o, a, false);
    if (code != REPORT_OK && code_row(code)->remedy == REMEDY_SHRINK) {
        code = report_alert(o, a, true);
    }
    if (code != REPORT_OK) {
        return failed(o, code);
    }
    o->failing = false;
    o->why[0] = '\0';
    return ERR_OK;
}

const char *
event_output_why(const struct event_output *o)
{
    return o->why;
}

static enum err
live_alert(void *ctx, const struct alert *a)
{
    return event_output_alert(ctx, a);
}

struct live_output
event_output_live(struct event_output *o)
{
    return (struct live_output){.ctx = o, .alert = live_alert};
}

/* -- life -------------------------------------------------------------------------------------- */

enum err
event_output_create(const struct event_output_opts *opts, struct event_output **out)
{
    struct sv source = sv_from(opts->source);
    struct event_output *o;
    bool cut = false;
    enum err err;

    *out = NULL;
    if (source.len == 0 || source.len > SOURCE_LEN_MAX || !utf8_valid(source)) {
        return ERR_RANGE;
    }
    o = mem_zalloc(sizeof(*o));
    if (o == NULL) {
        return ERR_NOMEM;
    }
    o->api = opts->api;
    o->lang = opts->lang;
    o->call = "";
    (void)utf8_to_utf16(source, o->source, SOURCE_LEN_MAX, &cut); /* the NUL is there */
    err = event_text_create(&o->text);
    if (err) {
        mem_free(o);
        return err;
    }
    *out = o;
    return ERR_OK;
}

void
event_output_destroy(struct event_output *o)
{
    if (o == NULL) {
        return;
    }
    close_handle(o);
    event_text_destroy(o->text);
    mem_free(o);
}
