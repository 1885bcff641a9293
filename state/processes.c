/* processes - entries in chains by (host, pid), newest first, and in two lists by age. */
#include "state/processes.h"

#include <stdlib.h>

#include "core/hash.h"
#include "core/mem.h"
#include "core/metrics.h"
#include "core/tm.h"
#include "core/utf.h"
#include "state/process_entry.h"

#define HEADS_PER_ENTRY 2u

struct list {
    struct process_entry *first, *last;
};

struct processes {
    struct processes_opts opts;
    size_t count, text_len;
    size_t head_count; /* a power of two */
    struct process_entry **head;
    struct list running; /* least recently heard of first */
    struct list ended;   /* first to leave first */
    bool early;
    struct process_entry *fresh_first, *fresh_last; /* to be told of early, by time */
};

/* -- lists and chains -------------------------------------------------------------------------- */

static struct list *
list_of(struct processes *t, const struct process_entry *e)
{
    return e->leaves_ft != 0 ? &t->ended : &t->running;
}

static void
list_remove(struct list *l, struct process_entry *e)
{
    *(e->older != NULL ? &e->older->newer : &l->first) = e->newer;
    *(e->newer != NULL ? &e->newer->older : &l->last) = e->older;
}

static void
list_append(struct list *l, struct process_entry *e)
{
    e->newer = NULL;
    e->older = l->last;
    *(l->last != NULL ? &l->last->newer : &l->first) = e;
    l->last = e;
}

static struct process_entry **
find_head(const struct processes *t, uint32_t host_id, uint32_t pid)
{
    const uint32_t key[2] = {host_id, pid};

    return &t->head[hash64(key, sizeof(key)) & (t->head_count - 1)];
}

static bool
is_of(const struct process_entry *e, const struct process_facts *f)
{
    return e->p.pid == f->pid && e->host_id == f->host_id;
}

/* -- telling early ----------------------------------------------------------------------------- */

static void
make_fresh(struct processes *t, struct process_entry *e, uint64_t now_ft)
{
    if (!t->early || e->fresh) {
        return;
    }
    e->fresh = true;
    e->tell_ft = now_ft + PROCESS_EARLY;
    e->fresher = NULL;
    *(t->fresh_last != NULL ? &t->fresh_last->fresher : &t->fresh_first) = e;
    t->fresh_last = e;
}

static void
take_fresh(struct processes *t)
{
    struct process_entry *e = t->fresh_first;

    e->fresh = false;
    t->fresh_first = e->fresher;
    t->fresh_last = t->fresh_first == NULL ? NULL : t->fresh_last;
}

/* It leaves: few are fresh, and those that leave mostly are not. */
static void
drop_fresh(struct processes *t, const struct process_entry *e)
{
    struct process_entry *before = NULL;

    if (!e->fresh) {
        return;
    }
    for (struct process_entry *f = t->fresh_first; f != e; f = f->fresher) {
        before = f;
    }
    *(before != NULL ? &before->fresher : &t->fresh_first) = e->fresher;
    t->fresh_last = t->fresh_last == e ? before : t->fresh_last;
}

MUST_CHECK static enum err
tell_fresh(struct processes *t, uint64_t now_ft)
{
    enum err err = ERR_OK;

    while (!err && t->fresh_first != NULL && t->fresh_first->tell_ft <= now_ft) {
        struct process_entry *e = t->fresh_first;

        take_fresh(t);
        err = t->opts.fn(t->opts.ctx, e->host_id, &e->p);
    }
    return err;
}

/* -- leaving ----------------------------------------------------------------------------------- */

MUST_CHECK static enum err
leave(struct processes *t, struct process_entry *e)
{
    struct process_entry **link = find_head(t, e->host_id, e->p.pid);
    enum err err = t->opts.fn(t->opts.ctx, e->host_id, &e->p);

    while (*link != e) {
        link = &(*link)->next;
    }
    *link = e->next;
    list_remove(list_of(t, e), e);
    drop_fresh(t, e);
    t->text_len -= process_entry_text_len(e);
    t->count--;
    process_entry_free(e);
    return err;
}

