/*
 * story_text - the page that `kanari story` and `kanari replay` print: one block a story, one line
 * a stage, and what to do first as the last line.
 */
#pragma once

#include "cli/command.h"
#include "cli/watch.h"

struct story_page {
    struct sv id, host;          /* {NULL,0} = all */
    uint64_t since_ft, until_ft; /* 0 = all there is */
};

/* Prints all stories of the page; failures are reported. True when all went well and there was
 * none. */
bool story_text_none(struct cli *c, struct store *s, const struct story_page *page);
/* The same, and when there are none how much was watched. */
void story_page_print(struct cli *c, struct store *s, const struct story_page *page);

/* "watched 71.4 of 72.0 h (blind 3 Nov 02:10 – 3 Nov 02:46)" over the span,
 * whose bounds may be 0: the logs' own. */
void story_text_watch(struct cli *c, struct buf *out, struct store *s, struct sv host,
                      struct watch_gap span);
