/* adapter - what one adapter is worth knowing for; taking a snapshot of all of them. */
#include "posture/adapter.h"

#include <stdlib.h>
#include <string.h>

#include "core/mem.h"

/* Four hex digits behind a key, wherever that stands. */
static bool
hex_behind(struct sv s, struct sv key, uint16_t *out)
{
    for (size_t at = 0; at + key.len + 4 <= s.len; at++) {
        char digits[] = "0x0000";
        uint64_t value;

        if (sv_eq_nocase((struct sv){s.p + at, key.len}, key)) {
            memcpy(digits + 2, s.p + at + key.len, 4);
            if (sv_u64(sv_from(digits), &value) != ERR_OK) {
                return false;
            }
            *out = (uint16_t)value;
            return true;
        }
    }
    return false;
}

bool
adapter_usb_ids(const struct posture_device *d, uint16_t *vid, uint16_t *pid)
{
    *vid = 0;
    *pid = 0;
    for (const char *id = d->hardware_ids; *id != '\0'; id += strlen(id) + 1) {
        struct sv s = sv_from(id);
        uint16_t v;
        uint16_t p;

        if (s.len > 4 && sv_eq_nocase((struct sv){s.p, 4}, SV("USB\\")) &&
            hex_behind(s, SV("VID_"), &v) && hex_behind(s, SV("PID_"), &p)) {
            *vid = v;
            *pid = p;
            return true;
        }
    }
    return false;
}

bool
adapter_is_uplink(const struct posture_adapter *a)
{
    return a->oper_status == POSTURE_OPER_UP && (a->default_route || a->gateway_count > 0);
}

uint32_t
adapter_addresses(const struct adapter *a, enum addr_class c, const struct posture_address **first)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < a->sys.address_count; i++) {
        const struct posture_address *address = &a->sys.addresses[i];

        if (addr_classify(&address->addr) == c) {
            if (count == 0 && first != NULL) {
                *first = address;
            }
            count++;
        }
    }
    return count;
}

/* -- snapshots --------------------------------------------------------------------------------- */

static int
by_guid(const void *a, const void *b)
{
    const struct posture_adapter *x = a;
    const struct posture_adapter *y = b;

    return strcmp(x->guid, y->guid);
}

static void
fill(const struct posture_api *api, const struct adapter_snapshot *before,
     const struct posture_adapter *sys, struct adapter *out)
{
    const struct adapter *known = before == NULL ? NULL : adapter_snapshot_find(before, sys->guid);

    out->sys = *sys;
    if (known != NULL && known->sys.luid == sys->luid && known->has_device) {
        out->device = known->device;
        out->has_device = true;
    } else {
        out->device_code = api->device(api->ctx, sys->guid, &out->device);
        out->has_device = out->device_code == POSTURE_OK;
    }
    if (out->has_device) {
        (void)adapter_usb_ids(&out->device, &out->vid, &out->pid);
    }
    adapter_classify(sys, out->has_device ? &out->device : NULL, &out->verdict);
    out->uplink = adapter_is_uplink(sys);
}

static enum err
make(uint32_t count, struct adapter_snapshot **out)
{
    struct adapter_snapshot *s = mem_zalloc(sizeof(*s) + (size_t)count * sizeof(struct adapter));

    if (s == NULL) {
        return ERR_NOMEM;
    }
    s->call = "";
    s->count = count;
    *out = s;
    return ERR_OK;
}

static enum err
unknown(uint32_t code, struct adapter_snapshot **out)
{
    enum err err = make(0, out);

    if (err == ERR_OK) {
        (*out)->code = code;
        (*out)->call = "GetAdaptersAddresses";
    }
    return err;
}

enum err
adapter_snapshot_take(const struct posture_api *api, const struct adapter_snapshot *before,
                      struct adapter_snapshot **out)
{
    struct posture_adapter *list;
    uint32_t total = 0;
    uint32_t count;
    uint32_t code;
    enum err err;

    *out = NULL;
    if (api == NULL) {
        return unknown(POSTURE_NOT_IMPLEMENTED, out);
    }
    list = mem_array(POSTURE_ADAPTER_MAX, sizeof(*list));
    if (list == NULL) {
        return ERR_NOMEM;
    }
    code = api->adapters(api->ctx, list, POSTURE_ADAPTER_MAX, &total);
    if (code == POSTURE_NO_DATA) { /* an answer, too: there are none */
        code = POSTURE_OK;
        total = 0;
    }
    count = total < POSTURE_ADAPTER_MAX ? total : POSTURE_ADAPTER_MAX;
    err = code == POSTURE_OK ? make(count, out) : unknown(code, out);
    if (err == ERR_OK && code == POSTURE_OK) {
        (*out)->total = total;
        qsort(list, count, sizeof(*list), by_guid);
        for (uint32_t i = 0; i < count; i++) {
            fill(api, before, &list[i], &(*out)->items[i]);
        }
    }
    mem_free(list);
    return err;
}

void
adapter_snapshot_free(struct adapter_snapshot *s)
{
    mem_free(s);
}

const struct adapter *
adapter_snapshot_find(const struct adapter_snapshot *s, const char *guid)
{
    for (uint32_t i = 0; i < s->count; i++) {
        if (strcmp(s->items[i].sys.guid, guid) == 0) {
            return &s->items[i];
        }
    }
    return NULL;
}
