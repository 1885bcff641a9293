/* book_adopt - open alerts of the store become open alerts of the book. */
#include "detectors/book.h"

#include "core/metrics.h"
#include "core/tm.h"
#include "detectors/book_state.h"

static uint32_t
find_stored(struct book *b, uint32_t host, const struct alert *a)
{
    if (sv_eq(sv_from(a->key), SV(RECORD_KEY_FOLD))) {
        return b->rows[host].fold[rule_index(a->rule)];
    }
    return book_find(b, host, sv_from(a->key));
}

/* The store is not to have it as open any more. */
static enum err
close_stored(struct book *b, const struct alert *a)
{
    b->scratch = *a;
    b->scratch.revision++;
    b->scratch.state = ALERT_CLOSED;
    b->scratch.suppressed = false;
    memset(b->scratch.why_suppressed, 0, sizeof(b->scratch.why_suppressed));
    return book_hand_out(b);
}

static bool
is_idle_stored(const struct book *b, const struct alert *a, uint64_t now_ft)
{
    return now_ft > a->last_ft &&
           now_ft - a->last_ft >= rule_hold(a->rule) + b->cfg->alert_idle_h * TM_HOUR;
}

/* Rules whose detectors know their alerts by owner. */
static bool
has_owner(const struct rule *rule)
{
    switch (rule_index(rule)) {
    case RULE_LOGON_BURST:
    case RULE_LOGON_STEADY:
    case RULE_LOGON_SPRAY:
    case RULE_LOGON_SUCCESS_AFTER_FAILURES:
    case RULE_LOGON_STALE_CREDENTIAL:
    case RULE_RDP_DROPPED:
    case RULE_LOGON_FROM_INTERNET:
        return true;
    default:
        return false;
    }
}

/* -- known to the store alone ------------------------------------------------------------------ */
static enum err
adopt_alone(struct book *b, uint32_t host, const struct alert *a)
{
    struct record *r;
    uint32_t slot;
    enum err err = record_restore(a, &b->budgets, &r);

    if (err) {
        return err;
    }
    r->host = host;
    err = record_take(r, &b->names, a, true);
    if (!err) {
        err = book_place(b, r, &slot);
    }
    if (err) {
        record_destroy(r);
        return err;
    }
    r->unclaimed = !r->folds && has_owner(r->rule);
    b->unclaimed_count += r->unclaimed;
    return ERR_OK;
}

static bool
is_full(const struct book *b, const struct alert *a)
{
    return strcmp(a->key, RECORD_KEY_FOLD) == 0 ? b->fold_count >= BOOK_FOLDS_MAX
                                                : b->open_count >= BOOK_OPEN_MAX;
}

/* -- known to both ----------------------------------------------------------------------------- */
/* Whose rule and sentence stay. Of equals those of who got in, then those of the alert that began
 * first. */
static bool
takes_words(const struct record *r, const struct alert *a)
{
    uint32_t stored = book_strength(a->rule), own = book_strength(r->rule);
    bool entered = record_alert_entered(a);

    if (r->folds || stored != own) {
        return !r->folds && stored > own;
    }
    return entered != r->success ? entered : strcmp(r->id, a->id) != 0;
}

static enum err
unite(struct book *b, struct record *r, const struct alert *a)
{
    bool words = takes_words(r, a);
    struct host_row *row = &b->rows[r->host];

    if (words && !r->folds) {
        row->open[rule_index(r->rule)]--;
        row->open[rule_index(a->rule)]++;
    }
    return record_take(r, &b->names, a, words);
}

/* Sends at once what would have been sent at once. */
static enum err
after_union(struct book *b, uint32_t slot, const struct alert *a, uint64_t now_ft)
{
    struct record *r = b->slots[slot];
    const struct alert *now = &b->scratch;

    if (book_is_idle(b, r, now_ft)) {
        return book_close(b, slot);
    }
    if (r->severity > a->severity || book_strength(r->rule) > book_strength(a->rule) ||
        (r->success && !record_alert_entered(a))) {
        return book_send(b, r, ALERT_OPEN);
    }
    record_snapshot(r, &b->names, &b->scratch);
    r->dirty = now->count != a->count || now->last_ft != a->last_ft || now->sources != a->sources ||
               now->accounts != a->accounts || now->hosts != a->hosts ||
               now->internet != a->internet;
    return ERR_OK;
}

