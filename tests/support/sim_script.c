/* sim_script - who tries what, from where, when: the incident as a list of attempts. */
#include "sim_script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AT(day, hour, minute) ((day)*SIM_DAY + (hour)*3600u + (minute)*60u)
#define ATTACK_FROM AT(0, 9, 12)
#define ATTACK_TO AT(2, 23, 50)
#define ENTRY_AT AT(2, 22, 41)
#define NLA_GAP_S 11u /* attempts without a port need room to be told apart */
#define ALONE_S 12u   /* neither neighbour is nearer: an absent address can be inferred */

#define STATUS_NO_USER 0xc0000064u
#define STATUS_BAD_PASSWORD 0xc000006au

const char *const sim_host_names[SIM_HOSTS] = {"PC-A", "PC-B"};
const char *const sim_outcome_names[SIM_OUTCOMES] = {"failure", "success", "connect"};

static const char *const sprayed[] = {
    "admin",  "user",    "test",    "guest1",    "backup", "scanner", "sales",  "office", "support",
    "owner",  "student", "pos",     "reception", "kasse",  "labor",   "praxis", "info",   "service",
    "remote", "mail",    "manager", "sql",       "ftp",    "temp",    "demo",
};
#define SPRAYED_COUNT (sizeof(sprayed) / sizeof(sprayed[0]))

struct writer {
    struct sim_script *script;
    size_t cap;
    uint64_t random;
    unsigned sources; /* handed out so far */
    uint32_t offset;  /* of the story being told, in seconds */
};

uint64_t
sim_random(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15ull);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
}

static uint32_t
below(struct writer *w, uint32_t limit)
{
    return (uint32_t)(sim_random(&w->random) % limit);
}

static void
add(struct writer *w, const struct sim_attempt *a)
{
    struct sim_script *s = w->script;

    if (s->count == w->cap) {
        w->cap = w->cap == 0 ? 4096 : w->cap * 2;
        s->attempt = realloc(s->attempt, w->cap * sizeof(*s->attempt));
        if (s->attempt == NULL) {
            fprintf(stderr, "sim_script: no memory\n");
            exit(1);
        }
    }
    s->attempt[s->count] = *a;
    s->attempt[s->count].second += w->offset;
    s->attempt[s->count].order = (uint32_t)s->count;
    s->count++;
}

/* Every twentieth source is IPv6. */
static void
new_source(struct writer *w, char out[SIM_ADDRESS_MAX])
{
    static const char *const nets[] = {"192.31.196", "192.52.193", "192.175.48"};
    unsigned n = w->sources++;

    if (n % 20 == 19) {
        snprintf(out, SIM_ADDRESS_MAX, "2620:4f:8000::%x", n + 1);
    } else {
        snprintf(out, SIM_ADDRESS_MAX, "%s.%u", nets[n % 3], 1 + n / 3 % 254);
    }
}

/* -- guessing --------------------------------------------------------------------------------- */

struct campaign {
    enum sim_host host;
    enum sim_style style;
    uint32_t from, to; /* seconds */
    unsigned count;
    const char *const *accounts;
    size_t account_count;
    int one_after_another; /* each account in turn, else the first mostly */
};

static const char *
pick_account(struct writer *w, const struct campaign *c, unsigned n)
{
    if (c->one_after_another) {
        return c->accounts[n % c->account_count];
    }
    return c->accounts[below(w, 4) != 0 ? 0 : below(w, (uint32_t)c->account_count)];
}

static uint32_t
sub_status_of(const char *account)
{
    return strcmp(account, "administrator") == 0 || strcmp(account, "kumi") == 0
               ? STATUS_BAD_PASSWORD
               : STATUS_NO_USER;
}

/* Evenly spread with jitter below half a step, so that tries of one source never meet. */
static void
run_campaign(struct writer *w, const struct campaign *c, const char *source)
{
    uint32_t step = (c->to - c->from) / c->count;

    for (unsigned i = 0; i < c->count; i++) {
        struct sim_attempt a = {
            .second = c->from + i * step + below(w, step > 2 * NLA_GAP_S ? step - NLA_GAP_S : 1),
            .host = c->host,
            .style = c->style,
            .outcome = c->style == SIM_RDP_DROPPED ? SIM_CONNECT : SIM_FAILURE,
            .service = c->style == SIM_SMB_551 || c->style == SIM_SMB_PLAIN ? SIM_SMB : SIM_RDP,
            .port = (uint16_t)(1024 + below(w, 64000)),
        };

        memcpy(a.source, source, SIM_ADDRESS_MAX);
        if (a.outcome == SIM_FAILURE) {
            a.account = pick_account(w, c, i);
            a.sub_status = sub_status_of(a.account);
        }
        if (a.style == SIM_NLA && a.sub_status == STATUS_NO_USER) {
            a.style = SIM_NLA_140;
        }
        add(w, &a);
    }
}

static void
new_campaign(struct writer *w, const struct campaign *c)
{
    char source[SIM_ADDRESS_MAX] = {0};

    new_source(w, source);
    run_campaign(w, c, source);
}

