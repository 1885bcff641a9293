/* queue_class - which events a full queue gives up first. */
#include "engine/queue.h"

/* No default: the compiler asks for the class of a new kind. */
enum queue_class
queue_class_of(enum event_kind kind)
{
    switch (kind) {
    case EV_PROCESS_START:
    case EV_PROCESS_STOP:
    case EV_PROCESS_RUNDOWN:
    case EV_IMAGE_LOAD:
    case EV_NET_CONNECT:
    case EV_NET_ACCEPT:
    case EV_NET_CLOSE:
    case EV_NET_RUNDOWN:
    case EV_NET_DATA:
    case EV_DNS_QUERY:
    case EV_SCRIPT_BLOCK: /* a module that loads brings hundreds */
    case EV_SHARE_ACCESS: /* one for every file server visit */
    case EV_NONE:
    case EV_COUNT:
        return QUEUE_TELEMETRY;
    case EV_LOGON_FAILURE:
    case EV_LOGON_SUCCESS:
    case EV_LOGON_EXPLICIT:
    case EV_LOGON_PRIVILEGED:
    case EV_LOGOFF:
    case EV_CREDENTIAL_CHECK:
    case EV_RDP_CONNECT:
    case EV_RDP_AUTH_FAILURE:
    case EV_RDP_AUTH:
    case EV_RDP_SESSION:
    case EV_SMB_AUTH_FAILURE:
    case EV_NTLM_AUTH:
    case EV_LOGON_ATTEMPT:
    case EV_ANOMALY: /* whoever can make one can make many: not among the alerts */
        return QUEUE_LOGON;
    case EV_ACCOUNT_LOCKOUT:
    case EV_ACCOUNT_CHANGE:
    case EV_SERVICE_INSTALL:
    case EV_LOG_CLEARED:
    case EV_AUDIT_CHANGE:
    case EV_DEFENDER_EVENT:
    case EV_TASK_CHANGE:
    case EV_WMI_CONSUMER:
    case EV_DEVICE_ARRIVAL:
    case EV_ADAPTER_CHANGE:
        return QUEUE_ALERT;
    }
    return QUEUE_TELEMETRY;
}
