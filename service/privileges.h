/*
 * privileges - the service keeps those privileges of its account that it needs, and gives up all
 * others for good: what is broken into later cannot use them.
 *
 * Nothing is switched on here: a privilege that the account holds switched off stays so.
 * Threads: the one that starts the service, before the work has threads of its own.
 * Source:  learn.microsoft.com/windows/win32/api/securitybaseapi/nf-securitybaseapi-
 *          adjusttokenprivileges: a removed privilege cannot come back; ERROR_NOT_ALL_ASSIGNED
 *          (1300) when some were not there.
 */
#pragma once

#include "core/sv.h"

#define PRIVILEGES_NEEDED 5u
#define PRIVILEGES_MAX 64u /* of a token; Windows 11 knows 36 */
#define PRIVILEGE_NAME_MAX 64u
#define PRIVILEGE_NOT_ALL_ASSIGNED 1300u

struct privilege {
    uint64_t luid; /* this system's number of it */
    char name[PRIVILEGE_NAME_MAX];
};

/* Calls answer a Win32 error code, 0 when they succeeded. */
struct privilege_api {
    void *ctx;
    /* Those of this process; more than PRIVILEGES_MAX: the first. */
    uint32_t (*list)(void *ctx, struct privilege out[PRIVILEGES_MAX], size_t *count);
    uint32_t (*remove)(void *ctx, const struct privilege *p, size_t count);
};
/* NULL: this system has none. */
const struct privilege_api *privilege_api_system(void);

extern const char *const privilege_needed[PRIVILEGES_NEEDED];

struct privileges {
    uint32_t code;                   /* not 0: they could not be read or removed */
    bool missing[PRIVILEGES_NEEDED]; /* as privilege_needed[] */
    size_t missing_count;
    size_t removed, left; /* of those that are not needed */
};
void privileges_limit(const struct privilege_api *api, struct privileges *out);
