/* process_use_posix - what this process holds, from /proc and the C library. */
#define _GNU_SOURCE

#include "support/process_use.h"

#include <dirent.h>
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

static size_t
entries(const char *folder)
{
    DIR *dir = opendir(folder);
    size_t count = 0;

    while (dir != NULL && readdir(dir) != NULL) {
        count++;
    }
    if (dir != NULL) {
        (void)closedir(dir);
    }
    return count;
}

struct process_use
process_use(void)
{
    return (struct process_use){.threads = entries("/proc/self/task"),
                                .handles = entries("/proc/self/fd"),
                                .heap_bytes = mallinfo2().uordblks};
}

uint64_t
process_thread_cpu_ns(void)
{
    struct timespec ts = {0};

    (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
    return (uint64_t)ts.tv_sec * UINT64_C(1000000000) + (uint64_t)ts.tv_nsec;
}

void
process_thread_name(char out[PROCESS_THREAD_NAME_MAX])
{
    if (pthread_getname_np(pthread_self(), out, PROCESS_THREAD_NAME_MAX) != 0) {
        out[0] = '\0';
    }
}

bool
process_thread_is_background(void)
{
    return getpriority(PRIO_PROCESS, 0) >= 10; /* Linux: of the calling thread */
}