/* Until so many more entries fit. Not while an entry is in hand: it might be the one that goes. */
MUST_CHECK static enum err
make_room(struct processes *t, size_t count)
{
    enum err err = ERR_OK;

    while (!err && t->count > 0 &&
           (t->count + count > t->opts.max_count || t->text_len > PROCESS_TEXT_MAX)) {
        metric_add(METRIC_PROCESSES_FULL, 1);
        err = leave(t, t->ended.first != NULL ? t->ended.first : t->running.first);
    }
    return err;
}

/* -- entries ----------------------------------------------------------------------------------- */

static void
touch(struct processes *t, struct process_entry *e, uint64_t time_ft)
{
    e->p.last_seen_ft = time_ft > e->p.last_seen_ft ? time_ft : e->p.last_seen_ft;
    e->p.first_seen_ft = time_ft < e->p.first_seen_ft ? time_ft : e->p.first_seen_ft;
    if (e->leaves_ft == 0 && t->running.last != e) {
        list_remove(&t->running, e);
        list_append(&t->running, e);
    }
}

static void
end(struct processes *t, struct process_entry *e, uint64_t now_ft)
{
    if (e->leaves_ft == 0) {
        list_remove(&t->running, e);
        e->leaves_ft = now_ft + PROCESS_GRACE;
        list_append(&t->ended, e);
    }
}

/* *out is NULL when it was not to be had; texts are filled in by the caller. */
MUST_CHECK static enum err
add(struct processes *t, const struct process_facts *f, struct process_entry **out)
{
    struct process_entry **head = find_head(t, f->host_id, f->pid);
    struct process_entry *e;
    enum err err = make_room(t, 1);

    if (err) {
        return err;
    }
    e = mem_zalloc(sizeof(*e));
    if (e == NULL) {
        return ERR_NOMEM;
    }
    e->host_id = f->host_id;
    e->p.pid = f->pid;
    e->p.first_seen_ft = f->time_ft;
    e->p.last_seen_ft = f->time_ft;
    e->next = *head;
    *head = e;
    list_append(&t->running, e);
    t->count++;
    *out = e;
    return ERR_OK;
}

/* Takes what a record knows and the entry does not. Texts may pass the limit by those of one
 * entry until processes_release(). */
MUST_CHECK static enum err
fill(struct processes *t, struct process_entry *e, const struct process_facts *f)
{
    size_t before = process_entry_text_len(e);
    enum err err = process_entry_fill(e, f);

    t->text_len += process_entry_text_len(e) - before;
    touch(t, e, f->time_ft);
    return err;
}

static struct process_entry *
running(const struct processes *t, const struct process_facts *f)
{
    struct process_entry *e = *find_head(t, f->host_id, f->pid);

    while (e != NULL && (!is_of(e, f) || e->leaves_ft != 0)) {
        e = e->next;
    }
    return e;
}

/* -- what records say -------------------------------------------------------------------------- */

static uint64_t
apart(uint64_t a, uint64_t b)
{
    return a > b ? a - b : b - a;
}

/* The entry that a start tells of: by its exact start, else by another kind of record about then.
 */
static struct process_entry *
find_started(const struct processes *t, const struct process_facts *f)
{
    uint64_t started_ft = f->started_ft != 0 ? f->started_ft : f->time_ft;
    struct process_entry *e = *find_head(t, f->host_id, f->pid);

    for (; e != NULL; e = e->next) {
        bool both_exact = e->exact && f->started_ft != 0;

        if (!is_of(e, f)) {
            continue;
        }
        if (both_exact ? e->p.started_ft == f->started_ft
                       : e->p.started_ft != 0 && (e->sources & (unsigned)f->source) == 0 &&
                             apart(e->p.started_ft, started_ft) <= PROCESS_JOIN_SPAN) {
            break;
        }
    }
    return e;
}

/* The parent by its number, else the process of that pid that ran then. Only when the child is met
 * first: a rundown lists processes in the order of their creation, so what uses the parent's pid
 * later is another process. */
