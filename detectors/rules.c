/* rules - the rule table, and the sentence of a rule. */
#include "detectors/rules.h"

#include "core/tm.h"

const struct rule rule_table[RULE_COUNT] = {
#define RULE(NAME, id, name, attack, severity, meaning)                                            \
    [RULE_##NAME] = {id, name, attack, meaning, SEV_##severity},
#include "detectors/rules_list.h"
#undef RULE
};

const struct rule *
rule_by_id(uint32_t id)
{
    for (size_t i = 0; i < RULE_COUNT; i++) {
        if (rule_table[i].id == id) {
            return &rule_table[i];
        }
    }
    return NULL;
}

void
rule_message(const struct rule *r, char out[RULE_MESSAGE_MAX])
{
    static const char prefix[] = "ALERT_";
    size_t len = sizeof(prefix) - 1;

    memcpy(out, prefix, len);
    for (const char *p = r->name; *p != '\0' && len < RULE_MESSAGE_MAX - 1; p++) {
        char c = *p == '.' ? '_' : *p;

        out[len++] = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
    }
    out[len] = '\0';
}

/* A PC that was reached from the internet counts as reachable for a day. */
uint64_t
rule_hold(const struct rule *r)
{
    return rule_index(r) == RULE_LOGON_FROM_INTERNET ? TM_DAY : 0;
}
