/* adapter_diff - comparing snapshots. Both are in the order of GUIDs, and short. */
#include "posture/adapter_diff.h"

static const char *const names[ADAPTER_CHANGE_COUNT] = {
    [ADAPTER_APPEARED] = "appeared",
    [ADAPTER_GONE] = "gone",
    [ADAPTER_UP] = "up",
    [ADAPTER_DOWN] = "down",
    [ADAPTER_ADDRESS_ADDED] = "address_added",
    [ADAPTER_ADDRESS_REMOVED] = "address_removed",
    [ADAPTER_GATEWAY_CHANGED] = "gateway_changed",
    [ADAPTER_KIND_CHANGED] = "kind_changed",
};

const char *
adapter_change_name(enum adapter_change_what what)
{
    return names[what];
}

/* Whom to tell, and what about. */
struct teller {
    adapter_change_fn fn;
    void *ctx;
    struct adapter_change change;
};

static void
tell(struct teller *t, enum adapter_change_what what, const struct posture_address *address)
{
    t->change.what = what;
    t->change.address = address;
    t->fn(t->ctx, &t->change);
}

static bool
has_address(const struct adapter *a, const struct posture_address *address)
{
    for (uint32_t i = 0; a != NULL && i < a->sys.address_count; i++) {
        if (addr_eq(&a->sys.addresses[i].addr, &address->addr) &&
            a->sys.addresses[i].prefix_bits == address->prefix_bits) {
            return true;
        }
    }
    return false;
}

static bool
is_cut(const struct adapter *a)
{
    return a != NULL && a->sys.address_total > a->sys.address_count;
}

static void
tell_addresses(struct teller *t)
{
    const struct adapter *before = t->change.before;
    const struct adapter *after = t->change.after;

    for (uint32_t i = 0; before != NULL && !is_cut(after) && i < before->sys.address_count; i++) {
        if (!has_address(after, &before->sys.addresses[i])) {
            tell(t, ADAPTER_ADDRESS_REMOVED, &before->sys.addresses[i]);
        }
    }
    for (uint32_t i = 0; !is_cut(before) && i < after->sys.address_count; i++) {
        if (!has_address(before, &after->sys.addresses[i])) {
            tell(t, ADAPTER_ADDRESS_ADDED, &after->sys.addresses[i]);
        }
    }
}

static bool
has_gateway(const struct adapter *a, const struct addr *gateway)
{
    for (uint32_t i = 0; i < a->sys.gateway_count; i++) {
        if (addr_eq(&a->sys.gateways[i], gateway)) {
            return true;
        }
    }
    return false;
}

static bool
same_gateways(const struct adapter *x, const struct adapter *y)
{
    bool same = x->sys.default_route == y->sys.default_route &&
                x->sys.gateway_count == y->sys.gateway_count;

    for (uint32_t i = 0; same && i < x->sys.gateway_count; i++) {
        same = has_gateway(y, &x->sys.gateways[i]) && has_gateway(x, &y->sys.gateways[i]);
    }
    return same;
}

static bool
is_up(const struct adapter *a)
{
    return a->sys.oper_status == POSTURE_OPER_UP;
}

static void
tell_adapter(struct teller *t)
{
    const struct adapter *before = t->change.before;
    const struct adapter *after = t->change.after;

    if (before == NULL) {
        tell(t, ADAPTER_APPEARED, NULL);
        tell_addresses(t);
        return;
    }
    if (before->verdict.kind != after->verdict.kind) {
        tell(t, ADAPTER_KIND_CHANGED, NULL);
    }
    if (is_up(before) != is_up(after)) {
        tell(t, is_up(after) ? ADAPTER_UP : ADAPTER_DOWN, NULL);
    }
    tell_addresses(t);
    if (!same_gateways(before, after)) {
        tell(t, ADAPTER_GATEWAY_CHANGED, NULL);
    }
}

void
adapter_diff(const struct adapter_snapshot *before, const struct adapter_snapshot *after,
             adapter_change_fn fn, void *ctx)
{
    struct teller t = {fn, ctx, {.inventory = before == NULL}};

    if (after->code != POSTURE_OK || (before != NULL && before->code != POSTURE_OK)) {
        return;
    }
    for (uint32_t i = 0; before != NULL && after->total <= after->count && i < before->count; i++) {
        t.change.before = &before->items[i];
        if (adapter_snapshot_find(after, before->items[i].sys.guid) == NULL) {
            tell(&t, ADAPTER_GONE, NULL);
        }
    }
    for (uint32_t i = 0; i < after->count; i++) {
        t.change.after = &after->items[i];
        t.change.before =
            before == NULL ? NULL : adapter_snapshot_find(before, after->items[i].sys.guid);
        if (t.change.before == NULL && before != NULL && before->total > before->count) {
            continue; /* it may have been among those that were left out */
        }
        tell_adapter(&t);
    }
}
