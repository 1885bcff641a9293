/* evtmap - finds the row of a record's provider and event id. */
#include "evtlog/evtmap.h"

static const struct evtmap_table *const tables[] = {
    &evtmap_security, &evtmap_remote, &evtmap_defender, &evtmap_persist, &evtmap_devices,
};

const struct evtmap_row *
evtmap_find(struct sv provider, uint32_t event_id)
{
    for (size_t t = 0; t < COUNT(tables); t++) {
        for (size_t i = 0; i < tables[t]->count; i++) {
            const struct evtmap_row *row = &tables[t]->rows[i];

            if (row->event_id == event_id && sv_eq_nocase(provider, sv_from(row->provider))) {
                return row;
            }
        }
    }
    return NULL;
}

const struct evtmap_row *
evtmap_row(size_t number)
{
    for (size_t t = 0; t < COUNT(tables); t++) {
        if (number < tables[t]->count) {
            return &tables[t]->rows[number];
        }
        number -= tables[t]->count;
    }
    return NULL;
}
