/* config_read - settings from JSON with comments; every refusal names line and key. */
#include <stdio.h>
#include <string.h>

#include "core/config_table.h"
#include "core/json_read.h"
#include "core/mem.h"
#include "core/tm.h"
#include "core/utf.h"

#define PATH_MAX_LEN 128      /* longest dotted key we look at; ours are shorter */
#define SUPPRESS_TEXT_MAX 512 /* bytes of one text of a suppression */
#define SHA256_HEX_LEN 64
#define NUMBER_SHOWN_MAX 24

struct config_reader {
    struct json_reader json;
    struct config *cfg;
    uint32_t key_line;
    size_t path_len;
    char path[PATH_MAX_LEN + 1];      /* dotted, of the value being read */
    bool seen[CONFIG_KEY_COUNT];      /* a value was given */
    uint8_t opened[CONFIG_KEY_COUNT]; /* bit per level: an object was given; see first_below() */
    bool seen_suppress;
    char *why;
};

/* -- refusals -----------------------------------------------------------------------------------
 */

MUST_CHECK static enum err
refuse_at(const struct config_reader *r, uint32_t line, enum err err, const char *what)
{
    (void)snprintf(r->why, CONFIG_WHY_MAX, "line %lu: %s%s%s", (unsigned long)line, r->path,
                   r->path_len > 0 ? ": " : "", what);
    return err;
}

MUST_CHECK static enum err
refuse(const struct config_reader *r, const char *what)
{
    return refuse_at(r, r->key_line, ERR_FORMAT, what);
}

/* About the token just read, which in a list may stand lines below its key. */
MUST_CHECK static enum err
refuse_item(const struct config_reader *r, const char *what)
{
    return refuse_at(r, r->json.line, ERR_FORMAT, what);
}

MUST_CHECK static enum err
next(struct config_reader *r, enum json_token *token)
{
    enum err err = json_next(&r->json, token);

    return err ? refuse_at(r, r->json.at_line, err, r->json.why) : ERR_OK;
}

/* -- the dotted path ------------------------------------------------------------------------------
 */

/* Appends a key; foreign characters become '?', which no key of ours has. */
MUST_CHECK static enum err
path_push(struct config_reader *r, struct sv key)
{
    size_t dot = r->path_len > 0;

    r->key_line = r->json.line;
    if (key.len == 0) {
        return refuse(r, "an empty key");
    }
    if (key.len + dot > PATH_MAX_LEN - r->path_len) {
        return refuse(r, "a key too long to be one of ours");
    }
    if (dot) {
        r->path[r->path_len++] = '.';
    }
    for (size_t i = 0; i < key.len; i++) {
        bool plain = key.p[i] > 0x20 && key.p[i] < 0x7F;
        r->path[r->path_len++] = plain ? key.p[i] : '?';
    }
    r->path[r->path_len] = '\0';
    return ERR_OK;
}

static void
path_cut(struct config_reader *r, size_t len)
{
    r->path_len = len;
    r->path[len] = '\0';
}

/* The key named by the path, or CONFIG_KEY_COUNT. */
static size_t
find_key(const struct config_reader *r)
{
    size_t i = 0;

    while (i < CONFIG_KEY_COUNT && strcmp(config_keys[i].name, r->path) != 0) {
        i++;
    }
    return i;
}

/* The first key below the path, or CONFIG_KEY_COUNT: (it, number of dots) is an object's identity.
 */
static size_t
first_below(const struct config_reader *r)
{
    size_t i = 0;

    while (i < CONFIG_KEY_COUNT && (strncmp(config_keys[i].name, r->path, r->path_len) != 0 ||
                                    config_keys[i].name[r->path_len] != '.')) {
        i++;
    }
    return i;
}

/* -- values ---------------------------------------------------------------------------------------
 */

