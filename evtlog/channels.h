/*
 * channels - what is subscribed to: one row a subscription, each with its own bookmark.
 *
 * A row names its channel and, by provider, the event ids it asks for. They are those of the event
 * map (evtlog/evtmap.h), each in one row: a test holds both to it. To subscribe to more, add the
 * provider's ids to a row of channels.c, or a row.
 */
#pragma once

#include "core/buf.h"

enum channel_render {
    CHANNEL_VALUES, /* named values of EventData */
    CHANNEL_XML,    /* UserData, which no value path can name for sure, and values that are blobs */
};

struct channel_select {
    const char *provider;
    enum channel_render render;
    size_t count;
    const uint16_t *ids;
};

struct channel {
    const char *name; /* stable: bookmarks, configuration and status know it by this */
    const char *path;
    bool optional;  /* older systems have no such channel */
    bool collector; /* only when asked for: what other computers forward; all rows' ids */
    size_t count;
    const struct channel_select *selects;
};

#define CHANNEL_COUNT 17
extern const struct channel channel_all[CHANNEL_COUNT];

/* NULL when no row asks for it. */
const struct channel_select *channel_find_select(struct sv provider, uint32_t event_id);

/* The structured XML query of a row, appended as UTF-8; since_ft: nothing older (0: all).
 * An XPath may have 20 expressions, one inside a Select 32 (win32/wes/consuming-events,
 * win32/wes/queryschema-querytype-complextype): each Select keeps to CHANNEL_EXPRESSIONS_MAX. */
#define CHANNEL_EXPRESSIONS_MAX 20
void channel_query(const struct channel *c, uint64_t since_ft, struct buf *out);
