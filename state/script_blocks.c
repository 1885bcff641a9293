/* script_blocks - a few slots, looked through one by one: blocks of several parts are rare. */
#include "state/script_blocks.h"

#include <assert.h>

#include "core/mem.h"
#include "core/metrics.h"
#include "core/utf.h"
#include "state/script_text.h"

#define GAP SV(SCRIPT_GAP)
#define NO_ORDER 0u
#define WHOLE_MAX (SCRIPT_TEXT_MAX + SCRIPT_PARTS_MAX * (sizeof(SCRIPT_GAP) - 1))

_Static_assert(SCRIPT_TEXT_MAX + EVENT_SCRIPT_MAX <= SCRIPT_MEMORY_MAX,
               "a block and one part more fit");
_Static_assert(SCRIPT_HEAD_LEN + sizeof(SCRIPT_GAP) < EVENT_SCRIPT_MAX, "a tail fits too");

/* One part's bytes in the text of its block. */
struct part {
    uint32_t at, len;
    bool seen;
    bool kept; /* not dropped for its length */
};

enum slot_state {
    SLOT_FREE,
    SLOT_OPEN, /* waits for parts until due_ft */
    SLOT_DONE  /* was given; remembered up to due_ft */
};

struct slot {
    enum slot_state state;
    uint64_t due_ft;
    uint64_t order;  /* of opening, from 1: which goes first of those due at once */
    struct event ev; /* of the part that came last, without its script; views into `packed` */
    struct buf packed;
    struct buf text;    /* of the parts as they came */
    struct part *parts; /* `total` of them */
    uint32_t total, seen, kept;
};

/* What only blocks of several parts need. */
struct several {
    struct slot slot[SCRIPT_BLOCKS_MAX];
    uint64_t last_order;
    size_t text_len; /* of all slots */
    uint8_t packed[EVENT_PACKED_MAX];
};

struct script_blocks {
    script_blocks_fn fn;
    void *ctx;
    uint64_t due_ft;
    struct several *several;
    struct buf whole;
    char cut[EVENT_SCRIPT_MAX];
    char hash[SCRIPT_HASH_LEN];
};

enum err
script_blocks_create(script_blocks_fn fn, void *ctx, struct script_blocks **out)
{
    struct script_blocks *b = mem_zalloc(sizeof(*b));

    *out = b;
    if (b == NULL) {
        return ERR_NOMEM;
    }
    b->fn = fn;
    b->ctx = ctx;
    b->due_ft = UINT64_MAX;
    buf_init(&b->whole, WHOLE_MAX);
    return ERR_OK;
}

/* Of a slot that is given, host, block id and total stay: joined events are compared with them. */
static void
drop_text(struct several *all, struct slot *s)
{
    all->text_len -= s->text.len;
    buf_fini(&s->text);
    mem_free(s->parts);
    s->parts = NULL;
}

static void
free_slot(struct several *all, struct slot *s)
{
    if (s->state != SLOT_FREE) {
        drop_text(all, s);
        buf_fini(&s->packed);
        s->state = SLOT_FREE;
    }
}

void
script_blocks_destroy(struct script_blocks *b)
{
    if (b == NULL) {
        return;
    }
    for (size_t i = 0; b->several != NULL && i < SCRIPT_BLOCKS_MAX; i++) {
        free_slot(b->several, &b->several->slot[i]);
    }
    mem_free(b->several);
    buf_fini(&b->whole);
    mem_free(b);
}

uint64_t
script_blocks_due(const struct script_blocks *b)
{
    return b->due_ft;
}

/* -- giving ------------------------------------------------------------------------------------ */

/* Head and tail of a text that is too long. */
static struct sv
cut_text(struct script_blocks *b, struct sv whole)
{
    struct sv head = utf8_cut(whole, SCRIPT_HEAD_LEN);
    size_t tail_len = sizeof(b->cut) - head.len - GAP.len;
    size_t tail_at = whole.len - tail_len;

    while (tail_at < whole.len && ((unsigned char)whole.p[tail_at] & 0xC0) == 0x80) {
        tail_at++; /* to the beginning of a character */
    }
    tail_len = whole.len - tail_at;
    memcpy(b->cut, head.p, head.len);
    memcpy(b->cut + head.len, GAP.p, GAP.len);
    memcpy(b->cut + head.len + GAP.len, whole.p + tail_at, tail_len);
    metric_add(METRIC_SCRIPTS_CUT, 1);
    return (struct sv){b->cut, head.len + GAP.len + tail_len};
}

