/* audit_policy - there is no audit policy of Windows here. */
#include "posture/audit_policy.h"

const struct audit_policy_api *
audit_policy_api_system(void)
{
    return NULL;
}
