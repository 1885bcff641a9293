/*
 * replay_out - what a replay says of its files, and what it found: text, or one JSON document.
 */
#pragma once

#include "cli/command.h"
#include "engine/engine.h"

/* A replay prints text or one JSON document; csv and ndjson have no place for it. */
bool replay_out_check(struct cli *c);
/* One line on stderr for each file that failed, in part or whole; raises the exit code. */
void replay_out_files(struct cli *c, const struct replay_report *r);
void replay_out_print(struct cli *c, const struct replay_report *r, struct store *s);
