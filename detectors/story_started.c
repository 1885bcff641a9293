/* story_started - processes of logons from elsewhere, kept until a story asks whose they were. */
#include "core/mem.h"
#include "core/metrics.h"
#include "core/tm.h"
#include "core/utf.h"
#include "detectors/story_live.h"

/* Logons of one person within this are one: over the network, at the desktop, its session. */
#define ONE_LOGON (10 * TM_SEC)
/* Records of one start are not farther apart. */
#define ONE_START (2 * TM_SEC)
#define MORE ", ..."

static uint64_t
apart(uint64_t a, uint64_t b)
{
    return a > b ? a - b : b - a;
}

static struct sv
account_of(const struct process_origin *o)
{
    return (struct sv){o->account, o->account_len};
}

/* "ACME\\kumi" and "kumi": which domain is told differs from record to record. */
static struct sv
user_of(struct sv account)
{
    for (size_t i = account.len; i > 0; i--) {
        if (account.p[i - 1] == '\\') {
            return (struct sv){account.p + i, account.len - i};
        }
    }
    return account;
}

static bool
is_same_logon(const struct process_origin *a, const struct process_origin *b)
{
    return apart(a->logon_ft, b->logon_ft) <= ONE_LOGON && addr_eq(&a->src, &b->src) &&
           sv_eq_nocase(user_of(account_of(a)), user_of(account_of(b)));
}

/* -- taking in --------------------------------------------------------------------------------- */

void
story_started_forget(struct story_host *h)
{
    for (size_t i = 0; i < STORY_LOGONS_MAX; i++) {
        mem_free(h->started[i]);
        h->started[i] = NULL;
    }
}

/* The alert whose success this logon is: by address where both have one, else by account. An
 * address inside may be that of several people. */
static bool
is_entry(const struct story_member *m, const struct process_origin *o)
{
    bool named, same;

    if (!m->success || o->logon_ft + ONE_LOGON < m->entered_ft) {
        return false;
    }
    named = m->account[0] != '\0';
    same = named && sv_eq_nocase(user_of(sv_from(m->account)), user_of(account_of(o)));
    if (addr_is_set(&m->source) && addr_is_set(&o->src)) {
        return addr_eq(&m->source, &o->src) && (same || !named || m->internet);
    }
    return same;
}

static bool
got_in(const struct story_host *h, const struct process_origin *o)
{
    for (size_t i = 0; h->live != NULL && i < h->live->member_count; i++) {
        if (is_entry(&h->live->members[i], o)) {
            return true;
        }
    }
    return false;
}

/* Makes the last place free: the oldest that is no part of the story goes, else nothing does. */
static bool
make_room(struct story_host *h)
{
    size_t at = 0;

    if (h->started[STORY_LOGONS_MAX - 1] == NULL) {
        return true;
    }
    metric_add(METRIC_STORY_LOGONS_FULL, 1);
    while (at < STORY_LOGONS_MAX && got_in(h, &h->started[at]->origin)) {
        at++;
    }
    if (at == STORY_LOGONS_MAX) {
        return false;
    }
    mem_free(h->started[at]);
    memmove(&h->started[at], &h->started[at + 1],
            (STORY_LOGONS_MAX - 1 - at) * sizeof(struct story_started *));
    h->started[STORY_LOGONS_MAX - 1] = NULL;
    return true;
}

/* *out stays NULL when there is no room. */
MUST_CHECK static enum err
find_or_add(struct story_host *h, const struct process_origin *o, struct story_started **out)
{
    size_t at = 0;

    *out = NULL;
    for (; at < STORY_LOGONS_MAX && h->started[at] != NULL; at++) {
        if (is_same_logon(&h->started[at]->origin, o)) {
            *out = h->started[at];
            return ERR_OK;
        }
    }
    if (!make_room(h)) {
        return ERR_OK;
    }
    at = at == STORY_LOGONS_MAX ? STORY_LOGONS_MAX - 1 : at;
    h->started[at] = mem_zalloc(sizeof(*h->started[at]));
    if (h->started[at] == NULL) {
        return ERR_NOMEM;
    }
    h->started[at]->origin = *o;
    *out = h->started[at];
    return ERR_OK;
}

