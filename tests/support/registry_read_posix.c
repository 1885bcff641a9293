/* registry_read - there is no registry here. */
#include "support/registry_read.h"

bool
registry_read(const char *key, const char *name, struct registry_value *out)
{
    (void)key;
    (void)name;
    (void)out;
    return false;
}
