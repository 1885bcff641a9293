/* registry_read - a value below HKEY_LOCAL_MACHINE as it is stored, for tests. */
#pragma once

#include "core/err.h"

/* REG_* of winnt.h */
#define REGISTRY_SZ 1u
#define REGISTRY_EXPAND_SZ 2u
#define REGISTRY_DWORD 4u
#define REGISTRY_QWORD 11u

struct registry_value {
    uint32_t type;
    uint64_t number;
    char text[512]; /* UTF-8 */
};

/* False: there is no such value, or no registry. */
bool registry_read(const char *key, const char *name, struct registry_value *out);
