/*
 * story_read - a struct story out of a row of v_stories. What is damaged in the row is left empty:
 * a store may come from anywhere.
 */
#pragma once

#include "core/story.h"
#include "store/store.h"

void story_read(const struct rows *rows, struct buf *scratch, struct story *out);
