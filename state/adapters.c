/* adapters - one entry for each adapter: the period it is in. There are few of them, and they
 * change seldom: they are looked for one after the other. */
#include "state/adapters.h"

#include <string.h>

#include "core/hash.h"
#include "core/mem.h"
#include "core/metrics.h"
#include "core/utf.h"

/* In the order of texts_of(). */
enum text {
    TEXT_HOST,
    TEXT_GUID,
    TEXT_NAME,
    TEXT_DESCRIPTION,
    TEXT_KIND,
    TEXT_EVIDENCE,
    TEXT_ADDRESSES,
    TEXT_GATEWAYS,
    TEXT_MAC,
    TEXT_USB_ID,
    TEXTS
};

static const enum event_field fields[TEXTS] = {
    [TEXT_HOST] = EVF_host,
    [TEXT_GUID] = EVF_object,
    [TEXT_NAME] = EVF_object_name,
    [TEXT_DESCRIPTION] = EVF_text,
    [TEXT_KIND] = EVF_category,
    [TEXT_EVIDENCE] = EVF_evidence,
    [TEXT_ADDRESSES] = EVF_addresses,
    [TEXT_GATEWAYS] = EVF_gateways,
    [TEXT_MAC] = EVF_mac,
    [TEXT_USB_ID] = EVF_usb_id,
};

/* What makes another period when it changes. */
static const enum text matters[] = {TEXT_KIND, TEXT_ADDRESSES, TEXT_GATEWAYS};

struct entry {
    uint64_t host_hash, guid_hash;
    char *texts; /* all of them, one behind the other */
    size_t len[TEXTS];
    bool up, default_route, internet;
    uint64_t from_ft, last_ft;
};

struct adapters {
    adapters_fn fn;
    void *ctx;
    size_t count;
    struct entry entry[ADAPTERS_MAX];
    /* The inventory being told; inventory_ft 0: none is. */
    uint64_t inventory_ft, inventory_host;
};

enum err
adapters_create(adapters_fn fn, void *ctx, struct adapters **out)
{
    struct adapters *t = mem_zalloc(sizeof(*t));

    *out = NULL;
    if (t == NULL) {
        return ERR_NOMEM;
    }
    t->fn = fn;
    t->ctx = ctx;
    *out = t;
    return ERR_OK;
}

void
adapters_destroy(struct adapters *t)
{
    if (t == NULL) {
        return;
    }
    for (size_t i = 0; i < t->count; i++) {
        mem_free(t->entry[i].texts);
    }
    mem_free(t);
}

/* -- what an entry says ------------------------------------------------------------------------ */

static struct sv
text_of(const struct entry *e, enum text which)
{
    size_t at = 0;

    for (size_t i = 0; i < which; i++) {
        at += e->len[i];
    }
    return (struct sv){e->texts + at, e->len[which]};
}

static enum err
tell(const struct adapters *t, const struct entry *e, uint64_t to_ft)
{
    const struct net_adapter a = {
        .host = text_of(e, TEXT_HOST),
        .guid = text_of(e, TEXT_GUID),
        .name = text_of(e, TEXT_NAME),
        .description = text_of(e, TEXT_DESCRIPTION),
        .kind = text_of(e, TEXT_KIND),
        .evidence = text_of(e, TEXT_EVIDENCE),
        .addresses = text_of(e, TEXT_ADDRESSES),
        .gateways = text_of(e, TEXT_GATEWAYS),
        .mac = text_of(e, TEXT_MAC),
        .usb_id = text_of(e, TEXT_USB_ID),
        .up = e->up,
        .default_route = e->default_route,
        .internet = e->internet,
        .from_ft = e->from_ft,
        .to_ft = to_ft,
        .last_ft = e->last_ft,
    };

    return t->fn(t->ctx, &a);
}

/* As scope_of() has it: documentation addresses stand for those of the internet. */
static bool
is_of_internet(struct sv address)
{
    const char *slash = memchr(address.p, '/', address.len);
    struct addr a;

    if (slash != NULL) {
        address.len = (size_t)(slash - address.p);
    }
    if (addr_parse(address, &a)) {
        return false;
    }
    enum addr_class class = addr_classify(&a);
    return class == ADDR_CLASS_GLOBAL || class == ADDR_CLASS_DOCUMENTATION;
}

static bool
has_internet(struct sv list)
{
    while (list.len > 0) {
        const char *end = memchr(list.p, ';', list.len);
        size_t len = end == NULL ? list.len : (size_t)(end - list.p);

        if (is_of_internet((struct sv){list.p, len})) {
            return true;
        }
        len += end != NULL;
        list = (struct sv){list.p + len, list.len - len};
    }
    return false;
}

/* -- entries ----------------------------------------------------------------------------------- */

static struct sv
field_of(const struct event *ev, enum event_field field)
{
    if (!event_has_field(ev, field)) {
        return (struct sv){"", 0};
    }
    const uint8_t *at = (const uint8_t *)ev + event_field_info[field].offset;
    struct sv text;

    memcpy(&text, at, sizeof(text));
    return utf8_cut(text, event_text_max(field));
}

/* An entry that no table has yet. ERR_NOMEM. */
MUST_CHECK static enum err
make(const struct event *ev, struct entry *out)
{
    struct entry e = {.from_ft = ev->time_ft, .last_ft = ev->time_ft};
    struct sv text[TEXTS];
    size_t len = 1; /* never nothing */

    for (size_t i = 0; i < TEXTS; i++) {
        text[i] = field_of(ev, fields[i]);
        e.len[i] = text[i].len;
        len += text[i].len;
    }
    e.texts = mem_alloc(len);
    if (e.texts == NULL) {
        return ERR_NOMEM;
    }
    len = 0;
    for (size_t i = 0; i < TEXTS; i++) {
        if (text[i].len > 0) {
            memcpy(e.texts + len, text[i].p, text[i].len);
        }
        len += text[i].len;
    }
    e.host_hash = hash64(text[TEXT_HOST].p, text[TEXT_HOST].len);
    e.guid_hash = hash64(text[TEXT_GUID].p, text[TEXT_GUID].len);
    e.up = event_has(ev, link) && sv_eq(ev->link, SV("up"));
    e.default_route = event_has(ev, default_route) && ev->default_route != 0;
    e.internet = has_internet(text_of(&e, TEXT_ADDRESSES));
    *out = e;
    return ERR_OK;
}

