/*
 * cli_capture - runs a command line in-process and keeps what it printed. The clock stands at
 * 2026-11-04T00:00:00Z and the reader lives nine hours east of UTC, unless a test says otherwise.
 */
#pragma once

#include "cli/cli.h"

struct cli_capture {
    struct cli_io io;
    struct buf out, err;
    enum err write_result; /* what every write answers */
};

void cli_capture_init(struct cli_capture *cap);
void cli_capture_fini(struct cli_capture *cap);
/* Words behind "kanari", NULL-ended. Returns the exit code. */
int cli_capture_run(struct cli_capture *cap, const char *const *words);
#define CLI_RUN(cap, ...) cli_capture_run((cap), (const char *const[]){__VA_ARGS__, NULL})
