/* logons - two rings of places; whoever starts a process is looked for in all of them. */
#include "state/logons.h"

#include "core/mem.h"
#include "core/metrics.h"
#include "core/tm.h"
#include "core/utf.h"
#include "state/witness.h"

#define TYPE_NETWORK 3
#define SID_TEXT_MAX 72
#define SAME_LOGON (60 * TM_SEC) /* 4624 and 21 of one logon are not farther apart */

struct logon {
    uint64_t since_ft; /* 0 = a free place */
    uint64_t until_ft; /* 0 = has not ended */
    uint64_t luid;     /* 0 = not known */
    uint64_t user_hash;
    uint32_t host_id;
    uint32_t session_id;
    bool has_session;
    uint8_t sid_len;
    char sid[SID_TEXT_MAX];
    struct process_origin origin;
};

/* Those over the network come and go by the thousand: they have a ring of their own. */
enum ring { RING_SITTING, RING_NETWORK, RINGS };

struct logons {
    struct logon *place[RINGS];
    uint32_t next[RINGS];
    size_t sessions;                  /* of terminal sessions so many were put */
    uint64_t luid[RINGS][LOGONS_MAX]; /* of the places: what is walked for each logoff */
};

enum err
logons_create(struct logons **out)
{
    *out = mem_zalloc(sizeof(**out));
    return *out == NULL ? ERR_NOMEM : ERR_OK;
}

void
logons_destroy(struct logons *l)
{
    if (l == NULL) {
        return;
    }
    for (size_t i = 0; i < RINGS; i++) {
        mem_free(l->place[i]);
    }
    mem_free(l);
}

/* -- taking in --------------------------------------------------------------------------------- */

MUST_CHECK static enum err
add(struct logons *l, enum ring ring, const struct logon *logon)
{
    struct logon *at;

    if (l->place[ring] == NULL) {
        l->place[ring] = mem_array(LOGONS_MAX, sizeof(*l->place[ring]));
        if (l->place[ring] == NULL) {
            return ERR_NOMEM;
        }
    }
    at = &l->place[ring][l->next[ring]];
    l->luid[ring][l->next[ring]] = logon->luid;
    l->sessions += logon->has_session ? 1 : 0;
    l->next[ring] = (l->next[ring] + 1) % LOGONS_MAX;
    if (at->since_ft != 0 && at->until_ft == 0) {
        metric_add(METRIC_LOGONS_FULL, 1);
    }
    *at = *logon;
    return ERR_OK;
}

static void
end_luid(struct logons *l, uint32_t host_id, uint64_t luid, uint64_t time_ft)
{
    for (size_t ring = 0; ring < RINGS; ring++) {
        for (size_t i = 0; i < LOGONS_MAX && l->place[ring] != NULL; i++) {
            struct logon *at = &l->place[ring][i];

            if (l->luid[ring][i] == luid && at->host_id == host_id && at->until_ft == 0) {
                at->until_ft = time_ft;
            }
        }
    }
}

static void
end_session(struct logons *l, uint32_t host_id, uint32_t session_id, uint64_t time_ft)
{
    for (size_t i = 0; i < LOGONS_MAX && l->place[RING_SITTING] != NULL; i++) {
        struct logon *at = &l->place[RING_SITTING][i];

        if (at->has_session && at->host_id == host_id && at->session_id == session_id &&
            at->since_ft <= time_ft && (at->until_ft == 0 || at->until_ft > time_ft)) {
            at->until_ft = time_ft;
        }
    }
}

static void
fill(struct logon *logon, uint32_t host_id, const struct witness *w)
{
    *logon = (struct logon){.since_ft = w->time_ft,
                            .luid = w->logon_id,
                            .user_hash = w->user_hash,
                            .host_id = host_id,
                            .origin = {.logon_ft = w->time_ft, .src = w->src}};
    logon->origin.account_len = w->account_len;
    memcpy(logon->origin.account, w->account, w->account_len);
}

MUST_CHECK static enum err
take_logon(struct logons *l, uint32_t host_id, const struct event *ev, bool is_own, bool *began)
{
    struct logon logon;
    struct witness w;
    struct sv sid = event_has(ev, sid) ? ev->sid : (struct sv){NULL, 0};

    if (!witness_from_event(ev, &w) || !addr_is_set(&w.src) ||
        (w.logon_type == TYPE_NETWORK && is_own)) {
        return ERR_OK;
    }
    fill(&logon, host_id, &w);
    if (sid.len <= SID_TEXT_MAX) {
        memcpy(logon.sid, sid.p == NULL ? "" : sid.p, sid.len);
        logon.sid_len = (uint8_t)sid.len;
    }
    *began = true;
    return add(l, w.logon_type == TYPE_NETWORK ? RING_NETWORK : RING_SITTING, &logon);
}

