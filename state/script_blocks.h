/*
 * script_blocks - the parts of a PowerShell script block, joined into one event.
 *
 * PowerShell logs a block of 20,000 characters and more as several records (4104), each with its
 * number, their total and the block's id. They follow each other within milliseconds, but those of
 * other blocks may come between, and any may be missing: overwritten, or in another file.
 *
 * Input:   events of kind script_block in time order: raw parts, and events joined before (of a
 *          store that is read again). Parts belong together when host, channel, process that
 *          logged them, block id and total are the same; a number that comes twice with another
 *          text begins a new block (a pid or an id in a second life).
 * Output:  each block once, as an event of the part that came last:
 *            script      the text, as much of it as an event holds (EVENT_SCRIPT_MAX)
 *            script_len  bytes of the whole text; more than `script` has when that was cut
 *            sha256      of the whole text, in hex: equal scripts are found on all computers, and
 *                        what was scanned once need not be scanned again
 *            parts       how many records it was split over; absent: one
 *            parts_missing   of them, those that were not seen; absent: none
 *          script_len tells a joined event from a raw part.
 * Cut:     of a longer text the first SCRIPT_HEAD_LEN bytes and the last that fit are kept, with
 *          SCRIPT_GAP between: the head says what a script is, the tail what it was called for
 *          (function libraries are followed by their call). A store cannot keep megabytes for each
 *          Invoke-Something; a scanner need not make do with that: it is handed the whole.
 * Gaps:    SCRIPT_GAP also stands where parts are missing, so that no pattern matches across.
 *          Length and hash are of the parts that were seen.
 * Time:    a complete block has time and record id of its last part. An incomplete one is given
 *          SCRIPT_WAIT of event time after the part that came last, and this is its time: events
 *          after that part are stored already. One that must go early has the time it goes at.
 * Twice:   of a joined event and parts of the same block within SCRIPT_WAIT, whichever has more of
 *          it is given, the other left out (METRIC_EVENTS_DUPLICATE).
 * Limits:  SCRIPT_...; beyond SCRIPT_BLOCKS_MAX or SCRIPT_MEMORY_MAX the block whose last part is
 *          oldest goes incomplete (METRIC_SCRIPTS_FULL).
 * Memory:  about 300 KiB, and SCRIPT_MEMORY_MAX of parts; allocated with the first part of several.
 * Threads: the detect thread only.
 */
#pragma once

#include "core/event.h"
#include "core/tm.h"

#define SCRIPT_WAIT (5 * TM_SEC)
#define SCRIPT_BLOCKS_MAX 64u                 /* waiting for parts */
#define SCRIPT_PARTS_MAX 1024u                /* of one block; one of more is given part by part */
#define SCRIPT_TEXT_MAX (4u * 1024 * 1024)    /* of one block: Invoke-Mimikatz has 3 MB */
#define SCRIPT_MEMORY_MAX (16u * 1024 * 1024) /* texts of all that wait */
#define SCRIPT_HEAD_LEN 40000u
#define SCRIPT_GAP "\n[...]\n"

/* Borrowed for the call: the event, and the whole text with its gaps, for scanners. */
typedef enum err (*script_blocks_fn)(void *ctx, struct event *ev, struct sv whole);

struct script_blocks;
MUST_CHECK enum err script_blocks_create(script_blocks_fn fn, void *ctx,
                                         struct script_blocks **out);
void script_blocks_destroy(struct script_blocks *b);
/* An event of kind script_block; *ev may be changed. */
MUST_CHECK enum err script_blocks_put(struct script_blocks *b, struct event *ev);
/* When the next block has waited long enough; UINT64_MAX: none waits. */
uint64_t script_blocks_due(const struct script_blocks *b);
/* Gives those that were due before now_ft: called before an event of that time is taken. One due
 * at now_ft may still meet itself, joined before. */
MUST_CHECK enum err script_blocks_release(struct script_blocks *b, uint64_t now_ft);
/* End of input: gives all. */
MUST_CHECK enum err script_blocks_flush(struct script_blocks *b);
