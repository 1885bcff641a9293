/* console_stop - signals, taken by the thread that waits for them. */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <pthread.h>
#include <signal.h>

#include "core/mem.h"
#include "service/console_stop.h"

struct console_stop {
    sigset_t ours, before;
};

MUST_CHECK enum err
console_stop_open(struct console_stop **out)
{
    struct console_stop *c = mem_zalloc(sizeof(*c));

    if (c == NULL) {
        return ERR_NOMEM;
    }
    (void)sigemptyset(&c->ours);
    (void)sigaddset(&c->ours, SIGINT);
    (void)sigaddset(&c->ours, SIGTERM);
    (void)sigaddset(&c->ours, SIGHUP);
    if (pthread_sigmask(SIG_BLOCK, &c->ours, &c->before) != 0) {
        mem_free(c);
        return ERR_IO;
    }
    *out = c;
    return ERR_OK;
}

void
console_stop_wait(struct console_stop *c)
{
    int number;

    while (sigwait(&c->ours, &number) == EINTR) {
    }
    /* From now on a signal is not held back for this thread: the next one ends the process. */
    (void)pthread_sigmask(SIG_SETMASK, &c->before, NULL);
}

void
console_stop_close(struct console_stop *c)
{
    if (c != NULL) {
        (void)pthread_sigmask(SIG_SETMASK, &c->before, NULL);
        mem_free(c);
    }
}
