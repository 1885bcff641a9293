/*
 * boot_trace - the AutoLogger session Kanari-Boot: Windows starts it early at each boot, with the
 * process and image events of the kernel, so that what ran before the service is not missed. The
 * service opens it by its name.
 *
 * Facts, and the page that says so
 * (learn.microsoft.com/windows/win32/etw/configuring-and-starting-an-autologger-session):
 *   - a key per session below Autologger, its name is the session's; Guid and Start are required
 *   - a key per provider below it, named by its GUID in braces; keywords are REG_QWORD
 *   - LogFileMode 0x100: real time, no file; BufferSize in KB, FlushTimer in seconds, ClockType 1
 *     is the performance counter; what ETW cannot support it overrides
 *   - what was not delivered by the time of shutdown comes with the next boot, unless
 *     DisableRealtimePersistence is set
 *   - enabled with EnableTraceEx, so there are no filters by event id
 *   - stopped as any session, by its name (ControlTrace)
 */
#pragma once

#include "etw/etw_api.h"
#include "service/registry.h"

#define BOOT_TRACE_NAME "Kanari-Boot"
#define BOOT_TRACE_GUID "{f65ba60e-5990-43b5-8567-798121787579}"
#define BOOT_TRACE_KEY "SYSTEM\\CurrentControlSet\\Control\\WMI\\Autologger\\" BOOT_TRACE_NAME

#define BOOT_TRACE_VALUES 12
extern const struct registry_entry boot_trace_values[BOOT_TRACE_VALUES];

/* Both again and again with the same result, errors as registry.h's. */
MUST_CHECK enum err boot_trace_install(char why[REGISTRY_WHY_MAX]);
/* Stops the session of this boot too, if it runs; etw NULL: there is none. */
MUST_CHECK enum err boot_trace_remove(const struct etw_api *etw, char why[REGISTRY_WHY_MAX]);
