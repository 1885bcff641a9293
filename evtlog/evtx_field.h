/*
 * evtx_field - puts one named value of a record into its event field, as the mapping says.
 */
#pragma once

#include "evtlog/evtmap.h"
#include "evtlog/evtx_value.h"

/* Room for the texts of one event. Every field is set once, so it cannot run out. */
#define FIELD_ARENA_LEN (EVF_COUNT * EVENT_TEXT_MAX + 2 * EVENT_LONG_TEXT_MAX + EVENT_SCRIPT_MAX)

struct field_arena {
    size_t len;
    char text[FIELD_ARENA_LEN];
};

/* Sets nothing when the value is absent ("-", "", NULL), unreadable, or the field is set already.
 * Texts live in the arena. */
void field_put(struct event *ev, struct field_arena *arena, const struct evtmap_field *f,
               const struct evtx_value *v);

/* What System says of a record. Absent texts are empty, absent numbers 0. */
struct field_system {
    struct sv provider, channel, host;
    uint32_t event_id, version;
    uint64_t record_id, time_ft;
    uint32_t logger_pid;
};
/* An event of the row's kind with what System says; the arena is emptied. */
void field_begin(struct event *ev, struct field_arena *arena, const struct evtmap_row *row,
                 const struct field_system *system);
/* What of System only some rows want: EVTMAP_LEVEL or EVTMAP_USER. */
void field_put_system(struct event *ev, struct field_arena *arena, const struct evtmap_row *row,
                      unsigned what, const struct evtx_value *v);
