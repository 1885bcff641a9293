/* adapter_event - fields of the adapter, and what changed of it. */
#include "engine/adapter_event.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "state/adapters.h"

/* A text that grows in a fixed place; items that do not fit are left out. */
struct list {
    char *at;
    size_t cap, len;
};

static struct list
list_at(char *at, size_t cap)
{
    at[0] = '\0';
    return (struct list){at, cap, 0};
}

static void
list_add(struct list *l, const char *item)
{
    size_t len = strlen(item);
    size_t separator = l->len > 0;

    if (l->cap - l->len <= separator + len) {
        return;
    }
    if (separator > 0) {
        l->at[l->len++] = ';';
    }
    memcpy(l->at + l->len, item, len + 1);
    l->len += len;
}

/* The system gives them in any order. */
static int
by_address(const void *a, const void *b)
{
    const struct posture_address *x = a;
    const struct posture_address *y = b;
    int cmp = addr_cmp(&x->addr, &y->addr);

    return cmp != 0 ? cmp : (int)x->prefix_bits - (int)y->prefix_bits;
}

static int
by_gateway(const void *a, const void *b)
{
    return addr_cmp(a, b);
}

/* "address/prefix"; without the prefix where that is not known. */
static void
format_address(const struct posture_address *a, char out[ADAPTER_EVENT_ADDRESS_LEN])
{
    size_t len = addr_format(&a->addr, out);
    unsigned most = a->addr.family == ADDR_V4 ? 32 : 128;

    if (a->prefix_bits <= most) {
        (void)snprintf(out + len, ADAPTER_EVENT_ADDRESS_LEN - len, "/%u", a->prefix_bits);
    }
}

static struct sv
addresses_of(const struct adapter *a, struct adapter_event_space *space)
{
    struct list l = list_at(space->addresses, sizeof(space->addresses));
    struct posture_address sorted[POSTURE_ADDRESS_MAX];
    char text[ADAPTER_EVENT_ADDRESS_LEN];

    memcpy(sorted, a->sys.addresses, sizeof(sorted));
    qsort(sorted, a->sys.address_count, sizeof(sorted[0]), by_address);
    for (uint32_t i = 0; i < a->sys.address_count; i++) {
        format_address(&sorted[i], text);
        list_add(&l, text);
    }
    return (struct sv){l.at, l.len};
}

static struct sv
gateways_of(const struct adapter *a, char *out, size_t cap)
{
    struct list l = list_at(out, cap);
    struct addr sorted[POSTURE_GATEWAY_MAX];
    char text[ADDR_TEXT_MAX];

    memcpy(sorted, a->sys.gateways, sizeof(sorted));
    qsort(sorted, a->sys.gateway_count, sizeof(sorted[0]), by_gateway);
    for (uint32_t i = 0; i < a->sys.gateway_count; i++) {
        (void)addr_format(&sorted[i], text);
        list_add(&l, text);
    }
    return (struct sv){l.at, l.len};
}

static struct sv
evidence_of(const struct adapter *a, struct adapter_event_space *space)
{
    struct list l = list_at(space->evidence, sizeof(space->evidence));

    for (size_t i = 0; i < a->verdict.evidence_count; i++) {
        list_add(&l, a->verdict.evidence[i]);
    }
    return (struct sv){l.at, l.len};
}

static struct sv
mac_of(const struct adapter *a, struct adapter_event_space *space)
{
    size_t len = 0;

    for (size_t i = 0; i < a->sys.mac_len && i < POSTURE_MAC_MAX; i++) {
        (void)snprintf(space->mac + len, sizeof(space->mac) - len, i == 0 ? "%02x" : ":%02x",
                       a->sys.mac[i]);
        len = strlen(space->mac);
    }
    return (struct sv){space->mac, len};
}

/* An empty text is not set: nothing is known. */
#define SET_TEXT(ev, field, value)                                                                 \
    do {                                                                                           \
        struct sv text_ = (value);                                                                 \
        if (text_.len > 0) {                                                                       \
            event_set(ev, field, text_);                                                           \
        }                                                                                          \
    } while (0)

static void
set_adapter(const struct adapter *a, struct adapter_event_space *space, struct event *ev)
{
    bool up = a->sys.oper_status == POSTURE_OPER_UP;

    event_set(ev, object, sv_from(a->sys.guid));
    SET_TEXT(ev, object_name, sv_from(a->sys.name));
    SET_TEXT(ev, text, sv_from(a->sys.description));
    event_set(ev, category, sv_from(adapter_kind_name(a->verdict.kind)));
    SET_TEXT(ev, evidence, evidence_of(a, space));
    SET_TEXT(ev, addresses, addresses_of(a, space));
    SET_TEXT(ev, gateways, gateways_of(a, space->gateways[1], sizeof(space->gateways[1])));
    event_set(ev, default_route, a->sys.default_route);
    event_set(ev, link, up ? SV("up") : SV("down"));
    SET_TEXT(ev, mac, mac_of(a, space));
    if (a->vid != 0 || a->pid != 0) {
        (void)snprintf(space->usb_id, sizeof(space->usb_id), "%04X:%04X", a->vid, a->pid);
        event_set(ev, usb_id, sv_from(space->usb_id));
    }
}

static void
set_values(const struct adapter_change *c, struct adapter_event_space *space, struct event *ev)
{
    switch (c->what) {
    case ADAPTER_ADDRESS_ADDED:
        format_address(c->address, space->address);
        event_set(ev, new_value, sv_from(space->address));
        break;
    case ADAPTER_ADDRESS_REMOVED:
        format_address(c->address, space->address);
        event_set(ev, old_value, sv_from(space->address));
        break;
    case ADAPTER_GATEWAY_CHANGED:
        SET_TEXT(ev, old_value,
                 gateways_of(c->before, space->gateways[0], sizeof(space->gateways[0])));
        SET_TEXT(ev, new_value, ev->gateways);
        break;
    case ADAPTER_KIND_CHANGED:
        event_set(ev, old_value, sv_from(adapter_kind_name(c->before->verdict.kind)));
        event_set(ev, new_value, ev->category);
        break;
    case ADAPTER_APPEARED:
    case ADAPTER_GONE:
    case ADAPTER_UP:
    case ADAPTER_DOWN:
    case ADAPTER_CHANGE_COUNT:
        break;
    }
}

void
adapter_event(const struct adapter_change *change, struct adapter_event_place place,
              struct adapter_event_space *space, struct event *ev)
{
    const struct adapter *a = change->after != NULL ? change->after : change->before;

    event_init(ev, EV_ADAPTER_CHANGE, place.time_ft);
    event_set(ev, channel, SV(ADAPTER_EVENT_CHANNEL));
    event_set(ev, record_id, place.number);
    event_set(ev, action,
              change->inventory ? SV(ADAPTERS_INVENTORY)
                                : sv_from(adapter_change_name(change->what)));
    set_adapter(a, space, ev);
    set_values(change, space, ev);
}
