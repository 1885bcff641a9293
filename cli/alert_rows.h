/*
 * alert_rows - alerts of a store as they are printed: the columns of v_alerts, the ATT&CK ids as
 * an array, and the sentence. `kanari alerts`, `kanari replay` and the overview share them.
 */
#pragma once

#include "cli/command.h"

struct alert_rows {
    struct rows *rows;
    enum lang lang;
    size_t message, params, attack; /* columns of rows */
    struct buf sentence;
    struct buf attack_json;
};

/* On failure nothing is open; close in any case. */
MUST_CHECK enum err alert_rows_open(struct alert_rows *a, struct store *s,
                                    const struct store_filter *f, enum lang lang);
void alert_rows_close(struct alert_rows *a);
struct out_rows alert_rows_all(struct alert_rows *a);
/* What a table shows of them. */
struct out_rows alert_rows_brief(struct out_picked *space, const struct out_rows *all);
