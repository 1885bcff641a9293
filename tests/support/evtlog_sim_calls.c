/* evtlog_sim_calls - rendering, bookmarks, configuration, information, signals. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/mem.h"
#include "core/utf.h"
#include "platform/platform.h"
#include "platform/thread.h"
#include "support/evtlog_sim_handle.h"

#define TEXT_MAX 4096

static struct sv
to_utf8(const uint16_t *text, char out[SIM_PATH_MAX])
{
    size_t units = 0;
    bool cut;

    while (text[units] != 0) {
        units++;
    }
    return (struct sv){out, utf16le_to_utf8(text, 2 * units, out, SIM_PATH_MAX, &cut)};
}

/* -- rendering --------------------------------------------------------------------------------- */

static uint32_t
render_bookmark(const struct handle *b, struct sim_scratch *scratch, struct evtlog_render *r)
{
    char text[SIM_PATH_MAX + 128];

    if (b->number == 0) {
        return sim_render_text("<BookmarkList>\r\n</BookmarkList>", scratch, r);
    }
    (void)snprintf(text, sizeof(text),
                   "<BookmarkList>\r\n  <Bookmark Channel='%s' RecordId='%" PRIu64
                   "' IsCurrent='true'/>\r\n</BookmarkList>",
                   b->log->path, b->number);
    return sim_render_text(text, scratch, r);
}

static uint32_t
sim_render(void *ctx, struct evtlog_render *r)
{
    struct evtlog_sim *sim = ctx;
    const struct handle *h = r->fragment;
    const struct handle *c = r->context;
    uint32_t code = sim_enter(sim, EVTLOG_SIM_RENDER);
    bool bookmark = r->flags == EVTLOG_RENDER_BOOKMARK;
    uint32_t checked = sim_check_handle(sim, h, bookmark ? HANDLE_BOOKMARK : HANDLE_EVENT);
    struct evtlog_sim_record record;

    r->used = r->count = 0;
    if (code != EVTLOG_OK || checked != EVTLOG_OK) {
        r->used = code == EVTLOG_INSUFFICIENT_BUFFER ? 2 * r->buffer_len : 0;
        return code != EVTLOG_OK ? code : checked;
    }
    if ((c != NULL) != (r->flags == EVTLOG_RENDER_VALUES)) {
        return EVTLOG_INVALID_PARAMETER;
    }
    if (bookmark) {
        return render_bookmark(h, &sim->scratch, r);
    }
    sim_log_get(&sim->logs, h->log, h->number, &record);
    if (c == NULL) {
        return sim_render_xml(&record, &sim->scratch, r);
    }
    checked = sim_check_handle(sim, c, HANDLE_CONTEXT);
    if (checked != EVTLOG_OK) {
        return checked;
    }
    if (sim->no_values && !c->own.paths->system) {
        record.count = 0;
    }
    return c->own.paths->system
               ? sim_render_system(&record, &sim->scratch, r)
               : sim_render_values(&record, (const char(*)[SIM_PATH_MAX])c->own.paths->names,
                                   c->own.paths->count, r);
}

/* Event/EventData/Data[@Name="NAME"] */
static bool
parse_path(const uint16_t *path, char out[SIM_PATH_MAX])
{
    static const char before[] = "Event/EventData/Data[@Name=\"";
    char text[SIM_PATH_MAX];
    struct sv s = to_utf8(path, text);
    size_t head = sizeof(before) - 1;

    if (s.len < head + 2 || memcmp(text, before, head) != 0 ||
        memcmp(text + s.len - 2, "\"]", 2) != 0) {
        return false;
    }
    memcpy(out, text + head, s.len - head - 2);
    out[s.len - head - 2] = 0;
    return true;
}