MUST_CHECK static enum err
read_number(struct config_reader *r, const struct config_key *key)
{
    uint32_t *at = (uint32_t *)(void *)((uint8_t *)r->cfg + key->offset);
    uint64_t value = 0;
    char what[80];
    enum err err = sv_u64(r->json.value, &value);
    bool low = !err && value < key->min;

    if (err == ERR_FORMAT) {
        return refuse(r, "a whole number was expected");
    }
    if (err || low || value > key->max) {
        struct sv shown = utf8_cut(r->json.value, NUMBER_SHOWN_MAX);

        (void)snprintf(what, sizeof(what), "%.*s is %s %lu", (int)shown.len, shown.p,
                       low ? "below" : "above", (unsigned long)(low ? key->min : key->max));
        return refuse_at(r, r->key_line, ERR_RANGE, what);
    }
    *at = (uint32_t)value;
    return ERR_OK;
}

MUST_CHECK static enum err
add_prefix(struct config_reader *r, struct config_prefixes *list, enum json_token token)
{
    if (token != JSON_STRING) {
        return refuse_item(r, "addresses and prefixes in quotes were expected");
    }
    if (list->count == CONFIG_PREFIXES_MAX) {
        return refuse_at(r, r->json.line, ERR_RANGE, "too many prefixes (at most 256)");
    }
    if (addr_prefix_parse(r->json.value, &list->item[list->count])) {
        return refuse_item(r, "not an address or prefix (host bits must be 0)");
    }
    list->count++;
    return ERR_OK;
}

_Static_assert(CONFIG_PREFIXES_MAX == 256, "the refusal says so");

/* Replaces the default list. */
MUST_CHECK static enum err
read_list(struct config_reader *r, const struct config_key *key)
{
    void *at = (uint8_t *)r->cfg + key->offset;
    struct config_prefixes *prefixes = at;
    enum json_token token;
    enum err err;

    prefixes->count = 0;
    for (;;) {
        err = next(r, &token);
        if (err || token == JSON_ARR_END) {
            return err;
        }
        err = add_prefix(r, prefixes, token);
        if (err) {
            return err;
        }
    }
}

MUST_CHECK static enum err
read_key(struct config_reader *r, size_t index, enum json_token token)
{
    const struct config_key *key = &config_keys[index];
    bool flag;

    if (r->seen[index]) {
        return refuse(r, "given twice");
    }
    r->seen[index] = true;
    switch (key->type) {
    case CONFIG_U32:
        return token == JSON_NUMBER ? read_number(r, key) : refuse(r, "a number was expected");
    case CONFIG_BOOL:
        if (token != JSON_TRUE && token != JSON_FALSE) {
            return refuse(r, "true or false was expected");
        }
        flag = token == JSON_TRUE;
        memcpy((uint8_t *)r->cfg + key->offset, &flag, sizeof(flag));
        return ERR_OK;
    case CONFIG_PREFIXES:
        break;
    }
    return token == JSON_ARR ? read_list(r, key) : refuse(r, "a list was expected");
}

/* -- suppress
 * --------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    size_t offset;
    bool matches; /* narrows what is suppressed */
} suppress_texts[] = {
    {"rule", offsetof(struct config_suppress, rule), true},
    {"host", offsetof(struct config_suppress, host), true},
    {"source", offsetof(struct config_suppress, source), true},
    {"account", offsetof(struct config_suppress, account), true},
    {"sha256", offsetof(struct config_suppress, sha256), true},
    {"why", offsetof(struct config_suppress, why), false},
};

static char **
suppress_text(struct config_suppress *s, size_t i)
{
    return (char **)(void *)((uint8_t *)s + suppress_texts[i].offset);
}

static bool
is_hex(struct sv s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (memchr("0123456789abcdefABCDEF", s.p[i], 22) == NULL) {
            return false;
        }
    }
    return true;
}

