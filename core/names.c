/* names - the words that JSON, SQL and messages use for our enums. They are contract. */
#include "core/attempt.h"
#include "core/coverage.h"
#include "core/story.h"

/* Total over the enum's type: a value outside the table is "unknown". */
#define NAME_OF(table, value) ((size_t)(value) < COUNT(table) ? (table)[value] : "unknown")

const char *
attempt_outcome_name(enum attempt_outcome o)
{
    static const char *const names[] = {
        [ATTEMPT_CONNECT] = "connect",
        [ATTEMPT_FAILURE] = "failure",
        [ATTEMPT_REFUSED] = "refused",
        [ATTEMPT_SUCCESS] = "success",
    };
    _Static_assert(COUNT(names) == ATTEMPT_OUTCOME_COUNT, "every outcome has its name");

    return NAME_OF(names, o);
}

const char *
logon_service_name(enum logon_service s)
{
    static const char *const names[] = {
        [SERVICE_UNKNOWN] = "unknown", [SERVICE_RDP] = "rdp",   [SERVICE_SMB] = "smb",
        [SERVICE_WINRM] = "winrm",     [SERVICE_SSH] = "ssh",   [SERVICE_MSSQL] = "mssql",
        [SERVICE_KDC] = "kdc",         [SERVICE_HTTP] = "http", [SERVICE_OTHER] = "other",
    };
    _Static_assert(COUNT(names) == SERVICE_COUNT, "every service has its name");

    return NAME_OF(names, s);
}

const char *
source_scope_name(enum source_scope s)
{
    static const char *const names[] = {
        [SCOPE_NONE] = "none",         [SCOPE_LOCAL] = "local", [SCOPE_OWN] = "own",
        [SCOPE_INTERNAL] = "internal", [SCOPE_RELAY] = "relay", [SCOPE_GATEWAY] = "gateway",
        [SCOPE_INTERNET] = "internet",
    };
    _Static_assert(COUNT(names) == SCOPE_COUNT, "every scope has its name");

    return NAME_OF(names, s);
}

const char *
coverage_state_name(enum coverage_state s)
{
    static const char *const names[] = {
        [COVERAGE_OBSERVED] = "observed", [COVERAGE_LOST] = "lost",
        [COVERAGE_CLEARED] = "cleared",   [COVERAGE_STALE] = "stale",
        [COVERAGE_BLIND] = "blind",       [COVERAGE_OFF] = "off",
    };
    _Static_assert(COUNT(names) == COVERAGE_STATE_COUNT, "every state has its name");

    return NAME_OF(names, s);
}

const char *
coverage_why_name(enum coverage_why w)
{
    static const char *const names[] = {
        [COVERAGE_WHY_NONE] = "",
        [COVERAGE_WHY_AUDITING_OFF] = "auditing_off",
        [COVERAGE_WHY_CHANNEL_OFF] = "channel_off",
        [COVERAGE_WHY_DENIED] = "denied",
        [COVERAGE_WHY_NO_ANSWER] = "no_answer",
        [COVERAGE_WHY_OVERWRITTEN] = "overwritten",
        [COVERAGE_WHY_ASLEEP] = "asleep",
        [COVERAGE_WHY_STOOD_STILL] = "stood_still",
        [COVERAGE_WHY_TAMPERED] = "tampered",
        [COVERAGE_WHY_DROPPED] = "dropped",
        [COVERAGE_WHY_STOPPED] = "stopped",
    };
    _Static_assert(COUNT(names) == COVERAGE_WHY_COUNT, "every reason has its name");

    return NAME_OF(names, w);
}

const char *
story_stage_name(enum story_stage s)
{
    static const char *const names[] = {
        [STAGE_DOOR] = "DOOR", [STAGE_GUESS] = "GUESS", [STAGE_ENTRY] = "ENTRY",
        [STAGE_TOOL] = "TOOL", [STAGE_MINER] = "MINER", [STAGE_SPREAD] = "SPREAD",
    };
    _Static_assert(COUNT(names) == STAGE_COUNT, "every stage has its name");

    return NAME_OF(names, s);
}

const char *
stage_verdict_name(enum stage_verdict v)
{
    static const char *const names[] = {
        [STAGE_OBSERVED] = "observed",
        [STAGE_NOTHING_SEEN] = "nothing_seen",
        [STAGE_NOT_OBSERVABLE] = "not_observable",
    };

    return NAME_OF(names, v);
}
