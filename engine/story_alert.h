/*
 * story_alert - a story as those see it who only take alerts: rules 3000 (opened), 3001 (a stage
 * was added) and 3002 (closed), under the story's id and revision. Stages for which there is no
 * parameter left are counted, and not named.
 */
#pragma once

#include "core/story.h"

void story_alert(const struct story *s, struct alert *out);