MUST_CHECK static enum err
read_until(struct config_reader *r, struct config_suppress *s)
{
    if (s->until_ft != 0) {
        return refuse(r, "given twice");
    }
    if (tm_parse(r->json.value, &s->until_ft) || s->until_ft == 0) {
        return refuse(r, "not an ISO 8601 time");
    }
    return ERR_OK;
}

/* One member of a suppression; its value is the token just read. */
MUST_CHECK static enum err
read_suppress_member(struct config_reader *r, struct config_suppress *s, const char *name)
{
    struct sv value = r->json.value;
    size_t i = 0;
    char **at;

    if (strcmp(name, "until") == 0) {
        return read_until(r, s);
    }
    while (i < COUNT(suppress_texts) && strcmp(name, suppress_texts[i].name) != 0) {
        i++;
    }
    if (i == COUNT(suppress_texts)) {
        return refuse(r, "no such key");
    }
    at = suppress_text(s, i);
    if (*at != NULL) {
        return refuse(r, "given twice");
    }
    if (value.len > SUPPRESS_TEXT_MAX) {
        return refuse_at(r, r->key_line, ERR_RANGE, "longer than 512 bytes");
    }
    if (value.len == 0 || memchr(value.p, '\0', value.len) != NULL) {
        return refuse(r, "an empty text, or one with U+0000");
    }
    if (strcmp(name, "sha256") == 0 && (value.len != SHA256_HEX_LEN || !is_hex(value))) {
        return refuse(r, "64 hex digits were expected");
    }
    *at = mem_strndup(value.p, value.len);
    return *at == NULL ? ERR_NOMEM : ERR_OK;
}

/* What must be there is there; the texts that are not become "". */
MUST_CHECK static enum err
finish_suppress(struct config_reader *r, struct config_suppress *s)
{
    bool matches = false;

    if (s->until_ft == 0) {
        return refuse_item(r, "`until` is missing");
    }
    if (s->why == NULL) {
        return refuse_item(r, "`why` is missing");
    }
    for (size_t i = 0; i < COUNT(suppress_texts); i++) {
        char **at = suppress_text(s, i);

        matches = matches || (suppress_texts[i].matches && *at != NULL);
        if (*at == NULL) {
            *at = mem_strndup("", 0);
        }
        if (*at == NULL) {
            return ERR_NOMEM;
        }
    }
    return matches ? ERR_OK
                   : refuse_item(r, "would match every alert: give rule, host, source, account or "
                                    "sha256");
}

MUST_CHECK static enum err
read_suppress_object(struct config_reader *r, struct config_suppress *s)
{
    size_t path_len = r->path_len;

    for (;;) {
        enum json_token token;
        enum err err = next(r, &token);

        if (err) {
            return err;
        }
        if (token == JSON_OBJ_END) {
            return finish_suppress(r, s);
        }
        err = path_push(r, r->json.value);
        if (!err) {
            err = next(r, &token);
        }
        if (!err && token != JSON_STRING) {
            err = refuse(r, "a text was expected");
        }
        if (!err) {
            err = read_suppress_member(r, s, r->path + path_len + 1);
        }
        if (err) {
            return err;
        }
        path_cut(r, path_len);
    }
}

MUST_CHECK static enum err
read_suppress(struct config_reader *r, enum json_token token)
{
    enum err err;

    if (r->seen_suppress) {
        return refuse(r, "given twice");
    }
    r->seen_suppress = true;
    if (token != JSON_ARR) {
        return refuse(r, "a list was expected");
    }
    for (;;) {
        err = next(r, &token);
        if (err || token == JSON_ARR_END) {
            return err;
        }
        if (token != JSON_OBJ) {
            return refuse_item(r, "objects were expected");
        }
        if (r->cfg->suppress_count == CONFIG_SUPPRESS_MAX) {
            return refuse_at(r, r->json.line, ERR_RANGE, "too many entries (at most 256)");
        }
        err = read_suppress_object(r, &r->cfg->suppress[r->cfg->suppress_count++]);
        if (err) {
            return err;
        }
    }
}

