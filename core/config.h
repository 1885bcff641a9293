/*
 * config - settings with defaults, read from JSON with comments.
 *
 * Every key is optional. An unknown or duplicate key, a wrong type or a value out of range is an
 * error that names line and key; the caller keeps the configuration it has. Keys are nested
 * objects ("rules": {"burst": {"count": 5}}) or dotted ("rules.burst.count": 5), case-sensitive.
 * "suppress" is a list of {rule, host, source, account, sha256, until, why}; `until` and `why`
 * are required.
 */
#pragma once

#include "core/addr.h"
#include "core/buf.h"

#define CONFIG_PREFIXES_MAX 256
#define CONFIG_SUPPRESS_MAX 256
#define CONFIG_FILE_MAX (1024 * 1024)

struct config_prefixes {
    size_t count;
    struct addr_prefix item[CONFIG_PREFIXES_MAX];
};

/* Empty text matches anything. Texts are owned by the struct config. */
struct config_suppress {
    char *rule; /* glob over the rule's name, "logon.*" */
    char *host;
    char *source;
    char *account;
    char *sha256;
    char *why;
    uint64_t until_ft;
};

struct config {
#define KEY_U32(member, name, def, min, max, meaning) uint32_t member;
#define KEY_BOOL(member, name, def, meaning) bool member;
#define KEY_PREFIXES(member, name, meaning) struct config_prefixes member;
#include "core/config_keys.h"
#undef KEY_U32
#undef KEY_BOOL
#undef KEY_PREFIXES
    size_t suppress_count;
    struct config_suppress suppress[CONFIG_SUPPRESS_MAX];
};

/* Large: allocate it. All defaults. */
MUST_CHECK enum err config_create(struct config **out);
void config_destroy(struct config *cfg);

#define CONFIG_WHY_MAX 256
/* A new configuration from text; *out untouched on error and why[] says
 * "line 12: rules.burst.count: 0 is below 2". ERR_FORMAT, ERR_RANGE, ERR_NOMEM. */
MUST_CHECK enum err config_parse(struct sv text, struct config **out, char why[CONFIG_WHY_MAX]);

bool config_prefixes_have(const struct config_prefixes *list, const struct addr *a);

/* kanari.default.json: every key, its default and meaning as comments. config_write(): the
 * settings in force as JSON. */
void config_write_default(struct buf *out);
void config_write(const struct config *cfg, struct buf *out);
