/* ties - each rule looks for an origin; the strongest is kept with the process. */
#include "state/ties.h"

#include "core/mem.h"
#include "core/metrics.h"
#include "core/tm.h"
#include "core/utf.h"
#include "state/nt_path.h"

#define SERVICES_EXE SV("services.exe")
#define SVCHOST_EXE SV("svchost.exe")
#define PROGRAM_MAX 128   /* bytes of a program's name */
#define LATE_PASSES_MAX 8 /* of a late logon: so many generations of children */

/* A service that was installed by somebody from elsewhere. */
struct service {
    uint32_t host_id; /* 0 = a free place */
    uint64_t time_ft;
    uint8_t program_len;
    char program[PROGRAM_MAX];
    struct process_origin origin;
};

struct ties {
    struct processes *processes;
    struct logons *logons;
    struct service *service;
    uint32_t next_service;
    uint64_t newest_start_ft; /* of any process */
    ties_fn fn;
    void *ctx;
};

enum err
ties_create(struct processes *processes, struct ties **out)
{
    struct ties *t = mem_zalloc(sizeof(*t));
    enum err err;

    *out = NULL;
    if (t == NULL) {
        return ERR_NOMEM;
    }
    t->processes = processes;
    err = logons_create(&t->logons);
    if (err) {
        mem_free(t);
        return err;
    }
    *out = t;
    return ERR_OK;
}

void
ties_destroy(struct ties *t)
{
    if (t == NULL) {
        return;
    }
    logons_destroy(t->logons);
    mem_free(t->service);
    mem_free(t);
}

void
ties_on_tied(struct ties *t, ties_fn fn, void *ctx)
{
    t->fn = fn;
    t->ctx = ctx;
}

/* -- rules ------------------------------------------------------------------------------------- */

static uint64_t
start_of(const struct process *p)
{
    return p->started_ft != 0 ? p->started_ft : p->first_seen_ft;
}

static void
prefer(struct process_origin *best, const struct process_origin *other)
{
    if (other->tie > best->tie) {
        *best = *other;
    }
}

static bool
is_installed(const struct ties *t, uint32_t host_id, const struct process *p, struct sv program,
             struct process_origin *best)
{
    bool found = false;

    for (size_t i = 0; i < TIES_SERVICES_MAX && t->service != NULL; i++) {
        const struct service *s = &t->service[i];

        if (s->host_id == host_id && s->time_ft <= start_of(p) &&
            sv_eq_nocase(program, (struct sv){s->program, s->program_len})) {
            prefer(best, &s->origin);
            found = true;
        }
    }
    return found;
}

static void
by_service(const struct ties *t, uint32_t host_id, const struct process *p,
           struct process_origin *best)
{
    struct sv program = nt_path_name(p->image);
    struct process_origin weak;

    if (!sv_eq_nocase(nt_path_name(p->parent_image), SERVICES_EXE) || program.len == 0 ||
        sv_eq_nocase(program, SVCHOST_EXE) || is_installed(t, host_id, p, program, best)) {
        return;
    }
    if (logons_before_service(t->logons, host_id, start_of(p), &weak)) {
        prefer(best, &weak);
    }
}

static void
by_parent(const struct ties *t, uint32_t host_id, const struct process *p,
          struct process_origin *best)
{
    const struct process *parent =
        p->parent_started_ft == 0
            ? NULL
            : processes_at(t->processes, host_id, p->parent_pid, p->parent_started_ft);

    if (parent != NULL && parent != p && parent->origin != NULL &&
        parent->started_ft == p->parent_started_ft) {
        prefer(best, parent->origin);
    }
}

static struct process_origin
find_origin(const struct ties *t, uint32_t host_id, const struct process *p)
{
    struct process_origin best = {.tie = TIE_NONE};
    struct process_origin found;

    if (logons_of_luid(t->logons, host_id, p->logon_id, start_of(p), &found)) {
        prefer(&best, &found);
    }
    if (logons_of_session(t->logons, host_id, p, start_of(p), &found)) {
        prefer(&best, &found);
    }
    by_parent(t, host_id, p, &best);
    by_service(t, host_id, p, &best);
    return best;
}