static const char *const admin_first[] = {"administrator", "admin", "user", "test"};
static const char *const kumi_only[] = {"kumi"};

/* Long campaigns over all three days, heavy ones and slow ones. */
static void
long_campaigns(struct writer *w, unsigned scale)
{
    static const enum sim_style heavy[] = {SIM_RDP_PLAIN, SIM_SMB_551, SIM_NLA, SIM_SMB_PLAIN};

    for (unsigned i = 0; i < 8; i++) {
        struct campaign c = {
            SIM_PC_A, heavy[i % 4], ATTACK_FROM + i * 600, ATTACK_TO, 1500 / scale, admin_first, 4,
            0};
        new_campaign(w, &c);
    }
    for (unsigned i = 0; i < 40; i++) {
        uint32_t from = ATTACK_FROM + below(w, 3600);
        struct campaign c = {i % 8 == 7 ? SIM_PC_B : SIM_PC_A,
                             i % 2 != 0 ? SIM_NLA : SIM_SMB_551,
                             from,
                             ATTACK_TO - below(w, 3600),
                             90,
                             admin_first,
                             1,
                             0};
        new_campaign(w, &c);
    }
}

static void
sprayers(struct writer *w)
{
    for (unsigned i = 0; i < 10; i++) {
        uint32_t from = ATTACK_FROM + below(w, 2 * SIM_DAY);
        struct campaign c = {SIM_PC_A,      i % 2 != 0 ? SIM_NLA : SIM_SMB_551,
                             from,          from + 6 * 3600,
                             200,           sprayed,
                             SPRAYED_COUNT, 1};
        new_campaign(w, &c);
    }
}

static void
short_bursts(struct writer *w)
{
    for (unsigned i = 0; i < 41; i++) {
        uint32_t from = ATTACK_FROM + below(w, 2 * SIM_DAY);
        unsigned count = 20 + below(w, 21);
        struct campaign c = {i < 30 ? SIM_PC_A : SIM_PC_B,
                             i % 3 == 0 ? SIM_RDP_PLAIN : SIM_SMB_PLAIN,
                             from,
                             from + count * 14,
                             count,
                             admin_first,
                             4,
                             0};
        new_campaign(w, &c);
    }
}

/* Three tries and gone: below every threshold of a single source. */
static void
passers_by(struct writer *w)
{
    for (unsigned i = 0; i < 100; i++) {
        uint32_t from = ATTACK_FROM + below(w, SIM_DAY);
        struct campaign c = {
            SIM_PC_A, i % 2 != 0 ? SIM_NLA : SIM_SMB_PLAIN, from, from + SIM_DAY, 3, admin_first, 4,
            0};
        new_campaign(w, &c);
    }
}

/* Two hundred addresses, one try each, one account, two hours. */
static void
swarm(struct writer *w)
{
    for (unsigned i = 0; i < 200; i++) {
        uint32_t from = AT(1, 3, 0) + i * 36;
        struct campaign c = {SIM_PC_A, SIM_SMB_551, from, from + 1, 1, admin_first, 1, 0};
        new_campaign(w, &c);
    }
}

static void
scanner(struct writer *w)
{
    struct campaign c = {SIM_PC_A, SIM_RDP_DROPPED, AT(1, 14, 0), AT(1, 14, 4), 40, NULL, 0, 0};

    new_campaign(w, &c);
}

/* The one that gets in: slow on one account, then its password. */
static void
intruder(struct writer *w, char source[SIM_ADDRESS_MAX], unsigned scale)
{
    struct campaign c = {SIM_PC_A, SIM_NLA, AT(1, 20, 0), ENTRY_AT - 60, 1204 / scale, kumi_only,
                         1,        0};
    struct sim_attempt entry = {
        .second = ENTRY_AT,
        .host = SIM_PC_A,
        .style = SIM_RDP_LOGON,
        .outcome = SIM_SUCCESS,
        .service = SIM_RDP,
        .port = 51515,
        .account = "kumi",
    };

    new_source(w, source);
    run_campaign(w, &c, source);
    memcpy(entry.source, source, SIM_ADDRESS_MAX);
    add(w, &entry);
}

/* -- the company's own ------------------------------------------------------------------------ */

static void
lan_logons(struct writer *w)
{
    static const char *const people[] = {"kumi", "anna", "ben", "taro", "hanako"};

    for (unsigned day = 0; day < SIM_DAYS; day++) {
        for (unsigned i = 0; i < 80; i++) {
            unsigned who = i % 5;
            struct sim_attempt a = {
                .second = AT(day, 7, 30) + i * 420 + below(w, 300),
                .host = i % 4 == 3 ? SIM_PC_B : SIM_PC_A,
                .style = SIM_LAN_LOGON,
                .outcome = SIM_SUCCESS,
                .service = SIM_LAN,
                .port = (uint16_t)(49152 + below(w, 16000)),
                .account = people[who],
            };
            if (day == 0 && i < 20) {
                a.second = AT(0, 7, 30) + i * 60; /* everybody is known before it starts */
            }
            snprintf(a.source, sizeof(a.source), "10.0.0.%u", 11 + who);
            add(w, &a);
        }
    }
}

