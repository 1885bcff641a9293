/*
 * text - how values look to a person: columns of East Asian text, counts, local times.
 * Memory: borrows; appends to the caller's buf.
 */
#pragma once

#include "core/buf.h"

/* Columns that a terminal uses for s. */
size_t text_width(struct sv s);
/* Appends s, cut to `columns` with a "…" at the end when it is wider. */
void text_put_cut(struct buf *out, struct sv s, size_t columns);
void text_pad(struct buf *out, size_t columns);
/* "20,113" */
void text_put_count(struct buf *out, uint64_t value);
/* Tenths: 71.4 is 714. */
void text_put_tenths(struct buf *out, uint64_t tenths);
