/* sim_etl - payloads of processes, connections and names, in order of time, as traces. */
#include "sim_etl.h"

#include <stdlib.h>
#include <string.h>

#include "etl_build.h"
#include "sim_ip.h"

#define KERNEL_PROCESS "{22fb2cd6-0e7b-422b-a0c7-2fad1fd0e716}"
#define KERNEL_NETWORK "{7dd42a49-5329-4832-8dfd-43d979153a88}"
#define TCPIP "{2f07e2ee-15db-40f1-90ef-9d7ba282188a}"
#define DNS_CLIENT "{1c95126e-7eea-49a9-a3fe-a378b03ddb4d}"

#define GROUP_PROCESS 3u
#define OPCODE_START 1u
#define OPCODE_END 2u
#define OPCODE_DC_START 3u
#define PROCESSORS 4u
#define BUFFER_LEN 65536u
#define BOOT_BEFORE (5ull * SIM_DAY * SIM_SECOND)
#define DEVICE "\\Device\\HarddiskVolume3"
#define DNS_KEYWORD 0x8000000000000000ull
#define STATUS_RUNNING 259u

enum what { PROCESS_RUNS, PROCESS_STARTS, PROCESS_ENDS, FLOW, DATA, QUERY, ANSWER };

/* One thing to be told. */
struct moment {
    uint64_t ft;
    uint32_t order; /* of equal times */
    enum what what;
    size_t at; /* in its list */
};

struct writer {
    const struct sim_activity *a;
    enum sim_host host;
    struct eb_trace trace;
    struct moment *moment;
    size_t count, cap;
    uint64_t records;
    unsigned cpu; /* of the moment at hand */
};

static void
add_moment(struct writer *w, uint64_t ft, enum what what, size_t at)
{
    if (w->count == w->cap) {
        w->cap = w->cap == 0 ? 4096 : w->cap * 2;
        w->moment = realloc(w->moment, w->cap * sizeof(*w->moment));
        if (w->moment == NULL) {
            fprintf(stderr, "sim_etl: no memory\n");
            exit(1);
        }
    }
    w->moment[w->count] = (struct moment){ft, (uint32_t)w->count, what, at};
    w->count++;
}

static int
by_time(const void *left, const void *right)
{
    const struct moment *a = left;
    const struct moment *b = right;

    if (a->ft != b->ft) {
        return a->ft < b->ft ? -1 : 1;
    }
    return (a->order > b->order) - (a->order < b->order);
}

static uint64_t
ft_of(uint64_t ms)
{
    return SIM_START_FT + ms * SIM_MS;
}

static void
put(struct writer *w, struct eb_record *r, struct eb *payload)
{
    r->payload = payload->data;
    r->payload_len = payload->len;
    eb_trace_record(&w->trace, w->cpu, r);
    eb_free(payload);
    w->records++;
}

/* -- processes -------------------------------------------------------------------------------- */

/* NT Kernel Process v4: a key, ids, exit status, page table, flags, SID, names. */
static void
put_classic(struct writer *w, const struct sim_process *p, unsigned opcode, uint64_t ft)
{
    struct eb b = {0};
    struct eb_record r = {.form = EB_SYSTEM64,
                          .stamp = eb_stamp(&w->trace.opts.header, ft),
                          .pid = p->parent_pid,
                          .tid = 8,
                          .version = 4,
                          .opcode = (uint8_t)opcode,
                          .group = GROUP_PROCESS};

    eb_ptr(&b, 0xFFFFA00100000000ull + p->number * 0x40u, 8);
    eb_u32(&b, p->pid);
    eb_u32(&b, p->parent_pid);
    eb_u32(&b, p->session);
    eb_u32(&b, opcode == OPCODE_END ? p->exit_code : STATUS_RUNNING);
    eb_ptr(&b, 0x1000u * p->number, 8);
    eb_u32(&b, 0);
    eb_token_user(&b, p->sid, 8);
    eb_text8(&b, p->image);
    eb_text16(&b, p->command_line);
    eb_text16(&b, "");
    eb_text16(&b, "");
    put(w, &r, &b);
}

static struct eb_record
event(const struct writer *w, const char *provider, uint16_t id, uint64_t ft)
{
    return (struct eb_record){.form = EB_EVENT64,
                              .stamp = eb_stamp(&w->trace.opts.header, ft),
                              .pid = 4,
                              .tid = 12,
                              .provider = provider,
                              .id = id,
                              .level = 4};
}

