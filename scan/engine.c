/* engine - the rules in force. */
#include <yara.h>

#include "core/mem.h"
#include "platform/thread.h"
#include "scan/rules.h"

/* Of a match only that it is there is told: no copies of what was found. */
#define MATCH_COPY_LEN 8u

struct scan_engine {
    struct mutex *mutex;
    struct rules *current; /* NULL: none yet */
};

enum err
scan_engine_create(struct scan_engine **out)
{
    struct scan_engine *e = mem_zalloc(sizeof(*e));
    int code;
    enum err err;

    if (e == NULL) {
        return ERR_NOMEM;
    }
    err = mutex_create(&e->mutex);
    if (err) {
        mem_free(e);
        return err;
    }
    code = yr_initialize();
    if (code == ERROR_SUCCESS) {
        code = yr_set_configuration_uint32(YR_CONFIG_MAX_MATCH_DATA, MATCH_COPY_LEN);
    }
    if (code != ERROR_SUCCESS) {
        scan_engine_destroy(e);
        return rules_err(code);
    }
    *out = e;
    return ERR_OK;
}

void
scan_engine_destroy(struct scan_engine *e)
{
    if (e != NULL) {
        rules_unref(e->current);
        (void)yr_finalize(); /* its own count keeps it as long as somebody uses it */
        mutex_destroy(e->mutex);
        mem_free(e);
    }
}

struct rules *
engine_current(struct scan_engine *e)
{
    struct rules *r;

    mutex_lock(e->mutex);
    r = e->current;
    if (r != NULL) {
        rules_ref(r);
    }
    mutex_unlock(e->mutex);
    return r;
}

enum err
scan_engine_load(struct scan_engine *e, const struct scan_source *files, size_t count,
                 struct scan_report *report)
{
    struct rules *fresh, *old;
    enum err err = rules_compile(files, count, report, &fresh);

    if (err) {
        return err;
    }
    mutex_lock(e->mutex);
    old = e->current;
    e->current = fresh;
    mutex_unlock(e->mutex);
    rules_unref(old);
    return ERR_OK;
}

enum err
scan_engine_rules(struct scan_engine *e, scan_rule_fn fn, void *ctx)
{
    struct rules *r = engine_current(e);
    const YR_RULE *yr;
    enum err err = ERR_OK;

    if (r == NULL) {
        return ERR_OK;
    }
    yr_rules_foreach(rules_compiled(r), yr)
    {
        struct scan_rule rule;

        rules_describe(yr, &rule);
        err = fn(ctx, &rule);
        if (err) {
            break;
        }
    }
    rules_unref(r);
    return err;
}
