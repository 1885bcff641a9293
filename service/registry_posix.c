/* registry - there is none here. */
#include "service/registry.h"

#include <stdio.h>

static enum err
unsupported(char why[REGISTRY_WHY_MAX])
{
    (void)snprintf(why, REGISTRY_WHY_MAX, "the registry is on Windows only");
    return ERR_UNSUPPORTED;
}

enum err
registry_write(const struct registry_entry *e, char why[REGISTRY_WHY_MAX])
{
    (void)e;
    return unsupported(why);
}

enum err
registry_delete(const char *key, char why[REGISTRY_WHY_MAX])
{
    (void)key;
    return unsupported(why);
}