/* PC-A is of before 24H2, PC-B of after: one field more. */
static void
put_start(struct writer *w, const struct sim_process *p, uint64_t ft)
{
    struct eb b = {0};
    struct eb_record r = event(w, KERNEL_PROCESS, 1, ft);
    char path[512];

    r.version = p->host == SIM_PC_A ? 3 : 4;
    r.pid = p->parent_pid;
    snprintf(path, sizeof(path), DEVICE "%s%s", p->folder, p->image);
    eb_u32(&b, p->pid);
    eb_u64(&b, p->number);
    eb_u64(&b, ft_of(p->start_ms));
    eb_u32(&b, p->parent_pid);
    eb_u64(&b, p->parent_number);
    eb_u32(&b, p->session);
    eb_u32(&b, 0);
    eb_u32(&b, 1);
    eb_u32(&b, p->session == 0);
    eb_sid(&b, p->session == 0 ? "S-1-16-16384" : "S-1-16-8192");
    eb_text16(&b, path);
    eb_u32(&b, 0);
    eb_u32(&b, 0);
    eb_text16(&b, "");
    eb_text16(&b, "");
    if (r.version == 4) {
        eb_u32(&b, 0);
    }
    put(w, &r, &b);
}

static void
put_end(struct writer *w, const struct sim_process *p, uint64_t ft)
{
    struct eb b = {0};
    struct eb_record r = event(w, KERNEL_PROCESS, 2, ft);
    char name[15];

    snprintf(name, sizeof(name), "%.14s", p->image);
    r.version = 2;
    r.pid = p->pid;
    eb_u32(&b, p->pid);
    eb_u64(&b, p->number);
    eb_u64(&b, ft_of(p->start_ms));
    eb_u64(&b, ft_of(p->end_ms));
    eb_u32(&b, p->exit_code);
    eb_fill(&b, 0, 4 + 4 + 8 + 8 + 8 + 5 * 4);
    eb_text8(&b, name);
    put(w, &r, &b);
}

/* The kernel's own record comes first, Kernel-Process a millisecond later. */
static void
tell_process(struct writer *w, const struct moment *m)
{
    const struct sim_process *p = &w->a->process[m->at];

    w->cpu = p->pid / 4 % PROCESSORS;
    if (m->what == PROCESS_RUNS) {
        put_classic(w, p, OPCODE_DC_START, m->ft);
    } else if (m->what == PROCESS_STARTS) {
        put_classic(w, p, OPCODE_START, m->ft);
        put_start(w, p, m->ft + SIM_MS);
    } else {
        put_classic(w, p, OPCODE_END, m->ft);
        put_end(w, p, m->ft + SIM_MS);
    }
}

static void
list_processes(struct writer *w)
{
    for (size_t i = 0; i < w->a->process_count; i++) {
        const struct sim_process *p = &w->a->process[i];

        if (p->host != w->host) {
            continue;
        }
        add_moment(w, ft_of(p->start_ms), p->running ? PROCESS_RUNS : PROCESS_STARTS, i);
        if (p->end_ms != 0) {
            add_moment(w, ft_of(p->end_ms), PROCESS_ENDS, i);
        }
    }
}

/* -- the network ------------------------------------------------------------------------------ */

static void
put_sockaddr(struct eb *b, const struct sim_ip *ip, unsigned port)
{
    if (ip->v6) {
        eb_u32(b, EB_SOCKADDR_V6_LEN);
        eb_sockaddr_v6(b, ip->bytes, port, 0);
    } else {
        eb_u32(b, EB_SOCKADDR_V4_LEN);
        eb_sockaddr_v4(b, ip->bytes, port);
    }
}

/* A computer that is called by IPv6 has an address of that family too. */
static struct sim_ip
own_address(enum sim_host host, int v6)
{
    return sim_ip_parse(!v6                ? sim_host_addresses[host]
                        : host == SIM_PC_A ? "2620:4f:8000::a21"
                                           : "2620:4f:8000::a22");
}

/* TCPIP v1: both ends, status, process, compartment, Tcb, start key. */
static void
tell_flow(struct writer *w, const struct moment *m)
{
    static const uint16_t ids[SIM_FLOWS] = {1017, 1033, 1038};
    const struct sim_flow *f = &w->a->flow[m->at];
    struct sim_ip remote = sim_ip_parse(f->remote);
    struct sim_ip local = own_address(f->host, remote.v6);
    struct eb_record r = event(w, TCPIP, ids[f->kind], m->ft);
    struct eb b = {0};

    r.version = 1;
    r.pid = f->pid;
    w->cpu = f->remote_port % PROCESSORS;
    put_sockaddr(&b, &local, f->local_port);
    put_sockaddr(&b, &remote, f->remote_port);
    eb_u32(&b, 0);
    eb_u32(&b, f->pid);
    eb_u32(&b, 1);
    eb_ptr(&b, 0xFFFFA00200000000ull + m->order, 8);
    eb_u64(&b, 0x1000000000000ull + f->pid);
    put(w, &r, &b);
}

