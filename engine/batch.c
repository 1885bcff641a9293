/* batch - a block of rows: head, struct, and the texts that it points at, one behind the other. */
#include "engine/batch.h"

#include <stddef.h>
#include <string.h>

#include "core/mem.h"
#include "engine/story_alert.h"

#define ALIGN 8u

enum row_type {
    ROW_EVENT,
    ROW_ATTEMPT,
    ROW_ALERT,
    ROW_STORY,
    ROW_PROCESS,
    ROW_ADAPTER,
    ROW_COVERAGE,
    ROW_HEALTH,
    ROW_SOURCE,
    ROW_STATUS,
    ROW_MARK
};

struct row {
    uint32_t len; /* with this head and what follows it */
    uint8_t type;
    uint8_t what; /* enum batch_alert, of alerts and stories */
    bool told;    /* it has been reported without the store */
};
#define ROW_HEAD ((sizeof(struct row) + ALIGN - 1) / ALIGN * ALIGN)

struct health {
    uint64_t time_ft, value;
    struct sv name, object;
};

struct batch {
    size_t used;
    size_t untold;                             /* rows that are to be reported and were not */
    _Alignas(ALIGN) uint8_t data[BATCH_BYTES]; /* never moves: rows point into it */
};
_Static_assert(offsetof(struct batch, data) % ALIGN == 0, "rows are aligned");
_Static_assert(sizeof(struct story) + sizeof(struct alert) + EVENT_PACKED_MAX < BATCH_BYTES / 2,
               "any row fits");

enum err
batch_create(struct batch **out)
{
    struct batch *b = mem_alloc(sizeof(*b));

    if (b == NULL) {
        return ERR_NOMEM;
    }
    batch_clear(b);
    *out = b;
    return ERR_OK;
}

void
batch_destroy(struct batch *b)
{
    mem_free(b);
}

void
batch_clear(struct batch *b)
{
    b->used = 0;
    b->untold = 0;
}

bool
batch_is_empty(const struct batch *b)
{
    return b->used == 0;
}

size_t
batch_bytes(const struct batch *b)
{
    return b->used;
}

/* -- rows in ----------------------------------------------------------------------------------- */

/* A row that is being made; it counts once it is closed. */
struct maker {
    struct batch *b;
    struct row *row;
    size_t at; /* end so far */
    bool full;
};

static void *
maker_room(struct maker *m, size_t len)
{
    void *at = m->b->data + m->at;

    if (m->full || sizeof(m->b->data) - m->at < len) {
        m->full = true;
        return NULL;
    }
    m->at += len;
    return at;
}

/* Begins a row with a copy of the struct; NULL: no room. */
static void *
maker_begin(struct maker *m, struct batch *b, enum row_type type, struct sv value)
{
    uint8_t *head;
    void *copy;

    *m = (struct maker){.b = b, .at = b->used};
    head = maker_room(m, ROW_HEAD);
    copy = maker_room(m, value.len);
    if (head == NULL || copy == NULL) {
        return NULL;
    }
    m->row = (struct row *)(void *)head;
    *m->row = (struct row){.type = (uint8_t)type};
    memcpy(copy, value.p, value.len);
    return copy;
}

/* The text goes behind the struct. */
static void
maker_text(struct maker *m, struct sv *text)
{
    char *copy = maker_room(m, text->len);

    if (copy != NULL && text->len > 0) {
        memcpy(copy, text->p, text->len);
        text->p = copy;
    }
}

MUST_CHECK static enum err
maker_end(struct maker *m)
{
    size_t end = (m->at + ALIGN - 1) / ALIGN * ALIGN;

    if (m->full || end > sizeof(m->b->data)) {
        return ERR_FULL;
    }
    m->row->len = (uint32_t)(end - m->b->used);
    m->b->used = end;
    m->b->untold += m->row->what != BATCH_STORED;
    return ERR_OK;
}

#define BYTES_OF(p) ((struct sv){(const char *)(p), sizeof(*(p))})

enum err
batch_event(struct batch *b, struct sv packed)
{
    struct maker m;
    struct sv *copy = maker_begin(&m, b, ROW_EVENT, BYTES_OF(&packed));

    if (copy == NULL) {
        return ERR_FULL;
    }
    maker_text(&m, copy);
    return maker_end(&m);
}

