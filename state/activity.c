/* activity - from events to the tables of processes and connections, and back. */
#include "state/activity.h"

#include "core/mem.h"
#include "core/utf.h"
#include "state/connections.h"
#include "state/locals.h"
#include "state/orient.h"
#include "state/smb_clients.h"

#define KERNEL_PROCESS SV("Microsoft-Windows-Kernel-Process")
#define NT_PROCESS SV("NT Kernel/Process")
#define SID_NOBODY SV("S-1-0-0")

struct activity {
    struct locals *locals;
    struct processes *processes;
    struct connections *connections;
    struct smb_clients *smb_clients;
    struct ties *ties;
    processes_fn fn;
    void *ctx;
    /* texts given to the event at hand */
    char process[EVENT_TEXT_MAX], parent[EVENT_TEXT_MAX], path[EVENT_TEXT_MAX];
};

/* A process leaves: its image may have been named before its drive was known. */
static enum err
on_process(void *ctx, uint32_t host_id, const struct process *p)
{
    struct activity *a = ctx;
    char image[EVENT_TEXT_MAX], parent[EVENT_TEXT_MAX];
    struct process told = *p;
    struct local *local;
    enum err err = locals_get(a->locals, host_id, &local);

    if (err) {
        return err;
    }
    if (!nt_path_open(&local->drives, p->image, image, &told.image)) {
        told.image = p->image;
    }
    if (!nt_path_open(&local->drives, p->parent_image, parent, &told.parent_image)) {
        told.parent_image = p->parent_image;
    }
    return a->fn(a->ctx, host_id, &told);
}

enum err
activity_create(const struct config *cfg, processes_fn fn, void *ctx, struct activity **out)
{
    struct activity *a = mem_zalloc(sizeof(*a));
    struct processes_opts opts = {.max_count = cfg->max_processes, .fn = on_process, .ctx = a};
    enum err err;

    if (a == NULL) {
        return ERR_NOMEM;
    }
    a->fn = fn;
    a->ctx = ctx;
    err = locals_create(cfg, &a->locals);
    if (!err) {
        err = processes_create(&opts, &a->processes);
    }
    if (!err) {
        err = connections_create(&a->connections);
    }
    if (!err) {
        err = smb_clients_create(&a->smb_clients);
    }
    if (!err) {
        err = ties_create(a->processes, &a->ties);
    }
    if (err) {
        activity_destroy(a);
        return err;
    }
    *out = a;
    return ERR_OK;
}

void
activity_destroy(struct activity *a)
{
    if (a == NULL) {
        return;
    }
    ties_destroy(a->ties);
    smb_clients_destroy(a->smb_clients);
    connections_destroy(a->connections);
    processes_destroy(a->processes);
    locals_destroy(a->locals);
    mem_free(a);
}

void
activity_on_tied(struct activity *a, ties_fn fn, void *ctx)
{
    ties_on_tied(a->ties, fn, ctx);
}

/* -- completing -------------------------------------------------------------------------------- */

static bool
is_process(const struct event *ev)
{
    return ev->kind == EV_PROCESS_START || ev->kind == EV_PROCESS_RUNDOWN;
}

/* A file told by two names tells its drive. */
static void
learn_drive(struct activity *a, struct local *local, uint32_t host_id, const struct event *ev)
{
    const struct process *known;

    if (!is_process(ev)) {
        return;
    }
    nt_path_learn(&local->drives, ev->process, nt_path_of_command(ev->command_line));
    known = processes_at(a->processes, host_id, ev->process_id, ev->time_ft);
    if (known != NULL) {
        nt_path_learn(&local->drives, known->image, ev->process);
        nt_path_learn(&local->drives, known->image, nt_path_of_command(ev->command_line));
        nt_path_learn(&local->drives, ev->process, nt_path_of_command(known->command_line));
    }
}

static bool
complete_paths(struct activity *a, const struct local *local, struct event *ev)
{
    bool changed = false;

    if (event_has(ev, process)) {
        changed = nt_path_open(&local->drives, ev->process, a->process, &ev->process) || changed;
    }
    if (event_has(ev, parent_process)) {
        changed =
            nt_path_open(&local->drives, ev->parent_process, a->parent, &ev->parent_process) ||
            changed;
    }
    if (event_has(ev, path)) {
        changed = nt_path_open(&local->drives, ev->path, a->path, &ev->path) || changed;
    }
    return changed;
}

