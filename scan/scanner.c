/* scanner - one scan after the other, each with the rules in force and within its limits. */
#include <assert.h>
#include <yara.h>

#include "core/mem.h"
#include "core/metrics.h"
#include "scan/heap.h"
#include "scan/rules.h"

#define NS_PER_MS UINT64_C(1000000)
#define SCAN_FLAGS                                                                                 \
    (SCAN_FLAGS_FAST_MODE | SCAN_FLAGS_NO_TRYCATCH | SCAN_FLAGS_REPORT_RULES_MATCHING)

const struct scan_limits scan_limits_default = {
    .len_max = (size_t)64 * 1024 * 1024,
    .timeout_ms = 20000,
    .memory_max = (size_t)32 * 1024 * 1024,
    .hits_max = SCAN_HITS_MAX,
};

struct scanner {
    struct scan_engine *engine;
    struct scan_limits limits;
    struct rules *rules; /* what yr was made for; a reference of ours */
    YR_SCANNER *yr;      /* NULL: to be made */
};

enum err
scanner_create(struct scan_engine *e, const struct scan_limits *limits, struct scanner **out)
{
    struct scanner *s = mem_zalloc(sizeof(*s));

    if (s == NULL) {
        return ERR_NOMEM;
    }
    s->engine = e;
    s->limits = *limits;
    if (s->limits.hits_max > SCAN_HITS_MAX) {
        s->limits.hits_max = SCAN_HITS_MAX;
    }
    *out = s;
    return ERR_OK;
}

static void
drop_yr(struct scanner *s)
{
    if (s->yr != NULL) {
        yr_scanner_destroy(s->yr);
        s->yr = NULL;
    }
}

void
scanner_destroy(struct scanner *s)
{
    if (s != NULL) {
        drop_yr(s);
        rules_unref(s->rules);
        mem_free(s);
    }
}

/* -- what libyara reports -------------------------------------------------------------------- */

struct scan {
    const struct scanner *scanner;
    struct scan_result *result;
};

static void
add_strings(YR_SCAN_CONTEXT *context, const YR_RULE *rule, struct scan_hit *hit)
{
    const YR_STRING *string;

    yr_rule_strings_foreach(rule, string)
    {
        if (STRING_IS_PRIVATE(string) || context->matches[string->idx].head == NULL) {
            continue;
        }
        if (hit->string_count == SCAN_HIT_STRINGS_MAX) {
            hit->strings_more++;
        } else {
            hit->strings[hit->string_count++] = string->identifier;
        }
    }
}

static void
add_hit(const struct scan *scan, YR_SCAN_CONTEXT *context, const YR_RULE *rule)
{
    struct scan_result *r = scan->result;
    struct scan_hit *hit;

    if (r->hit_count == scan->scanner->limits.hits_max) {
        metric_add(METRIC_SCAN_HITS_FULL, 1);
        r->hits_more++;
        return;
    }
    hit = &r->hits[r->hit_count++];
    rules_describe(rule, &hit->rule);
    hit->string_count = hit->strings_more = 0;
    add_strings(context, rule, hit);
}

static int
on_report(YR_SCAN_CONTEXT *context, int message, void *data, void *ctx)
{
    const struct scan *scan = ctx;

    if (message == CALLBACK_MSG_RULE_MATCHING) {
        add_hit(scan, context, data);
    } else if (message == CALLBACK_MSG_TOO_MANY_MATCHES) {
        metric_add(METRIC_SCAN_STRINGS_CUT, 1);
        scan->result->strings_cut = true;
    }
    return CALLBACK_CONTINUE;
}

/* -- one scan -------------------------------------------------------------------------------- */

/* yr is made anew when the rules in force are others. */
static enum err
prepare(struct scanner *s)
{
    struct rules *current = engine_current(s->engine);
    int code;

    if (current == NULL) {
        metric_add(METRIC_SCANS_WITHOUT_RULES, 1);
        return ERR_NOTFOUND;
    }
    if (current != s->rules) {
        drop_yr(s);
        rules_unref(s->rules);
        s->rules = current;
    } else {
        rules_unref(current);
    }
    if (s->yr != NULL) {
        return ERR_OK;
    }
    code = yr_scanner_create(rules_compiled(s->rules), &s->yr);
    if (code != ERROR_SUCCESS) {
        s->yr = NULL;
        return rules_err(code);
    }
    yr_scanner_set_flags(s->yr, SCAN_FLAGS);
    s->yr->timeout = s->limits.timeout_ms * NS_PER_MS; /* its setter knows seconds only */
    return ERR_OK;
}

static enum err
set_facts(struct scanner *s, const struct scan_facts *facts)
{
    static const struct scan_facts none;
    int code = ERROR_SUCCESS;

    for (size_t i = 0; i < COUNT(rules_externals) && code == ERROR_SUCCESS; i++) {
        const struct rules_external *x = &rules_externals[i];
        const char *value;

        memcpy(&value, (const char *)(facts == NULL ? &none : facts) + x->offset, sizeof(value));
        code = yr_scanner_define_string_variable(s->yr, x->name, value == NULL ? x->def : value);
    }
    return rules_err(code);
}

static enum err
scan_data(struct scanner *s, struct sv data, const struct scan_facts *facts,
          struct scan_result *result)
{
    struct scan scan = {s, result};
    enum err err = prepare(s);

    if (!err) {
        err = set_facts(s, facts);
    }
    if (err) {
        return err;
    }
    yr_scanner_set_callback(s->yr, on_report, &scan);
    return rules_err(
        yr_scanner_scan_mem(s->yr, (const uint8_t *)(data.len == 0 ? "" : data.p), data.len));
}

static void
count_failure(enum err err)
{
    if (err == ERR_CANCELLED) {
        metric_add(METRIC_SCANS_TIMED_OUT, 1);
    } else if (err == ERR_FULL) {
        metric_add(METRIC_SCANS_MEMORY_FULL, 1);
    } else if (err == ERR_NOMEM || err == ERR_INTERNAL) {
        metric_add(METRIC_SCANS_FAILED, 1);
    }
}

enum err
scanner_run(struct scanner *s, struct sv data, const struct scan_facts *facts,
            struct scan_result *result)
{
    enum err err, heap_err;

    memset(result, 0, sizeof(*result));
    if (data.len > s->limits.len_max) {
        metric_add(METRIC_SCANS_TOO_LONG, 1);
        return ERR_RANGE;
    }
    heap_limit_begin(s->limits.memory_max);
    err = scan_data(s, data, facts, result);
    if (err && err != ERR_NOTFOUND) {
        drop_yr(s); /* whatever state it is in */
    }
    heap_err = heap_limit_end();
    if (heap_err) {
        err = heap_err; /* what libyara could not look at is not clean */
    }
    if (err) {
        count_failure(err);
        memset(result, 0, sizeof(*result));
    }
    return err;
}
