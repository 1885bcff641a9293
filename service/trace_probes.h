/*
 * trace_probes - what the sensor does to see whether ETW shows it: a program of our own that ends
 * at once, and a TCP connection to this computer itself (engine/tracer.h). Nothing leaves the PC
 * and nothing listens: 127.0.0.1 port 135, where Windows' own endpoint mapper always does, is
 * connected to and left.
 *
 * Sources: learn.microsoft.com/windows/win32/api/processthreadsapi/nf-processthreadsapi-
 *          createprocessw; .../winsock2/nf-winsock2-connect, -select, -ioctlsocket.
 */
#pragma once

#include "engine/tracer.h"

/* Threads: one at a time. Where there is no ETW: none. */
struct tracer_probes trace_probes_system(void);
