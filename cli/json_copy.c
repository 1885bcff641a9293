/* json_copy - reads tokens and writes them again. The first pass only checks. */
#include "cli/json_copy.h"

#include "core/json_read.h"

#define KEY_LEN_MAX 64
#define TEXT_LEN_MAX ((size_t)16 * 1024 * 1024)

/* The whole text is JSON that fits below the writer's depth. */
static bool
is_sound(struct sv text, struct buf *scratch, unsigned depth)
{
    struct json_reader r;
    enum json_token token = JSON_NULL;
    enum err err = ERR_OK;

    buf_clear(scratch);
    buf_put_sv(scratch, text);
    if (buf_err(scratch)) {
        return false;
    }
    json_reader_init(&r, scratch->data, scratch->len, false);
    while (err == ERR_OK && token != JSON_END) {
        err = json_next(&r, &token);
        if (token == JSON_KEY && r.value.len >= KEY_LEN_MAX) {
            return false;
        }
        if (r.depth + depth + 1 >= JSON_DEPTH_MAX) {
            return false;
        }
    }
    return err == ERR_OK;
}

static void
put_token(struct json *j, const char *key, enum json_token token, struct sv value)
{
    switch (token) {
    case JSON_OBJ:
        json_obj(j, key);
        break;
    case JSON_OBJ_END:
        json_obj_end(j);
        break;
    case JSON_ARR:
        json_arr(j, key);
        break;
    case JSON_ARR_END:
        json_arr_end(j);
        break;
    case JSON_STRING:
        json_str(j, key, value);
        break;
    case JSON_NUMBER:
        json_raw(j, key, value);
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        json_bool(j, key, token == JSON_TRUE);
        break;
    case JSON_NULL:
        json_null(j, key);
        break;
    case JSON_KEY:
    case JSON_END:
        break;
    }
}

static void
copy_tokens(struct json *j, const char *key, struct buf *scratch)
{
    struct json_reader r;
    enum json_token token;
    char name[KEY_LEN_MAX];

    json_reader_init(&r, scratch->data, scratch->len, false);
    while (json_next(&r, &token) == ERR_OK && token != JSON_END) {
        if (token == JSON_KEY) {
            memcpy(name, r.value.p, r.value.len);
            name[r.value.len] = '\0';
            key = name;
            continue;
        }
        put_token(j, key, token, r.value);
        key = j->is_obj[j->depth] ? name : NULL;
    }
}

void
json_copy(struct json *j, const char *key, struct sv text)
{
    struct buf scratch;

    if (text.len == 0) {
        json_null(j, key);
        return;
    }
    buf_init(&scratch, TEXT_LEN_MAX);
    if (is_sound(text, &scratch, j->depth)) {
        buf_clear(&scratch);
        buf_put_sv(&scratch, text); /* the check decoded it in place */
        copy_tokens(j, key, &scratch);
    } else if (buf_err(&scratch) == ERR_NOMEM) {
        j->out->err =
            ERR_NOMEM; /* not known whether it is JSON: the output fails, as for any text */
    } else {
        json_str(j, key, text);
    }
    buf_fini(&scratch);
}
