/* sim_truth_activity - every process, and how many connections and questions, for truth.json. */
#include "sim_truth.h"

#include <string.h>

#include "sim_activity.h"

static unsigned long long
ft_of(uint64_t ms)
{
    return SIM_START_FT + ms * SIM_MS;
}

static void
put_text(FILE *out, const char *text)
{
    putc('"', out);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\') {
            putc('\\', out);
        }
        putc(*text, out);
    }
    putc('"', out);
}

/* The path a person can open: on the drive where its command line says it is, where one does. */
static void
write_process(FILE *out, const struct sim_process *p)
{
    fprintf(out, "{\"host\": \"%s\", \"pid\": %u, \"parent_pid\": %u, \"running\": %s, ",
            sim_host_names[p->host], p->pid, p->parent_pid, p->running ? "true" : "false");
    fprintf(out, "\"start\": %llu, \"end\": %llu, \"session\": %u, \"sid\": \"%s\", ",
            p->running ? 0 : ft_of(p->start_ms), p->end_ms == 0 ? 0 : ft_of(p->end_ms), p->session,
            p->sid);
    fprintf(out, "\"exit_code\": %u, \"of_story\": %s, \"image\": ", p->exit_code,
            p->of_story ? "true" : "false");
    put_text(out, p->image);
    fprintf(out, ", \"folder\": ");
    put_text(out, p->folder);
    fprintf(out, ", \"command_line\": ");
    put_text(out, p->command_line);
    fprintf(out, "}");
}

/* host -> kind -> local port -> how many; and of the intruder alone. */
static void
write_flows(FILE *out, const struct sim_activity *a, const char *intruder)
{
    static const char *const kinds[SIM_FLOWS] = {"accept", "connect", "close"};
    unsigned long long of_intruder = 0;

    fprintf(out, "  \"flows\": [");
    for (unsigned n = 0; n < SIM_HOSTS * SIM_FLOWS; n++) {
        unsigned long long count = 0;
        enum sim_host host = n / SIM_FLOWS;
        enum sim_flow_kind kind = n % SIM_FLOWS;

        for (size_t i = 0; i < a->flow_count; i++) {
            count += a->flow[i].host == host && a->flow[i].kind == kind;
        }
        fprintf(out, "%s{\"host\": \"%s\", \"kind\": \"%s\", \"count\": %llu}", n == 0 ? "" : ", ",
                sim_host_names[host], kinds[kind], count);
    }
    for (size_t i = 0; i < a->flow_count; i++) {
        of_intruder += a->flow[i].kind == SIM_ACCEPT && strcmp(a->flow[i].remote, intruder) == 0;
    }
    fprintf(out, "],\n  \"accepts_of_intruder\": %llu,\n", of_intruder);
}

static void
write_queries(FILE *out, const struct sim_activity *a)
{
    fprintf(out, "  \"queries\": [");
    for (size_t i = 0; i < a->query_count; i++) {
        const struct sim_query *q = &a->query[i];

        fprintf(out, "%s{\"host\": \"%s\", \"time\": %llu, \"pid\": %u, \"name\": \"%s\"}",
                i == 0 ? "" : ", ", sim_host_names[q->host], ft_of(q->ms), q->pid, q->name);
    }
    fprintf(out, "],\n");
}

void
sim_truth_write_activity(const struct sim_activity *a, const char *intruder, FILE *out)
{
    fprintf(out, "  \"processes\": [\n    ");
    for (size_t i = 0; i < a->process_count; i++) {
        fprintf(out, "%s", i == 0 ? "" : ",\n    ");
        write_process(out, &a->process[i]);
    }
    fprintf(out, "\n  ],\n");
    write_flows(out, a, intruder);
    write_queries(out, a);
}
