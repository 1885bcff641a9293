/* policy_sim - an audit policy that tests set. */
#include "support/policy_sim.h"

#include <string.h>

static uint32_t
sim_privilege(void *ctx, bool on, bool *was_on)
{
    struct policy_sim *sim = ctx;

    sim->privileges++;
    if (sim->fail_privilege != AUDIT_OK) {
        return sim->fail_privilege;
    }
    if (!sim->holds_privilege) {
        return AUDIT_NOT_ALL_ASSIGNED;
    }
    *was_on = sim->privilege_on;
    sim->privilege_on = on;
    return AUDIT_OK;
}

static size_t
find(const struct policy_sim *sim, const struct audit_guid *guid)
{
    size_t i = 0;

    while (i < AUDIT_ROW_COUNT &&
           (sim->missing[i] || memcmp(&audit_subcategories[i].guid, guid, sizeof(*guid)) != 0)) {
        i++;
    }
    return i;
}

static uint32_t
sim_query(void *ctx, const struct audit_guid *guids, uint32_t count, uint32_t *out)
{
    struct policy_sim *sim = ctx;

    sim->queries++;
    if (sim->fail_query != AUDIT_OK) {
        return sim->fail_query;
    }
    if (!sim->privilege_on && !sim->may_query) {
        return AUDIT_ACCESS_DENIED;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (find(sim, &guids[i]) == AUDIT_ROW_COUNT) {
            return AUDIT_INVALID_PARAMETER;
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        out[i] = sim->flags[find(sim, &guids[i])];
    }
    return AUDIT_OK;
}

void
policy_sim_init(struct policy_sim *sim)
{
    *sim = (struct policy_sim){.holds_privilege = true,
                               .api = {.ctx = sim, .privilege = sim_privilege, .query = sim_query}};
    for (size_t i = 0; i < AUDIT_ROW_COUNT; i++) {
        sim->flags[i] = AUDIT_EVENT_SUCCESS | AUDIT_EVENT_FAILURE;
    }
}