static uint32_t
sim_create_context(void *ctx, const uint16_t *const *paths, uint32_t count, uint32_t flags,
                   void **out)
{
    struct evtlog_sim *sim = ctx;
    uint32_t code = sim_enter(sim, EVTLOG_SIM_CREATE_CONTEXT);
    struct named_paths *p;
    struct handle *h;

    if (code != EVTLOG_OK) {
        return code;
    }
    if ((flags == EVTLOG_CONTEXT_VALUES) != (count > 0) || count > PATHS_MAX) {
        return EVTLOG_INVALID_PARAMETER;
    }
    p = mem_zalloc(sizeof(*p));
    h = p == NULL ? NULL : sim_take_handle(sim, HANDLE_CONTEXT, NULL);
    if (h == NULL) {
        mem_free(p);
        return EVTLOG_NOT_ENOUGH_MEMORY;
    }
    h->own.paths = p;
    p->system = flags == EVTLOG_CONTEXT_SYSTEM;
    for (p->count = 0; p->count < count; p->count++) {
        if (!parse_path(paths[p->count], p->names[p->count])) {
            sim_free_handle(h);
            return EVTLOG_INVALID_QUERY;
        }
    }
    *out = h;
    return EVTLOG_OK;
}

static uint32_t
sim_create_bookmark(void *ctx, const uint16_t *xml, void **out)
{
    struct evtlog_sim *sim = ctx;
    uint32_t code = sim_enter(sim, EVTLOG_SIM_CREATE_BOOKMARK);
    char text[TEXT_MAX];
    uint64_t number = 0;
    size_t units = 0;
    struct handle *h;
    bool cut;

    if (code != EVTLOG_OK) {
        return code;
    }
    for (; xml != NULL && xml[units] != 0; units++) {
    }
    if (xml != NULL) {
        const char *id;

        text[utf16le_to_utf8(xml, 2 * units, text, sizeof(text) - 1, &cut)] = 0;
        id = strstr(text, "RecordId='");
        number = id == NULL ? 0 : strtoull(id + strlen("RecordId='"), NULL, 10);
        if (strncmp(text, "<BookmarkList>", 14) != 0 || number == 0) {
            return EVTLOG_MALFORMED_XML_TEXT;
        }
    }
    h = sim_take_handle(sim, HANDLE_BOOKMARK, NULL);
    if (h == NULL) {
        return EVTLOG_NOT_ENOUGH_MEMORY;
    }
    h->number = number;
    *out = h;
    return EVTLOG_OK;
}

static uint32_t
sim_update_bookmark(void *ctx, void *bookmark, void *event)
{
    struct evtlog_sim *sim = ctx;
    uint32_t code = sim_enter(sim, EVTLOG_SIM_UPDATE_BOOKMARK);
    struct handle *b = bookmark;
    struct handle *e = event;

    if (code == EVTLOG_OK) {
        code = sim_check_handle(sim, b, HANDLE_BOOKMARK);
    }
    if (code == EVTLOG_OK) {
        code = sim_check_handle(sim, e, HANDLE_EVENT);
    }
    if (code == EVTLOG_OK) {
        b->log = e->log;
        b->number = e->number;
    }
    return code;
}

/* -- configuration, information ---------------------------------------------------------------- */

static uint32_t
open_named(struct evtlog_sim *sim, const uint16_t *channel, enum handle_kind kind, void **out)
{
    char text[SIM_PATH_MAX];
    struct sim_log *log;
    uint32_t code = sim_find_log(sim, to_utf8(channel, text), &log);
    struct handle *h = code == EVTLOG_OK ? sim_take_handle(sim, kind, NULL) : NULL;

    if (h == NULL) {
        return code;
    }
    h->log = log;
    *out = h;
    return EVTLOG_OK;
}

static uint32_t
sim_open_config(void *ctx, const uint16_t *channel, void **out)
{
    uint32_t code = sim_enter(ctx, EVTLOG_SIM_OPEN_CONFIG);

    return code != EVTLOG_OK ? code : open_named(ctx, channel, HANDLE_CONFIG, out);
}

