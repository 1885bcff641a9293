/*
 * audit_sources - the audit policy as rows of v_sources, one a subcategory: "audit.logon" is on,
 * blind or unknown, its channel the GUID.
 * Errors: those of the receiver.
 */
#pragma once

#include "posture/audit_policy.h"
#include "store/store.h"

typedef enum err (*audit_source_fn)(void *ctx, const struct store_source *s); /* borrowed */
MUST_CHECK enum err audit_sources_each(const struct audit_policy *p, uint64_t now_ft,
                                       audit_source_fn fn, void *ctx);
