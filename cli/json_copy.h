/*
 * json_copy - puts JSON that somebody else wrote into ours: checked, in pure ASCII, indented.
 * A store is evidence and may come from anywhere: text that is no JSON is written as a string.
 */
#pragma once

#include "core/json.h"

void json_copy(struct json *j, const char *key, struct sv text);
