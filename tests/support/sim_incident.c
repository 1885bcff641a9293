/*
 * sim_incident - writes the incident that Kanari was built from, in the format of Windows:
 *   sim_incident [--seed N] [--scale N] [--times N] FOLDER
 *   sim_incident --hostile 1 FOLDER
 * FOLDER/logs/<host>/<channel>.evtx, the traces FOLDER/logs/<host>/process.etl and network.etl of
 * its first three days, FOLDER/logs/PC-A/adapters.ndjson, what Kanari would have told of its
 * network adapters, and FOLDER/truth.json, what must be found in them. The second form writes a
 * short log of names that are meant to hurt; its truth is one number.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/platform.h"
#include "sim_adapters.h"
#include "sim_encode.h"
#include "sim_etl.h"
#include "sim_hostile.h"
#include "sim_script.h"
#include "sim_truth.h"

#define SCALE_MAX 100u
#define TIMES_MAX 100u

struct options {
    struct sim_plan plan;
    int hostile;
    const char *folder;
};

static int
usage(void)
{
    fprintf(stderr,
            "usage: sim_incident [--seed N] [--scale 1..%u] [--times 1..%u] FOLDER\n"
            "       sim_incident --hostile 1 FOLDER\n",
            SCALE_MAX, TIMES_MAX);
    return 2;
}

static int
write_truth(const struct options *o, const struct sim_script *script,
            const struct sim_activity *activity, struct sim_records records)
{
    char path[1024];

    snprintf(path, sizeof(path), "%s/truth.json", o->folder);
    FILE *truth = fopen(path, "wb");
    if (truth == NULL) {
        fprintf(stderr, "sim_incident: cannot write %s\n", path);
        return 1;
    }
    if (o->hostile) {
        fprintf(truth, "{\"attempts\": %llu}\n", (unsigned long long)script->count);
    } else {
        sim_truth_write(script, activity, o->plan.seed, records, truth);
    }
    int failed = ferror(truth);
    failed |= fclose(truth);
    return failed ? 1 : 0;
}

static int
write_all(const struct options *o)
{
    char path[1024];
    struct sim_script script;
    struct sim_activity activity = {0};

    if (snprintf(path, sizeof(path), "%s/logs", o->folder) >= (int)sizeof(path) - 128) {
        return usage();
    }
    enum err err = dir_make(o->folder);
    if (err && err != ERR_EXISTS) {
        fprintf(stderr, "sim_incident: cannot make %s\n", o->folder);
        return 1;
    }
    if (o->hostile) {
        sim_hostile_make(&script);
    } else {
        sim_script_make(&o->plan, &script);
    }
    uint64_t records = sim_encode(&script, o->plan.seed, path);
    uint64_t traced = 0;
    uint64_t adapters = 0;
    if (!o->hostile) {
        sim_activity_make(&script, o->plan.seed, &activity);
        traced = sim_etl_write(&activity, path);
        adapters = sim_adapters_write(path);
    }
    int status =
        write_truth(o, &script, &activity, (struct sim_records){records, traced, adapters});
    printf("%llu guesses from %llu addresses, %llu records, %llu in traces\n",
           (unsigned long long)script.guesses, (unsigned long long)script.guess_sources,
           (unsigned long long)records, (unsigned long long)traced);
    sim_activity_free(&activity);
    sim_script_free(&script);
    return status;
}

/* True when the option is known and its value in range. */
static int
take_option(struct options *o, const char *name, const char *text)
{
    char *end = NULL;
    unsigned long long value = strtoull(text, &end, 10);

    if (end == text || *end != '\0') {
        return 0;
    }
    if (strcmp(name, "--seed") == 0) {
        o->plan.seed = value;
        return 1;
    }
    if (strcmp(name, "--scale") == 0) {
        o->plan.scale = (unsigned)value;
        return value >= 1 && value <= SCALE_MAX;
    }
    if (strcmp(name, "--times") == 0) {
        o->plan.times = (unsigned)value;
        return value >= 1 && value <= TIMES_MAX;
    }
    o->hostile = value == 1;
    return strcmp(name, "--hostile") == 0;
}

int
main(int argc, char **argv)
{
    struct options o = {.plan = {.seed = 1, .scale = 1, .times = 1}};
    int at = 1;

    while (at + 1 < argc && strncmp(argv[at], "--", 2) == 0) {
        if (!take_option(&o, argv[at], argv[at + 1])) {
            return usage();
        }
        at += 2;
    }
    if (at + 1 != argc) {
        return usage();
    }
    o.folder = argv[at];
    return write_all(&o);
}
