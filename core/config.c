/* config - the table of settings, their defaults, and questions to a configuration. */
#include "core/config.h"

#include <string.h>

#include "core/config_table.h"
#include "core/mem.h"

const struct config_key config_keys[CONFIG_KEY_COUNT] = {
#define KEY_U32(member, name, def, min, max, meaning)                                              \
    {name, meaning, CONFIG_U32, offsetof(struct config, member), def, min, max},
#define KEY_BOOL(member, name, def, meaning)                                                       \
    {name, meaning, CONFIG_BOOL, offsetof(struct config, member), def, 0, 1},
#define KEY_PREFIXES(member, name, meaning)                                                        \
    {name, meaning, CONFIG_PREFIXES, offsetof(struct config, member), 0, 0, 0},
#include "core/config_keys.h"
#undef KEY_U32
#undef KEY_BOOL
#undef KEY_PREFIXES
};

MUST_CHECK enum err
config_create(struct config **out)
{
    struct config *cfg = mem_zalloc(sizeof(*cfg));

    if (cfg == NULL) {
        return ERR_NOMEM;
    }
    for (size_t i = 0; i < CONFIG_KEY_COUNT; i++) {
        const struct config_key *key = &config_keys[i];
        uint8_t *at = (uint8_t *)cfg + key->offset;
        bool flag = key->def != 0;

        switch (key->type) {
        case CONFIG_U32:
            memcpy(at, &key->def, sizeof(key->def));
            break;
        case CONFIG_BOOL:
            memcpy(at, &flag, sizeof(flag));
            break;
        case CONFIG_PREFIXES:
            break;
        }
    }
    *out = cfg;
    return ERR_OK;
}

void
config_destroy(struct config *cfg)
{
    if (cfg == NULL) {
        return;
    }
    for (size_t i = 0; i < cfg->suppress_count; i++) {
        struct config_suppress *s = &cfg->suppress[i];

        mem_free(s->rule);
        mem_free(s->host);
        mem_free(s->source);
        mem_free(s->account);
        mem_free(s->sha256);
        mem_free(s->why);
    }
    mem_free(cfg);
}

bool
config_prefixes_have(const struct config_prefixes *list, const struct addr *a)
{
    for (size_t i = 0; i < list->count; i++) {
        if (addr_prefix_has(&list->item[i], a)) {
            return true;
        }
    }
    return false;
}
