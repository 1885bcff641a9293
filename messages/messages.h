/*
 * messages - every sentence a person reads, in English and Japanese, as templates with named
 * parameters: MSG(NAME, "Wrong passwords from {source}: {count}.", "…").
 *
 * The list is messages/messages_list.h. Tests check that both languages of a row name the same
 * parameters. Values are foreign text: msg_put() escapes and caps them; templates are ours.
 */
#pragma once

#include "core/buf.h"

enum lang { LANG_EN, LANG_JA, LANG_COUNT };

enum msg {
#define MSG(NAME, en, ja) MSG_##NAME,
#include "messages/messages_list.h"
#undef MSG
    MSG_COUNT
};

struct msg_arg {
    const char *name;
    struct sv value;
};

const char *msg_name(enum msg id); /* "ALERT_LOGON_BURST" */
bool msg_find(struct sv name, enum msg *out);
const char *msg_template(enum msg id, enum lang lang);
/* Appends the sentence. A parameter that is missing shows as {name}. */
void msg_put(struct buf *out, enum lang lang, enum msg id, const struct msg_arg *args,
             size_t count);

/* Steps through a template: true with the next piece, which is plain text or, when *is_param, the
 * name inside one pair of braces; false at the end. A stray brace is plain text. */
bool msg_piece(struct sv tmpl, size_t *pos, struct sv *piece, bool *is_param);
