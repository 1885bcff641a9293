/* event_source - there is no registry here. */
#include "service/event_source.h"

#include <stdio.h>

static enum err
unsupported(char why[EVENT_SOURCE_WHY_MAX])
{
    (void)snprintf(why, EVENT_SOURCE_WHY_MAX, "the Windows Event Log is on Windows only");
    return ERR_UNSUPPORTED;
}

enum err
event_source_install(const char *dll_path, char why[EVENT_SOURCE_WHY_MAX])
{
    (void)dll_path;
    return unsupported(why);
}

enum err
event_source_remove(char why[EVENT_SOURCE_WHY_MAX])
{
    return unsupported(why);
}