/* The event with the text in b->whole. */
MUST_CHECK static enum err
give(struct script_blocks *b, struct event *ev, struct script_text *text, uint32_t missing)
{
    struct sv whole;
    enum err err;

    script_text_end(text, b->hash);
    err = buf_err(&b->whole);
    if (err) {
        return err;
    }
    whole = (struct sv){buf_str(&b->whole), b->whole.len};
    event_clear(ev, part);
    event_clear(ev, script);
    if (whole.len > 0) {
        event_set(ev, script, whole.len > EVENT_SCRIPT_MAX ? cut_text(b, whole) : whole);
    }
    event_set(ev, script_len, (uint32_t)text->len);
    event_set(ev, sha256, ((struct sv){b->hash, SCRIPT_HASH_LEN}));
    if (missing > 0) {
        event_set(ev, parts_missing, missing);
        metric_add(METRIC_SCRIPTS_INCOMPLETE, 1);
    }
    return b->fn(b->ctx, ev, whole);
}

/* A part that is all there is, or that cannot be joined. */
MUST_CHECK static enum err
give_alone(struct script_blocks *b, struct event *ev)
{
    uint32_t parts = event_has(ev, parts) ? ev->parts : 0;
    struct script_text text;

    script_text_begin(&text, &b->whole);
    if (event_has(ev, script)) {
        script_text_part(&text, ev->script);
    }
    if (parts <= 1) {
        event_clear(ev, parts);
    }
    return give(b, ev, &text, parts <= 1 ? 0 : parts - 1);
}

static void
find_due(struct script_blocks *b)
{
    b->due_ft = UINT64_MAX;
    for (size_t i = 0; i < SCRIPT_BLOCKS_MAX; i++) {
        const struct slot *s = &b->several->slot[i];

        if (s->state == SLOT_OPEN && s->due_ft < b->due_ft) {
            b->due_ft = s->due_ft;
        }
    }
}

/* Gives a block as it is, at time_ft, as the event of its last part. */
MUST_CHECK static enum err
give_slot(struct script_blocks *b, struct slot *s, uint64_t time_ft)
{
    struct event ev = s->ev;
    struct script_text text;
    bool in_gap = false;
    enum err err;

    script_text_begin(&text, &b->whole);
    for (size_t i = 0; i < s->total; i++) {
        const struct part *p = &s->parts[i];

        if (p->kept) {
            script_text_part(&text, (struct sv){buf_str(&s->text) + p->at, p->len});
        } else if (!in_gap) {
            script_text_gap(&text, GAP);
        }
        in_gap = !p->kept;
    }
    ev.time_ft = time_ft;
    err = give(b, &ev, &text, s->total - s->kept);
    drop_text(b->several, s);
    s->state = SLOT_DONE;
    s->due_ft = time_ft + SCRIPT_WAIT;
    find_due(b);
    return err;
}

/* The open block that is due first; NULL when none is open, not counting the one of that order. */
static struct slot *
first_due(struct several *all, uint64_t except)
{
    struct slot *first = NULL;

    for (size_t i = 0; i < SCRIPT_BLOCKS_MAX; i++) {
        struct slot *s = &all->slot[i];

        if (s->state == SLOT_OPEN && s->order != except &&
            (first == NULL || s->due_ft < first->due_ft ||
             (s->due_ft == first->due_ft && s->order < first->order))) {
            first = s;
        }
    }
    return first;
}

enum err
script_blocks_release(struct script_blocks *b, uint64_t now_ft)
{
    enum err err = ERR_OK;

    while (!err && b->due_ft < now_ft) {
        struct slot *s = first_due(b->several, NO_ORDER);

        err = give_slot(b, s, s->due_ft);
    }
    return err;
}

enum err
script_blocks_flush(struct script_blocks *b)
{
    return script_blocks_release(b, UINT64_MAX);
}

