/*
 * scan - YARA rules over bytes in memory.
 *
 *   engine   the rules in force; a load compiles others and puts them in place in one step, while
 *            scans that run go on with those they began with
 *   scanner  what one thread scans with
 *
 * A file of rules that does not compile is named with its line and left out; the others load. Files
 * do not see each other's rules, and cannot include files. Only bytes that the caller holds are
 * scanned: nothing is opened, mapped, or read from a process.
 *
 * Units:   lengths in bytes, times in milliseconds.
 * Memory:  an engine, its rules and its scanners; each scan is limited. Texts of a result live
 * until the next call on the same scanner. Threads: one engine at a time is created or destroyed.
 * load() and scanner_create() from any; a scanner belongs to one thread at a time. All scanners are
 * destroyed before their engine.
 */
#pragma once

#include "core/alert.h"
#include "core/sv.h"

/* -- rules ----------------------------------------------------------------------------------- */

struct scan_source {
    const char *name; /* of the file, for messages; its rules' namespace */
    struct sv text;
};

#define SCAN_FILE_NAME_MAX 128
#define SCAN_MESSAGE_MAX 320
#define SCAN_PROBLEMS_MAX 32
#define SCAN_SOURCES_MAX 4096
#define SCAN_SOURCE_LEN_MAX ((size_t)4 * 1024 * 1024)

struct scan_problem {
    char file[SCAN_FILE_NAME_MAX]; /* cut to fit, as is the message */
    uint32_t line;                 /* 0 = of the whole file */
    bool warning;                  /* the rule loads, but scans slowly */
    char message[SCAN_MESSAGE_MAX];
};

struct scan_report {
    size_t files_loaded, files_broken, rules;
    struct scan_problem problems[SCAN_PROBLEMS_MAX];
    size_t problem_count;
    size_t problems_more; /* that had no room */
};

/* How much one finding of a rule says by itself; its meta "strength". */
enum scan_strength { SCAN_WEAK, SCAN_MEDIUM, SCAN_STRONG, SCAN_STRENGTH_COUNT };
const char *scan_strength_name(enum scan_strength s); /* "weak" ... "strong" */

/* What a rule says of itself. A text that it leaves out is "". */
struct scan_rule {
    const char *name;
    const char *file;
    const char *family;          /* "lemonduck"; meta "family" */
    const char *description;     /* meta "description" */
    const char *attack;          /* ATT&CK ids, "T1496.001, T1059.001"; meta "attack" */
    const char *version;         /* meta "version" */
    enum severity severity;      /* meta "severity"; medium when it is missing or no severity */
    enum scan_strength strength; /* weak when it is missing */
};

struct scan_engine;
MUST_CHECK enum err scan_engine_create(struct scan_engine **out);
void scan_engine_destroy(struct scan_engine *e);

/* Compiles the files and puts what compiled in the place of the rules in force; *report (required)
 * is filled in any case. ERR_FORMAT: no file compiled; ERR_RANGE: too many files, or together
 * they take too much memory; ERR_NOMEM (of which libyara leaks a little). Then the rules in
 * force stay. */
MUST_CHECK enum err scan_engine_load(struct scan_engine *e, const struct scan_source *files,
                                     size_t count, struct scan_report *report);

/* The rules in force, in the order of their files. An error of fn ends it. */
typedef enum err (*scan_rule_fn)(void *ctx, const struct scan_rule *rule);
MUST_CHECK enum err scan_engine_rules(struct scan_engine *e, scan_rule_fn fn, void *ctx);

/* -- scanning -------------------------------------------------------------------------------- */

struct scan_limits {
    size_t len_max;      /* longer data is not scanned */
    uint32_t timeout_ms; /* of one scan; what it takes to notice comes on top */
    size_t memory_max;   /* that one scan may take on top of the data */
    size_t hits_max;     /* rules told of, at most SCAN_HITS_MAX */
};
extern const struct scan_limits scan_limits_default;

/* What is known of the data besides its bytes: the external variables of the rules. NULL means not
 * known, and rules see the default of yara-rules/externals. */
struct scan_facts {
    const char *file_name;      /* without its folder */
    const char *path_class;     /* "system", "program", "user", "temp", "removable" */
    const char *signed_verdict; /* "trusted", "untrusted", "unsigned" */
    const char *parent;         /* file name of the starting process */
    const char *command_line;
};

#define SCAN_HITS_MAX 32
#define SCAN_HIT_STRINGS_MAX 24

struct scan_hit {
    struct scan_rule rule;
    const char *strings[SCAN_HIT_STRINGS_MAX]; /* names of the strings found, "$agent" */
    size_t string_count;
    size_t strings_more;
};

struct scan_result {
    struct scan_hit hits[SCAN_HITS_MAX];
    size_t hit_count;
    size_t hits_more; /* rules beyond hits_max */
    bool strings_cut; /* a string was found so often that it was no longer looked for */
};

struct scanner;
/* The limits are copied. */
MUST_CHECK enum err scanner_create(struct scan_engine *e, const struct scan_limits *limits,
                                   struct scanner **out);
void scanner_destroy(struct scanner *s);

/* Scans with the rules in force; facts may be NULL. *result is filled on ERR_OK, else empty.
 * ERR_RANGE: longer than len_max. ERR_CANCELLED: the time was up. ERR_FULL: memory_max was reached.
 * ERR_NOTFOUND: no rules are in force. ERR_NOMEM, ERR_INTERNAL. Each but the last two has its
 * counter in core/metrics_list.h. */
MUST_CHECK enum err scanner_run(struct scanner *s, struct sv data, const struct scan_facts *facts,
                                struct scan_result *result);