static struct sv
keep(struct sv text, char out[EVENT_TEXT_MAX])
{
    struct sv cut = utf8_cut(text, EVENT_TEXT_MAX);

    memcpy(out, cut.p, cut.len);
    return (struct sv){out, cut.len};
}

/* Whose event it is. Starts say it themselves. The image is copied: its process may leave before
 * the event does. */
static bool
complete_process(struct activity *a, const struct local *local, uint32_t host_id, struct event *ev)
{
    const struct process *p;
    struct sv image;
    bool changed = false;

    if (is_process(ev) || !event_has(ev, process_id)) {
        return false;
    }
    p = processes_at(a->processes, host_id, ev->process_id, ev->time_ft);
    if (p == NULL) {
        return false;
    }
    if (p->image.len > 0 &&
        nt_path_rank(p->image) > (event_has(ev, process) ? nt_path_rank(ev->process) : 0)) {
        if (!nt_path_open(&local->drives, p->image, a->process, &image)) {
            image = keep(p->image, a->process);
        }
        event_set(ev, process, image);
        changed = true;
    }
    if (p->started_ft != 0 && !event_has(ev, process_started)) {
        event_set(ev, process_started, p->started_ft);
        changed = true;
    }
    return changed;
}

/* Who opened the connection that closes, and from which side. */
static bool
complete_close(const struct activity *a, uint32_t host_id, struct event *ev)
{
    struct connection_key key;
    const struct connection *conn = NULL;
    bool changed = false;

    if (ev->kind == EV_NET_CLOSE && connection_key_of(ev, host_id, &key)) {
        conn = connections_find(a->connections, &key);
    }
    if (conn == NULL) {
        return false;
    }
    if (!event_has(ev, process_id) && conn->pid != 0) {
        event_set(ev, process_id, conn->pid);
        changed = true;
    }
    if (!event_has(ev, action) && conn->origin != CONNECTION_FOUND) {
        event_set(ev, action,
                  conn->origin == CONNECTION_ACCEPTED ? SV("accepted") : SV("connected"));
        changed = true;
    }
    return changed;
}

enum err
activity_complete(struct activity *a, uint32_t host_id, struct event *ev, bool *changed)
{
    struct local *local;
    enum err err = locals_get(a->locals, host_id, &local);

    if (err) {
        return err;
    }
    learn_drive(a, local, host_id, ev);
    orient_learn(local, ev);
    *changed = orient_event(a->locals, local, ev);
    *changed = complete_close(a, host_id, ev) || *changed;
    *changed = complete_paths(a, local, ev) || *changed;
    *changed = complete_process(a, local, host_id, ev) || *changed;
    return smb_clients_complete(a->smb_clients, host_id, ev, changed);
}

/* -- taking in --------------------------------------------------------------------------------- */

static enum process_source
source_of(const struct event *ev)
{
    if (sv_eq(ev->provider, KERNEL_PROCESS)) {
        return SOURCE_KERNEL;
    }
    return sv_eq(ev->provider, NT_PROCESS) ? SOURCE_CLASSIC : SOURCE_AUDIT;
}

/* Who it runs as. 4688 names the creator, and another account only when it differs; who created a
 * process that ETW tells of says nothing about it. */
static void
set_account(struct process_facts *f, const struct event *ev)
{
    bool other = event_has(ev, sid) && !sv_eq(ev->sid, SID_NOBODY);
    bool creator = !other && f->source == SOURCE_AUDIT && event_has(ev, subject_sid);

    f->text[PROCESS_SID] = creator ? ev->subject_sid : ev->sid;
    f->text[PROCESS_ACCOUNT] = creator ? ev->subject_account : ev->account;
    f->text[PROCESS_DOMAIN] = creator ? ev->subject_domain : ev->domain;
}

