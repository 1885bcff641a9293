/*
 * console_stop - whoever runs the sensor in a console ends it: Ctrl-C, Ctrl-Break, the console
 * window closed, the user logged off; elsewhere SIGINT, SIGTERM, SIGHUP.
 *
 * The first one is a wish, for which there is time to end well; a second one ends the process as
 * if nobody had asked.
 * Threads: one. console_stop_open() before any other thread is started: on POSIX they inherit that
 *          the signals are not theirs.
 * Sources: learn.microsoft.com/windows/console/handlerroutine, setconsolectrlhandler: the process
 *          is ended when the handler has returned from a close, so it waits for the end.
 */
#pragma once

#include "core/err.h"

struct console_stop;
MUST_CHECK enum err console_stop_open(struct console_stop **out); /* ERR_NOMEM, ERR_IO */
void console_stop_wait(struct console_stop *c);
/* The work has ended: a console that closes may go on. */
void console_stop_close(struct console_stop *c);
