/* console_stop - the console's control handler. */
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include "core/mem.h"
#include "service/console_stop.h"

struct console_stop {
    HANDLE asked; /* manual reset */
    HANDLE ended;
};

/* A handler gets no context; a process has one console. Set while a handler is registered. */
static struct console_stop *the_console;

static BOOL WINAPI
handler(DWORD type)
{
    struct console_stop *c = the_console;

    if (c == NULL || WaitForSingleObject(c->asked, 0) == WAIT_OBJECT_0) {
        return FALSE; /* the second time: end it as the system does */
    }
    (void)SetEvent(c->asked);
    if (type != CTRL_C_EVENT && type != CTRL_BREAK_EVENT) {
        (void)WaitForSingleObject(c->ended, INFINITE); /* the system has its own limit */
    }
    return TRUE;
}

MUST_CHECK enum err
console_stop_open(struct console_stop **out)
{
    struct console_stop *c = mem_zalloc(sizeof(*c));

    if (c == NULL) {
        return ERR_NOMEM;
    }
    c->asked = CreateEventW(NULL, TRUE, FALSE, NULL);
    c->ended = CreateEventW(NULL, TRUE, FALSE, NULL);
    the_console = c;
    if (c->asked == NULL || c->ended == NULL || !SetConsoleCtrlHandler(handler, TRUE)) {
        the_console = NULL;
        console_stop_close(c);
        return ERR_IO;
    }
    *out = c;
    return ERR_OK;
}

void
console_stop_wait(struct console_stop *c)
{
    (void)WaitForSingleObject(c->asked, INFINITE);
}

/* What a handler may still look at stays: it has a thread of its own, which nobody can join, and
 * the process ends soon. */
void
console_stop_close(struct console_stop *c)
{
    if (c == NULL) {
        return;
    }
    if (the_console == c) {
        (void)SetEvent(c->ended);
        return;
    }
    if (c->asked != NULL) {
        (void)CloseHandle(c->asked);
    }
    if (c->ended != NULL) {
        (void)CloseHandle(c->ended);
    }
    mem_free(c);
}
