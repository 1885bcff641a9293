/* listeners - four tables behind one another. */
#include "posture/listeners.h"

#include "core/mem.h"

static void
read_table(const struct posture_api *api, enum posture_table table, struct listeners *l)
{
    uint32_t total = 0;

    l->code[table] =
        api->listeners(api->ctx, table, l->items + l->count, POSTURE_LISTENER_MAX, &total);
    if (l->code[table] != POSTURE_OK) {
        return;
    }
    l->known[table] = total <= POSTURE_LISTENER_MAX;
    l->missing += l->known[table] ? 0 : total - POSTURE_LISTENER_MAX;
    l->count += l->known[table] ? total : POSTURE_LISTENER_MAX;
}

enum err
listeners_take(const struct posture_api *api, struct listeners **out)
{
    const size_t room = api == NULL ? 0 : (size_t)POSTURE_TABLE_COUNT * POSTURE_LISTENER_MAX;
    struct listeners *l = mem_zalloc(sizeof(*l) + room * sizeof(l->items[0]));
    struct listeners *smaller;

    *out = NULL;
    if (l == NULL) {
        return ERR_NOMEM;
    }
    for (unsigned t = 0; t < POSTURE_TABLE_COUNT; t++) {
        if (api == NULL) {
            l->code[t] = POSTURE_NOT_IMPLEMENTED;
        } else {
            read_table(api, (enum posture_table)t, l);
        }
    }
    l->rdp_code = api == NULL ? POSTURE_NOT_IMPLEMENTED
                              : api->rdp_ports(api->ctx, l->rdp_ports, &l->rdp_count);
    smaller = mem_realloc(l, 1, sizeof(*l) + l->count * sizeof(l->items[0]));
    *out = smaller == NULL ? l : smaller; /* the room that is left over does no harm */
    return ERR_OK;
}

void
listeners_free(struct listeners *l)
{
    mem_free(l);
}