static struct entry *
find(struct adapters *t, const struct entry *like)
{
    for (size_t i = 0; i < t->count; i++) {
        struct entry *e = &t->entry[i];

        if (e->guid_hash == like->guid_hash && e->host_hash == like->host_hash &&
            sv_eq(text_of(e, TEXT_GUID), text_of(like, TEXT_GUID)) &&
            sv_eq(text_of(e, TEXT_HOST), text_of(like, TEXT_HOST))) {
            return e;
        }
    }
    return NULL;
}

static void
forget(struct adapters *t, struct entry *e)
{
    mem_free(e->texts);
    *e = t->entry[--t->count];
}

/* Room for one more of that computer. */
static void
make_room(struct adapters *t, uint64_t host_hash)
{
    struct entry *oldest = NULL, *oldest_here = NULL;
    size_t here = 0;

    for (size_t i = 0; i < t->count; i++) {
        struct entry *e = &t->entry[i];

        if (oldest == NULL || e->last_ft < oldest->last_ft) {
            oldest = e;
        }
        if (e->host_hash == host_hash) {
            here++;
            if (oldest_here == NULL || e->last_ft < oldest_here->last_ft) {
                oldest_here = e;
            }
        }
    }
    if (here >= ADAPTERS_HOST_MAX) {
        oldest = oldest_here;
    }
    if (here >= ADAPTERS_HOST_MAX || t->count == ADAPTERS_MAX) {
        metric_add(METRIC_ADAPTERS_FULL, 1);
        forget(t, oldest);
    }
}

static bool
is_same(const struct entry *a, const struct entry *b)
{
    bool same = a->up == b->up && a->default_route == b->default_route;

    for (size_t i = 0; i < COUNT(matters) && same; i++) {
        same = sv_eq(text_of(a, matters[i]), text_of(b, matters[i]));
    }
    return same;
}

/* -- records ----------------------------------------------------------------------------------- */

/* The adapter stands as `now` says; its texts are taken. */
MUST_CHECK static enum err
stands(struct adapters *t, struct entry *now)
{
    struct entry *e = find(t, now);
    enum err err = ERR_OK;

    if (e == NULL) {
        make_room(t, now->host_hash);
        e = &t->entry[t->count++];
        *e = *now;
        return tell(t, e, 0);
    }
    if (now->from_ft > e->from_ft && !is_same(e, now)) {
        e->last_ft = now->last_ft;
        err = tell(t, e, now->from_ft);
    } else {
        now->from_ft = e->from_ft;
        now->last_ft = now->last_ft > e->last_ft ? now->last_ft : e->last_ft;
    }
    mem_free(e->texts);
    *e = *now;
    return err ? err : tell(t, e, 0);
}

/* The entry is gone from then on. */
MUST_CHECK static enum err
end(struct adapters *t, struct entry *e, uint64_t to_ft)
{
    enum err err;

    to_ft = to_ft > e->from_ft ? to_ft : e->from_ft + 1; /* no period is empty */
    e->last_ft = to_ft > e->last_ft ? to_ft : e->last_ft;
    err = tell(t, e, to_ft);
    forget(t, e);
    return err;
}

/* What the inventory did not name is gone. */
MUST_CHECK static enum err
end_inventory(struct adapters *t)
{
    uint64_t at_ft = t->inventory_ft;
    enum err err = ERR_OK;

    t->inventory_ft = 0;
    for (size_t i = t->count; at_ft != 0 && i > 0 && !err; i--) {
        struct entry *e = &t->entry[i - 1];

        if (e->host_hash == t->inventory_host && e->last_ft < at_ft) {
            err = end(t, e, at_ft);
        }
    }
    return err;
}

MUST_CHECK static enum err
take(struct adapters *t, const struct event *ev, struct entry *now)
{
    struct entry *e;
    enum err err;

    if (sv_eq(ev->action, SV(ADAPTERS_GONE))) {
        e = find(t, now);
        err = e == NULL ? ERR_OK : end(t, e, ev->time_ft);
        mem_free(now->texts);
        return err;
    }
    if (sv_eq(ev->action, SV(ADAPTERS_INVENTORY))) {
        t->inventory_ft = ev->time_ft;
        t->inventory_host = now->host_hash;
    }
    return stands(t, now);
}

enum err
adapters_event(struct adapters *t, const struct event *ev)
{
    struct entry now;
    enum err err;

    if (ev->kind != EV_ADAPTER_CHANGE || !event_has(ev, object) || !event_has(ev, link) ||
        !event_has(ev, action)) {
        return ERR_OK;
    }
    err = make(ev, &now);
    if (err) {
        return err;
    }
    if (t->inventory_ft != ev->time_ft || t->inventory_host != now.host_hash) {
        err = end_inventory(t);
    }
    if (err) {
        mem_free(now.texts);
        return err;
    }
    return take(t, ev, &now);
}

enum err
adapters_release(struct adapters *t, uint64_t now_ft)
{
    return now_ft > t->inventory_ft + ADAPTERS_SETTLE ? end_inventory(t) : ERR_OK;
}

enum err
adapters_flush(struct adapters *t)
{
    return end_inventory(t);
}
