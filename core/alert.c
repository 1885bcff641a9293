/* alert - ids, parameters and evidence of an alert. */
#include "core/alert.h"

#include <assert.h>
#include <string.h>

#include "core/hash.h"
#include "core/metrics.h"
#include "core/utf.h"

#define EVIDENCE_FIRST (ALERT_EVIDENCE_MAX / 2) /* the rest is for the newest */

static const char *const severities[SEV_COUNT] = {
    [SEV_INFORMATIONAL] = "informational",
    [SEV_LOW] = "low",
    [SEV_MEDIUM] = "medium",
    [SEV_HIGH] = "high",
    [SEV_CRITICAL] = "critical",
};

const char *
severity_name(enum severity s)
{
    return (unsigned)s < SEV_COUNT ? severities[s] : "unknown";
}

MUST_CHECK enum err
severity_find(struct sv name, enum severity *out)
{
    for (unsigned i = 0; i < SEV_COUNT; i++) {
        if (sv_eq(name, sv_from(severities[i]))) {
            *out = (enum severity)i;
            return ERR_OK;
        }
    }
    return ERR_NOTFOUND;
}

static void
hash_u64(struct sha256 *sha, uint64_t value)
{
    uint8_t bytes[8];

    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)(value >> (8 * i));
    }
    sha256_put(sha, bytes, sizeof(bytes));
}

/* The length goes first, so that ("ab","c") and ("a","bc") are different alerts. */
static void
hash_text(struct sha256 *sha, const char *text)
{
    size_t len = strlen(text);

    hash_u64(sha, len);
    sha256_put(sha, text, len);
}

void
alert_make_id(struct alert *a)
{
    static const char digits[] = "0123456789abcdef";
    uint8_t sum[SHA256_LEN];
    struct sha256 sha;

    sha256_init(&sha);
    hash_text(&sha, a->host);
    hash_text(&sha, a->rule->name);
    hash_text(&sha, a->key);
    hash_u64(&sha, a->first_ft);
    sha256_end(&sha, sum);
    for (size_t i = 0; i < ALERT_ID_MAX - 1; i++) {
        a->id[i] = digits[sum[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15];
    }
    a->id[ALERT_ID_MAX - 1] = '\0';
}

static struct alert_param *
find_param(struct alert *a, const char *name)
{
    for (size_t i = 0; i < a->param_count; i++) {
        if (strcmp(a->params[i].name, name) == 0) {
            return &a->params[i];
        }
    }
    return NULL;
}

/* Names and their number are our own: too many or too long is a bug, and never an overflow. */
static struct alert_param *
new_param(struct alert *a, const char *name)
{
    size_t len = strlen(name);
    struct alert_param *p;

    if (a->param_count >= ALERT_PARAMS_MAX || len >= sizeof(p->name)) {
        assert(false);
        return NULL;
    }
    p = &a->params[a->param_count++];
    memset(p, 0, sizeof(*p));
    memcpy(p->name, name, len);
    return p;
}

void
alert_param(struct alert *a, const char *name, struct sv value)
{
    struct sv kept = utf8_cut(value, sizeof(a->params[0].value) - 1);
    struct alert_param *p = find_param(a, name);

    if (p == NULL) {
        p = new_param(a, name);
    }
    if (p == NULL) {
        return;
    }
    if (kept.len < value.len) {
        metric_add(METRIC_TEXTS_CUT, 1);
    }
    memset(p->value, 0, sizeof(p->value));
    if (kept.len > 0) {
        memcpy(p->value, kept.p, kept.len);
    }
}

void
alert_number(uint64_t value, char out[ALERT_NUMBER_MAX])
{
    char digits[ALERT_NUMBER_MAX];
    size_t count = 0;
    size_t at = 0;

    do {
        digits[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    while (count > 0) {
        out[at++] = digits[--count];
        if (count > 0 && count % 3 == 0) {
            out[at++] = ',';
        }
    }
    out[at] = '\0';
}

void
alert_add_evidence(struct alert *a, const struct alert_evidence *e)
{
    if (a->evidence_count < ALERT_EVIDENCE_MAX) {
        a->evidence[a->evidence_count++] = *e;
        return;
    }
    memmove(&a->evidence[EVIDENCE_FIRST], &a->evidence[EVIDENCE_FIRST + 1],
            (ALERT_EVIDENCE_MAX - EVIDENCE_FIRST - 1) * sizeof(a->evidence[0]));
    a->evidence[ALERT_EVIDENCE_MAX - 1] = *e;
}
