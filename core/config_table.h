/* config_table - core/config_keys.h as data; for the files of config only. */
#pragma once

#include "core/config.h"

enum config_type { CONFIG_U32, CONFIG_BOOL, CONFIG_PREFIXES };

struct config_key {
    const char *name; /* "rules.burst.count" */
    const char *meaning;
    enum config_type type;
    size_t offset;          /* in struct config */
    uint32_t def, min, max; /* CONFIG_U32; CONFIG_BOOL: def is 0 or 1 */
};

enum {
#define KEY_U32(member, name, def, min, max, meaning) CONFIG_KEY_##member,
#define KEY_BOOL(member, name, def, meaning) CONFIG_KEY_##member,
#define KEY_PREFIXES(member, name, meaning) CONFIG_KEY_##member,
#include "core/config_keys.h"
#undef KEY_U32
#undef KEY_BOOL
#undef KEY_PREFIXES
    CONFIG_KEY_COUNT
};

extern const struct config_key config_keys[CONFIG_KEY_COUNT];
