/* evtlog_sim_query - the structured queries that our channels use, and the limits of XPath. */
#include <stdlib.h>

#include "core/tm.h"
#include "core/utf.h"
#include "support/evtlog_sim_log.h"

#define QUERY_TEXT_MAX 32768
#define SELECT_EXPRESSIONS_MAX 32

/* What stands between `before` and `after` behind *at, which moves behind it. */
static bool
take_between(const char **at, const char *before, const char *after, struct sv *out)
{
    const char *begin = strstr(*at, before);
    const char *end = begin == NULL ? NULL : strstr(begin + strlen(before), after);

    if (end == NULL) {
        return false;
    }
    begin += strlen(before);
    *out = (struct sv){begin, (size_t)(end - begin)};
    *at = end + strlen(after);
    return true;
}

static bool
copy(struct sv s, char out[SIM_PATH_MAX])
{
    if (s.len >= SIM_PATH_MAX) {
        return false;
    }
    memcpy(out, s.p, s.len);
    out[s.len] = 0;
    return true;
}

static uint32_t
parse_select(char *xpath, struct sim_select *s)
{
    const char *at = xpath;
    struct sv part;
    size_t expressions = 1;

    if (!take_between(&at, "*[System[Provider[@Name='", "']", &part) || !copy(part, s->provider)) {
        return EVTLOG_INVALID_QUERY;
    }
    s->since_ft = 0;
    s->count = 0;
    if (strstr(at, "TimeCreated") != NULL) {
        if (!take_between(&at, "TimeCreated[@SystemTime&gt;='", "']", &part) ||
            tm_parse(part, &s->since_ft)) {
            return EVTLOG_INVALID_QUERY;
        }
        expressions++;
    }
    while ((at = strstr(at, "EventID=")) != NULL) {
        at += strlen("EventID=");
        if (++expressions > SELECT_EXPRESSIONS_MAX) {
            return EVTLOG_FILTER_TOO_COMPLEX;
        }
        s->ids[s->count++] = (uint16_t)strtoul(at, NULL, 10);
    }
    return s->count == 0 ? EVTLOG_INVALID_QUERY : EVTLOG_OK;
}

uint32_t
sim_query_parse(const uint16_t *text, struct sim_query *out)
{
    char utf8[QUERY_TEXT_MAX];
    const char *at = utf8;
    size_t units = 0;
    bool cut;
    struct sv path;
    struct sv xpath;

    while (text[units] != 0) {
        units++;
    }
    utf8[utf16le_to_utf8(text, 2 * units, utf8, sizeof(utf8) - 1, &cut)] = 0;
    out->count = 0;
    if (cut || strncmp(utf8, "<QueryList><Query Id=\"0\">", 25) != 0 ||
        strstr(utf8, "</Query></QueryList>") == NULL) {
        return EVTLOG_INVALID_QUERY;
    }
    while (take_between(&at, "<Select Path=\"", "\">", &path)) {
        struct sim_select *s = &out->select[out->count];
        char copied[4096];
        uint32_t code;

        if (out->count == SIM_SELECTS_MAX || !copy(path, s->path) ||
            !take_between(&at, "", "</Select>", &xpath) || xpath.len >= sizeof(copied)) {
            return EVTLOG_INVALID_QUERY;
        }
        memcpy(copied, xpath.p, xpath.len);
        copied[xpath.len] = 0;
        code = parse_select(copied, s);
        if (code != EVTLOG_OK) {
            return code;
        }
        out->count++;
    }
    return out->count == 0 ? EVTLOG_INVALID_QUERY : EVTLOG_OK;
}

bool
sim_query_has(const struct sim_query *q, const struct evtlog_sim_record *r)
{
    for (size_t i = 0; i < q->count; i++) {
        const struct sim_select *s = &q->select[i];

        if (!sv_eq(r->provider, sv_from(s->provider)) || r->time_ft < s->since_ft) {
            continue;
        }
        for (size_t k = 0; k < s->count; k++) {
            if (s->ids[k] == r->event_id) {
                return true;
            }
        }
    }
    return false;
}
