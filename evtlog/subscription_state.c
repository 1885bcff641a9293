/* subscription_state - codes to states, states to what can be done. */
#include "evtlog/subscription_state.h"

enum subscription_state
subscription_state_of(uint32_t code)
{
    switch (code) {
    case EVTLOG_FILE_NOT_FOUND:
    case EVTLOG_INVALID_CHANNEL_PATH:
    case EVTLOG_CHANNEL_NOT_FOUND:
    case EVTLOG_CANNOT_OPEN_CHANNEL_OF_QUERY:
        return SUBSCRIPTION_ABSENT;
    case EVTLOG_ACCESS_DENIED:
        return SUBSCRIPTION_DENIED;
    case EVTLOG_INVALID_HANDLE: /* what a handle says after the service was restarted */
    case EVTLOG_SERVICE_NOT_ACTIVE:
    case EVTLOG_SHUTDOWN_IN_PROGRESS:
    case EVTLOG_RPC_UNKNOWN_IF:
    case EVTLOG_RPC_SERVER_UNAVAILABLE:
    case EVTLOG_RPC_SERVER_TOO_BUSY:
    case EVTLOG_RPC_CALL_FAILED:
    case EVTLOG_RPC_CALL_FAILED_DNE:
    case EVTLOG_EPT_NOT_REGISTERED:
    case EVTLOG_RPC_CALL_CANCELLED:
        return SUBSCRIPTION_UNAVAILABLE;
    case EVTLOG_NOT_IMPLEMENTED:
        return SUBSCRIPTION_UNSUPPORTED;
    case EVTLOG_INVALID_QUERY:
    case EVTLOG_MALFORMED_XML_TEXT:
    case EVTLOG_SUBSCRIPTION_TO_DIRECT_CHANNEL:
    case EVTLOG_FILTER_TOO_COMPLEX:
        return SUBSCRIPTION_REFUSED;
    default:
        return SUBSCRIPTION_FAILED;
    }
}

enum subscription_advice
subscription_advice(enum subscription_state state)
{
    switch (state) {
    case SUBSCRIPTION_DISABLED:
        return SUBSCRIPTION_ENABLE_CHANNEL;
    case SUBSCRIPTION_DENIED:
        return SUBSCRIPTION_GRANT_READ;
    case SUBSCRIPTION_UNAVAILABLE:
        return SUBSCRIPTION_START_SERVICE;
    case SUBSCRIPTION_REFUSED:
    case SUBSCRIPTION_FAILED:
        return SUBSCRIPTION_REPORT;
    case SUBSCRIPTION_CLOSED:
    case SUBSCRIPTION_LIVE:
    case SUBSCRIPTION_ABSENT:
    case SUBSCRIPTION_UNSUPPORTED:
    case SUBSCRIPTION_STATE_COUNT:
        break;
    }
    return SUBSCRIPTION_NOTHING_TO_DO;
}

const char *
subscription_state_name(enum subscription_state state)
{
    static const char *const names[] = {
        [SUBSCRIPTION_CLOSED] = "closed",           [SUBSCRIPTION_LIVE] = "live",
        [SUBSCRIPTION_DISABLED] = "disabled",       [SUBSCRIPTION_ABSENT] = "absent",
        [SUBSCRIPTION_DENIED] = "denied",           [SUBSCRIPTION_UNAVAILABLE] = "unavailable",
        [SUBSCRIPTION_UNSUPPORTED] = "unsupported", [SUBSCRIPTION_REFUSED] = "refused",
        [SUBSCRIPTION_FAILED] = "failed",
    };
    _Static_assert(COUNT(names) == SUBSCRIPTION_STATE_COUNT, "every state has its name");

    return (size_t)state < COUNT(names) ? names[state] : "unknown";
}

const char *
subscription_advice_name(enum subscription_advice advice)
{
    static const char *const names[] = {
        [SUBSCRIPTION_NOTHING_TO_DO] = "",        [SUBSCRIPTION_ENABLE_CHANNEL] = "enable_channel",
        [SUBSCRIPTION_GRANT_READ] = "grant_read", [SUBSCRIPTION_START_SERVICE] = "start_service",
        [SUBSCRIPTION_REPORT] = "report",
    };

    return (size_t)advice < COUNT(names) ? names[advice] : "";
}
