/*
 * trace_probes - what the sensor does to see whether ETW shows it: a program of our own that ends
 * at once, and a TCP connection to this computer itself (engine/tracer.h). Nothing leaves the PC
 * and nothing listens: 127.0.0.1 port 135, where Windows' own endpoint mapper always does, is
 * connected to and left.
 *
 * And the command line of a process that runs, for when the system logger is not to be had.
 *
 * Sources: learn.microsoft.com/windows/win32/api/processthreadsapi/nf-processthreadsapi-
 *          createprocessw, -openprocess, -getprocesstimes; .../winsock2/nf-winsock2-connect,
 *          -select, -ioctlsocket; ProcessCommandLineInformation, which no page has: System
 *          Informer phnt/include/ntpsapi.h (since Windows 8.1).
 */
#pragma once

#include "engine/tracer.h"

/* Threads: one at a time. Where there is no ETW: none. */
struct tracer_probes trace_probes_system(void);
