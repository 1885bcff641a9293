/*
 * audit_sources - the audit policy as rows of v_sources, one a subcategory: "audit.logon" is on,
 * blind or unknown, its channel the GUID.
 * Errors: those of store_put_source().
 */
#pragma once

#include "posture/audit_policy.h"
#include "store/store.h"

/* In a batch. */
MUST_CHECK enum err audit_sources_put(struct store *s, const struct audit_policy *p,
                                      uint64_t now_ft);
