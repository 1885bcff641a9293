/* summary - see summary.h. */
#include "state/summary.h"

#include "state/scope.h"
#include "state/status.h"

static struct sv
account_of(const struct witness *w)
{
    return (struct sv){w->account, w->account_len};
}

/* The account as the most trusted witness that names one spelt it. */
static void
take_names(const struct merger_group *g, struct attempt *out)
{
    for (size_t i = 0; i < g->count && out->account.len == 0; i++) {
        const struct witness *w = g->member[i];
        if (w->account_len > 0) {
            out->account = account_of(w);
            out->domain = (struct sv){w->domain, w->domain_len};
        }
    }
    for (size_t i = 0; i < g->count && out->workstation.len == 0; i++) {
        const struct witness *w = g->member[i];
        out->workstation = (struct sv){w->workstation, w->workstation_len};
    }
}

static void
limit_confidence(struct attempt *out, uint8_t limit)
{
    if (out->confidence > limit) {
        out->confidence = limit;
    }
}

/* The port may come from another witness than the address: Remote Desktop with NLA writes an
 * address without its port, and 131 has both. */
static void
take_source(const struct merger_group *g, struct attempt *out)
{
    for (size_t i = 0; i < g->count; i++) {
        const struct witness *w = g->member[i];
        if (!addr_is_set(&w->src)) {
            continue;
        }
        if (!addr_is_set(&out->src)) {
            out->src = w->src;
            out->src_inferred = i > 0;
            if (i > 0) {
                limit_confidence(out, g->confidence[0]);
                limit_confidence(out, g->confidence[i]);
            }
        }
        if (out->src_port == 0) {
            out->src_port = w->src_port;
        }
    }
}

/* What a member proves is worth more than what the shape of another suggests. */
static void
take_service(const struct merger_group *g, struct attempt *out)
{
    const struct witness *best = NULL;

    for (size_t i = 0; i < g->count; i++) {
        const struct witness *w = g->member[i];
        if (w->service == SERVICE_UNKNOWN) {
            continue;
        }
        if (best == NULL || w->service_confidence > best->service_confidence) {
            best = w;
        }
    }
    if (best != NULL) {
        out->service = (enum logon_service)best->service;
        limit_confidence(out, best->service_confidence);
    }
}

/* The computer itself, by its addresses or because its connection began and ended here. */
static bool
is_self(const struct config *cfg, const struct merger_group *g, const struct addr *src)
{
    if (scope_is_self(cfg, src)) {
        return true;
    }
    for (size_t i = 0; i < g->count; i++) {
        if (g->member[i]->src_is_own && addr_eq(&g->member[i]->src, src)) {
            return true;
        }
    }
    return false;
}

static void
take_scope(const struct config *cfg, const struct merger_group *g, struct attempt *out)
{
    uint8_t tunnel = 0;

    if (g->member[0]->type == WITNESS_FAILURE_LOCAL) {
        out->scope = SCOPE_LOCAL;
        return;
    }
    if (!is_self(cfg, g, &out->src)) {
        out->scope = scope_of(cfg, &out->src);
        return;
    }
    for (size_t i = 0; i < g->count; i++) {
        if (g->member[i]->tunnel_confidence > tunnel) {
            tunnel = g->member[i]->tunnel_confidence;
        }
    }
    out->scope = tunnel == 0 ? SCOPE_LOCAL : SCOPE_OWN;
    if (tunnel != 0) {
        limit_confidence(out, tunnel);
    } else if (out->confidence < 100) {
        /* The shape of a record suggests a service only when it came over a wire. */
        out->service = SERVICE_UNKNOWN;
        out->confidence = 100;
    }
}

static bool
is_refusal(const struct witness *w)
{
    return w->says == SAYS_FAILURE || w->says == SAYS_REFUSED;
}

/* The refusal that gives the reason: the most trusted one, unless only a later one is exact. */
static const struct witness *
find_refusal(const struct merger_group *g)
{
    const struct witness *best = NULL;

    for (size_t i = 0; i < g->count; i++) {
        const struct witness *w = g->member[i];
        if (!is_refusal(w)) {
            continue;
        }
        if (best == NULL || (status_is_vague(best->status) && !status_is_vague(w->status))) {
            best = w;
        }
    }
    return best;
}

