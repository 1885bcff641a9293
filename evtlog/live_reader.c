/* live_reader - rendering contexts, the rendering buffer and the bookmark. */
#include "evtlog/live_reader.h"

#include "core/mem.h"
#include "core/utf.h"

#define PATH_MAX_UNITS 256

enum err
live_reader_create(const struct evtlog_api *api, struct live_reader **out)
{
    struct live_reader *r = mem_zalloc(sizeof(*r));

    *out = NULL;
    if (r == NULL) {
        return ERR_NOMEM;
    }
    r->buffer = mem_alloc(LIVE_BUFFER_MIN);
    if (r->buffer == NULL) {
        mem_free(r);
        return ERR_NOMEM;
    }
    r->buffer_len = LIVE_BUFFER_MIN;
    r->api = api;
    r->call = "";
    *out = r;
    return ERR_OK;
}

static void
close_handle(struct live_reader *r, void **handle)
{
    if (*handle != NULL) {
        (void)r->api->close(r->api->ctx, *handle); /* nothing is left to do about a failure */
        *handle = NULL;
    }
}

void
live_reader_reset(struct live_reader *r)
{
    close_handle(r, &r->system);
    close_handle(r, &r->bookmark);
    while (r->context_count > 0) {
        close_handle(r, &r->context[--r->context_count].handle);
    }
}

void
live_reader_destroy(struct live_reader *r)
{
    if (r == NULL) {
        return;
    }
    live_reader_reset(r);
    mem_free(r->buffer);
    mem_free(r);
}

/* -- rendering --------------------------------------------------------------------------------- */

static uint32_t
grow(struct live_reader *r, uint32_t need)
{
    uint8_t *larger;

    if (need > LIVE_BUFFER_MAX) {
        return EVTLOG_INVALID_DATA;
    }
    larger = mem_realloc(r->buffer, need, 1);
    if (larger == NULL) {
        return EVTLOG_NOT_ENOUGH_MEMORY;
    }
    r->buffer = larger;
    r->buffer_len = need;
    return EVTLOG_OK;
}

/* What was used is no more than the buffer, whatever the call says (elastic/beats/pull/35437). */
static uint32_t
render(struct live_reader *r, void *context, void *fragment, uint32_t flags,
       struct live_rendered *out)
{
    struct evtlog_render in = {context, fragment, flags, r->buffer_len, r->buffer, 0, 0};
    uint32_t code = r->api->render(r->api->ctx, &in);

    if (code == EVTLOG_INSUFFICIENT_BUFFER && in.used > r->buffer_len) {
        code = grow(r, in.used);
        if (code != EVTLOG_OK) {
            r->call = "EvtRender";
            return code;
        }
        in.buffer = r->buffer;
        in.buffer_len = r->buffer_len;
        code = r->api->render(r->api->ctx, &in);
    }
    if (code != EVTLOG_OK) {
        r->call = "EvtRender";
        return code;
    }
    out->buffer = r->buffer;
    out->len = in.used < r->buffer_len ? in.used : r->buffer_len;
    out->count = in.count;
    return EVTLOG_OK;
}

/* Event/EventData/Data[@Name="…"], as win32/wes/rendering-events has it. */
static size_t
value_path(const char *name, uint16_t out[PATH_MAX_UNITS])
{
    char path[PATH_MAX_UNITS];
    struct buf b;
    size_t len;
    bool cut;

    buf_init(&b, sizeof(path));
    buf_printf(&b, "Event/EventData/Data[@Name=\"%s\"]", name);
    len = utf8_to_utf16(buf_sv(&b), out, PATH_MAX_UNITS - 1, &cut);
    out[len] = 0;
    len = buf_err(&b) || cut ? 0 : len;
    buf_fini(&b);
    return len;
}

static uint32_t
make_context(struct live_reader *r, const struct evtmap_row *row, void **out)
{
    const char *names[LIVE_NAMES_MAX];
    const uint16_t *paths[LIVE_NAMES_MAX];
    size_t count = live_names(row, names);
    uint16_t *text = mem_array(count, PATH_MAX_UNITS * sizeof(*text));
    uint32_t code = text == NULL ? EVTLOG_NOT_ENOUGH_MEMORY : EVTLOG_OK;

    for (size_t i = 0; i < count && code == EVTLOG_OK; i++) {
        paths[i] = text + i * PATH_MAX_UNITS;
        if (value_path(names[i], text + i * PATH_MAX_UNITS) == 0) {
            code = EVTLOG_NOT_ENOUGH_MEMORY;
        }
    }
    if (code == EVTLOG_OK) {
        code =
            r->api->create_context(r->api->ctx, paths, (uint32_t)count, EVTLOG_CONTEXT_VALUES, out);
    }
    if (code != EVTLOG_OK) {
        r->call = "EvtCreateRenderContext";
    }
    mem_free(text);
    return code;
}

