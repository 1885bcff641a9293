/* config_write - settings as text: the commented template, and those in force. */
#include <string.h>

#include "core/config_table.h"
#include "core/json.h"
#include "core/tm.h"

/* One key of the template: its meaning, its bounds, its default. */
static void
put_template_key(struct buf *out, const struct config_key *key)
{
    buf_puts(out, "    // ");
    buf_puts(out, key->meaning);
    if (key->type == CONFIG_U32) {
        buf_puts(out, " (");
        buf_put_u64(out, key->min);
        buf_puts(out, " to ");
        buf_put_u64(out, key->max);
        buf_putc(out, ')');
    }
    buf_puts(out, "\n    \"");
    buf_puts(out, key->name);
    buf_puts(out, "\": ");
    switch (key->type) {
    case CONFIG_U32:
        buf_put_u64(out, key->def);
        break;
    case CONFIG_BOOL:
        buf_puts(out, key->def != 0 ? "true" : "false");
        break;
    case CONFIG_PREFIXES:
        buf_puts(out, "[]");
        break;
    }
    buf_puts(out, ",\n\n");
}

void
config_write_default(struct buf *out)
{
    buf_puts(out, "// Kanari's settings with their defaults. Every key is optional: keep the lines "
                  "that you change.\n"
                  "// \"rules.burst.count\": 5 may also be written "
                  "\"rules\": {\"burst\": {\"count\": 5}}.\n{\n");
    for (size_t i = 0; i < CONFIG_KEY_COUNT; i++) {
        put_template_key(out, &config_keys[i]);
    }
    buf_puts(out,
             "    // alerts that are stored and counted, but not sent, until a date. `until` and "
             "`why` are\n"
             "    // required, and at least one of rule, host, source, account, sha256:\n"
             "    // {\"rule\": \"logon.*\", \"source\": \"10.0.0.5\", \"until\": "
             "\"2030-01-31T00:00:00Z\",\n"
             "    //  \"why\": \"scanner of the auditors\"}\n"
             "    \"suppress\": []\n}\n");
}

static void
write_prefixes(struct json *j, const char *name, const struct config_prefixes *list)
{
    json_arr(j, name);
    for (size_t i = 0; i < list->count; i++) {
        char text[ADDR_TEXT_MAX + 4];
        size_t len = addr_format(&list->item[i].base, text);
        unsigned bits = list->item[i].bits;

        text[len++] = '/';
        if (bits >= 100) {
            text[len++] = (char)('0' + bits / 100);
        }
        if (bits >= 10) {
            text[len++] = (char)('0' + bits / 10 % 10);
        }
        text[len++] = (char)('0' + bits % 10);
        json_str(j, NULL, (struct sv){text, len});
    }
    json_arr_end(j);
}

static void
write_key(struct json *j, const struct config *cfg, const struct config_key *key)
{
    const uint8_t *at = (const uint8_t *)cfg + key->offset;
    uint32_t number;
    bool flag;

    switch (key->type) {
    case CONFIG_U32:
        memcpy(&number, at, sizeof(number));
        json_u64(j, key->name, number);
        break;
    case CONFIG_BOOL:
        memcpy(&flag, at, sizeof(flag));
        json_bool(j, key->name, flag);
        break;
    case CONFIG_PREFIXES:
        write_prefixes(j, key->name, (const struct config_prefixes *)(const void *)at);
        break;
    }
}

static void
write_text(struct json *j, const char *key, const char *text)
{
    if (text[0] != '\0') {
        json_str(j, key, sv_from(text));
    }
}

void
config_write(const struct config *cfg, struct buf *out)
{
    struct json j;

    json_init(&j, out, true);
    json_obj(&j, NULL);
    for (size_t i = 0; i < CONFIG_KEY_COUNT; i++) {
        write_key(&j, cfg, &config_keys[i]);
    }
    json_arr(&j, "suppress");
    for (size_t i = 0; i < cfg->suppress_count; i++) {
        const struct config_suppress *s = &cfg->suppress[i];

        json_obj(&j, NULL);
        write_text(&j, "rule", s->rule);
        write_text(&j, "host", s->host);
        write_text(&j, "source", s->source);
        write_text(&j, "account", s->account);
        write_text(&j, "sha256", s->sha256);
        json_time(&j, "until", s->until_ft);
        write_text(&j, "why", s->why);
        json_obj_end(&j);
    }
    json_arr_end(&j);
    json_obj_end(&j);
    buf_putc(out, '\n');
}