enum err
batch_attempt(struct batch *b, const struct attempt *a)
{
    /* Of the witnesses, those that there are: most have one, and a flood makes many attempts. */
    size_t len = offsetof(struct attempt, witness) + a->witness_count * sizeof(a->witness[0]);
    struct maker m;
    struct attempt *copy = maker_begin(&m, b, ROW_ATTEMPT, (struct sv){(const char *)a, len});

    if (copy == NULL) {
        return ERR_FULL;
    }
    maker_text(&m, &copy->host);
    maker_text(&m, &copy->account);
    maker_text(&m, &copy->domain);
    maker_text(&m, &copy->workstation);
    maker_text(&m, &copy->adapter);
    for (size_t i = 0; i < copy->witness_count; i++) {
        maker_text(&m, &copy->witness[i].channel);
    }
    return maker_end(&m);
}

enum err
batch_alert(struct batch *b, const struct alert *a, enum batch_alert what)
{
    struct maker m;

    if (maker_begin(&m, b, ROW_ALERT, BYTES_OF(a)) == NULL) {
        return ERR_FULL;
    }
    m.row->what = (uint8_t)what;
    return maker_end(&m);
}

enum err
batch_story(struct batch *b, const struct story *s, bool report)
{
    struct maker m;

    if (maker_begin(&m, b, ROW_STORY, BYTES_OF(s)) == NULL) {
        return ERR_FULL;
    }
    m.row->what = report ? BATCH_REPORTED : BATCH_STORED;
    return maker_end(&m);
}

enum err
batch_process(struct batch *b, const struct process *p)
{
    struct maker m;
    struct process *copy = maker_begin(&m, b, ROW_PROCESS, BYTES_OF(p));

    if (copy == NULL) {
        return ERR_FULL;
    }
    maker_text(&m, &copy->host);
    maker_text(&m, &copy->image);
    maker_text(&m, &copy->command_line);
    maker_text(&m, &copy->parent_image);
    maker_text(&m, &copy->account);
    maker_text(&m, &copy->domain);
    maker_text(&m, &copy->sid);
    maker_text(&m, &copy->integrity);
    return maker_end(&m);
}

enum err
batch_adapter(struct batch *b, const struct net_adapter *a)
{
    struct maker m;
    struct net_adapter *copy = maker_begin(&m, b, ROW_ADAPTER, BYTES_OF(a));

    if (copy == NULL) {
        return ERR_FULL;
    }
    maker_text(&m, &copy->host);
    maker_text(&m, &copy->guid);
    maker_text(&m, &copy->name);
    maker_text(&m, &copy->description);
    maker_text(&m, &copy->kind);
    maker_text(&m, &copy->evidence);
    maker_text(&m, &copy->addresses);
    maker_text(&m, &copy->gateways);
    maker_text(&m, &copy->mac);
    maker_text(&m, &copy->usb_id);
    return maker_end(&m);
}

enum err
batch_coverage(struct batch *b, const struct coverage *c)
{
    struct maker m;
    struct coverage *copy = maker_begin(&m, b, ROW_COVERAGE, BYTES_OF(c));

    if (copy == NULL) {
        return ERR_FULL;
    }
    maker_text(&m, &copy->host);
    maker_text(&m, &copy->source);
    return maker_end(&m);
}

enum err
batch_health(struct batch *b, uint64_t time_ft, struct sv name, struct sv object, uint64_t value)
{
    const struct health h = {time_ft, value, name, object};
    struct maker m;
    struct health *copy = maker_begin(&m, b, ROW_HEALTH, BYTES_OF(&h));

    if (copy == NULL) {
        return ERR_FULL;
    }
    maker_text(&m, &copy->name);
    maker_text(&m, &copy->object);
    return maker_end(&m);
}

enum err
batch_source(struct batch *b, const struct store_source *s)
{
    struct maker m;
    struct store_source *copy = maker_begin(&m, b, ROW_SOURCE, BYTES_OF(s));

    if (copy == NULL) {
        return ERR_FULL;
    }
    maker_text(&m, &copy->name);
    maker_text(&m, &copy->channel);
    maker_text(&m, &copy->state);
    maker_text(&m, &copy->call);
    maker_text(&m, &copy->advice);
    return maker_end(&m);
}

enum err
batch_status(struct batch *b, struct sv name, struct sv value, uint64_t now_ft)
{
    const struct health h = {now_ft, 0, name, value};
    struct maker m;
    struct health *copy = maker_begin(&m, b, ROW_STATUS, BYTES_OF(&h));

    if (copy == NULL) {
        return ERR_FULL;
    }
    maker_text(&m, &copy->name);
    maker_text(&m, &copy->object);
    return maker_end(&m);
}

enum err
batch_mark(struct batch *b, const struct store_bookmark *mark)
{
    struct maker m;
    struct store_bookmark *copy = maker_begin(&m, b, ROW_MARK, BYTES_OF(mark));

    if (copy == NULL) {
        return ERR_FULL;
    }
    maker_text(&m, &copy->source);
    maker_text(&m, &copy->value);
    return maker_end(&m);
}

