/* book - finds, opens, upgrades, folds and closes alerts. */
#include "detectors/book.h"

#include "core/hash.h"
#include "core/mem.h"
#include "core/metrics.h"
#include "core/tm.h"
#include "core/utf.h"
#include "detectors/book_state.h"
#include "detectors/late.h"
#include "detectors/suppress.h"

enum err
book_create(const struct config *cfg, alert_fn fn, void *ctx, struct book **out)
{
    struct book *b = mem_zalloc(sizeof(*b));
    enum err err;

    *out = NULL;
    if (b == NULL) {
        return ERR_NOMEM;
    }
    b->cfg = cfg;
    b->fn = fn;
    b->ctx = ctx;
    b->budgets.values.left = cfg->max_sources;
    b->budgets.keys.left = cfg->max_sources;
    err = intern_create((size_t)cfg->max_hosts + 1, &b->names.hosts); /* and "*" */
    if (err) {
        goto done;
    }
    err = intern_create(CHANNELS_MAX, &b->names.channels);
    if (err) {
        goto done;
    }
    *out = b;
    b = NULL;
done:
    book_destroy(b);
    return err;
}

void
book_destroy(struct book *b)
{
    if (b == NULL) {
        return;
    }
    for (uint32_t i = 1; i <= b->slot_count; i++) {
        record_destroy(b->slots[i]);
    }
    mem_free(b->slots);
    mem_free(b->free_slots);
    mem_free(b->rows);
    intern_destroy(b->names.hosts);
    intern_destroy(b->names.channels);
    mem_free(b);
}

/* -- slots, buckets, rows ------------------------------------------------------------------- */
static uint32_t *
bucket_of(struct book *b, uint32_t host, struct sv key)
{
    return &b->buckets[(hash64(key.p, key.len) + host) & (BUCKET_COUNT - 1)];
}

uint32_t
book_find(struct book *b, uint32_t host, struct sv key)
{
    uint32_t slot = *bucket_of(b, host, key);

    while (slot != BOOK_SLOT_NONE) {
        const struct record *r = b->slots[slot];

        if (r->host == host && sv_eq(sv_from(r->key), key)) {
            return slot;
        }
        slot = r->next;
    }
    return BOOK_SLOT_NONE;
}

enum err
book_ensure_row(struct book *b, uint32_t host)
{
    size_t need = (size_t)host + 1;
    struct host_row *rows;

    if (need <= b->row_count) {
        return ERR_OK;
    }
    need += need / 2;
    rows = mem_realloc(b->rows, need, sizeof(*rows));
    if (rows == NULL) {
        return ERR_NOMEM;
    }
    memset(rows + b->row_count, 0, (need - b->row_count) * sizeof(*rows));
    b->rows = rows;
    b->row_count = need;
    return ERR_OK;
}

static enum err
grow_slots(struct book *b)
{
    uint32_t cap = b->slot_cap == 0 ? 64 : b->slot_cap * 2;
    struct record **slots;
    uint32_t *free_slots;

    slots = mem_realloc(b->slots, (size_t)cap + 1, sizeof(struct record *));
    if (slots == NULL) {
        return ERR_NOMEM;
    }
    b->slots = slots;
    free_slots = mem_realloc(b->free_slots, (size_t)cap + 1, sizeof(*free_slots));
    if (free_slots == NULL) {
        return ERR_NOMEM;
    }
    b->free_slots = free_slots;
    b->slot_cap = cap;
    return ERR_OK;
}

/* Takes ownership of r. */
enum err
book_place(struct book *b, struct record *r, uint32_t *out_slot)
{
    uint32_t *bucket;
    uint32_t slot;

    if (b->free_count > 0) {
        slot = b->free_slots[--b->free_count];
    } else {
        if (b->slot_count == b->slot_cap) {
            enum err err = grow_slots(b);
            if (err) {
                return err;
            }
        }
        slot = ++b->slot_count;
    }
    b->slots[slot] = r;
    bucket = bucket_of(b, r->host, sv_from(r->key));
    if (r->folds) {
        b->rows[r->host].fold[rule_index(r->rule)] = slot;
        b->fold_count++;
        r->next = BOOK_SLOT_NONE;
    } else {
        r->next = *bucket;
        *bucket = slot;
        b->rows[r->host].open[rule_index(r->rule)]++;
        b->open_count++;
    }
    *out_slot = slot;
    return ERR_OK;
}

static void
unlink_record(struct book *b, uint32_t slot)
{
    const struct record *r = b->slots[slot];
    uint32_t *at = bucket_of(b, r->host, sv_from(r->key));

    while (*at != slot) {
        at = &b->slots[*at]->next;
    }
    *at = r->next;
}

void
book_release(struct book *b, uint32_t slot)
{
    struct record *r = b->slots[slot];

    if (r->folds) {
        b->rows[r->host].fold[rule_index(r->rule)] = BOOK_SLOT_NONE;
        b->fold_count--;
    } else {
        unlink_record(b, slot);
        b->rows[r->host].open[rule_index(r->rule)]--;
        b->open_count--;
    }
    b->unclaimed_count -= r->unclaimed;
    record_destroy(r);
    b->slots[slot] = NULL;
    b->free_slots[b->free_count++] = slot;
}

