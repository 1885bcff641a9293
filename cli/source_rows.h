/*
 * source_rows - v_sources as it is printed: with whether it needs a person, and what to do.
 */
#pragma once

#include "cli/command.h"

struct source_rows {
    struct rows *rows;
    enum lang lang;
    struct buf what_to_do;
};

/* On failure nothing is open; close in any case. */
MUST_CHECK enum err source_rows_open(struct source_rows *r, struct store *s, enum lang lang);
void source_rows_close(struct source_rows *r);
struct out_rows source_rows_all(struct source_rows *r);
/* What a table shows of them. */
struct out_rows source_rows_brief(struct out_picked *space, const struct out_rows *all);
