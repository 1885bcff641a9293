/* subscription - the life of a subscription: closed, open, broken, open again. */
#include "evtlog/subscription.h"

#include "core/mem.h"
#include "core/tm.h"
#include "core/utf.h"
#include "evtlog/log_info.h"
#include "evtlog/position.h"
#include "evtlog/subscription_state.h"

#define QUERY_MAX 65536u
#define STALE_MAX 3     /* times in a row without a record, before it counts as broken */
#define READ_TRIES 16   /* of one record, when it is not the record that is wrong: seconds */
#define SLACK_FT TM_MIN /* records of one log may be out of order by their time */

struct subscription {
    const struct evtlog_api *api;
    const struct channel *channel;
    struct subscription_sink sink;
    struct subscription_status status;
    struct live_reader *reader; /* NULL: no API */
    uint16_t *path;
    uint16_t *query;
    void *signal;
    void *handle; /* NULL: not open */
    struct position position;
    uint64_t due_ns;
    uint64_t retry_ns; /* what the next failure waits */
    uint64_t mark_ns;  /* when read_to is looked at again */
    unsigned stale;    /* reopened at once, in a row */
    bool bad_position;
    bool skip;            /* reading from the oldest: what the position covers is passed over */
    unsigned tried;       /* how often the record at hand was asked for anew: it is not read */
    uint32_t batch;       /* asked for at a time */
    uint32_t count, next; /* events held, the next of them */
    void *events[SUBSCRIPTION_BATCH];
    char text[POSITION_TEXT_MAX];
};

/* -- states ------------------------------------------------------------------------------------ */

static void
enter(struct subscription *s, enum subscription_state state, uint32_t code, const char *call)
{
    if (s->status.state == state && s->status.code == code) {
        return;
    }
    s->status.state = state;
    s->status.code = code;
    s->status.call = call;
    if (s->sink.state != NULL) {
        s->sink.state(s->sink.ctx, &s->status);
    }
}

static void
tell_gap(struct subscription *s, const struct subscription_gap *gap)
{
    s->status.gaps++;
    if (s->sink.gap != NULL) {
        s->sink.gap(s->sink.ctx, gap);
    }
}

static void
close_handle(struct subscription *s, void **handle)
{
    if (*handle != NULL) {
        (void)s->api->close(s->api->ctx, *handle);
        *handle = NULL;
    }
}

static void
close_all(struct subscription *s)
{
    while (s->next < s->count) {
        close_handle(s, &s->events[s->next++]);
    }
    s->count = s->next = 0;
    close_handle(s, &s->handle);
    if (s->reader != NULL) {
        live_reader_reset(s->reader);
    }
}

/* Closed until it is tried again. */
static void
fail(struct subscription *s, uint64_t now_ns, uint32_t code, const char *call)
{
    enum subscription_state state = subscription_state_of(code);

    close_all(s);
    s->due_ns = now_ns + s->retry_ns;
    if (state == SUBSCRIPTION_ABSENT || state == SUBSCRIPTION_DENIED) {
        s->due_ns = now_ns + SUBSCRIPTION_RECHECK_NS;
    } else if (state == SUBSCRIPTION_UNSUPPORTED) {
        s->due_ns = UINT64_MAX;
    }
    s->retry_ns =
        s->retry_ns < SUBSCRIPTION_RETRY_MAX_NS / 2 ? s->retry_ns * 2 : SUBSCRIPTION_RETRY_MAX_NS;
    s->stale = 0;
    enter(s, state, code, call);
}

/* Closed, and tried again in this step, unless that did not help before. */
static void
reopen(struct subscription *s, uint64_t now_ns, uint32_t code, const char *call)
{
    if (++s->stale > STALE_MAX) {
        fail(s, now_ns, code, call);
        return;
    }
    close_all(s);
    s->due_ns = now_ns;
}

/* -- the log ----------------------------------------------------------------------------------- */

/* The bookmark's record is not in the log: what of it was never read? */
static uint32_t
find_gap(struct subscription *s)
{
    const struct position *p = &s->position;
    struct subscription_gap gap = {.first = p->number + 1, .after_ft = p->time_ft};
    struct log_range range;
    uint32_t code = log_info_range(s->api, s->path, &range);

    if (code != EVTLOG_OK) {
        return code;
    }
    if (p->read_to > p->number) {
        gap.first = p->read_to + 1;
    }
    s->skip = range.newest != 0 && range.newest >= p->number && p->number != 0;
    if (range.newest == 0) { /* cleared: how far it went is not known */
        gap.why = SUBSCRIPTION_OVERWRITTEN;
        tell_gap(s, &gap);
    } else if (!s->skip) {
        gap.why = p->number == 0 ? SUBSCRIPTION_BAD_POSITION : SUBSCRIPTION_REPLACED;
        tell_gap(s, &gap);
    } else if (range.oldest > gap.first) {
        gap.why = SUBSCRIPTION_OVERWRITTEN;
        gap.last = range.oldest - 1;
        tell_gap(s, &gap);
    }
    return EVTLOG_OK;
}

