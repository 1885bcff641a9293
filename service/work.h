/*
 * work - what the service runs. main.c chooses it; tests give a fake.
 *
 * Threads: every function is called by one and the same thread, one at a time: start() first, then
 *          reload(), suspend() and resume() in any order, stop() last and once. In a console that
 *          is the main thread, otherwise one of the service's own.
 * Time:    start() returns at once: the service is RUNNING before it is called. stop() has
 *          SCM_STOP_MS; what takes longer is cut off by the end of the process.
 * Errors:  of start(): the service ends, and Windows starts it again (failure actions). Of
 *          reload(): the settings in force stay. `why` says it in a few words, or stays empty.
 */
#pragma once

#include "core/buf.h"
#include "service/data_folder.h"
#include "service/privileges.h"

/* All borrowed; the paths live until stop() has returned, the rest until start() has. */
struct service_start {
    const char *store_path;  /* NULL: kanari.db in the data folder */
    const char *config_path; /* NULL: kanari.json in the data folder */
    bool console;
    const struct privileges *privileges;   /* NULL: this system has none */
    const struct data_folder_told *folder; /* NULL: the data folder was not looked at */
};

struct service_work {
    void *ctx;
    enum err (*start)(void *ctx, const struct service_start *in, struct buf *why);
    void (*stop)(void *ctx, const char *why); /* for rule 1001: "stopped", "shutdown" */
    enum err (*reload)(void *ctx, struct buf *why);
    void (*suspend)(void *ctx);
    void (*resume)(void *ctx);
};
