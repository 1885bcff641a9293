/* sentence - parameters out of JSON, into a template. */
#include "cli/sentence.h"

#include "core/alert.h"
#include "core/json_read.h"
#include "core/log.h"

#define PARAMS_LEN_MAX ((size_t)64 * 1024)

struct params {
    struct msg_arg arg[ALERT_PARAMS_MAX];
    char name[ALERT_PARAMS_MAX][sizeof(((struct alert_param *)0)->name)];
    size_t count;
};

static void
add_param(struct params *p, struct sv name, struct sv value)
{
    if (p->count < ALERT_PARAMS_MAX && name.len > 0 && name.len < sizeof(p->name[0])) {
        memcpy(p->name[p->count], name.p, name.len);
        p->name[p->count][name.len] = '\0';
        p->arg[p->count] = (struct msg_arg){p->name[p->count], value};
        p->count++;
    }
}

/* {"source": "203.0.113.7", ...}; views live as long as text. Damage ends the list. */
static void
read_params(struct params *p, struct buf *text)
{
    struct json_reader r;
    enum json_token token;
    struct sv name = {0};

    if (text->len == 0) {
        return;
    }
    json_reader_init(&r, text->data, text->len, false);
    while (json_next(&r, &token) == ERR_OK && token != JSON_END) {
        if (token == JSON_KEY) {
            name = r.value;
        } else if (token == JSON_STRING || token == JSON_NUMBER) {
            add_param(p, name, r.value);
        }
    }
}

void
sentence_put(struct buf *out, enum lang lang, struct sv message, struct sv params)
{
    struct params p = {.count = 0};
    struct buf text;
    enum msg id;

    if (!msg_find(message, &id)) {
        escape_put(out, message, ESCAPE_TEXT_MAX);
        buf_putc(out, ' ');
        escape_put(out, params, PARAMS_LEN_MAX);
        return;
    }
    buf_init(&text, PARAMS_LEN_MAX);
    buf_put_sv(&text, params);
    read_params(&p, &text);
    msg_put(out, lang, id, p.arg, p.count);
    if (buf_err(&text) && buf_err(out) == ERR_OK) {
        out->err = buf_err(&text);
    }
    buf_fini(&text);
}
