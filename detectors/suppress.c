/* suppress - matches alerts with the "suppress" list. */
#include "detectors/suppress.h"

static bool
given(const char *text)
{
    return text != NULL && *text != '\0';
}

static bool
glob_fits(const char *pattern, const char *text)
{
    return !given(pattern) || sv_glob(sv_from(text), sv_from(pattern));
}

static bool
source_fits(const char *pattern, const struct addr *source)
{
    struct addr_prefix prefix;
    char text[ADDR_TEXT_MAX];

    if (!given(pattern)) {
        return true;
    }
    if (!addr_is_set(source)) {
        return false;
    }
    if (addr_prefix_parse(sv_from(pattern), &prefix) == ERR_OK) {
        return addr_prefix_has(&prefix, source);
    }
    addr_format(source, text);
    return sv_glob(sv_from(text), sv_from(pattern));
}

const struct config_suppress *
suppress_find(const struct config *cfg, const struct alert *a)
{
    for (size_t i = 0; i < cfg->suppress_count; i++) {
        const struct config_suppress *s = &cfg->suppress[i];

        if (a->last_ft < s->until_ft && !given(s->sha256) && glob_fits(s->rule, a->rule->name) &&
            glob_fits(s->host, a->host) && glob_fits(s->account, a->account) &&
            source_fits(s->source, &a->source)) {
            return s;
        }
    }
    return NULL;
}