/* -- the tree
 * --------------------------------------------------------------------------------------- */

/* A group: some key of ours must begin with its path, and it comes once, however it is spelt. */
MUST_CHECK static enum err
enter_object(struct config_reader *r)
{
    size_t below = first_below(r);
    unsigned dots = 0;
    uint8_t bit;

    if (below == CONFIG_KEY_COUNT) {
        return refuse(r, "no such key");
    }
    for (size_t i = 0; i < r->path_len; i++) {
        dots += r->path[i] == '.';
    }
    bit = (uint8_t)(1u << dots);
    if ((r->opened[below] & bit) != 0) {
        return refuse(r, "given twice");
    }
    r->opened[below] |= bit;
    return ERR_OK;
}

/* The path names a setting, not a group of them. */
static bool
has_value(const struct config_reader *r)
{
    return find_key(r) < CONFIG_KEY_COUNT || strcmp(r->path, "suppress") == 0;
}

MUST_CHECK static enum err
read_value(struct config_reader *r, enum json_token token)
{
    size_t key = find_key(r);

    if (key < CONFIG_KEY_COUNT) {
        return read_key(r, key, token);
    }
    if (has_value(r)) {
        return read_suppress(r, token);
    }
    if (first_below(r) < CONFIG_KEY_COUNT) {
        return refuse(r, "an object was expected");
    }
    return refuse(r, "no such key");
}

/* Nested objects as a loop: `parent` remembers how long the path was at each level. */
MUST_CHECK static enum err
read_tree(struct config_reader *r)
{
    size_t parent[JSON_DEPTH_MAX + 1] = {0};
    size_t depth = 0;
    enum json_token token;
    enum err err;

    for (;;) {
        err = next(r, &token);
        if (err) {
            return err;
        }
        if (token == JSON_OBJ_END) {
            if (depth == 0) {
                return ERR_OK;
            }
            path_cut(r, parent[--depth]);
            continue;
        }
        parent[depth] = r->path_len;
        err = path_push(r, r->json.value);
        if (!err) {
            err = next(r, &token);
        }
        if (!err && token == JSON_OBJ && !has_value(r)) {
            err = enter_object(r);
            depth++;
        } else if (!err) {
            err = read_value(r, token);
            path_cut(r, parent[depth]);
        }
        if (err) {
            return err;
        }
    }
}

MUST_CHECK static enum err
read_text(struct config_reader *r)
{
    enum json_token token;
    enum err err = next(r, &token);

    if (err) {
        return err;
    }
    if (token != JSON_OBJ) {
        return refuse_item(r, "an object in { } was expected");
    }
    err = read_tree(r);
    return err ? err : next(r, &token); /* JSON_END, or something behind the object */
}

MUST_CHECK enum err
config_parse(struct sv text, struct config **out, char why[CONFIG_WHY_MAX])
{
    struct config_reader *r;
    char *copy;
    enum err err = ERR_NOMEM;

    why[0] = '\0';
    if (text.len > CONFIG_FILE_MAX) {
        (void)snprintf(why, CONFIG_WHY_MAX, "larger than 1 MB");
        return ERR_RANGE;
    }
    r = mem_zalloc(sizeof(*r));
    copy = mem_strndup(text.p, text.len); /* strings are decoded in place */
    if (r == NULL || copy == NULL) {
        goto done;
    }
    r->why = why;
    err = config_create(&r->cfg);
    if (err) {
        goto done;
    }
    json_reader_init(&r->json, copy, text.len, true);
    err = read_text(r);
    if (err) {
        goto done;
    }
    *out = r->cfg;
    r->cfg = NULL; /* ownership passes to the caller */
done:
    if (err == ERR_NOMEM) {
        (void)snprintf(why, CONFIG_WHY_MAX, "out of memory");
    }
    if (r != NULL) {
        config_destroy(r->cfg);
    }
    mem_free(r);
    mem_free(copy);
    return err;
}
