/* process_entry - what is known of one process grows with each record. */
#include "state/process_entry.h"

#include "core/mem.h"
#include "core/utf.h"
#include "state/nt_path.h"

#define SHORT_NAME_LEN 14u /* where the kernel cuts a program's name */

static struct sv *
text_at(struct process_entry *e, enum process_text which)
{
    struct process *p = &e->p;
    struct sv *const at[PROCESS_TEXTS] = {&p->image,    &p->command_line, &p->parent_image,
                                          &p->account,  &p->domain,       &p->sid,
                                          &p->integrity};

    return at[which];
}

static size_t
text_max(enum process_text which)
{
    return which == PROCESS_COMMAND_LINE ? EVENT_LONG_TEXT_MAX : EVENT_TEXT_MAX;
}

void
process_entry_free(struct process_entry *e)
{
    for (unsigned i = 0; i < PROCESS_TEXTS; i++) {
        struct sv *text = text_at(e, (enum process_text)i);
        char *owned;

        memcpy(&owned, &text->p, sizeof(owned));
        mem_free(owned);
    }
    mem_free(e->origin);
    mem_free(e);
}

size_t
process_entry_text_len(const struct process_entry *e)
{
    const struct process *p = &e->p;

    return p->image.len + p->command_line.len + p->parent_image.len + p->account.len +
           p->domain.len + p->sid.len + p->integrity.len;
}

static bool
is_better(enum process_text which, struct sv old, struct sv text)
{
    if (which == PROCESS_IMAGE || which == PROCESS_PARENT_IMAGE) {
        unsigned old_rank = nt_path_rank(old);
        unsigned rank = nt_path_rank(text);

        return rank > old_rank || (rank == 1 && old_rank == 1 && text.len > old.len);
    }
    return old.len == 0 && text.len > 0;
}

MUST_CHECK static enum err
set_text(struct process_entry *e, enum process_text which, struct sv text)
{
    struct sv *at = text_at(e, which);
    char *old, *copy;

    text = utf8_cut(text, text_max(which));
    if (!is_better(which, *at, text)) {
        return ERR_OK;
    }
    copy = mem_strndup(text.p, text.len);
    if (copy == NULL) {
        return ERR_NOMEM;
    }
    memcpy(&old, &at->p, sizeof(old));
    mem_free(old);
    *at = (struct sv){copy, text.len};
    return ERR_OK;
}

enum err
process_entry_fill(struct process_entry *e, const struct process_facts *f)
{
    enum err err = ERR_OK;

    e->p.parent_pid = e->p.parent_pid != 0 ? e->p.parent_pid : f->parent_pid;
    e->p.sequence = e->p.sequence != 0 ? e->p.sequence : f->sequence;
    e->parent_sequence = e->parent_sequence != 0 ? e->parent_sequence : f->parent_sequence;
    if (f->has_session && !e->p.has_session) {
        e->p.has_session = true;
        e->p.session_id = f->session_id;
    }
    if (f->has_exit_status && !e->p.has_exit_status) {
        e->p.has_exit_status = true;
        e->p.exit_status = f->exit_status;
    }
    e->p.logon_id = e->p.logon_id != 0 ? e->p.logon_id : f->logon_id;
    for (unsigned i = 0; i < PROCESS_TEXTS && !err; i++) {
        err = set_text(e, (enum process_text)i, f->text[i]);
    }
    return err;
}

enum err
process_entry_tie(struct process_entry *e, const struct process_origin *origin)
{
    if (e->origin == NULL) {
        e->origin = mem_alloc(sizeof(*e->origin));
        if (e->origin == NULL) {
            return ERR_NOMEM;
        }
    }
    *e->origin = *origin;
    e->p.origin = e->origin;
    return ERR_OK;
}

bool
process_entry_agrees(const struct process_entry *e, const struct process_facts *f)
{
    struct sv known = nt_path_name(e->p.image);
    struct sv told = nt_path_name(f->text[PROCESS_IMAGE]);
    size_t len = known.len < told.len ? known.len : told.len;

    if (len == 0) {
        return true;
    }
    if (known.len != told.len && len != SHORT_NAME_LEN) {
        return false;
    }
    return sv_eq_nocase((struct sv){known.p, len}, (struct sv){told.p, len});
}

bool
process_entry_is_program(const struct process_entry *e, struct sv path)
{
    struct sv known = e->p.image;
    struct sv name = nt_path_name(path);

    if (nt_path_rank(known) != 1 || name.len == path.len) {
        return false;
    }
    if (known.len != name.len && known.len != SHORT_NAME_LEN) {
        return false;
    }
    return known.len <= name.len && sv_eq_nocase(known, (struct sv){name.p, known.len});
}