/* Kernel-Network names no ends: sent and received over the connection to the pool. */
static void
tell_data(struct writer *w, const struct moment *m)
{
    const struct sim_flow *f = &w->a->flow[m->at];
    struct sim_ip remote = sim_ip_parse(f->remote);
    struct sim_ip local = own_address(f->host, 0);
    int sent = m->order % 2 == 0;
    struct eb_record r = event(w, KERNEL_NETWORK, sent ? 10 : 11, m->ft);
    struct eb b = {0};

    w->cpu = f->remote_port % PROCESSORS;
    r.pid = UINT32_MAX;
    eb_u32(&b, f->pid);
    eb_u32(&b, 400);
    eb_bytes(&b, remote.bytes, 4);
    eb_bytes(&b, local.bytes, 4);
    eb_port(&b, f->remote_port);
    eb_port(&b, f->local_port);
    eb_fill(&b, 0, sent ? 16 : 8);
    put(w, &r, &b);
}

static void
tell_query(struct writer *w, const struct moment *m)
{
    const struct sim_query *q = &w->a->query[m->at];
    struct eb_record r = event(w, DNS_CLIENT, m->what == QUERY ? 3006 : 3008, m->ft);
    struct eb b = {0};

    w->cpu = q->pid / 4 % PROCESSORS;
    r.pid = q->pid;
    r.keyword = DNS_KEYWORD;
    eb_text16(&b, q->name);
    eb_u32(&b, 1);
    eb_u64(&b, 0x40026010u);
    if (m->what == QUERY) {
        eb_text16(&b, "");
        eb_fill(&b, 0, 4 * 4);
    } else {
        eb_u32(&b, 0);
        eb_text16(&b, q->answers);
    }
    put(w, &r, &b);
}

static void
list_network(struct writer *w)
{
    for (size_t i = 0; i < w->a->flow_count; i++) {
        const struct sim_flow *f = &w->a->flow[i];

        if (f->host != w->host) {
            continue;
        }
        add_moment(w, ft_of(f->ms), FLOW, i);
        for (unsigned n = 1; n <= 20 && f->kind == SIM_CONNECT_OUT; n++) {
            add_moment(w, ft_of(f->ms + n * 1000), DATA, i);
        }
    }
    for (size_t i = 0; i < w->a->query_count; i++) {
        const struct sim_query *q = &w->a->query[i];

        if (q->host == w->host) {
            add_moment(w, ft_of(q->ms), QUERY, i);
            add_moment(w, ft_of(q->ms + 50), ANSWER, i);
        }
    }
}

/* -- traces ----------------------------------------------------------------------------------- */

static void
begin(struct writer *w, const char *session, int names_computer, int compressed)
{
    struct eb_trace_opts opts = {
        .header = {.ptr_len = 8,
                   .stamp = 7000000000ull,
                   .build = w->host == SIM_PC_A ? 22631 : 26100,
                   .processors = PROCESSORS,
                   .clock = EB_CLOCK_COUNTER,
                   .frequency = SIM_SECOND,
                   .mhz = 2400,
                   .start_ft = SIM_START_FT,
                   .end_ft = SIM_START_FT + SIM_DAYS * (uint64_t)SIM_DAY * SIM_SECOND,
                   .boot_ft = SIM_START_FT - BOOT_BEFORE - w->host,
                   .session = session},
        .computer = names_computer ? sim_host_names[w->host] : NULL,
        .buffer_len = BUFFER_LEN,
        .logger_id = (uint16_t)(names_computer ? 9 : 10),
        .compressed = compressed != 0,
    };

    eb_trace_begin(&w->trace, &opts);
    w->count = 0;
    w->records += names_computer ? 2 : 1; /* the header's, the computer's name */
}

static void
end(struct writer *w, const char *dir, const char *name)
{
    char path[1024];
    FILE *f;

    qsort(w->moment, w->count, sizeof(*w->moment), by_time);
    for (size_t i = 0; i < w->count; i++) {
        const struct moment *m = &w->moment[i];

        if (m->what <= PROCESS_ENDS) {
            tell_process(w, m);
        } else if (m->what == FLOW) {
            tell_flow(w, m);
        } else if (m->what == DATA) {
            tell_data(w, m);
        } else {
            tell_query(w, m);
        }
    }
    eb_trace_end(&w->trace);
    snprintf(path, sizeof(path), "%s/%s/%s", dir, sim_host_names[w->host], name);
    f = fopen(path, "wb");
    if (f == NULL || fwrite(w->trace.file.data, w->trace.file.len, 1, f) != 1 || fclose(f) != 0) {
        fprintf(stderr, "sim_etl: cannot write %s\n", path);
        exit(1);
    }
    eb_trace_free(&w->trace);
}

uint64_t
sim_etl_write(const struct sim_activity *a, const char *dir)
{
    struct writer w = {.a = a};

    for (enum sim_host host = 0; host < SIM_HOSTS; host++) {
        w.host = host;
        begin(&w, "Kernel-Session", 1, host == SIM_PC_A);
        list_processes(&w);
        end(&w, dir, "process.etl");
        begin(&w, "Network-Session", 0, host == SIM_PC_B);
        list_network(&w);
        end(&w, dir, "network.etl");
    }
    free(w.moment);
    return w.records;
}