static uint32_t
sim_get_config(void *ctx, void *config, uint32_t property, uint64_t *out)
{
    struct handle *h = config;
    uint32_t code = sim_enter(ctx, EVTLOG_SIM_GET_CONFIG);

    if (code == EVTLOG_OK) {
        code = sim_check_handle(ctx, h, HANDLE_CONFIG);
    }
    if (code == EVTLOG_OK && property != EVTLOG_CONFIG_ENABLED) {
        code = EVTLOG_INVALID_PARAMETER;
    }
    if (code == EVTLOG_OK) {
        *out = !h->log->disabled;
    }
    return code;
}

static uint32_t
sim_open_log(void *ctx, const uint16_t *channel, void **out)
{
    uint32_t code = sim_enter(ctx, EVTLOG_SIM_OPEN_LOG);

    return code != EVTLOG_OK ? code : open_named(ctx, channel, HANDLE_LOG, out);
}

static uint32_t
sim_get_log_info(void *ctx, void *log, uint32_t property, uint64_t *out)
{
    struct handle *h = log;
    uint32_t code = sim_enter(ctx, EVTLOG_SIM_GET_LOG_INFO);

    if (code == EVTLOG_OK) {
        code = sim_check_handle(ctx, h, HANDLE_LOG);
    }
    if (code != EVTLOG_OK) {
        return code;
    }
    if (property == EVTLOG_INFO_OLDEST_RECORD) {
        *out = h->log->oldest;
    } else if (property == EVTLOG_INFO_RECORD_COUNT) {
        *out = sim_log_newest(h->log) + 1 - h->log->oldest;
    } else {
        *out = 0;
    }
    return EVTLOG_OK;
}

/* -- signals ----------------------------------------------------------------------------------- */

static uint32_t
sim_signal_create(void *ctx, void **out)
{
    struct evtlog_sim *sim = ctx;
    uint32_t code = sim_enter(sim, EVTLOG_SIM_SIGNAL_CREATE);
    struct signal *s = code == EVTLOG_OK ? mem_zalloc(sizeof(*s)) : NULL;

    if (s == NULL) {
        return code == EVTLOG_OK ? EVTLOG_NOT_ENOUGH_MEMORY : code;
    }
    sim->signals++;
    *out = s;
    return EVTLOG_OK;
}

static void
sim_signal_reset(void *ctx, void *signal)
{
    (void)ctx;
    ((struct signal *)signal)->set = false;
}

static void
sim_signal_set(void *ctx, void *signal)
{
    (void)ctx;
    ((struct signal *)signal)->set = true;
}

/* Looks itself at what others appended: a moment may pass. */
static bool
sim_signal_wait(void *ctx, void *const *signals, uint32_t count, uint32_t timeout_ms)
{
    uint64_t deadline_ns = clock_mono_ns() + timeout_ms * UINT64_C(1000000);

    do {
        evtlog_sim_poll(ctx);
        for (uint32_t i = 0; i < count; i++) {
            if (((const struct signal *)signals[i])->set) {
                return true;
            }
        }
        thread_sleep_ms(SIM_LOOK_MS);
    } while (clock_mono_ns() < deadline_ns);
    return false;
}

static void
sim_signal_close(void *ctx, void *signal)
{
    ((struct evtlog_sim *)ctx)->signals--;
    mem_free(signal);
}

const struct evtlog_api sim_calls = {
    .render = sim_render,
    .create_context = sim_create_context,
    .create_bookmark = sim_create_bookmark,
    .update_bookmark = sim_update_bookmark,
    .open_config = sim_open_config,
    .get_config = sim_get_config,
    .open_log = sim_open_log,
    .get_log_info = sim_get_log_info,
    .signal_create = sim_signal_create,
    .signal_set = sim_signal_set,
    .signal_reset = sim_signal_reset,
    .signal_wait = sim_signal_wait,
    .signal_close = sim_signal_close,
};