/* -- rows out ---------------------------------------------------------------------------------- */

static const struct row *
row_at(const struct batch *b, size_t at)
{
    return (const struct row *)(const void *)(b->data + at);
}

static const void *
value_of(const struct row *r)
{
    return (const uint8_t *)r + ROW_HEAD;
}

MUST_CHECK static enum err
put_event(struct store *s, const struct sv *packed)
{
    struct event ev;
    enum err err = event_unpack((const uint8_t *)packed->p, packed->len, &ev);

    return err ? err : store_put_packed(s, &ev, *packed);
}

MUST_CHECK static enum err
put_alert(struct store *s, const struct alert *a, enum batch_alert what, uint64_t now_ft)
{
    enum err err;

    if (what == BATCH_NOTICE) {
        return store_put_health(s, now_ft, sv_from(a->rule->name), sv_from(a->key), 1);
    }
    err = store_put_alert(s, a);
    return err || what == BATCH_STORED ? err : store_outbox_put(s, a, now_ft);
}

MUST_CHECK static enum err
put_story(struct store *s, const struct story *story, enum batch_alert what, uint64_t now_ft)
{
    struct alert a;
    enum err err = store_put_story(s, story);

    if (err || what == BATCH_STORED) {
        return err;
    }
    story_alert(story, &a);
    return store_outbox_put(s, &a, now_ft);
}

MUST_CHECK static enum err
put_row(const struct row *r, struct store *s, enum batch_alert what, uint64_t now_ft)
{
    const void *value = value_of(r);
    const struct health *h = value;

    switch ((enum row_type)r->type) {
    case ROW_EVENT:
        return put_event(s, value);
    case ROW_ATTEMPT:
        return store_put_attempt(s, value);
    case ROW_ALERT:
        return put_alert(s, value, what, now_ft);
    case ROW_STORY:
        return put_story(s, value, what, now_ft);
    case ROW_PROCESS:
        return store_put_process(s, value);
    case ROW_ADAPTER:
        return store_put_adapter(s, value);
    case ROW_COVERAGE:
        return store_put_coverage(s, value);
    case ROW_HEALTH:
        return store_put_health(s, h->time_ft, h->name, h->object, h->value);
    case ROW_SOURCE:
        return store_put_source(s, value);
    case ROW_STATUS:
        return store_put_status(s, h->name, h->object, h->time_ft);
    case ROW_MARK:
        break;
    }
    return ERR_OK;
}

enum err
batch_put(const struct batch *b, struct store *s, uint64_t now_ft)
{
    enum err err = ERR_OK;

    for (size_t at = 0; at < b->used && !err; at += row_at(b, at)->len) {
        const struct row *r = row_at(b, at);
        enum batch_alert what = (enum batch_alert)r->what;

        err = put_row(r, s, r->told && what == BATCH_REPORTED ? BATCH_STORED : what, now_ft);
    }
    return err;
}

/* Adds the mark, or replaces that of its source. */
static size_t
add_mark(struct store_bookmark *marks, size_t count, const struct store_bookmark *mark)
{
    size_t i = 0;

    while (i < count && !sv_eq(marks[i].source, mark->source)) {
        i++;
    }
    if (i == BATCH_MARKS_MAX) {
        return count;
    }
    marks[i] = *mark;
    return i == count ? count + 1 : count;
}

size_t
batch_marks(struct batch *const *chain, size_t count, struct store_bookmark out[BATCH_MARKS_MAX])
{
    size_t marks = 0;

    for (size_t i = 0; i < count; i++) {
        for (size_t at = 0; at < chain[i]->used; at += row_at(chain[i], at)->len) {
            const struct row *r = row_at(chain[i], at);

            if (r->type == ROW_MARK) {
                marks = add_mark(out, marks, value_of(r));
            }
        }
    }
    return marks;
}

MUST_CHECK static enum err
tell_row(const struct row *r, batch_alert_fn fn, void *ctx)
{
    struct alert a;

    if (r->type == ROW_ALERT) {
        return fn(ctx, value_of(r), (enum batch_alert)r->what);
    }
    story_alert(value_of(r), &a);
    return fn(ctx, &a, (enum batch_alert)r->what);
}

enum err
batch_tell(struct batch *b, enum batch_alert least, batch_alert_fn fn, void *ctx)
{
    for (size_t at = 0; at < b->used && b->untold > 0; at += row_at(b, at)->len) {
        struct row *r = (struct row *)(void *)(b->data + at);
        enum err err;

        if (r->told || r->what == BATCH_STORED || r->what < least) {
            continue;
        }
        err = tell_row(r, fn, ctx);
        if (err) {
            return err;
        }
        r->told = true;
        b->untold--;
    }
    return ERR_OK;
}
