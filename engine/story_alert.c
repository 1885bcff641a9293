/* story_alert - the sentence is what to do first; the stages that were observed are parameters. */
#include "engine/story_alert.h"

#include <stdio.h>

#include "detectors/rules.h"

static const struct rule *
rule_of(const struct story *s)
{
    if (s->state == ALERT_CLOSED) {
        return &rule_table[RULE_STORY_CLOSED];
    }
    return &rule_table[s->revision == 1 ? RULE_STORY_OPENED : RULE_STORY_STAGE_ADDED];
}

void
story_alert(const struct story *s, struct alert *out)
{
    *out = (struct alert){.revision = s->revision,
                          .rule = rule_of(s),
                          .severity = s->severity,
                          .state = s->state,
                          .first_ft = s->first_ft,
                          .last_ft = s->last_ft};
    (void)snprintf(out->id, sizeof(out->id), "%s", s->id);
    (void)snprintf(out->host, sizeof(out->host), "%s", s->host);
    (void)snprintf(out->key, sizeof(out->key), "%s", s->id);
    (void)snprintf(out->message, sizeof(out->message), "%s", s->first_message);
    out->param_count = s->first_param_count;
    memcpy(out->params, s->first_params, sizeof(out->params));
    for (size_t i = 0; i < STAGE_COUNT; i++) {
        const struct story_stage_facts *f = &s->stage[i];

        if (f->verdict == STAGE_OBSERVED) {
            out->count += f->alert_total;
        }
        if (f->verdict == STAGE_OBSERVED && out->param_count < ALERT_PARAMS_MAX) {
            alert_param(out, story_stage_name((enum story_stage)i), sv_from(f->message));
        }
    }
}