/* What was read anew lacks the end of an alert that is closed, so its failures seem to belong to
 * this one, which nobody was ever told of. The store knows better. */
static void
forget_older(struct book *b, struct record *r, const struct alert *a)
{
    struct host_row *row = &b->rows[r->host];

    if (!r->folds) {
        row->open[rule_index(r->rule)]--;
        row->open[rule_index(a->rule)]++;
    }
    record_forget(r, a);
}

/* The stored one is the younger of two: what it knows goes into the one that is open here. */
static enum err
adopt_younger(struct book *b, uint32_t slot, const struct alert *a, uint64_t now_ft)
{
    struct record *r = b->slots[slot];
    bool known = r->stored;
    enum err err = close_stored(b, a);

    if (err) {
        return err;
    }
    b->scratch = *a;
    memcpy(b->scratch.id, r->id, sizeof(r->id));
    b->scratch.first_ft = r->first_ft;
    err = unite(b, r, &b->scratch);
    if (err) {
        return err;
    }
    return known || book_is_idle(b, r, now_ft) ? after_union(b, slot, a, now_ft)
                                               : book_send(b, r, ALERT_OPEN);
}

static enum err
adopt_known(struct book *b, uint32_t slot, const struct alert *a, uint64_t now_ft)
{
    struct record *r = b->slots[slot];
    bool same = strcmp(r->id, a->id) == 0;
    enum err err = ERR_OK;

    if (!same && r->stored && a->first_ft > r->first_ft) {
        return adopt_younger(b, slot, a, now_ft);
    }
    if (!same && r->stored) {
        err = book_send(b, r, ALERT_CLOSED);
    } else if (!same && a->first_ft > r->first_ft) {
        forget_older(b, r, a);
    }
    if (!err) {
        err = unite(b, r, a);
    }
    return err ? err : after_union(b, slot, a, now_ft);
}

enum err
book_adopt(struct book *b, const struct alert *a, uint64_t now_ft)
{
    uint32_t host, slot;
    enum err err = intern_id(b->names.hosts, sv_from(a->host), &host);

    if (!err) {
        err = book_ensure_row(b, host);
    }
    if (err) {
        return err;
    }
    slot = find_stored(b, host, a);
    if (a->state == ALERT_CLOSED) {
        if (slot != BOOK_SLOT_NONE && strcmp(b->slots[slot]->id, a->id) == 0) {
            book_release(b, slot);
        }
        return ERR_OK;
    }
    if (slot != BOOK_SLOT_NONE) {
        return adopt_known(b, slot, a, now_ft);
    }
    if (is_idle_stored(b, a, now_ft)) {
        return close_stored(b, a);
    }
    if (is_full(b, a)) {
        metric_add(METRIC_ALERTS_DROPPED, 1);
        return close_stored(b, a);
    }
    return adopt_alone(b, host, a);
}

/* -- claiming ---------------------------------------------------------------------------------- */
bool
book_has_unclaimed(const struct book *b)
{
    return b->unclaimed_count > 0;
}

uint32_t
book_unclaimed(struct book *b, struct sv host_text, struct sv key, uint64_t time_ft)
{
    uint32_t slot = book_find(b, intern_find(b->names.hosts, host_text), key);

    if (slot == BOOK_SLOT_NONE || !b->slots[slot]->unclaimed ||
        book_is_idle(b, b->slots[slot], time_ft)) {
        return BOOK_SLOT_NONE;
    }
    return slot;
}

struct book_stored
book_stored(const struct book *b, uint32_t slot)
{
    if (slot == BOOK_SLOT_NONE || slot > b->slot_count || b->slots[slot] == NULL) {
        return (struct book_stored){0, 0, 0};
    }
    return b->slots[slot]->only_stored;
}