/* -- sending --------------------------------------------------------------------------------- */
enum err
book_hand_out(struct book *b)
{
    struct alert *a = &b->scratch;
    const struct config_suppress *why;
    enum err err;

    why = suppress_find(b->cfg, a);
    if (why != NULL) {
        struct sv text = utf8_cut(sv_from(why->why), sizeof(a->why_suppressed) - 1);

        a->suppressed = true;
        if (text.len > 0) {
            memcpy(a->why_suppressed, text.p, text.len);
        }
    }
    err = b->fn(b->ctx, a);
    if (err && !b->fn_err) {
        b->fn_err = err;
    }
    return err;
}

enum err
book_send(struct book *b, struct record *r, enum alert_state state)
{
    r->revision++;
    r->dirty = false;
    record_snapshot(r, &b->names, &b->scratch);
    b->scratch.state = state;
    return book_hand_out(b);
}

bool
book_is_idle(const struct book *b, const struct record *r, uint64_t now_ft)
{
    return now_ft > r->seen_ft &&
           now_ft - r->seen_ft >= rule_hold(r->rule) + b->cfg->alert_idle_h * TM_HOUR;
}

enum err
book_close(struct book *b, uint32_t slot)
{
    enum err err = book_send(b, b->slots[slot], ALERT_CLOSED);

    book_release(b, slot);
    return err;
}

/* -- opening --------------------------------------------------------------------------------- */
static void
make_id(struct book *b, struct record *r)
{
    record_snapshot(r, &b->names, &b->scratch);
    alert_make_id(&b->scratch);
    memcpy(r->id, b->scratch.id, sizeof(r->id));
}

static enum err
open_alert(struct book *b, const struct finding *f, uint32_t host, bool folds, uint32_t *out_slot)
{
    struct record *r;
    bool send;
    enum err err;

    err = record_create(f, folds, &b->budgets, &r);
    if (err) {
        return err;
    }
    r->host = host;
    make_id(b, r);
    err = record_add(r, &b->names, f, &send);
    if (err) {
        goto done;
    }
    err = book_place(b, r, out_slot);
    if (err) {
        goto done;
    }
    err = book_send(b, r, ALERT_OPEN);
    r = NULL;
done:
    record_destroy(r);
    return err;
}

/* Burst and steady are two speeds of the same thing: the one that was first stays. */
uint32_t
book_strength(const struct rule *r)
{
    switch (rule_index(r)) {
    case RULE_LOGON_STALE_CREDENTIAL:
        return 0;
    case RULE_LOGON_STEADY:
        return rule_table[RULE_LOGON_BURST].id;
    default:
        return r->id;
    }
}

static bool
has_room(const struct book *b, const struct rule *rule, uint32_t host)
{
    return b->rows[host].open[rule_index(rule)] < b->cfg->alert_open_max;
}

/* True when the alert moved to the finding's rule: stronger, and with room left for it. */
static bool
upgrade(struct book *b, struct record *r, const struct finding *f)
{
    if (r->folds || book_strength(f->rule) <= book_strength(r->rule) ||
        !has_room(b, f->rule, r->host)) {
        return false;
    }
    b->rows[r->host].open[rule_index(r->rule)]--;
    b->rows[r->host].open[rule_index(f->rule)]++;
    r->rule = f->rule;
    record_say(r, f->message);
    return true;
}

void
book_own(struct book *b, uint32_t slot, uint64_t owner)
{
    struct record *r = slot == BOOK_SLOT_NONE ? NULL : b->slots[slot];

    if (r != NULL) {
        r->owner = owner;
        b->unclaimed_count -= r->unclaimed;
        r->unclaimed = false;
    }
}

enum err
book_update(struct book *b, uint32_t slot, const struct finding *f)
{
    struct record *r = b->slots[slot];
    bool send;
    bool changed = upgrade(b, r, f);
    enum err err;

    if (f->severity > r->severity) {
        r->severity = f->severity;
        changed = true;
    }
    if (f->owner != 0 && !r->folds) {
        book_own(b, slot, f->owner);
    }
    err = record_add(r, &b->names, f, &send);
    if (err) {
        return err;
    }
    return send || changed ? book_send(b, r, ALERT_OPEN) : ERR_OK;
}

static enum err
fold(struct book *b, const struct finding *f, uint32_t host, uint32_t *out_slot)
{
    uint32_t slot = b->rows[host].fold[rule_index(f->rule)];

    if (slot != BOOK_SLOT_NONE && book_is_idle(b, b->slots[slot], f->time_ft)) {
        enum err err = book_close(b, slot);
        if (err) {
            return err;
        }
        slot = BOOK_SLOT_NONE;
    }
    if (slot != BOOK_SLOT_NONE) {
        *out_slot = slot;
        return book_update(b, slot, f);
    }
    if (b->fold_count >= BOOK_FOLDS_MAX) {
        metric_add(METRIC_ALERTS_DROPPED, 1);
        return ERR_OK;
    }
    return open_alert(b, f, host, true, out_slot);
}