static const struct witness *
find_says(const struct merger_group *g, enum witness_says says)
{
    for (size_t i = 0; i < g->count; i++) {
        if (g->member[i]->says == (uint8_t)says) {
            return g->member[i];
        }
    }
    return NULL;
}

/* Groups never hold a success and a failure (witness_mates). 1149 beside a refusal means: let in
 * by the network, refused in the session; the refusal knows more. */
static enum summary_verdict
take_outcome(const struct merger_group *g, struct attempt *out)
{
    const struct witness *refusal = find_refusal(g);
    const struct witness *connect = find_says(g, SAYS_CONNECT);

    if (find_says(g, SAYS_SUCCESS) != NULL) {
        out->outcome = ATTEMPT_SUCCESS;
        return SUMMARY_ATTEMPT;
    }
    if (refusal != NULL) {
        out->outcome = refusal->says == SAYS_REFUSED ? ATTEMPT_REFUSED : ATTEMPT_FAILURE;
        out->weight = (enum attempt_weight)refusal->weight;
        out->status = refusal->status;
        return SUMMARY_ATTEMPT;
    }
    out->outcome = ATTEMPT_CONNECT;
    if (find_says(g, SAYS_AUTHORIZED) != NULL) {
        return SUMMARY_UNPROVEN;
    }
    if (connect != NULL) {
        out->status = connect->status; /* of 139: why the client was dropped */
        return SUMMARY_ATTEMPT;
    }
    return SUMMARY_NOTHING;
}

/* An attempt is when somebody tried, not when the connection for it came in. */
static bool
is_arrival(const struct witness *w)
{
    return w->type >= WITNESS_TYPE_COUNT;
}

/* In time order; of one instant, in the order of trust. Arrivals, the last members, stay last. */
static void
take_witnesses(const struct intern *channels, const struct merger_group *g, struct attempt *out)
{
    size_t tried = 0; /* members before the arrivals */

    for (size_t i = 0; i < g->count; i++) {
        const struct witness *w = g->member[i];
        struct attempt_witness aw = {.channel = intern_text(channels, w->channel_id),
                                     .event_id = w->event_id,
                                     .record_id = w->record_id,
                                     .time_ft = w->time_ft};
        size_t at = out->witness_count;

        while (at > 0 && !is_arrival(w) && aw.time_ft < out->witness[at - 1].time_ft) {
            out->witness[at] = out->witness[at - 1];
            at--;
        }
        out->witness[at] = aw;
        out->witness_count++;
        tried += is_arrival(w) ? 0 : 1;
        if (out->logon_type == 0) {
            out->logon_type = w->logon_type;
        }
        if (out->logon_id == 0) {
            out->logon_id = w->logon_id;
        }
    }
    out->first_ft = out->witness[0].time_ft;
    out->last_ft = out->witness[tried - 1].time_ft;
}

enum summary_verdict
summary_make(const struct summary_tables *tables, const struct merger_group *group,
             struct attempt *out)
{
    enum summary_verdict verdict;

    memset(out, 0, sizeof(*out));
    out->confidence = 100;
    out->host_id = group->member[0]->host_id;
    out->host = intern_text(tables->hosts, out->host_id);
    verdict = take_outcome(group, out);
    if (verdict == SUMMARY_NOTHING) {
        return verdict;
    }
    take_names(group, out);
    take_source(group, out);
    take_service(group, out);
    take_scope(tables->cfg, group, out);
    take_witnesses(tables->channels, group, out);
    if (out->scope == SCOPE_LOCAL) {
        out->weight = WEIGHT_NONE; /* never counts */
    }
    return verdict;
}

void
summary_prove(struct attempt *a)
{
    a->outcome = ATTEMPT_SUCCESS;
    a->nla_only = true;
    a->weight = WEIGHT_NONE;
    a->status = 0;
}
