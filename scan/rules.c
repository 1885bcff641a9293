/* rules - sources into compiled rules, file by file. */
#include "scan/rules.h"

#include <stdatomic.h>
#include <stdio.h>
#include <yara.h>

#include "core/mem.h"
#include "core/metrics.h"
#include "scan/heap.h"

#define COMPILE_MEMORY_MAX ((size_t)512 * 1024 * 1024)

struct rules {
    atomic_size_t refs;
    YR_RULES *yr;
};

const struct rules_external rules_externals[RULES_EXTERNAL_COUNT] = {
    {"file_name", "", offsetof(struct scan_facts, file_name)},
    {"path_class", "unknown", offsetof(struct scan_facts, path_class)},
    {"signed_verdict", "unknown", offsetof(struct scan_facts, signed_verdict)},
    {"parent", "", offsetof(struct scan_facts, parent)},
    {"command_line", "", offsetof(struct scan_facts, command_line)},
};

enum err
rules_err(int code)
{
    switch (code) {
    case ERROR_SUCCESS:
        return ERR_OK;
    case ERROR_INSUFFICIENT_MEMORY:
        return ERR_NOMEM;
    case ERROR_SCAN_TIMEOUT:
        return ERR_CANCELLED;
    /* Of this data, not of the rules: too much for the regular expressions or the stack. */
    case ERROR_TOO_MANY_MATCHES:
    case ERROR_TOO_MANY_RE_FIBERS:
    case ERROR_EXEC_STACK_OVERFLOW:
    case ERROR_TOO_SLOW_SCANNING:
        return ERR_FULL;
    default:
        return ERR_INTERNAL;
    }
}

/* -- one file -------------------------------------------------------------------------------- */

struct compile {
    struct scan_report *report; /* NULL: problems were told before */
    const char *file;
};

static void
add_problem(struct compile *c, uint32_t line, bool warning, const char *message)
{
    struct scan_report *r = c->report;
    struct scan_problem *p;

    if (r == NULL) {
        return;
    }
    if (r->problem_count == SCAN_PROBLEMS_MAX) {
        r->problems_more++;
        return;
    }
    p = &r->problems[r->problem_count++];
    p->line = line;
    p->warning = warning;
    (void)snprintf(p->file, sizeof(p->file), "%s", c->file);
    (void)snprintf(p->message, sizeof(p->message), "%s", message);
}

static void
on_problem(int level, const char *file, int line, const YR_RULE *rule, const char *message,
           void *ctx)
{
    (void)file;
    (void)rule;
    add_problem(ctx, line < 0 ? 0 : (uint32_t)line, level == YARA_ERROR_LEVEL_WARNING, message);
}

/* A compiler that knows the external variables, and no files to include. */
static enum err
compiler_create(struct compile *c, YR_COMPILER **out)
{
    YR_COMPILER *yr;
    int code = yr_compiler_create(&yr);

    if (code != ERROR_SUCCESS) {
        return rules_err(code);
    }
    yr_compiler_set_callback(yr, on_problem, c);
    yr_compiler_set_include_callback(yr, NULL, NULL, NULL);
    for (size_t i = 0; i < COUNT(rules_externals) && code == ERROR_SUCCESS; i++) {
        code =
            yr_compiler_define_string_variable(yr, rules_externals[i].name, rules_externals[i].def);
    }
    if (code != ERROR_SUCCESS) {
        yr_compiler_destroy(yr);
        return rules_err(code);
    }
    *out = yr;
    return ERR_OK;
}

/* ERR_FORMAT: it does not compile, and the report says why. */
static enum err
add_file(YR_COMPILER *yr, struct compile *c, const struct scan_source *file)
{
    c->file = file->name;
    if (file->text.len > SCAN_SOURCE_LEN_MAX) {
        add_problem(c, 0, false, "the file is too long");
        return ERR_FORMAT;
    }
    if (file->text.len == 0) {
        return ERR_OK;
    }
    if (yr_compiler_add_bytes(yr, file->text.p, file->text.len, file->name) == 0) {
        return ERR_OK;
    }
    return yr->last_error == ERROR_INSUFFICIENT_MEMORY ? ERR_NOMEM : ERR_FORMAT;
}

/* A compiler is of no use after an error, so every file is tried in one of its own first. */
static enum err
try_file(const struct scan_source *file, struct scan_report *report)
{
    struct compile c = {report, file->name};
    YR_COMPILER *yr;
    enum err err, heap_err;

    heap_limit_begin(COMPILE_MEMORY_MAX);
    err = compiler_create(&c, &yr);
    if (!err) {
        err = add_file(yr, &c, file);
        yr_compiler_destroy(yr);
    }
    heap_err = heap_limit_end();
    if (heap_err == ERR_FULL) {
        add_problem(&c, 0, false, "compiling takes too much memory");
        return ERR_FORMAT;
    }
    return heap_err ? heap_err : err; /* libyara tells some as errors in the rules */
}