/* -- slots ------------------------------------------------------------------------------------- */

static bool
same_text(bool in_a, struct sv a, bool in_b, struct sv b)
{
    return in_a == in_b && (!in_a || sv_eq(a, b));
}

static bool
same_block(const struct event *a, const struct event *b)
{
    return sv_eq(a->object, b->object) && a->parts == b->parts &&
           event_has(a, logger_pid) == event_has(b, logger_pid) && a->logger_pid == b->logger_pid &&
           same_text(event_has(a, host), a->host, event_has(b, host), b->host) &&
           same_text(event_has(a, channel), a->channel, event_has(b, channel), b->channel);
}

/* The block of a part or of a joined event, in that state; the newest of several. */
static struct slot *
find_slot(struct several *all, const struct event *ev, enum slot_state state)
{
    struct slot *found = NULL;

    for (size_t i = 0; all != NULL && i < SCRIPT_BLOCKS_MAX; i++) {
        struct slot *s = &all->slot[i];

        if (s->state == SLOT_DONE && s->due_ft < ev->time_ft) {
            free_slot(all, s);
        }
        if (s->state == state && same_block(&s->ev, ev) &&
            (found == NULL || s->order > found->order)) {
            found = s;
        }
    }
    return found;
}

/* Keeps the event without its script. */
MUST_CHECK static enum err
keep_event(struct several *all, struct slot *s, const struct event *ev)
{
    struct event bare = *ev;
    size_t len = 0;
    enum err err;

    event_clear(&bare, script);
    err = event_pack(&bare, all->packed, sizeof(all->packed), &len);
    if (err) {
        return err;
    }
    buf_clear(&s->packed);
    buf_put(&s->packed, all->packed, len);
    err = buf_err(&s->packed);
    return err ? err : event_unpack((const uint8_t *)s->packed.data, len, &s->ev);
}

/* A slot without a block: a free one, else the one that was given longest ago. */
static struct slot *
idle_slot(struct several *all)
{
    struct slot *idle = NULL;

    for (size_t i = 0; i < SCRIPT_BLOCKS_MAX; i++) {
        struct slot *s = &all->slot[i];

        if (s->state == SLOT_FREE) {
            return s;
        }
        if (s->state == SLOT_DONE && (idle == NULL || s->due_ft < idle->due_ft)) {
            idle = s;
        }
    }
    return idle;
}

MUST_CHECK static enum err
open_slot(struct script_blocks *b, const struct event *ev, struct slot **out)
{
    struct slot *s = idle_slot(b->several);
    enum err err;

    if (s == NULL) {
        metric_add(METRIC_SCRIPTS_FULL, 1);
        err = give_slot(b, first_due(b->several, NO_ORDER), ev->time_ft);
        if (err) {
            return err;
        }
        s = idle_slot(b->several);
    }
    free_slot(b->several, s);
    *s = (struct slot){.total = ev->parts, .order = ++b->several->last_order};
    s->parts = mem_array(s->total, sizeof(*s->parts));
    if (s->parts == NULL) {
        return ERR_NOMEM;
    }
    buf_init(&s->packed, EVENT_PACKED_MAX);
    buf_init(&s->text, SCRIPT_TEXT_MAX);
    s->state = SLOT_OPEN;
    s->due_ft = UINT64_MAX;
    *out = s;
    return ERR_OK;
}

/* -- parts ------------------------------------------------------------------------------------- */

static struct sv
script_of(const struct event *ev)
{
    return event_has(ev, script) ? ev->script : (struct sv){"", 0};
}

/* Blocks go until there is room for len more; *s, which is open, stays. */
MUST_CHECK static enum err
make_room(struct script_blocks *b, const struct slot *s, size_t len, uint64_t now_ft)
{
    enum err err = ERR_OK;

    while (!err && len > SCRIPT_MEMORY_MAX - b->several->text_len) {
        struct slot *other = first_due(b->several, s->order);

        assert(other != NULL); /* one block alone has room: SCRIPT_TEXT_MAX */
        metric_add(METRIC_SCRIPTS_FULL, 1);
        err = give_slot(b, other, now_ft);
    }
    return err;
}

