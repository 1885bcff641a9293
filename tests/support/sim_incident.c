/*
 * sim_incident - writes the incident that Kanari was built from, in the format of Windows:
 *   sim_incident [--seed N] [--scale N] FOLDER
 * FOLDER/logs/<host>/<channel>.evtx and FOLDER/truth.json, what must be found in them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef _WIN32
#include <direct.h>
#define make_dir(path) _mkdir(path)
#else
#include <sys/stat.h>
#define make_dir(path) mkdir(path, 0755)
#endif

#include "sim_encode.h"
#include "sim_script.h"
#include "sim_truth.h"

#define SCALE_MAX 100u

static int
usage(void)
{
    fprintf(stderr, "usage: sim_incident [--seed N] [--scale 1..%u] FOLDER\n", SCALE_MAX);
    return 2;
}

static int
write_all(uint64_t seed, unsigned scale, const char *folder)
{
    char path[1024];
    struct sim_script script;

    (void)make_dir(folder);
    sim_script_make(seed, scale, &script);
    if (snprintf(path, sizeof(path), "%s/logs", folder) >= (int)sizeof(path) - 128) {
        return usage();
    }
    uint64_t records = sim_encode(&script, seed, path);
    snprintf(path, sizeof(path), "%s/truth.json", folder);
    FILE *truth = fopen(path, "wb");
    if (truth == NULL) {
        fprintf(stderr, "sim_incident: cannot write %s\n", path);
        return 1;
    }
    sim_truth_write(&script, seed, records, truth);
    int failed = ferror(truth);
    failed |= fclose(truth);
    printf("%llu guesses from %llu addresses, %llu records\n", (unsigned long long)script.guesses,
           (unsigned long long)script.guess_sources, (unsigned long long)records);
    sim_script_free(&script);
    return failed ? 1 : 0;
}

int
main(int argc, char **argv)
{
    uint64_t seed = 1;
    unsigned scale = 1;
    int at = 1;

    while (at + 1 < argc && strncmp(argv[at], "--", 2) == 0) {
        char *end = NULL;
        unsigned long long value = strtoull(argv[at + 1], &end, 10);

        if (*end != '\0') {
            return usage();
        }
        if (strcmp(argv[at], "--seed") == 0) {
            seed = value;
        } else if (strcmp(argv[at], "--scale") == 0 && value >= 1 && value <= SCALE_MAX) {
            scale = (unsigned)value;
        } else {
            return usage();
        }
        at += 2;
    }
    return at + 1 == argc ? write_all(seed, scale, argv[at]) : usage();
}
