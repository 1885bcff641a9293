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

#include "service/registry.h"

#define EVENT_LOG_NAME "Kanari"
#define EVENT_SOURCE_NAME "Kanari-Sensor"
#define EVENT_LOG_KEY "SYSTEM\\CurrentControlSet\\Services\\EventLog\\" EVENT_LOG_NAME
#define EVENT_SOURCE_KEY EVENT_LOG_KEY "\\" EVENT_SOURCE_NAME
#define EVENT_MESSAGES_DLL "kanari-messages.dll"

/* Of a text that is NULL: the path of the message file. */
#define EVENT_SOURCE_VALUES 6
extern const struct registry_entry event_source_values[EVENT_SOURCE_VALUES];

/* Both again and again with the same result, errors as registry.h's. dll_path: absolute, UTF-8;
 * ERR_USAGE when it cannot be used. */
MUST_CHECK enum err event_source_install(const char *dll_path, char why[REGISTRY_WHY_MAX]);
/* What is not there is no failure. The file with the records stays: it is evidence. */
MUST_CHECK enum err event_source_remove(char why[REGISTRY_WHY_MAX]);

/* What event_source_install() demands of dll_path: a drive, no list, no quotes. */
bool event_source_path_ok(const char *dll_path);
