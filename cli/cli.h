/*
 * cli - the command line: one call runs one command and says how it ended.
 *
 * Everything that a command prints, asks or needs to know of the world goes through struct cli_io,
 * so tests run commands in-process and read back every byte.
 * Threads: one call at a time.
 */
#pragma once

#include "messages/tell.h"
#include "platform/platform.h"

/* Exit codes are a contract (docs/OUTPUT.md); with several outcomes the highest wins. */
enum cli_exit {
    CLI_DONE = 0,
    CLI_FINDINGS = 1, /* a check found something: status degraded, a test not answered */
    CLI_USAGE = 2,
    CLI_NOTFOUND = 3,
    CLI_ACCESS = 4,
    CLI_INPUT = 5,
    CLI_INTERNAL = 6,
};

/* `kanari service ...`, which is no part of this folder: main.c gives it. What is done, and what
 * failed, is said through `tell`; an error decides the exit code. */
enum cli_service_act {
    CLI_SERVICE_RUN,
    CLI_SERVICE_INSTALL,
    CLI_SERVICE_UNINSTALL,
    CLI_SERVICE_START,
    CLI_SERVICE_STOP,
    CLI_SERVICE_RELOAD,
};
struct cli_service_words {
    const char *store, *config; /* NULL: not given */
    bool console;
    enum lang lang;
};
struct cli_service {
    void *ctx;
    enum err (*act)(void *ctx, enum cli_service_act act, const struct cli_service_words *words,
                    const struct tell *tell);
};

struct cli_io {
    /* ERR_END: the reader has gone away (a closed pipe); the command ends quietly. */
    enum err (*write)(void *ctx, enum stream s, const void *data, size_t len);
    void *ctx;
    const char *(*env)(const char *name);   /* NULL when unset */
    uint64_t (*now_ft)(void);               /* wall clock */
    int (*local_offset_min)(uint64_t t_ft); /* minutes east of UTC */
    void (*sleep_ms)(uint32_t ms);
    bool out_is_terminal;
    bool err_is_terminal;
    unsigned columns;                  /* of the terminal on stdout; 0 = unknown */
    bool lang_ja;                      /* the user's language is Japanese */
    const struct cli_service *service; /* NULL: this build has none */
};

/* The real console, clock and environment. */
void cli_io_console(struct cli_io *io);

/* Runs argv[1..]; returns an enum cli_exit. */
int cli_run(int argc, char **argv, const struct cli_io *io);