static uint32_t
context_of(struct live_reader *r, const struct evtmap_row *row, void **out)
{
    uint32_t code;

    for (size_t i = 0; i < r->context_count; i++) {
        if (r->context[i].row == row) {
            *out = r->context[i].handle;
            return EVTLOG_OK;
        }
    }
    if (r->context_count == LIVE_CONTEXTS_MAX) {
        close_handle(r, &r->context[--r->context_count].handle);
    }
    code = make_context(r, row, out);
    if (code == EVTLOG_OK) {
        r->context[r->context_count++] = (struct live_context){row, *out};
    }
    return code;
}

static uint32_t
read_system(struct live_reader *r, void *event)
{
    struct live_rendered rendered;
    uint32_t code = EVTLOG_OK;

    if (r->system == NULL) {
        code = r->api->create_context(r->api->ctx, NULL, 0, EVTLOG_CONTEXT_SYSTEM, &r->system);
    }
    if (code != EVTLOG_OK) {
        r->call = "EvtCreateRenderContext";
        return code;
    }
    code = render(r, r->system, event, EVTLOG_RENDER_VALUES, &rendered);
    if (code != EVTLOG_OK) {
        return code;
    }
    r->call = "EvtRender";
    return live_event_begin(&r->event, &rendered) ? EVTLOG_INVALID_DATA : EVTLOG_OK;
}

static uint32_t
read_xml(struct live_reader *r, void *event)
{
    struct live_rendered rendered;
    uint32_t code = render(r, NULL, event, EVTLOG_RENDER_XML, &rendered);

    if (code != EVTLOG_OK) {
        return code;
    }
    return live_event_xml(&r->event, (uint16_t *)(void *)r->buffer, rendered.len / 2)
               ? EVTLOG_INVALID_DATA
               : EVTLOG_OK;
}

/* XML also where no value was found: the names may stand in UserData. */
static uint32_t
read_data(struct live_reader *r, void *event)
{
    const struct evtmap_row *row = r->event.row;
    const struct channel_select *select =
        channel_find_select(r->event.system.provider, r->event.system.event_id);
    struct live_rendered rendered;
    void *context;
    uint32_t code;

    if (select != NULL && select->render == CHANNEL_XML) {
        return read_xml(r, event);
    }
    code = context_of(r, row, &context);
    if (code == EVTLOG_OK) {
        code = render(r, context, event, EVTLOG_RENDER_VALUES, &rendered);
    }
    if (code != EVTLOG_OK) {
        return code;
    }
    return live_event_values(&r->event, &rendered) > 0 ? EVTLOG_OK : read_xml(r, event);
}

uint32_t
live_reader_read(struct live_reader *r, void *event)
{
    uint32_t code = read_system(r, event);

    if (code == EVTLOG_OK && r->event.row != NULL && r->event.row->count > 0) {
        code = read_data(r, event);
    }
    return code;
}

/* -- the bookmark ------------------------------------------------------------------------------ */

uint64_t
live_bookmark_number(struct sv xml)
{
    static const char name[] = " RecordId=";
    const size_t name_len = sizeof(name) - 1;
    uint64_t number = 0;
    size_t end;

    for (size_t at = 0; at + name_len < xml.len; at++) {
        if (memcmp(xml.p + at, name, name_len) != 0) {
            continue;
        }
        at += name_len + 1; /* behind the quote */
        for (end = at; end < xml.len && xml.p[end] >= '0' && xml.p[end] <= '9'; end++) {
        }
        return end > at && sv_u64((struct sv){xml.p + at, end - at}, &number) == ERR_OK ? number
                                                                                        : 0;
    }
    return 0;
}

uint32_t
live_reader_start(struct live_reader *r, struct sv xml)
{
    uint16_t text[LIVE_BOOKMARK_MAX];
    size_t len;
    bool cut = false;
    uint32_t code;

    close_handle(r, &r->bookmark);
    len = utf8_to_utf16(xml, text, LIVE_BOOKMARK_MAX - 1, &cut);
    text[len] = 0;
    code = cut ? EVTLOG_INVALID_DATA
               : r->api->create_bookmark(r->api->ctx, xml.len == 0 ? NULL : text, &r->bookmark);
    if (code != EVTLOG_OK) {
        r->call = "EvtCreateBookmark";
    }
    return code;
}

uint32_t
live_reader_mark(struct live_reader *r, void *event)
{
    struct live_rendered rendered;
    uint32_t code = r->api->update_bookmark(r->api->ctx, r->bookmark, event);
    size_t len = 0;
    bool cut;

    if (code != EVTLOG_OK) {
        r->call = "EvtUpdateBookmark";
        return code;
    }
    code = render(r, NULL, r->bookmark, EVTLOG_RENDER_BOOKMARK, &rendered);
    if (code != EVTLOG_OK) {
        return code;
    }
    while (rendered.len - len >= 2 && (r->buffer[len] != 0 || r->buffer[len + 1] != 0)) {
        len += 2;
    }
    r->mark_len = utf16le_to_utf8(r->buffer, len, r->mark, sizeof(r->mark), &cut);
    r->mark_number = live_bookmark_number((struct sv){r->mark, r->mark_len});
    r->call = "EvtRender";
    return cut || r->mark_len == 0 ? EVTLOG_INVALID_DATA : EVTLOG_OK;
}