/* -- opening ----------------------------------------------------------------------------------- */

static uint32_t
subscribe(struct subscription *s, void *bookmark, uint32_t flags)
{
    const struct evtlog_subscribe in = {s->signal, s->path, s->query, bookmark, flags};

    return s->api->subscribe(s->api->ctx, &in, &s->handle);
}

static bool
position_is_gone(uint32_t code)
{
    return code == EVTLOG_NOT_FOUND || code == EVTLOG_QUERY_RESULT_STALE ||
           code == EVTLOG_QUERY_RESULT_INVALID_POSITION;
}

/* Codes with which EvtCreateBookmark may refuse a text, not a system in trouble. */
static bool
is_bad_text(uint32_t code)
{
    return code == EVTLOG_INVALID_DATA || code == EVTLOG_INVALID_PARAMETER ||
           code == EVTLOG_MALFORMED_XML_TEXT;
}

/* Behind the bookmark; from the oldest record when there is none, its record is gone, or Windows
 * does not take its text. */
static uint32_t
open_handle(struct subscription *s, const char **call)
{
    struct sv xml = {s->position.xml, s->position.len};
    uint32_t code = live_reader_start(s->reader, xml);
    bool behind = xml.len > 0;

    s->skip = false;
    *call = "EvtCreateBookmark";
    if (behind && is_bad_text(code)) {
        code = live_reader_start(s->reader, (struct sv){NULL, 0});
        behind = false;
    }
    if (code != EVTLOG_OK) {
        return code;
    }
    *call = "EvtSubscribe";
    if (behind) {
        code = subscribe(s, s->reader->bookmark, EVTLOG_START_AFTER_BOOKMARK | EVTLOG_STRICT);
        if (!position_is_gone(code)) {
            return code;
        }
    }
    code = subscribe(s, NULL, EVTLOG_START_AT_OLDEST);
    if (code == EVTLOG_OK && xml.len > 0) {
        *call = "EvtGetLogInfo";
        code = find_gap(s);
    }
    return code;
}

static void
check_enabled(struct subscription *s)
{
    bool enabled = log_info_enabled(s->api, s->path);

    enter(s, enabled ? SUBSCRIPTION_LIVE : SUBSCRIPTION_DISABLED, EVTLOG_OK, "");
}

static void
open_subscription(struct subscription *s, uint64_t now_ns)
{
    const char *call = "CreateEvent";
    uint32_t code = EVTLOG_OK;

    if (s->signal == NULL) {
        code = s->api->signal_create(s->api->ctx, &s->signal);
    }
    if (code == EVTLOG_OK) {
        code = open_handle(s, &call);
    }
    if (code != EVTLOG_OK) {
        bool disabled = subscription_state_of(code) == SUBSCRIPTION_FAILED &&
                        !log_info_enabled(s->api, s->path);

        fail(s, now_ns, code, call);
        if (disabled) {
            enter(s, SUBSCRIPTION_DISABLED, code, call);
        }
        return;
    }
    s->status.opened++;
    s->due_ns = now_ns + SUBSCRIPTION_POLL_NS;
    if (s->bad_position) {
        tell_gap(s, &(struct subscription_gap){.why = SUBSCRIPTION_BAD_POSITION});
        s->bad_position = false;
    }
    check_enabled(s);
}

/* -- records ----------------------------------------------------------------------------------- */

/* What the position covers already, when reading had to start from the oldest. */
static bool
is_known(struct subscription *s)
{
    const struct position *p = &s->position;

    if (!s->skip) {
        return false;
    }
    if (s->reader->mark_number > p->number) {
        s->skip = false;
        return false;
    }
    return p->time_ft == 0 || s->reader->event.system.time_ft <= p->time_ft + SLACK_FT;
}

static void
accept(struct subscription *s)
{
    struct live_reader *r = s->reader;

    s->position.time_ft = r->event.system.time_ft;
    s->position.number = r->mark_number;
    s->position.len = r->mark_len;
    memcpy(s->position.xml, r->mark, r->mark_len);
}

