/*
 * event_text - an alert as the strings of a Windows event: event_strings.h in order.
 *
 * Nothing in an alert can break the event, whoever chose it:
 *   - control, bidi and other invisible characters, lone surrogates and bytes that are no UTF-8 are
 *     written as \x0A or \u{202E}, as everywhere else; so no string has a NUL or a line break;
 *   - '%' becomes a full-width percent sign (U+FF05), in the JSON \u0025: readers expand %1 inside
 *     of values too (nf-winbase-reporteventw, remarks), and %%1 (win32/eventlog/event-identifiers).
 *     The documented remedy, %1!S! in the message file, is for the viewer alone: FormatMessageW
 *     takes it for a string of bytes;
 *   - a string is cut between characters and ends in "..." when it is too long, and the JSON leaves
 *     whole fields out and names them in "dropped";
 *   - absent values are "-".
 *
 * Limits:  all strings together with their NULs have at most EVENT_UNITS_MAX units: 60,000 bytes,
 *          below the 61,440 that the service takes of data and the 64 KB of an event, and so that
 *          what FormatMessage makes of them fits into its 64 KB (nf-winbase-formatmessagew).
 * Memory:  all of it is allocated by event_text_create(), so that making an event cannot fail for
 *          want of it. Strings live until the next event_text_make().
 * Threads: one at a time.
 */
#pragma once

#include "core/alert.h"
#include "messages/messages.h"

#define EVENT_SCHEMA 1

enum event_string {
#define EVENT_STRING(NAME, name, units, meaning) EVENT_STRING_##NAME,
#include "service/event_strings.h"
#undef EVENT_STRING
    EVENT_STRING_COUNT
};

struct event_string_info {
    const char *name;
    size_t units; /* most that is written */
    const char *meaning;
};
extern const struct event_string_info event_string_table[EVENT_STRING_COUNT];

#define EVENT_UNITS_MAX 30000u
/* For a service that refuses the whole event as too large. */
#define EVENT_SMALL_UNITS_MAX 8000u

struct event_text;
MUST_CHECK enum err event_text_create(struct event_text **out); /* ERR_NOMEM */
void event_text_destroy(struct event_text *t);                  /* NULL is fine */
/* `small`: in EVENT_SMALL_UNITS_MAX units. */
void event_text_make(struct event_text *t, const struct alert *a, enum lang lang, bool small);
/* EVENT_STRING_COUNT strings of UTF-16 with a NUL each. */
const uint16_t *const *event_text_strings(const struct event_text *t);
/* One of them as UTF-8. */
struct sv event_text_field(const struct event_text *t, enum event_string field);
