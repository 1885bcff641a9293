/*
 * policy_sim - the audit policy of Windows behind struct audit_policy_api, for tests: documented
 * behaviour and errors.
 *
 * What it does, the page that says so, and the test that uses it (pages: win32/api/; tests:
 * tests/unit/test_audit_policy.c):
 *
 * AuditQuerySystemPolicy: one answer for each GUID, in their order
 *     ntsecapi/nf-ntsecapi-auditquerysystempolicy           test_all_on, test_each_row_alone
 * AuditQuerySystemPolicy: 5 without SeSecurityPrivilege, unless the right was granted
 *     ntsecapi/nf-ntsecapi-auditquerysystempolicy           test_privilege
 * AuditQuerySystemPolicy: 87 for a parameter it does not take, here: an unknown subcategory
 *     ntsecapi/nf-ntsecapi-auditquerysystempolicy           test_unknown_subcategory
 * AuditQuerySystemPolicy: 2, listed among its errors        test_each_error
 * AuditQuerySystemPolicy: 0 for "no auditing" where none was ever set, 4 where it was switched off
 *     ntsecapi/ns-ntsecapi-audit_policy_information         test_off_and_none
 * AuditQuerySystemPolicy: FALSE and no error (Wine 8, a stub): the table says 120
 *                                                           test_each_error
 * AdjustTokenPrivileges: succeeds and sets 1300 when the account lacks the privilege
 *     securitybaseapi/nf-securitybaseapi-adjusttokenprivileges   test_privilege
 * AdjustTokenPrivileges: what was changed is told, to be put back
 *     securitybaseapi/nf-securitybaseapi-adjusttokenprivileges   test_privilege
 * Any code from either call                                 test_each_error
 */
#pragma once

#include "posture/audit_policy.h"

struct policy_sim {
    uint32_t flags[AUDIT_ROW_COUNT];               /* what the system answers */
    bool missing[AUDIT_ROW_COUNT];                 /* it knows no such subcategory */
    bool holds_privilege, privilege_on, may_query; /* may_query: by the object's own rights */
    uint32_t fail_privilege, fail_query;           /* codes; 0: works */
    unsigned queries, privileges;                  /* calls so far */
    struct audit_policy_api api;
};

/* As a service of LocalSystem finds it: the privilege held and off, all subcategories fully on. */
void policy_sim_init(struct policy_sim *sim);
