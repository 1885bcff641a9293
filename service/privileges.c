/* privileges - which stay, which go, which are not there. */
#include "service/privileges.h"

const char *const privilege_needed[PRIVILEGES_NEEDED] = {
    "SeChangeNotifyPrivilege",  /* opening files by path; every process has it */
    "SeSystemProfilePrivilege", /* the kernel's trace session */
    "SeDebugPrivilege",         /* asking other accounts' processes for their image */
    "SeSecurityPrivilege",      /* the Security log, the audit policy */
    "SeBackupPrivilege",        /* reading files that are to be scanned, whoever owns them */
};

static size_t
needed_index(const struct privilege *p)
{
    size_t i = 0;

    while (i < PRIVILEGES_NEEDED && strcmp(privilege_needed[i], p->name) != 0) {
        i++;
    }
    return i;
}

/* Those of the token that are not needed; the others are noted as there. */
static size_t
sort_out(const struct privilege *all, size_t count, struct privilege *others, bool *there)
{
    size_t other_count = 0;

    for (size_t i = 0; i < count; i++) {
        size_t needed = needed_index(&all[i]);

        if (needed < PRIVILEGES_NEEDED) {
            there[needed] = true;
        } else {
            others[other_count++] = all[i];
        }
    }
    return other_count;
}

void
privileges_limit(const struct privilege_api *api, struct privileges *out)
{
    struct privilege all[PRIVILEGES_MAX];
    struct privilege others[PRIVILEGES_MAX];
    bool there[PRIVILEGES_NEEDED] = {false};
    size_t count = 0;
    size_t before;
    uint32_t code;

    *out = (struct privileges){.code = api->list(api->ctx, all, &count)};
    if (out->code != 0) {
        return;
    }
    before = sort_out(all, count, others, there);
    for (size_t i = 0; i < PRIVILEGES_NEEDED; i++) {
        out->missing[i] = !there[i];
        out->missing_count += !there[i];
    }
    code = before > 0 ? api->remove(api->ctx, others, before) : 0;
    /* What was removed is seen, not believed. */
    out->code = api->list(api->ctx, all, &count);
    if (out->code == 0) {
        out->left = sort_out(all, count, others, there);
        out->removed = before > out->left ? before - out->left : 0;
        out->code = code == PRIVILEGE_NOT_ALL_ASSIGNED ? 0 : code;
    }
}
