/*
 * rules - the table of everything Kanari may conclude (detectors/rules_list.h).
 */
#pragma once

#include "core/alert.h"

enum rule_index {
#define RULE(NAME, id, name, attack, severity, meaning) RULE_##NAME,
#include "detectors/rules_list.h"
#undef RULE
    RULE_COUNT
};

extern const struct rule rule_table[RULE_COUNT]; /* in order of their ids */

/* Position in rule_table. */
static inline size_t
rule_index(const struct rule *r)
{
    return (size_t)(r - rule_table);
}

#define RULE_MESSAGE_MAX 48
/* "logon.burst" -> "ALERT_LOGON_BURST", the sentence of the rule in messages/. */
void rule_message(const struct rule *r, char out[RULE_MESSAGE_MAX]);

/* What was found holds so long (ticks): the idle time of its alert begins after it. */
uint64_t rule_hold(const struct rule *r);
/* The rule of this number, or NULL. */
const struct rule *rule_by_id(uint32_t id); /* NULL: there is none */