/* *news: it is tied better than before. */
MUST_CHECK static enum err
tie(struct ties *t, uint32_t host_id, const struct process *p, bool *news)
{
    enum process_tie was = p->origin == NULL ? TIE_NONE : p->origin->tie;
    struct process_origin best = find_origin(t, host_id, p);

    *news = best.tie > was;
    return *news ? processes_tie(t->processes, host_id, p, &best) : ERR_OK;
}

MUST_CHECK static enum err
tell(const struct ties *t, uint32_t host_id, const struct process *p, enum process_tie was)
{
    return t->fn == NULL || p->origin == NULL ? ERR_OK : t->fn(t->ctx, host_id, p, was);
}

enum err
ties_started(struct ties *t, uint32_t host_id, uint32_t pid, uint64_t time_ft)
{
    const struct process *p = processes_at(t->processes, host_id, pid, time_ft);
    enum process_tie was;
    bool news;
    enum err err;

    if (p == NULL || host_id == 0) {
        return ERR_OK;
    }
    if (start_of(p) > t->newest_start_ft) {
        t->newest_start_ft = start_of(p);
    }
    was = p->origin == NULL ? TIE_NONE : p->origin->tie;
    err = tie(t, host_id, p, &news);
    return err ? err : tell(t, host_id, p, was);
}

/* -- logons and services ----------------------------------------------------------------------- */

struct late {
    struct ties *t;
    uint64_t since_ft;
    bool news;
};

static enum err
tie_late(void *ctx, uint32_t host_id, const struct process *p)
{
    struct late *late = ctx;
    enum process_tie was = p->origin == NULL ? TIE_NONE : p->origin->tie;
    bool news;
    enum err err;

    if (start_of(p) < late->since_ft ||
        (p->witnesses & (PROCESS_BY_START | PROCESS_BY_AUDIT)) == 0) {
        return ERR_OK;
    }
    err = tie(late->t, host_id, p, &news);
    late->news = late->news || news;
    return err || !news ? err : tell(late->t, host_id, p, was);
}

/* The record came behind starts that it explains. */
MUST_CHECK static enum err
look_back(struct ties *t, uint32_t host_id, uint64_t since_ft)
{
    struct late late = {.t = t, .since_ft = since_ft, .news = true};
    enum err err = ERR_OK;

    for (int i = 0; i < LATE_PASSES_MAX && late.news && !err; i++) {
        late.news = false;
        err = processes_each(t->processes, host_id, tie_late, &late);
    }
    return err;
}

MUST_CHECK static enum err
take_service(struct ties *t, uint32_t host_id, const struct event *ev)
{
    struct process_origin origin;
    struct sv program = nt_path_name(nt_path_of_command(ev->service_file));
    struct service *s;

    program = utf8_cut(program, PROGRAM_MAX);
    if (!event_has(ev, service_file) || program.len == 0 || sv_eq_nocase(program, SVCHOST_EXE)) {
        return ERR_OK;
    }
    if (event_has(ev, subject_logon_id) &&
        logons_of_luid(t->logons, host_id, ev->subject_logon_id, ev->time_ft, &origin)) {
        origin.tie = TIE_STRONG; /* who installed it is certain, that this is it by its name */
    } else if (!logons_before_service(t->logons, host_id, ev->time_ft, &origin)) {
        return ERR_OK;
    }
    if (t->service == NULL) {
        t->service = mem_array(TIES_SERVICES_MAX, sizeof(*t->service));
        if (t->service == NULL) {
            return ERR_NOMEM;
        }
    }
    s = &t->service[t->next_service];
    t->next_service = (t->next_service + 1) % TIES_SERVICES_MAX;
    if (s->host_id != 0) {
        metric_add(METRIC_LOGONS_FULL, 1);
    }
    *s = (struct service){.host_id = host_id, .time_ft = ev->time_ft, .origin = origin};
    s->program_len = (uint8_t)program.len;
    memcpy(s->program, program.p, program.len);
    return ERR_OK;
}

enum err
ties_event(struct ties *t, uint32_t host_id, const struct event *ev, bool is_own)
{
    bool began = true;
    enum err err;

    if (host_id == 0) {
        return ERR_OK;
    }
    err = ev->kind == EV_SERVICE_INSTALL ? take_service(t, host_id, ev)
                                         : logons_event(t->logons, host_id, ev, is_own, &began);
    if (err || !began || t->newest_start_ft < ev->time_ft) {
        return err;
    }
    return look_back(t, host_id, ev->time_ft);
}
