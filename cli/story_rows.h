/*
 * story_rows - stories of a store: as a struct story for the text, and as rows for programs, where
 * each stage and the first step also carry their sentence.
 */
#pragma once

#include "cli/command.h"
#include "core/story.h"

struct story_rows {
    struct rows *rows;
    enum lang lang;
    struct story *story; /* of the current row */
    size_t stages;       /* column of rows */
    struct buf json;     /* scratch, then the stages with sentences */
    struct buf first;    /* the sentence of the first step */
};

/* On failure nothing is open; close in any case. */
MUST_CHECK enum err story_rows_open(struct story_rows *r, struct store *s,
                                    const struct store_filter *f, enum lang lang);
void story_rows_close(struct story_rows *r);
MUST_CHECK enum err story_rows_next(struct story_rows *r);
struct out_rows story_rows_all(struct story_rows *r);

/* A stored sentence of a story, filled in. */
void story_sentence(struct buf *out, enum lang lang, const char *message,
                    const struct alert_param *params, size_t count);
