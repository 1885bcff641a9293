/* messages - the table of sentences and the one place that fills their parameters in. */
#include "messages/messages.h"

#include "core/log.h"

struct row {
    const char *name;
    const char *text[LANG_COUNT];
};

static const struct row rows[MSG_COUNT] = {
#define MSG(NAME, en, ja) {#NAME, {en, ja}},
#include "messages/messages_list.h"
#undef MSG
};

const char *
msg_name(enum msg id)
{
    return id < MSG_COUNT ? rows[id].name : "";
}

bool
msg_find(struct sv name, enum msg *out)
{
    for (size_t i = 0; i < MSG_COUNT; i++) {
        if (sv_eq(sv_from(rows[i].name), name)) {
            *out = (enum msg)i;
            return true;
        }
    }
    return false;
}

const char *
msg_template(enum msg id, enum lang lang)
{
    return id < MSG_COUNT && lang < LANG_COUNT ? rows[id].text[lang] : "";
}

static bool
is_param_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

/* Length of "{name}" at pos; 0 when what stands there is no parameter. */
static size_t
param_len(struct sv tmpl, size_t pos)
{
    size_t end = pos + 1;

    while (end < tmpl.len && is_param_char(tmpl.p[end])) {
        end++;
    }
    if (end == pos + 1 || end >= tmpl.len || tmpl.p[end] != '}') {
        return 0;
    }
    return end + 1 - pos;
}

bool
msg_piece(struct sv tmpl, size_t *pos, struct sv *piece, bool *is_param)
{
    size_t start = *pos;
    size_t end = start;
    size_t len;

    if (start >= tmpl.len) {
        return false;
    }
    if (tmpl.p[start] == '{') {
        len = param_len(tmpl, start);
        if (len > 0) {
            *piece = (struct sv){tmpl.p + start + 1, len - 2};
            *is_param = true;
            *pos = start + len;
            return true;
        }
        end++; /* a stray brace stands for itself */
    }
    while (end < tmpl.len && tmpl.p[end] != '{') {
        end++;
    }
    *piece = (struct sv){tmpl.p + start, end - start};
    *is_param = false;
    *pos = end;
    return true;
}

static const struct msg_arg *
find_arg(const struct msg_arg *args, size_t count, struct sv name)
{
    for (size_t i = 0; i < count; i++) {
        if (sv_eq(sv_from(args[i].name), name)) {
            return &args[i];
        }
    }
    return NULL;
}

void
msg_put(struct buf *out, enum lang lang, enum msg id, const struct msg_arg *args, size_t count)
{
    struct sv tmpl = sv_from(msg_template(id, lang));
    struct sv piece;
    bool is_param;
    size_t pos = 0;

    while (msg_piece(tmpl, &pos, &piece, &is_param)) {
        const struct msg_arg *arg = is_param ? find_arg(args, count, piece) : NULL;

        if (arg != NULL) {
            escape_put(out, arg->value, ESCAPE_TEXT_MAX);
        } else if (is_param) {
            buf_putc(out, '{');
            buf_put_sv(out, piece);
            buf_putc(out, '}');
        } else {
            buf_put_sv(out, piece);
        }
    }
}
