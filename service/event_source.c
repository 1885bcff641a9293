/* event_source - the values, whatever the system. */
#include "service/event_source.h"

#include <string.h>

/* SYSTEM: all, and changes of the rights themselves; Administrators: read, write, clear; Event Log
 * Readers: read. */
#define LOG_SDDL "O:BAG:SYD:(A;;0xf0007;;;SY)(A;;0x7;;;BA)(A;;0x1;;;S-1-5-32-573)"
#define LOG_BYTES_MAX (32u * 1024 * 1024)
#define TYPES_ALL 7u /* Error, Warning, Information */

const struct event_source_value event_source_values[EVENT_SOURCE_VALUES] = {
    {EVENT_LOG_KEY, "CustomSD", SOURCE_TEXT, LOG_SDDL, 0},
    {EVENT_LOG_KEY, "File", SOURCE_TEXT_EXPAND,
     "%SystemRoot%\\System32\\winevt\\Logs\\" EVENT_LOG_NAME ".evtx", 0},
    {EVENT_LOG_KEY, "MaxSize", SOURCE_NUMBER, NULL, LOG_BYTES_MAX},
    {EVENT_LOG_KEY, "Retention", SOURCE_NUMBER, NULL, 0},
    {EVENT_SOURCE_KEY, "EventMessageFile", SOURCE_TEXT, NULL, 0},
    {EVENT_SOURCE_KEY, "TypesSupported", SOURCE_NUMBER, NULL, TYPES_ALL},
};

bool
event_source_path_ok(const char *dll_path)
{
    char drive = dll_path[0];
    bool letter = (drive >= 'A' && drive <= 'Z') || (drive >= 'a' && drive <= 'z');

    return letter && dll_path[1] == ':' && (dll_path[2] == '\\' || dll_path[2] == '/') &&
           strpbrk(dll_path, ";\"") == NULL;
}