/* At the console again, or by somebody else: what began before is over. */
MUST_CHECK static enum err
take_session(struct logons *l, uint32_t host_id, const struct event *ev, bool *began)
{
    uint32_t id = event_has(ev, event_id) ? ev->event_id : 0;
    struct logon logon;
    struct witness w;

    if (!event_has(ev, session_id) || (id != 21 && id != 23 && id != 24 && id != 25)) {
        return ERR_OK;
    }
    end_session(l, host_id, ev->session_id, ev->time_ft);
    if (!witness_from_event(ev, &w)) {
        return ERR_OK;
    }
    fill(&logon, host_id, &w);
    logon.has_session = true;
    logon.session_id = ev->session_id;
    *began = true;
    return add(l, RING_SITTING, &logon);
}

enum err
logons_event(struct logons *l, uint32_t host_id, const struct event *ev, bool is_own, bool *began)
{
    *began = false;
    if (host_id == 0) {
        return ERR_OK; /* computers that are not told apart */
    }
    if (ev->kind == EV_LOGON_SUCCESS) {
        return take_logon(l, host_id, ev, is_own, began);
    }
    if (ev->kind == EV_RDP_SESSION) {
        return take_session(l, host_id, ev, began);
    }
    if (event_has(ev, logon_id) && ev->logon_id != 0) {
        end_luid(l, host_id, ev->logon_id, ev->time_ft);
    }
    return ERR_OK;
}

/* -- asking ------------------------------------------------------------------------------------ */

static bool
lasts(const struct logon *at, uint32_t host_id, uint64_t time_ft)
{
    return at->since_ft != 0 && at->host_id == host_id && at->since_ft <= time_ft &&
           (at->until_ft == 0 || time_ft < at->until_ft);
}

bool
logons_of_luid(const struct logons *l, uint32_t host_id, uint64_t luid, uint64_t time_ft,
               struct process_origin *out)
{
    for (size_t ring = 0; ring < RINGS && luid != 0; ring++) {
        for (size_t i = 0; i < LOGONS_MAX && l->place[ring] != NULL; i++) {
            const struct logon *at = &l->place[ring][i];

            if (l->luid[ring][i] == luid && lasts(at, host_id, time_ft)) {
                *out = at->origin;
                out->tie = TIE_EXACT;
                return true;
            }
        }
    }
    return false;
}

/* The account of a terminal session is named; its SID stands in the 4624 of the same logon. */
static bool
has_sid(const struct logons *l, const struct logon *session, struct sv sid)
{
    for (size_t i = 0; i < (size_t)RINGS * LOGONS_MAX && sid.len > 0; i++) {
        const struct logon *at = l->place[i / LOGONS_MAX];
        uint64_t apart;

        at = at == NULL ? NULL : at + i % LOGONS_MAX;
        if (at == NULL || at->host_id != session->host_id || at->user_hash == 0 ||
            at->user_hash != session->user_hash) {
            continue;
        }
        apart = at->since_ft > session->since_ft ? at->since_ft - session->since_ft
                                                 : session->since_ft - at->since_ft;
        if (apart <= SAME_LOGON && sv_eq((struct sv){at->sid, at->sid_len}, sid)) {
            return true;
        }
    }
    return false;
}

bool
logons_of_session(const struct logons *l, uint32_t host_id, const struct process *p,
                  uint64_t time_ft, struct process_origin *out)
{
    const struct logon *best = NULL;

    if (!p->has_session || l->sessions == 0) {
        return false;
    }
    for (size_t i = 0; i < LOGONS_MAX && l->place[RING_SITTING] != NULL; i++) {
        const struct logon *at = &l->place[RING_SITTING][i];

        if (at->has_session && at->session_id == p->session_id && lasts(at, host_id, time_ft) &&
            (best == NULL || at->since_ft > best->since_ft)) {
            best = at;
        }
    }
    if (best == NULL) {
        return false;
    }
    *out = best->origin;
    out->tie = has_sid(l, best, p->sid) ? TIE_EXACT : TIE_STRONG;
    return true;
}

bool
logons_before_service(const struct logons *l, uint32_t host_id, uint64_t time_ft,
                      struct process_origin *out)
{
    const struct logon *found = NULL;

    for (size_t i = 0; i < LOGONS_MAX && l->place[RING_NETWORK] != NULL; i++) {
        const struct logon *at = &l->place[RING_NETWORK][i];

        if (at->since_ft == 0 || at->host_id != host_id || at->since_ft > time_ft ||
            time_ft - at->since_ft > LOGONS_SERVICE_SPAN) {
            continue;
        }
        if (found != NULL &&
            (found->user_hash != at->user_hash || !addr_eq(&found->origin.src, &at->origin.src))) {
            return false; /* one of several: not guessed */
        }
        found = found == NULL || at->since_ft > found->since_ft ? at : found;
    }
    if (found == NULL) {
        return false;
    }
    *out = found->origin;
    out->tie = TIE_WEAK;
    return true;
}
