/* session_state - codes to states, states to words. */
#include "etw/session.h"

enum etw_session_state
etw_session_state_of(uint32_t code)
{
    switch (code) {
    case ETW_OK:
        return ETW_STATE_LIVE;
    case ETW_ACCESS_DENIED:
        return ETW_STATE_DENIED;
    case ETW_NO_SYSTEM_RESOURCES:
        return ETW_STATE_FULL;
    case ETW_ALREADY_EXISTS:
        return ETW_STATE_TAKEN;
    case ETW_INVALID_PARAMETER:
    case ETW_BAD_LENGTH:
        return ETW_STATE_REFUSED;
    case ETW_INSTANCE_NOT_FOUND:
        return ETW_STATE_STOPPED;
    case ETW_NOT_IMPLEMENTED:
        return ETW_STATE_UNSUPPORTED;
    default:
        return ETW_STATE_FAILED;
    }
}

const char *
etw_session_state_name(enum etw_session_state state)
{
    static const char *const names[] = {
        [ETW_STATE_CLOSED] = "closed",
        [ETW_STATE_LIVE] = "live",
        [ETW_STATE_ABSENT] = "absent",
        [ETW_STATE_DENIED] = "denied",
        [ETW_STATE_FULL] = "full",
        [ETW_STATE_TAKEN] = "taken",
        [ETW_STATE_REFUSED] = "refused",
        [ETW_STATE_STOPPED] = "stopped",
        [ETW_STATE_UNSUPPORTED] = "unsupported",
        [ETW_STATE_FAILED] = "failed",
    };
    _Static_assert(COUNT(names) == ETW_STATE_COUNT, "every state has its name");

    return (size_t)state < COUNT(names) ? names[state] : "unknown";
}
