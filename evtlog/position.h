/*
 * position - how far a log has been read, as it is stored: "TIME READ XML".
 *
 * TIME is the FILETIME of the last record given, READ the record number up to which the log was
 * found read, XML the bookmark of Windows. READ tells a log that rolled over records nobody asked
 * for from one that rolled over records nobody read.
 */
#pragma once

#include "evtlog/live_reader.h"

#define POSITION_TEXT_MAX (LIVE_BOOKMARK_MAX + 64)

struct position {
    uint64_t time_ft;
    uint64_t read_to;
    uint64_t number; /* of the bookmark's record */
    size_t len;
    char xml[LIVE_BOOKMARK_MAX]; /* len 0: none */
};

/* False when text is no position; *out is undefined then. */
bool position_parse(struct sv text, struct position *out);
/* Into the caller's text, which the result borrows. */
struct sv position_text(const struct position *p, char out[POSITION_TEXT_MAX]);