/* Who looks after the PCs does it over the network, as an intruder would. */
static void
lan_admin(struct writer *w)
{
    for (enum sim_host host = 0; host < SIM_HOSTS; host++) {
        struct sim_attempt a = {
            .second = AT(2, 10, 20) + 30,
            .host = host,
            .style = SIM_RDP_ADMIN,
            .outcome = SIM_SUCCESS,
            .service = SIM_RDP,
            .source = "10.0.0.30",
            .port = (uint16_t)(50123 + host),
            .account = "it-admin",
        };

        add(w, &a);
    }
}

/* A copier with an old password: every 15 minutes, for ever. */
static void
copiers(struct writer *w)
{
    for (unsigned copier = 0; copier < 2; copier++) {
        for (uint32_t t = AT(0, 6, copier * 7); t < SIM_DAYS * SIM_DAY; t += 900) {
            struct sim_attempt a = {
                .second = t,
                .host = copier == 0 ? SIM_PC_A : SIM_PC_B,
                .style = SIM_SMB_551,
                .outcome = SIM_FAILURE,
                .service = SIM_SMB,
                .port = (uint16_t)(50000 + t / 900 % 10000),
                .account = copier == 0 ? "scan" : "scan2",
                .sub_status = STATUS_BAD_PASSWORD,
            };
            snprintf(a.source, sizeof(a.source), "10.0.0.%u", 201 + copier);
            add(w, &a);
        }
    }
}

/* Monday morning at the keyboard. */
static void
console(struct writer *w)
{
    for (unsigned i = 0; i < SIM_DAYS * 4; i++) {
        uint32_t t = AT(i / 4, 8, 5 + i % 4 * 60);

        for (unsigned n = 0; n <= 3; n++) {
            struct sim_attempt a = {
                .second = t + n * 8,
                .host = i % 2 == 0 ? SIM_PC_A : SIM_PC_B,
                .style = n < 3 ? SIM_CONSOLE_BAD : SIM_CONSOLE_OK,
                .outcome = n < 3 ? SIM_FAILURE : SIM_SUCCESS,
                .service = SIM_CONSOLE,
                .account = "hanako",
                .sub_status = n < 3 ? STATUS_BAD_PASSWORD : 0,
            };
            add(w, &a);
        }
    }
}

/* -- the whole -------------------------------------------------------------------------------- */

static int
by_time(const void *left, const void *right)
{
    const struct sim_attempt *a = left;
    const struct sim_attempt *b = right;

    if (a->second != b->second) {
        return a->second < b->second ? -1 : 1;
    }
    return (a->order > b->order) - (a->order < b->order);
}

static int
is_alone(const struct sim_script *s, size_t at)
{
    for (size_t i = at; i-- > 0 && s->attempt[at].second - s->attempt[i].second <= ALONE_S;) {
        if (s->attempt[i].host == s->attempt[at].host) {
            return 0;
        }
    }
    for (size_t i = at + 1; i < s->count && s->attempt[i].second - s->attempt[at].second <= ALONE_S;
         i++) {
        if (s->attempt[i].host == s->attempt[at].host) {
            return 0;
        }
    }
    return 1;
}

/* Older builds log no address with NLA: some of those that can be told all the same. */
static void
hide_addresses(struct writer *w)
{
    struct sim_script *s = w->script;

    for (size_t i = 0; i < s->count; i++) {
        if (s->attempt[i].style == SIM_NLA && below(w, 3) == 0 && is_alone(s, i)) {
            s->attempt[i].style = SIM_NLA_NOADDR;
        }
    }
}

static void
tell_story(struct writer *w, char intruder_source[SIM_ADDRESS_MAX], unsigned scale)
{
    struct sim_script *s = w->script;
    size_t from = s->count;

    w->sources = 0;
    intruder(w, intruder_source, scale);
    long_campaigns(w, scale);
    sprayers(w);
    short_bursts(w);
    passers_by(w);
    swarm(w);
    for (size_t i = from; i < s->count; i++) {
        s->guesses += s->attempt[i].outcome == SIM_FAILURE;
    }
    s->guess_sources = w->sources;
    scanner(w);
    lan_logons(w);
    lan_admin(w);
    copiers(w);
    console(w);
}

void
sim_script_make(const struct sim_plan *plan, struct sim_script *out)
{
    static char intruder_source[SIM_ADDRESS_MAX];
    struct writer w = {.script = out, .random = plan->seed};

    *out = (struct sim_script){0};
    for (unsigned n = 0; n < plan->times; n++) {
        w.offset = n * SIM_DAYS * SIM_DAY;
        tell_story(&w, intruder_source, plan->scale);
    }
    qsort(out->attempt, out->count, sizeof(*out->attempt), by_time);
    hide_addresses(&w);
    out->intruder = intruder_source;
}

void
sim_script_free(struct sim_script *s)
{
    free(s->attempt);
    *s = (struct sim_script){0};
}
