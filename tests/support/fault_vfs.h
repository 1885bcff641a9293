/*
 * fault_vfs - a VFS of SQLite around the real one, that fails when it is told to.
 *
 * Once fault_install() was called, every database opened afterwards goes through it. Install after
 * the first store_open() of the program: the store sets up SQLite's memory before SQLite starts.
 * Threads: fault_install() before any other; then any.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

enum fault_op {
    FAULT_OPEN,
    FAULT_READ,
    FAULT_WRITE,
    FAULT_SYNC,
    FAULT_TRUNCATE,
    FAULT_LOCK, /* of the file, and of the shared memory of a WAL */
    FAULT_SHM,  /* mapping that memory */
    FAULT_DELETE,
    FAULT_OP_COUNT
};
const char *fault_op_name(enum fault_op op);

void fault_install(void);
/* The n-th operation from now (0: the next) gives rc, an SQLite result code, and every one after it
 * when `stays`. With rc 0 a READ succeeds and its bytes are wrong. Replaces the fault before. */
struct fault {
    enum fault_op op;
    size_t after;
    int rc;
    bool stays;
};
void fault_set(const struct fault *f);
/* No faults from now on; whether the last one happened. */
bool fault_clear(void);