MUST_CHECK static enum err
keep_part(struct script_blocks *b, struct slot *s, const struct event *ev)
{
    struct part *p = &s->parts[ev->part - 1];
    struct sv text = script_of(ev);
    enum err err;

    p->seen = true;
    s->seen++;
    if (text.len > SCRIPT_TEXT_MAX - s->text.len) {
        metric_add(METRIC_SCRIPT_PARTS_DROPPED, 1);
        return ERR_OK;
    }
    err = make_room(b, s, text.len, ev->time_ft);
    if (err) {
        return err;
    }
    p->at = (uint32_t)s->text.len;
    p->len = (uint32_t)text.len;
    p->kept = true;
    s->kept++;
    buf_put_sv(&s->text, text);
    b->several->text_len += s->text.len - p->at;
    return buf_err(&s->text);
}

/* A number that was seen already: the same part again, or another block's. */
MUST_CHECK static enum err
seen_before(struct script_blocks *b, struct slot **slot, const struct event *ev, bool *same)
{
    struct slot *s = *slot;
    const struct part *p = &s->parts[ev->part - 1];
    enum err err = ERR_OK;

    *same =
        p->seen && p->kept && sv_eq(script_of(ev), (struct sv){buf_str(&s->text) + p->at, p->len});
    if (*same) {
        metric_add(METRIC_EVENTS_DUPLICATE, 1);
    } else if (p->seen) {
        err = give_slot(b, s, ev->time_ft);
        *slot = NULL;
    }
    return err;
}

MUST_CHECK static enum err
join(struct script_blocks *b, struct event *ev)
{
    struct slot *s = find_slot(b->several, ev, SLOT_OPEN);
    bool same = false;
    enum err err = ERR_OK;

    if (s != NULL) {
        err = seen_before(b, &s, ev, &same);
    }
    if (err || same) {
        return err;
    }
    if (s == NULL) {
        err = open_slot(b, ev, &s);
    }
    if (!err) {
        err = keep_event(b->several, s, ev);
    }
    if (!err) {
        err = keep_part(b, s, ev);
    }
    if (err) {
        return err;
    }
    if (s->seen == s->total) {
        return give_slot(b, s, ev->time_ft);
    }
    s->due_ft = ev->time_ft + SCRIPT_WAIT;
    find_due(b);
    return ERR_OK;
}

/* -- events joined before ---------------------------------------------------------------------- */

/* A block of several parts that somebody joined. Whichever has more of it stays. */
MUST_CHECK static enum err
take_joined(struct script_blocks *b, struct event *ev)
{
    uint32_t missing = event_has(ev, parts_missing) ? ev->parts_missing : 0;
    uint32_t kept = missing < ev->parts ? ev->parts - missing : 0;
    struct slot *open = find_slot(b->several, ev, SLOT_OPEN);
    struct slot *done = find_slot(b->several, ev, SLOT_DONE);

    if ((open != NULL && open->kept >= kept) || (done != NULL && done->kept >= kept)) {
        metric_add(METRIC_EVENTS_DUPLICATE, 1);
        return ERR_OK;
    }
    if (open != NULL) {
        metric_add(METRIC_EVENTS_DUPLICATE, open->seen);
        free_slot(b->several, open);
        find_due(b);
    }
    return b->fn(b->ctx, ev, script_of(ev));
}

enum err
script_blocks_put(struct script_blocks *b, struct event *ev)
{
    assert(ev->kind == EV_SCRIPT_BLOCK);
    if (event_has(ev, script_len)) {
        return event_has(ev, parts) && event_has(ev, object) ? take_joined(b, ev)
                                                             : b->fn(b->ctx, ev, script_of(ev));
    }
    if (!event_has(ev, object) || !event_has(ev, part) || !event_has(ev, parts) || ev->parts <= 1 ||
        ev->parts > SCRIPT_PARTS_MAX || ev->part == 0 || ev->part > ev->parts) {
        return give_alone(b, ev);
    }
    if (b->several == NULL) {
        b->several = mem_zalloc(sizeof(*b->several));
        if (b->several == NULL) {
            return ERR_NOMEM;
        }
    }
    return join(b, ev);
}