MUST_CHECK static enum err
fill_parent(struct processes *t, struct process_entry *e)
{
    struct process_facts f = {.host_id = e->host_id, .pid = e->p.pid, .time_ft = e->p.last_seen_ft};
    uint64_t began_ft = e->p.started_ft != 0 ? e->p.started_ft : e->p.first_seen_ft;
    const struct process *parent;

    if (e->p.parent_pid == 0 || e->p.parent_started_ft != 0) {
        return ERR_OK;
    }
    parent = processes_at(t, e->host_id, e->p.parent_pid, began_ft);
    if (parent == NULL || parent == &e->p ||
        (e->parent_sequence != 0 && parent->sequence != 0 &&
         parent->sequence != e->parent_sequence)) {
        return ERR_OK;
    }
    e->p.parent_started_ft = parent->started_ft;
    f.text[PROCESS_PARENT_IMAGE] = parent->image;
    return fill(t, e, &f);
}

enum err
processes_start(struct processes *t, const struct process_facts *f)
{
    struct process_entry *e = find_started(t, f);
    struct process_entry *old;
    enum err err = ERR_OK;

    if (e == NULL) {
        old = running(t, f);
        if (old != NULL) {
            end(t, old, f->time_ft);
        }
        err = add(t, f, &e);
    }
    if (err) {
        return err;
    }
    if (!e->exact) {
        e->exact = f->started_ft != 0;
        e->p.started_ft = e->exact               ? f->started_ft
                          : e->p.started_ft != 0 ? e->p.started_ft
                                                 : f->time_ft;
    }
    make_fresh(t, e, f->time_ft);
    e->sources |= (unsigned)f->source;
    e->p.witnesses |= f->source == SOURCE_AUDIT ? PROCESS_BY_AUDIT : PROCESS_BY_START;
    err = fill(t, e, f);
    return err ? err : fill_parent(t, e);
}

enum err
processes_rundown(struct processes *t, const struct process_facts *f)
{
    struct process_entry *e = f->started_ft != 0 ? find_started(t, f) : NULL;
    enum err err = ERR_OK;
    bool met = true;

    if (e == NULL) {
        e = running(t, f);
        if (e != NULL && !process_entry_agrees(e, f)) {
            end(t, e, f->time_ft);
            e = NULL;
        }
    }
    if (e == NULL) {
        met = false;
        err = add(t, f, &e);
    }
    if (err) {
        return err;
    }
    if (!e->exact && f->started_ft != 0) {
        e->exact = true;
        e->p.started_ft = f->started_ft;
    }
    make_fresh(t, e, f->time_ft);
    e->p.witnesses |= PROCESS_BY_RUNDOWN;
    err = fill(t, e, f);
    return err || met ? err : fill_parent(t, e);
}

/* The running process, or the one whose end another kind of record told just now. */
static struct process_entry *
find_stopped(const struct processes *t, const struct process_facts *f)
{
    struct process_entry *e = *find_head(t, f->host_id, f->pid);

    for (; e != NULL; e = e->next) {
        if (!is_of(e, f) || (e->exact && f->started_ft != 0 && e->p.started_ft != f->started_ft)) {
            continue;
        }
        if (e->leaves_ft == 0 ? process_entry_agrees(e, f)
                              : apart(e->p.ended_ft, f->time_ft) <= PROCESS_JOIN_SPAN) {
            break;
        }
    }
    return e;
}

enum err
processes_stop(struct processes *t, const struct process_facts *f)
{
    struct process_entry *e = find_stopped(t, f);
    enum err err = e == NULL ? add(t, f, &e) : ERR_OK;

    if (err) {
        return err;
    }
    if (!e->exact && f->started_ft != 0) {
        e->exact = true;
        e->p.started_ft = f->started_ft;
    }
    e->p.witnesses |= PROCESS_BY_STOP;
    if (e->p.ended_ft == 0) {
        e->p.ended_ft = f->time_ft;
        end(t, e, f->time_ft);
    }
    return fill(t, e, f);
}

enum err
processes_image(struct processes *t, const struct process_facts *f)
{
    struct process_entry *e = running(t, f);

    if (e == NULL) {
        return ERR_OK;
    }
    if (!process_entry_is_program(e, f->text[PROCESS_IMAGE])) {
        touch(t, e, f->time_ft);
        return ERR_OK;
    }
    return fill(t, e, f);
}

/* -- asking and leaving ------------------------------------------------------------------------ */

