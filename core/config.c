/* config - the table of settings, their defaults, and questions to a configuration. */
#include "core/config.h"

#include <assert.h>
#include <string.h>

#include "core/config_table.h"
#include "core/mem.h"

const struct config_key config_keys[CONFIG_KEY_COUNT] = {
#define KEY_U32(member, name, def, min, max, meaning)                                              \
    {name, meaning, CONFIG_U32, offsetof(struct config, member), def, min, max, NULL},
#define KEY_BOOL(member, name, def, meaning)                                                       \
    {name, meaning, CONFIG_BOOL, offsetof(struct config, member), def, 0, 1, NULL},
#define KEY_PREFIXES(member, name, meaning)                                                        \
    {name, meaning, CONFIG_PREFIXES, offsetof(struct config, member), 0, 0, 0, NULL},
#define KEY_PORTS(member, name, def, meaning)                                                      \
    {name, meaning, CONFIG_PORTS, offsetof(struct config, member), 0, 0, 0, def},
#include "core/config_keys.h"
#undef KEY_U32
#undef KEY_BOOL
#undef KEY_PREFIXES
#undef KEY_PORTS
};

static void
set_default_ports(struct config_ports *list, const char *text)
{
    for (const char *p = text; *p != '\0';) {
        size_t len = strcspn(p, " ");
        uint64_t port = 0;
        enum err err = sv_u64((struct sv){p, len}, &port);

        assert(!err && port >= 1 && port <= UINT16_MAX && list->count < CONFIG_PORTS_MAX);
        (void)err; /* the list is ours: a test reads every default */
        list->item[list->count++] = (uint16_t)port;
        p += len;
        p += strspn(p, " ");
    }
}

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
        case CONFIG_PORTS:
            set_default_ports((struct config_ports *)(void *)at, key->ports);
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

bool
config_ports_have(const struct config_ports *list, uint16_t port)
{
    for (size_t i = 0; i < list->count; i++) {
        if (list->item[i] == port) {
            return true;
        }
    }
    return false;
}
