/* sim_truth - the expected counts and alerts as truth.json. */
#include "sim_truth.h"

#include <stdlib.h>
#include <string.h>

#include "sim_adapters.h"

#define MINUTE 60u
#define HOUR 3600u
#define DAY SIM_DAY
#define ACCOUNTS_MAX 64u
#define NOT_LOCAL(a) ((a)->source[0] != '\0')

/* -- counts ----------------------------------------------------------------------------------- */

struct counter {
    const char *host, *name;
    uint64_t count[SIM_OUTCOMES];
};

struct counters {
    struct counter *item;
    size_t count;
};

static void
count(struct counters *c, const char *host, const char *name, enum sim_outcome outcome,
      unsigned times)
{
    size_t i = 0;

    while (i < c->count &&
           (strcmp(c->item[i].host, host) != 0 || strcmp(c->item[i].name, name) != 0)) {
        i++;
    }
    if (i == c->count) {
        c->item = realloc(c->item, (c->count + 1) * sizeof(*c->item));
        if (c->item == NULL) {
            fprintf(stderr, "sim_truth: no memory\n");
            exit(1);
        }
        c->item[c->count++] = (struct counter){host, name, {0}};
    }
    c->item[i].count[outcome] += times;
}

static void
write_counters(FILE *out, const char *title, struct counters *c)
{
    fprintf(out, "  \"%s\": [", title);
    for (size_t i = 0; i < c->count; i++) {
        fprintf(out, "%s\n    {\"host\": \"%s\", \"name\": \"%s\"", i == 0 ? "" : ",",
                c->item[i].host, c->item[i].name);
        for (unsigned o = 0; o < SIM_OUTCOMES; o++) {
            fprintf(out, ", \"%s\": %llu", sim_outcome_names[o],
                    (unsigned long long)c->item[i].count[o]);
        }
        fprintf(out, "}");
    }
    fprintf(out, "\n  ],\n");
    free(c->item);
    *c = (struct counters){0};
}

/* A logon over RDP is two logons for Windows, one of type 3 and one of type 10. Who sits at the
 * keyboard and knows the password attempts nothing. */
static unsigned
times_of(const struct sim_attempt *a)
{
    return a->style == SIM_RDP_LOGON || a->style == SIM_RDP_ADMIN ? 2
           : a->style == SIM_CONSOLE_OK                           ? 0
                                                                  : 1;
}

static const char *
service_of(const struct sim_attempt *a)
{
    static const char *const names[] = {"rdp", "smb", "local", "lan"};

    return names[a->service];
}

static uint64_t
count_attempts(const struct sim_script *s)
{
    uint64_t attempts = 0;

    for (size_t i = 0; i < s->count; i++) {
        attempts += times_of(&s->attempt[i]);
    }
    return attempts;
}

static void
write_attempts(FILE *out, const struct sim_script *s)
{
    struct counters by_source = {0};
    struct counters by_account = {0};
    struct counters by_service = {0};

    for (size_t i = 0; i < s->count; i++) {
        const struct sim_attempt *a = &s->attempt[i];
        const char *host = sim_host_names[a->host];

        count(&by_service, host, service_of(a), a->outcome, times_of(a));
        if (NOT_LOCAL(a)) {
            count(&by_source, host, a->source, a->outcome, times_of(a));
        }
        if (NOT_LOCAL(a) && a->account != NULL) {
            count(&by_account, host, a->account, a->outcome, times_of(a));
        }
    }
    write_counters(out, "by_source", &by_source);
    write_counters(out, "by_account", &by_account);
    write_counters(out, "by_service", &by_service);
}

/* -- rules ------------------------------------------------------------------------------------ */

/* Times and accounts of the failures of one source (or of one account) on one host, in order. */
struct stream {
    const struct sim_attempt **item;
    size_t count;
};

static int
many_within(const struct stream *s, size_t times, uint32_t seconds)
{
    for (size_t i = times - 1; i < s->count; i++) {
        if (s->item[i]->second - s->item[i + 1 - times]->second <= seconds) {
            return 1;
        }
    }
    return 0;
}

/* Distinct accounts (or sources) in the window that ends with item `last`. */
static size_t
distinct_until(const struct stream *s, size_t last, uint32_t seconds, int of_accounts)
{
    const char *seen[ACCOUNTS_MAX];
    size_t found = 0;

    for (size_t i = last + 1; i-- > 0;) {
        const char *name = of_accounts ? s->item[i]->account : s->item[i]->source;
        size_t k = 0;

        if (s->item[last]->second - s->item[i]->second > seconds) {
            break;
        }
        while (k < found && strcmp(seen[k], name) != 0) {
            k++;
        }
        if (k == found && found < ACCOUNTS_MAX) {
            seen[found++] = name;
        }
    }
    return found;
}

static int
many_names_within(const struct stream *s, size_t names, uint32_t seconds)
{
    for (size_t i = 0; i < s->count; i++) {
        if (distinct_until(s, i, seconds, 1) >= names) {
            return 1;
        }
    }
    return 0;
}

static int
is_distributed(const struct stream *s)
{
    for (size_t i = 9; i < s->count; i++) {
        if (s->item[i]->second - s->item[i - 9]->second <= 10 * MINUTE &&
            distinct_until(s, i, 10 * MINUTE, 0) >= 3) {
            return 1;
        }
    }
    return 0;
}