const struct process *
processes_at(struct processes *t, uint32_t host_id, uint32_t pid, uint64_t time_ft)
{
    const struct process_facts f = {.host_id = host_id, .pid = pid};
    const struct process_entry *e = *find_head(t, host_id, pid);

    for (; e != NULL; e = e->next) {
        bool began = e->p.started_ft == 0 || e->p.started_ft <= time_ft + PROCESS_JOIN_SPAN;
        bool lasts =
            e->p.ended_ft == 0 ? e->leaves_ft == 0 : time_ft <= e->p.ended_ft + PROCESS_JOIN_SPAN;

        if (is_of(e, &f) && began && lasts) {
            return &e->p;
        }
    }
    return NULL;
}

void
processes_tell_early(struct processes *t)
{
    t->early = true;
}

enum err
processes_tie(struct processes *t, uint32_t host_id, const struct process *p,
              const struct process_origin *origin)
{
    struct process_entry *e = *find_head(t, host_id, p->pid);

    while (e != NULL && &e->p != p) {
        e = e->next;
    }
    if (e == NULL) {
        return ERR_OK;
    }
    make_fresh(t, e, e->p.last_seen_ft);
    return process_entry_tie(e, origin);
}

enum err
processes_each(struct processes *t, uint32_t host_id, processes_fn fn, void *ctx)
{
    const struct list *const lists[] = {&t->running, &t->ended};
    enum err err = ERR_OK;

    for (size_t i = 0; i < COUNT(lists); i++) {
        for (struct process_entry *e = lists[i]->first; e != NULL && !err; e = e->newer) {
            err = e->host_id == host_id ? fn(ctx, host_id, &e->p) : ERR_OK;
        }
    }
    return err;
}

enum err
processes_release(struct processes *t, uint64_t now_ft)
{
    enum err err = make_room(t, 0);

    err = err ? err : tell_fresh(t, now_ft);
    while (!err && t->ended.first != NULL && t->ended.first->leaves_ft <= now_ft) {
        err = leave(t, t->ended.first);
    }
    return err;
}

static int
by_key(const void *left, const void *right)
{
    const struct process_entry *a = *(struct process_entry *const *)left;
    const struct process_entry *b = *(struct process_entry *const *)right;

    if (a->host_id != b->host_id) {
        return a->host_id < b->host_id ? -1 : 1;
    }
    if (a->p.pid != b->p.pid) {
        return a->p.pid < b->p.pid ? -1 : 1;
    }
    return (a->p.started_ft > b->p.started_ft) - (a->p.started_ft < b->p.started_ft);
}

/* In order of their keys: what runs at the end has no order of its own. */
enum err
processes_flush(struct processes *t)
{
    struct process_entry **all;
    size_t count = 0;
    enum err err = processes_release(t, UINT64_MAX);

    if (err || t->count == 0) {
        return err;
    }
    all = mem_array(t->count, sizeof(struct process_entry *));
    if (all == NULL) {
        return ERR_NOMEM;
    }
    for (struct process_entry *e = t->running.first; e != NULL; e = e->newer) {
        all[count++] = e;
    }
    qsort(all, count, sizeof(struct process_entry *), by_key);
    for (size_t i = 0; i < count && !err; i++) {
        err = leave(t, all[i]);
    }
    mem_free(all);
    return err;
}

enum err
processes_create(const struct processes_opts *opts, struct processes **out)
{
    struct processes *t = mem_zalloc(sizeof(*t));

    if (t == NULL) {
        return ERR_NOMEM;
    }
    t->opts = *opts;
    t->head_count = 64;
    while (t->head_count < opts->max_count * HEADS_PER_ENTRY) {
        t->head_count *= 2;
    }
    t->head = mem_array(t->head_count, sizeof(struct process_entry *));
    if (t->head == NULL) {
        mem_free(t);
        return ERR_NOMEM;
    }
    *out = t;
    return ERR_OK;
}

static void
drop_all(struct list *l)
{
    while (l->first != NULL) {
        struct process_entry *e = l->first;

        list_remove(l, e);
        process_entry_free(e);
    }
}

void
processes_destroy(struct processes *t)
{
    if (t == NULL) {
        return;
    }
    drop_all(&t->running);
    drop_all(&t->ended);
    mem_free(t->head);
    mem_free(t);
}