MUST_CHECK static enum err
give(struct subscription *s, uint32_t code)
{
    struct live_reader *r = s->reader;
    struct position p = {r->event.system.time_ft, s->position.read_to, 0, r->mark_len, {0}};
    struct subscription_record record = {
        .event = code == EVTLOG_OK && r->event.row != NULL ? &r->event.event : NULL,
        .unreadable = code != EVTLOG_OK,
        .code = code,
        .number = r->mark_number,
    };
    enum err err;

    memcpy(p.xml, r->mark, r->mark_len);
    record.position = position_text(&p, s->text);
    err = s->sink.record(s->sink.ctx, &record);
    if (err) {
        return err;
    }
    accept(s);
    s->status.records++;
    s->status.events += record.event != NULL;
    s->status.unreadable += record.unreadable;
    s->tried = 0;
    s->stale = 0;
    s->retry_ns = SUBSCRIPTION_RETRY_MIN_NS;
    return ERR_OK;
}

/* A record that cannot be read is asked for once more; where that is for another reason than what
 * is in it, more often, with pauses, before it is given as unreadable. */
static bool
is_to_be_tried(const struct subscription *s, uint32_t code)
{
    bool of_record = code == EVTLOG_INVALID_DATA || code == EVTLOG_INVALID_EVENT_DATA ||
                     code == EVTLOG_INSUFFICIENT_BUFFER;

    return code != EVTLOG_OK && s->tried < (of_record ? 1 : READ_TRIES);
}

/* One record. ERR_END: the subscription was closed; ERR_NOMEM and the sink's errors leave it. */
MUST_CHECK static enum err
read_one(struct subscription *s, uint64_t now_ns)
{
    struct live_reader *r = s->reader;
    void *event = s->events[s->next];
    uint32_t code = live_reader_read(r, event);
    uint32_t mark;
    enum err err = ERR_OK;

    if (code == EVTLOG_NOT_ENOUGH_MEMORY) {
        return ERR_NOMEM;
    }
    if (is_to_be_tried(s, code)) { /* from the log */
        s->tried++;
        reopen(s, now_ns, code, r->call);
        return ERR_END;
    }
    mark = live_reader_mark(r, event);
    if (mark != EVTLOG_OK) { /* without its position it cannot be given */
        reopen(s, now_ns, mark, r->call);
        return ERR_END;
    }
    if (!is_known(s)) {
        err = give(s, code);
    }
    if (!err) {
        close_handle(s, &s->events[s->next++]);
    }
    return err;
}

static void
next_failed(struct subscription *s, uint64_t now_ns, uint32_t code)
{
    if (code == EVTLOG_RPC_INVALID_BOUND && s->batch > 1) {
        s->batch /= 2; /* the position has moved: what was in the batch is asked for again */
        close_all(s);
        s->due_ns = now_ns;
    } else if (code == EVTLOG_RPC_INVALID_BOUND) {
        s->due_ns = now_ns; /* the handle is behind that record: go on */
        tell_gap(s, &(struct subscription_gap){.why = SUBSCRIPTION_TOO_LARGE,
                                               .after_ft = s->position.time_ft});
    } else if (code == EVTLOG_QUERY_RESULT_STALE || code == EVTLOG_QUERY_RESULT_INVALID_POSITION) {
        reopen(s, now_ns, code, "EvtNext");
    } else {
        fail(s, now_ns, code, "EvtNext");
    }
}

/* Nothing more is there: up to `newest` the log has been read. Told as a position of its own. */
MUST_CHECK static enum err
note_read(struct subscription *s, uint64_t newest)
{
    struct subscription_record record = {.number = s->position.number};
    struct position p = s->position;
    enum err err;

    if (p.len == 0 || newest <= p.number || newest <= p.read_to) {
        return ERR_OK;
    }
    p.read_to = newest;
    record.position = position_text(&p, s->text);
    err = s->sink.record(s->sink.ctx, &record);
    if (!err) {
        s->position.read_to = newest;
    }
    return err;
}

static bool
is_none(uint32_t code)
{
    return code == EVTLOG_NO_MORE_ITEMS || code == EVTLOG_TIMEOUT ||
           code == EVTLOG_INVALID_OPERATION;
}

/* Asks for a batch. ERR_END: nothing there, or closed. */
MUST_CHECK static enum err
fill(struct subscription *s, uint64_t now_ns)
{
    struct log_range range;
    bool look = false;
    uint32_t count = 0;
    uint32_t code = s->api->next(s->api->ctx, s->handle, s->events, s->batch, &count);

    if (is_none(code) && now_ns >= s->mark_ns) { /* what the log has now, then whether it is read */
        s->mark_ns = now_ns + SUBSCRIPTION_MARK_NS;
        look = log_info_range(s->api, s->path, &range) == EVTLOG_OK;
        code = s->api->next(s->api->ctx, s->handle, s->events, s->batch, &count);
    }
    if (is_none(code)) {
        enum err err = look ? note_read(s, range.newest) : ERR_OK;

        s->batch = SUBSCRIPTION_BATCH;
        s->retry_ns = SUBSCRIPTION_RETRY_MIN_NS;
        s->stale = 0;
        return err ? err : ERR_END;
    }
    if (code != EVTLOG_OK || count > s->batch) {
        next_failed(s, now_ns, code);
        return ERR_END;
    }
    s->count = count;
    s->next = 0;
    return count == 0 ? ERR_END : ERR_OK;
}