/* 4688 names the new token's logon session only when it is not the creator's. */
static uint64_t
logon_of(const struct event *ev)
{
    if (event_has(ev, logon_id) && ev->logon_id != 0) {
        return ev->logon_id;
    }
    return event_has(ev, subject_logon_id) ? ev->subject_logon_id : 0;
}

static struct process_facts
facts_of(uint32_t host_id, const struct event *ev)
{
    struct process_facts f = {.host_id = host_id,
                              .pid = ev->process_id,
                              .parent_pid = ev->parent_process_id,
                              .time_ft = ev->time_ft,
                              .started_ft = ev->process_started,
                              .sequence = ev->process_sequence,
                              .parent_sequence = ev->parent_sequence,
                              .logon_id = logon_of(ev),
                              .has_session = event_has(ev, session_id),
                              .session_id = ev->session_id,
                              .source = source_of(ev)};

    f.text[PROCESS_IMAGE] = ev->kind == EV_IMAGE_LOAD ? ev->path : ev->process;
    f.text[PROCESS_COMMAND_LINE] = ev->command_line;
    f.text[PROCESS_PARENT_IMAGE] = ev->parent_process;
    f.text[PROCESS_INTEGRITY] = ev->integrity;
    f.has_exit_status = ev->kind == EV_PROCESS_STOP && event_has(ev, status);
    f.exit_status = ev->status;
    set_account(&f, ev);
    return f;
}

/* False: the event opens no connection. */
static bool
opens(const struct event *ev, enum connection_origin *origin)
{
    *origin = CONNECTION_FOUND;
    if (ev->kind == EV_NET_ACCEPT) {
        *origin = CONNECTION_ACCEPTED;
    } else if (ev->kind == EV_NET_CONNECT) {
        *origin = CONNECTION_CONNECTED;
    }
    return *origin != CONNECTION_FOUND || ev->kind == EV_NET_RUNDOWN;
}

MUST_CHECK static enum err
take_connection(struct activity *a, uint32_t host_id, const struct event *ev)
{
    struct connection conn = {.pid = event_has(ev, process_id) ? ev->process_id : 0};

    if (!connection_key_of(ev, host_id, &conn.key)) {
        return ERR_OK;
    }
    if (ev->kind == EV_NET_CLOSE) {
        connections_close(a->connections, &conn.key);
        return ERR_OK;
    }
    return opens(ev, &conn.origin) ? connections_open(a->connections, &conn) : ERR_OK;
}

static bool
is_about_process(const struct event *ev)
{
    return is_process(ev) || ev->kind == EV_PROCESS_STOP || ev->kind == EV_IMAGE_LOAD;
}

MUST_CHECK static enum err
take_logon(struct activity *a, uint32_t host_id, const struct event *ev)
{
    struct local *local;
    enum err err = locals_get(a->locals, host_id, &local);

    return err ? err
               : ties_event(a->ties, host_id, ev,
                            event_has(ev, src) && locals_own_addr(a->locals, local, &ev->src));
}

enum err
activity_event(struct activity *a, uint32_t host_id, const struct event *ev)
{
    struct process_facts f;
    enum err err;

    if ((TIE_KINDS & EV_BIT(ev->kind)) != 0) {
        return take_logon(a, host_id, ev);
    }
    if (!is_about_process(ev)) {
        return take_connection(a, host_id, ev);
    }
    if (!event_has(ev, process_id)) {
        return ERR_OK;
    }
    f = facts_of(host_id, ev);
    if (ev->kind == EV_PROCESS_START) {
        err = processes_start(a->processes, &f);
        return err ? err : ties_started(a->ties, host_id, f.pid, f.time_ft);
    }
    if (ev->kind == EV_PROCESS_RUNDOWN) {
        return processes_rundown(a->processes, &f);
    }
    if (ev->kind == EV_PROCESS_STOP) {
        return processes_stop(a->processes, &f);
    }
    return processes_image(a->processes, &f);
}

enum err
activity_release(struct activity *a, uint64_t now_ft)
{
    return processes_release(a->processes, now_ft);
}

enum err
activity_flush(struct activity *a)
{
    return processes_flush(a->processes);
}

void
activity_tell_early(struct activity *a)
{
    processes_tell_early(a->processes);
}
