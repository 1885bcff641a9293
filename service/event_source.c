/* event_source - the values, and writing them. */
#include "service/event_source.h"

#include <stdio.h>
#include <string.h>

/* SYSTEM: all, and changes of the rights themselves; Administrators: read, write, clear; Event Log
 * Readers: read. */
#define LOG_SDDL "O:BAG:SYD:(A;;0xf0007;;;SY)(A;;0x7;;;BA)(A;;0x1;;;S-1-5-32-573)"
#define LOG_BYTES_MAX (32u * 1024 * 1024)
#define TYPES_ALL 7u /* Error, Warning, Information */

const struct registry_entry event_source_values[EVENT_SOURCE_VALUES] = {
    {EVENT_LOG_KEY, "CustomSD", REGISTRY_TEXT, LOG_SDDL, 0},
    {EVENT_LOG_KEY, "File", REGISTRY_TEXT_EXPAND,
     "%SystemRoot%\\System32\\winevt\\Logs\\" EVENT_LOG_NAME ".evtx", 0},
    {EVENT_LOG_KEY, "MaxSize", REGISTRY_NUMBER, NULL, LOG_BYTES_MAX},
    {EVENT_LOG_KEY, "Retention", REGISTRY_NUMBER, NULL, 0},
    {EVENT_SOURCE_KEY, "EventMessageFile", REGISTRY_TEXT, NULL, 0},
    {EVENT_SOURCE_KEY, "TypesSupported", REGISTRY_NUMBER, NULL, TYPES_ALL},
};

bool
event_source_path_ok(const char *dll_path)
{
    char drive = dll_path[0];
    bool letter = (drive >= 'A' && drive <= 'Z') || (drive >= 'a' && drive <= 'z');

    return letter && dll_path[1] == ':' && (dll_path[2] == '\\' || dll_path[2] == '/') &&
           strpbrk(dll_path, ";\"") == NULL;
}

enum err
event_source_install(const char *dll_path, char why[REGISTRY_WHY_MAX])
{
    enum err err = ERR_OK;

    why[0] = '\0';
    if (!event_source_path_ok(dll_path)) {
        (void)snprintf(why, REGISTRY_WHY_MAX,
                       "message file: not an absolute path of this computer, or with ; or \" in "
                       "it; install Kanari into a folder of a local drive");
        return ERR_USAGE;
    }
    for (size_t i = 0; !err && i < EVENT_SOURCE_VALUES; i++) {
        struct registry_entry e = event_source_values[i];

        if (e.type != REGISTRY_NUMBER && e.text == NULL) {
            e.text = dll_path;
        }
        err = registry_write(&e, why);
    }
    return err;
}

enum err
event_source_remove(char why[REGISTRY_WHY_MAX])
{
    return registry_delete(EVENT_LOG_KEY, why);
}