static struct sv
name_of(struct sv path)
{
    size_t at = path.len;

    while (at > 0 && path.p[at - 1] != '\\' && path.p[at - 1] != '/') {
        at--;
    }
    return utf8_cut((struct sv){path.p + at, path.len - at}, STORY_STARTED_NAME_MAX - 1);
}

static uint64_t
start_of(const struct process *p)
{
    return p->started_ft != 0 ? p->started_ft : p->first_seen_ft;
}

/* The place of a process that was named before, else the one that it belongs into. */
static size_t
place_of(const struct story_started *s, const struct process *p, bool *known)
{
    size_t at = s->named;

    for (size_t i = 0; i < s->named; i++) {
        if (s->item[i].pid == p->pid && apart(s->item[i].started_ft, start_of(p)) <= ONE_START) {
            *known = true;
            return i;
        }
    }
    *known = false;
    while (at > 0 && s->item[at - 1].started_ft > start_of(p)) {
        at--;
    }
    return at;
}

/* The earliest are kept: what began it all. False: it was named before. */
static bool
name(struct story_started *s, const struct process *p)
{
    struct sv text = name_of(p->image);
    bool known;
    size_t at = place_of(s, p, &known);

    if (!known) {
        if (at == STORY_STARTED_MAX) {
            return true;
        }
        s->named -= s->named == STORY_STARTED_MAX ? 1 : 0;
        memmove(&s->item[at + 1], &s->item[at], (s->named - at) * sizeof(s->item[0]));
        s->named++;
        s->item[at].started_ft = start_of(p);
        s->item[at].pid = p->pid;
    }
    s->item[at].tie = p->origin->tie;
    memcpy(s->item[at].name, text.p == NULL ? "" : text.p, text.len);
    s->item[at].name[text.len] = '\0';
    return !known;
}

enum err
story_started_add(struct story_host *h, const struct process *p, enum process_tie was)
{
    struct story_started *s;
    bool all_named, is_new;
    enum err err = find_or_add(h, p->origin, &s);

    if (err || s == NULL) {
        return err;
    }
    /* Tied better, it may be another's now. As long as all are named it is known to be new. */
    all_named = s->count == s->named;
    is_new = name(s, p);
    s->count += was == TIE_NONE || (is_new && all_named) ? 1 : 0;
    return ERR_OK;
}

/* -- asking ------------------------------------------------------------------------------------ */

struct names {
    char *text;
    size_t len;
    bool full;
};

/* Each name once. A name is found between ", " and ", ". */
static bool
has_name(const struct names *n, struct sv name)
{
    struct sv rest = {n->text, n->len};

    while (rest.len >= name.len) {
        size_t at = 0;
        while (at + 1 < rest.len && (rest.p[at] != ',' || rest.p[at + 1] != ' ')) {
            at++;
        }
        at = at + 1 < rest.len ? at : rest.len;
        if (sv_eq_nocase((struct sv){rest.p, at}, name)) {
            return true;
        }
        if (at == rest.len) {
            return false;
        }
        rest = (struct sv){rest.p + at + 2, rest.len - at - 2};
    }
    return false;
}

static void
put_name(struct names *n, struct sv name)
{
    size_t between = n->len == 0 ? 0 : 2;

    if (n->full || name.len == 0 || has_name(n, name)) {
        return;
    }
    if (n->len + between + name.len + sizeof(MORE) > ALERT_ACCOUNT_MAX) {
        n->full = true;
        return;
    }
    memcpy(n->text + n->len, ", ", between);
    memcpy(n->text + n->len + between, name.p, name.len);
    n->len += between + name.len;
}

uint64_t
story_started_of(const struct story_host *h, char names[ALERT_ACCOUNT_MAX])
{
    struct names n = {.text = names};
    uint64_t count = 0;

    for (size_t i = 0; i < STORY_LOGONS_MAX && h->started[i] != NULL; i++) {
        const struct story_started *s = h->started[i];

        if (!got_in(h, &s->origin)) {
            continue;
        }
        count += s->count;
        for (size_t k = 0; k < s->named; k++) {
            put_name(&n, sv_from(s->item[k].name));
        }
        n.full = n.full || s->count > s->named;
    }
    if (n.full) {
        memcpy(names + n.len, MORE, sizeof(MORE) - 1);
        n.len += sizeof(MORE) - 1;
    }
    names[n.len] = '\0';
    return count;
}
