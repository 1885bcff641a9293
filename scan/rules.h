/*
 * rules - compiled rules, counted by their users. For the files of scan/ only.
 *
 * Threads: any; compiled rules do not change. The last to let go frees them.
 */
#pragma once

#include "scan/scan.h"

/* libyara's; its header stays in the .c files. */
struct YR_RULES;
struct YR_RULE;

struct rules;
/* One reference for the caller. The library is initialized. */
MUST_CHECK enum err rules_compile(const struct scan_source *files, size_t count,
                                  struct scan_report *report, struct rules **out);
void rules_ref(struct rules *r);
void rules_unref(struct rules *r); /* NULL is fine */
struct YR_RULES *rules_compiled(const struct rules *r);

/* Texts live as long as the rules. */
void rules_describe(const struct YR_RULE *rule, struct scan_rule *out);

/* The external variables, all texts. */
struct rules_external {
    const char *name;
    const char *def;
    size_t offset; /* in struct scan_facts */
};
#define RULES_EXTERNAL_COUNT 5u
extern const struct rules_external rules_externals[RULES_EXTERNAL_COUNT];

/* The one place where libyara's codes become ours. */
enum err rules_err(int code);

/* -- engine.c -------------------------------------------------------------------------------- */
/* The rules in force, with a reference for the caller; NULL: none. */
struct rules *engine_current(struct scan_engine *e);
