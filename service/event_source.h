/*
 * event_source - what Windows needs to know of the log Kanari and of the source that writes to it:
 * values in the registry, written by `kanari service install` and taken away by `uninstall`.
 *
 * Facts, and the page that says so (learn.microsoft.com/windows/win32/eventlog/):
 *   - a source is a subkey of its log's key; its name is no log's name        event-sources
 *   - CustomSD needs an owner and a group, which are not used; 1 read, 2 write, 4 clear. Without
 *     it everybody who logs on interactively may read and write               eventlog-key
 *   - MaxSize in bytes, a multiple of 64 KB; 1 MB without it                  eventlog-key
 *   - Retention 0: the oldest records are overwritten                         eventlog-key
 *   - File: the default path, said aloud                                      eventlog-key
 *   - EventMessageFile may be a list: ';' separates                           event-sources
 * Registered once and not at every start: the service of the Event Log takes a moment to see a new
 * source, and what is written in that moment fails or goes to the log Application
 * (previous-versions/dotnet/netframework-3.0/xz73e171, "How to: Add Your Application as a Source").
 */
#pragma once

#include "core/err.h"

#define EVENT_LOG_NAME "Kanari"
#define EVENT_SOURCE_NAME "Kanari-Sensor"
#define EVENT_LOG_KEY "SYSTEM\\CurrentControlSet\\Services\\EventLog\\" EVENT_LOG_NAME
#define EVENT_SOURCE_KEY EVENT_LOG_KEY "\\" EVENT_SOURCE_NAME
#define EVENT_MESSAGES_DLL "kanari-messages.dll"

enum event_source_type { SOURCE_TEXT, SOURCE_TEXT_EXPAND, SOURCE_NUMBER };

/* A value below HKEY_LOCAL_MACHINE. */
struct event_source_value {
    const char *key;
    const char *name;
    enum event_source_type type;
    const char *text; /* of a text; NULL: the path of the message file */
    uint32_t number;
};
#define EVENT_SOURCE_VALUES 6
extern const struct event_source_value event_source_values[EVENT_SOURCE_VALUES];

#define EVENT_SOURCE_WHY_MAX 256
/* Both again and again with the same result. dll_path: absolute, UTF-8. On failure why says what
 * failed, on what, and what to do: ERR_ACCESS (not an administrator), ERR_USAGE (the path),
 * ERR_NOMEM, ERR_IO; ERR_UNSUPPORTED where there is no registry. */
MUST_CHECK enum err event_source_install(const char *dll_path, char why[EVENT_SOURCE_WHY_MAX]);
/* What is not there is no failure. The file with the records stays: it is evidence. */
MUST_CHECK enum err event_source_remove(char why[EVENT_SOURCE_WHY_MAX]);

/* What event_source_install() demands of dll_path: a drive, no list, no quotes. */
bool event_source_path_ok(const char *dll_path);