/* -- all files ------------------------------------------------------------------------------- */

static enum err
take_rules(YR_COMPILER *yr, struct scan_report *report, struct rules **out)
{
    struct rules *r = mem_zalloc(sizeof(*r));
    enum err err;

    if (r == NULL) {
        return ERR_NOMEM;
    }
    err = rules_err(yr_compiler_get_rules(yr, &r->yr));
    if (err) {
        mem_free(r);
        return err;
    }
    atomic_init(&r->refs, 1);
    report->rules = r->yr->num_rules;
    *out = r;
    return ERR_OK;
}

/* Those of the files that are good. */
static enum err
compile_good(const struct scan_source *files, size_t count, const bool *good,
             struct scan_report *report, struct rules **out)
{
    struct compile c = {NULL, ""};
    YR_COMPILER *yr;
    enum err err = compiler_create(&c, &yr);

    if (err) {
        return err;
    }
    for (size_t i = 0; i < count && !err; i++) {
        if (good[i]) {
            err = add_file(yr, &c, &files[i]);
        }
    }
    if (!err) {
        err = take_rules(yr, report, out);
    }
    yr_compiler_destroy(yr);
    return err;
}

/* ERR_RANGE: each file compiles, but all together take too much memory. */
static enum err
compile_within_limit(const struct scan_source *files, size_t count, const bool *good,
                     struct scan_report *report, struct rules **out)
{
    struct rules *r = NULL;
    enum err err, heap_err;

    heap_limit_begin(COMPILE_MEMORY_MAX);
    err = compile_good(files, count, good, report, &r);
    heap_err = heap_limit_end();
    if (heap_err) {
        err = heap_err == ERR_FULL ? ERR_RANGE : heap_err;
        rules_unref(r);
        r = NULL;
        report->rules = 0;
    }
    if (!err) {
        *out = r;
    }
    return err;
}

static enum err
try_files(const struct scan_source *files, size_t count, bool *good, struct scan_report *report)
{
    for (size_t i = 0; i < count; i++) {
        enum err err = try_file(&files[i], report);

        if (err == ERR_FORMAT) {
            metric_add(METRIC_RULE_FILES_BROKEN, 1);
            report->files_broken++;
        } else if (err) {
            return err;
        } else {
            good[i] = true;
            report->files_loaded++;
        }
    }
    return report->files_loaded == 0 ? ERR_FORMAT : ERR_OK;
}

enum err
rules_compile(const struct scan_source *files, size_t count, struct scan_report *report,
              struct rules **out)
{
    bool *good;
    enum err err;

    memset(report, 0, sizeof(*report));
    if (count > SCAN_SOURCES_MAX) {
        return ERR_RANGE;
    }
    good = mem_array(count + 1, sizeof(*good));
    if (good == NULL) {
        return ERR_NOMEM;
    }
    err = try_files(files, count, good, report);
    if (!err) {
        err = compile_within_limit(files, count, good, report, out);
    }
    mem_free(good);
    return err;
}

void
rules_ref(struct rules *r)
{
    atomic_fetch_add_explicit(&r->refs, 1, memory_order_relaxed);
}

void
rules_unref(struct rules *r)
{
    if (r != NULL && atomic_fetch_sub_explicit(&r->refs, 1, memory_order_acq_rel) == 1) {
        (void)yr_rules_destroy(r->yr);
        mem_free(r);
    }
}

YR_RULES *
rules_compiled(const struct rules *r)
{
    return r->yr;
}

/* -- what a rule says of itself -------------------------------------------------------------- */

static const char *const strength_names[SCAN_STRENGTH_COUNT] = {"weak", "medium", "strong"};

const char *
scan_strength_name(enum scan_strength s)
{
    return strength_names[s];
}

static enum scan_strength
strength_find(const char *name)
{
    size_t i = SCAN_STRENGTH_COUNT;

    while (i-- > 0) {
        if (strcmp(strength_names[i], name) == 0) {
            return (enum scan_strength)i;
        }
    }
    return SCAN_WEAK;
}

static const char *
meta_text(const YR_RULE *rule, const char *name)
{
    const YR_META *meta;

    yr_rule_metas_foreach(rule, meta)
    {
        if (meta->type == META_TYPE_STRING && strcmp(meta->identifier, name) == 0) {
            return meta->string;
        }
    }
    return "";
}

void
rules_describe(const YR_RULE *rule, struct scan_rule *out)
{
    out->name = rule->identifier;
    out->file = rule->ns->name;
    out->family = meta_text(rule, "family");
    out->description = meta_text(rule, "description");
    out->attack = meta_text(rule, "attack");
    out->version = meta_text(rule, "version");
    out->strength = strength_find(meta_text(rule, "strength"));
    if (severity_find(sv_from(meta_text(rule, "severity")), &out->severity)) {
        out->severity = SEV_MEDIUM;
    }
}
