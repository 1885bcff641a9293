/* process_use - what this process holds of the system, for tests that nothing is left behind. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct process_use {
    size_t threads;
    size_t handles;    /* open file descriptors, on POSIX systems */
    size_t heap_bytes; /* in use; 0 where the heap does not tell (AddressSanitizer's) */
};
struct process_use process_use(void);

/* Processor time that the calling thread has taken. */
uint64_t process_thread_cpu_ns(void);

/* The name of the calling thread as a debugger sees it; "" where the system keeps none. */
#define PROCESS_THREAD_NAME_MAX 64
void process_thread_name(char out[PROCESS_THREAD_NAME_MAX]);
/* Whether the calling thread yields to those of ordinary priority. */
bool process_thread_is_background(void);