/* -- steps ------------------------------------------------------------------------------------- */

/* The signal is reset before reading, not behind it as the examples have it: what is signalled
 * between the last read and a reset would wait for the next record. */
MUST_CHECK static enum err
pull(struct subscription *s, uint64_t now_ns, size_t max)
{
    s->api->signal_reset(s->api->ctx, s->signal);
    s->due_ns = now_ns + SUBSCRIPTION_POLL_NS;
    for (size_t given = 0; given < max;) {
        enum err err = s->next < s->count ? ERR_OK : fill(s, now_ns);

        if (err) {
            return err;
        }
        err = read_one(s, now_ns);
        if (err) {
            return err;
        }
        given++;
    }
    s->due_ns = now_ns;
    return ERR_OK;
}

enum err
subscription_step(struct subscription *s, uint64_t now_ns, size_t max)
{
    enum err err = ERR_END;

    if (s->status.state == SUBSCRIPTION_UNSUPPORTED) {
        return ERR_END;
    }
    if (s->reader == NULL) {
        fail(s, now_ns, EVTLOG_NOT_IMPLEMENTED, "");
        return ERR_END;
    }
    for (unsigned turns = 0; turns <= STALE_MAX; turns++) {
        if (s->handle == NULL) {
            if (now_ns < s->due_ns) {
                return ERR_END;
            }
            open_subscription(s, now_ns);
        }
        if (s->handle == NULL) {
            return ERR_END;
        }
        if (s->status.state == SUBSCRIPTION_DISABLED) {
            check_enabled(s);
        }
        err = pull(s, now_ns, max);
        if (err != ERR_END || s->handle != NULL) {
            break;
        }
    }
    return err;
}

/* -- life -------------------------------------------------------------------------------------- */

/* UTF-16 with a NUL; mem_free() it. NULL: out of memory. */
static uint16_t *
to_units(struct sv text)
{
    uint16_t *out = mem_array(text.len + 1, sizeof(*out));

    if (out != NULL) {
        bool cut;

        out[utf8_to_utf16(text, out, text.len, &cut)] = 0;
    }
    return out;
}

MUST_CHECK static enum err
make_texts(struct subscription *s, uint64_t since_ft)
{
    struct buf b;

    buf_init(&b, QUERY_MAX);
    channel_query(s->channel, since_ft, &b);
    s->path = to_units(sv_from(s->channel->path));
    s->query = buf_err(&b) ? NULL : to_units(buf_sv(&b));
    buf_fini(&b);
    return s->path == NULL || s->query == NULL ? ERR_NOMEM : ERR_OK;
}

enum err
subscription_create(const struct subscription_options *o, struct subscription **out)
{
    struct subscription *s = mem_zalloc(sizeof(*s));
    enum err err;

    *out = NULL;
    if (s == NULL) {
        return ERR_NOMEM;
    }
    s->api = o->api;
    s->channel = o->channel;
    s->sink = o->sink;
    s->status.call = "";
    s->batch = SUBSCRIPTION_BATCH;
    s->retry_ns = SUBSCRIPTION_RETRY_MIN_NS;
    if (o->position.len > 0 && !position_parse(o->position, &s->position)) {
        s->position = (struct position){0};
        s->bad_position = true;
    }
    err = make_texts(s, o->position.len > 0 ? 0 : o->since_ft);
    if (!err && s->api != NULL) {
        err = live_reader_create(s->api, &s->reader);
    }
    if (!err) {
        *out = s;
        s = NULL;
    }
    subscription_destroy(s);
    return err;
}

void
subscription_destroy(struct subscription *s)
{
    if (s == NULL) {
        return;
    }
    close_all(s);
    if (s->signal != NULL) {
        s->api->signal_close(s->api->ctx, s->signal);
    }
    live_reader_destroy(s->reader);
    mem_free(s->path);
    mem_free(s->query);
    mem_free(s);
}

void *
subscription_wait_handle(const struct subscription *s)
{
    return s->handle == NULL ? NULL : s->signal;
}

uint64_t
subscription_due_ns(const struct subscription *s)
{
    return s->due_ns;
}

const struct subscription_status *
subscription_status(const struct subscription *s)
{
    return &s->status;
}
