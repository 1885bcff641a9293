/*
 * rule_cases - harmless files that carry what the carried YARA rules look for, and files that talk
 * about the same and must not match. Text that nothing runs, and images without code.
 */
#pragma once

#include "core/buf.h"
#include "scan/scan.h"

enum rule_case_kind {
    CASE_TEXT,
    CASE_PROGRAM,           /* uses the network */
    CASE_LIBRARY,           /* of a service; uses the network */
    CASE_PLAIN_PROGRAM,     /* nothing imported */
    CASE_PLAIN_LIBRARY,     /* nothing exported */
    CASE_EXPORTING_PROGRAM, /* exports as a service's library does */
};
/* How the lines are laid out. */
enum rule_case_form { FORM_PLAIN, FORM_WIDE, FORM_SPREAD, FORM_COUNT };

#define CASE_LINES_MAX 12u

struct rule_case {
    const char *name; /* what it is */
    const char *rule; /* that must match, or must not */
    enum rule_case_kind kind;
    const char *lines[CASE_LINES_MAX]; /* ends with NULL */
    struct scan_facts facts;
    bool narrow;      /* not as UTF-16: the trait exists in one width only */
    const char *also; /* a hazard's lawful finding */
};

extern const struct rule_case rule_cases_match[];
extern const size_t rule_cases_match_count;
extern const struct rule_case rule_cases_hazard[];
extern const size_t rule_cases_hazard_count;

/* The file's bytes; out is cleared first. */
void rule_case_build(const struct rule_case *c, enum rule_case_form form, struct buf *out);