enum err
book_report(struct book *b, const struct finding *f, uint32_t *out_slot)
{
    uint32_t host, slot;
    enum err err;

    *out_slot = BOOK_SLOT_NONE;
    err = intern_id(b->names.hosts, f->host, &host);
    if (!err) {
        err = book_ensure_row(b, host);
    }
    if (err) {
        return err;
    }
    slot = book_find(b, host, f->key);
    if (slot != BOOK_SLOT_NONE && book_is_idle(b, b->slots[slot], f->time_ft)) {
        err = book_close(b, slot);
        if (err) {
            return err;
        }
        slot = BOOK_SLOT_NONE;
    }
    if (slot != BOOK_SLOT_NONE) {
        *out_slot = slot;
        return book_update(b, slot, f);
    }
    if (!has_room(b, f->rule, host) || b->open_count >= BOOK_OPEN_MAX) {
        return fold(b, f, host, out_slot);
    }
    return open_alert(b, f, host, false, out_slot);
}

/* -- questions ------------------------------------------------------------------------------- */
static const struct record *
record_at(const struct book *b, uint32_t slot)
{
    return slot == BOOK_SLOT_NONE || slot > b->slot_count ? NULL : b->slots[slot];
}

bool
book_slot_is(struct book *b, uint32_t slot, uint64_t owner, uint64_t time_ft)
{
    const struct record *r = record_at(b, slot);

    if (r == NULL || book_is_idle(b, r, time_ft)) {
        return false;
    }
    return r->folds ? distinct_has(&r->keys, distinct_id(owner)) : r->owner == owner;
}

bool
book_is_open(struct book *b, struct sv host_text, struct sv key, uint64_t time_ft)
{
    uint32_t host = intern_find(b->names.hosts, host_text);
    uint32_t slot = book_find(b, host, key);

    return slot != BOOK_SLOT_NONE && !book_is_idle(b, b->slots[slot], time_ft);
}

bool
book_slot_folds(const struct book *b, uint32_t slot)
{
    const struct record *r = record_at(b, slot);

    return r != NULL && r->folds;
}

const struct rule *
book_rule(const struct book *b, uint32_t slot)
{
    const struct record *r = record_at(b, slot);

    return r == NULL ? NULL : r->rule;
}

uint64_t
book_count(const struct book *b, uint32_t slot)
{
    const struct record *r = record_at(b, slot);

    return r == NULL ? 0 : r->count;
}

static bool
is_guessing(const struct rule *rule)
{
    return rule->id >= rule_table[RULE_LOGON_BURST].id &&
           rule->id <= rule_table[RULE_LOGON_SUCCESS_AFTER_FAILURES].id;
}

static bool
guessing_open(const struct host_row *row)
{
    for (size_t i = RULE_LOGON_BURST; i <= RULE_LOGON_SUCCESS_AFTER_FAILURES; i++) {
        if (row->open[i] > 0 || row->fold[i] != BOOK_SLOT_NONE) {
            return true;
        }
    }
    return false;
}

/* An alert that was taken from the store knows the one account it names, if any, by its name. */
static bool
has_account(const struct record *r, const struct attempt *a)
{
    if (distinct_has(&r->accounts, distinct_id(a->account_id))) {
        return true;
    }
    return r->account != NULL && r->account_id == 0 && !r->account_many &&
           sv_eq_nocase(sv_from(r->account), a->account);
}

bool
book_account_attacked(const struct book *b, const struct attempt *a)
{
    uint32_t host = intern_find(b->names.hosts, a->host);

    if (a->account_id == 0 || host >= b->row_count || !guessing_open(&b->rows[host])) {
        return false;
    }
    for (uint32_t i = 1; i <= b->slot_count; i++) {
        const struct record *r = b->slots[i];

        if (r != NULL && r->host == host && is_guessing(r->rule) && has_account(r, a)) {
            return true;
        }
    }
    return false;
}

/* -- time ------------------------------------------------------------------------------------ */
static enum err
tick_one(struct book *b, uint32_t slot, uint64_t now_ft)
{
    struct record *r = b->slots[slot];

    if (r == NULL) {
        return ERR_OK;
    }
    if (late_is_step_ft(r->seen_ft, now_ft)) { /* it would be open until the clock is there again */
        r->seen_ft = now_ft;
    }
    return book_is_idle(b, r, now_ft) ? book_close(b, slot) : ERR_OK;
}

enum err
book_tick(struct book *b, uint64_t now_ft)
{
    for (uint32_t i = 1; i <= b->slot_count; i++) {
        enum err err = tick_one(b, i, now_ft);

        if (err) {
            return err;
        }
    }
    return ERR_OK;
}

enum err
book_flush(struct book *b)
{
    for (uint32_t i = 1; i <= b->slot_count; i++) {
        struct record *r = b->slots[i];

        if (r != NULL && r->dirty) {
            enum err err = book_send(b, r, ALERT_OPEN);
            if (err) {
                return err;
            }
        }
    }
    return ERR_OK;
}

enum err
book_err(const struct book *b)
{
    return b->fn_err;
}