static void
write_campaign(FILE *out, const struct stream *s, int *written)
{
    int burst = many_within(s, 5, 2 * MINUTE);
    int steady =
        many_within(s, 10, 10 * MINUTE) || many_within(s, 30, DAY) || many_within(s, 60, 7 * DAY);
    int spray = many_names_within(s, 5, 15 * MINUTE) || many_names_within(s, 10, DAY);
    int stale = strncmp(s->item[0]->source, "10.0.0.", 7) == 0;

    if (!burst && !steady && !spray) {
        return;
    }
    fprintf(out, "%s\n    {\"host\": \"%s\", \"source\": \"%s\", \"count\": %llu, \"rules\": [",
            *written ? "," : "", sim_host_names[s->item[0]->host], s->item[0]->source,
            (unsigned long long)s->count);
    if (stale) {
        fprintf(out, "\"logon.stale_credential\"");
    } else {
        const char *comma = "";
        fprintf(out, "%s%s", burst ? "\"logon.burst\"" : "", "");
        comma = burst ? ", " : comma;
        fprintf(out, "%s%s", steady ? comma : "", steady ? "\"logon.steady\"" : "");
        comma = burst || steady ? ", " : comma;
        fprintf(out, "%s%s", spray ? comma : "", spray ? "\"logon.spray\"" : "");
    }
    fprintf(out, "]}");
    *written = 1;
}

static int
same_stream(const struct sim_attempt *a, const struct sim_attempt *b, int by_account)
{
    return a->host == b->host &&
           (by_account ? strcmp(a->account, b->account) == 0 : strcmp(a->source, b->source) == 0);
}

/* The next stream of failures that no earlier item started; 0 when there is none. */
static int
next_stream(const struct sim_script *s, uint8_t *done, int by_account, struct stream *out)
{
    const struct sim_attempt *first = NULL;

    out->count = 0;
    for (size_t i = 0; i < s->count; i++) {
        const struct sim_attempt *a = &s->attempt[i];

        if (done[i] || a->outcome != SIM_FAILURE || !NOT_LOCAL(a) ||
            (first != NULL && !same_stream(first, a, by_account))) {
            continue;
        }
        first = first == NULL ? a : first;
        done[i] = 1;
        out->item[out->count++] = a;
    }
    return first != NULL;
}

static void
write_streams(FILE *out, const struct sim_script *s, int by_account)
{
    uint8_t *done = calloc(s->count, 1);
    struct stream stream = {calloc(s->count, sizeof(*stream.item)), 0};
    int written = 0;

    if (done == NULL || stream.item == NULL) {
        fprintf(stderr, "sim_truth: no memory\n");
        exit(1);
    }
    fprintf(out, "  \"%s\": [", by_account ? "distributed" : "campaigns");
    while (next_stream(s, done, by_account, &stream)) {
        if (!by_account) {
            write_campaign(out, &stream, &written);
        } else if (is_distributed(&stream)) {
            fprintf(out, "%s\n    {\"host\": \"%s\", \"account\": \"%s\"}", written ? "," : "",
                    sim_host_names[stream.item[0]->host], stream.item[0]->account);
            written = 1;
        }
    }
    fprintf(out, "\n  ],\n");
    free(done);
    free(stream.item);
}

static void
write_single_alerts(FILE *out, const struct sim_script *s)
{
    fprintf(out,
            "  \"success_after_failures\": [{\"host\": \"PC-A\", \"source\": \"%s\", "
            "\"account\": \"kumi\"}],\n",
            s->intruder);
    fprintf(out, "  \"dropped\": [");
    for (size_t i = 0; i < s->count; i++) {
        if (s->attempt[i].style == SIM_RDP_DROPPED) {
            fprintf(out, "{\"host\": \"PC-A\", \"source\": \"%s\"}", s->attempt[i].source);
            break;
        }
    }
    fprintf(out, "],\n");
}

/* Every source outside 10/8 is an internet source, the scanner too. */
static void
write_exposed(FILE *out, const struct sim_script *s)
{
    fprintf(out, "  \"from_internet\": [");
    for (enum sim_host host = 0; host < SIM_HOSTS; host++) {
        struct counters sources = {0};

        for (size_t i = 0; i < s->count; i++) {
            const struct sim_attempt *a = &s->attempt[i];

            if (a->host == host && NOT_LOCAL(a) && strncmp(a->source, "10.", 3) != 0) {
                count(&sources, sim_host_names[host], a->source, a->outcome, 1);
            }
        }
        fprintf(out, "%s{\"host\": \"%s\", \"sources\": %llu, \"severity\": \"%s\"}",
                host == 0 ? "" : ", ", sim_host_names[host], (unsigned long long)sources.count,
                host == SIM_PC_A ? "critical" : "high");
        free(sources.item);
    }
    fprintf(out, "],\n");
}

void
sim_truth_write(const struct sim_script *script, const struct sim_activity *activity, uint64_t seed,
                struct sim_records records, FILE *out)
{
    fprintf(out, "{\n  \"seed\": %llu,\n  \"records\": %llu,\n  \"attempts\": %llu,\n",
            (unsigned long long)seed, (unsigned long long)records.logs,
            (unsigned long long)count_attempts(script));
    fprintf(out, "  \"trace_records\": %llu,\n  \"adapter_records\": %llu,\n",
            (unsigned long long)records.traces, (unsigned long long)records.adapters);
    fprintf(out, "  \"guesses\": %llu,\n  \"guess_sources\": %llu,\n",
            (unsigned long long)script->guesses, (unsigned long long)script->guess_sources);
    write_attempts(out, script);
    write_streams(out, script, 0);
    write_streams(out, script, 1);
    write_single_alerts(out, script);
    write_exposed(out, script);
    sim_truth_write_activity(activity, script->intruder, out);
    sim_adapters_truth(out);
    fprintf(out, "  \"no_other_alerts\": true\n}\n");
}
