/*
 * scm_manage_api - what installing and controlling the service calls of the Service Control
 * Manager, as one table; tests put a simulator in its place (tests/support/scm_manage_sim.h).
 *
 * Calls answer a Win32 error code, 0 when they succeeded; outputs are untouched otherwise. Texts
 * are UTF-8. Handles are closed with close(), in any order.
 * Sources: learn.microsoft.com/windows/win32/api/winsvc/nf-winsvc-openscmanagerw, -openservicew,
 *          -createservicew, -changeserviceconfigw, -changeserviceconfig2w, -deleteservice,
 *          -startservicew, -controlservice, -queryservicestatusex.
 */
#pragma once

#include "core/buf.h"
#include "service/scm.h"

/* Codes that are told apart, beside those of scm.h. */
enum scm_manage_code {
    MANAGE_OK = 0,
    MANAGE_FILE_NOT_FOUND = 2,
    MANAGE_PATH_NOT_FOUND = 3,
    MANAGE_ACCESS_DENIED = 5,
    MANAGE_INVALID_HANDLE = 6,
    MANAGE_NOT_ENOUGH_MEMORY = 8,
    MANAGE_INVALID_PARAMETER = 87,
    MANAGE_INVALID_NAME = 123,
    MANAGE_INVALID_LEVEL = 124, /* a setting this Windows does not know */
    MANAGE_DEPENDENT_SERVICES_RUNNING = 1051,
    MANAGE_INVALID_SERVICE_CONTROL = 1052,
    MANAGE_SERVICE_REQUEST_TIMEOUT = 1053,
    MANAGE_SERVICE_NO_THREAD = 1054,
    MANAGE_SERVICE_DATABASE_LOCKED = 1055,
    MANAGE_SERVICE_ALREADY_RUNNING = 1056,
    MANAGE_INVALID_SERVICE_ACCOUNT = 1057,
    MANAGE_SERVICE_DISABLED = 1058,
    MANAGE_CIRCULAR_DEPENDENCY = 1059,
    MANAGE_SERVICE_DOES_NOT_EXIST = 1060,
    MANAGE_SERVICE_CANNOT_ACCEPT_CTRL = 1061,
    MANAGE_SERVICE_NOT_ACTIVE = 1062,
    MANAGE_DATABASE_DOES_NOT_EXIST = 1065,
    MANAGE_PROCESS_ABORTED = 1067,
    MANAGE_SERVICE_DEPENDENCY_FAIL = 1068,
    MANAGE_SERVICE_LOGON_FAILED = 1069,
    MANAGE_SERVICE_MARKED_FOR_DELETE = 1072,
    MANAGE_SERVICE_EXISTS = 1073,
    MANAGE_SERVICE_DEPENDENCY_DELETED = 1075,
    MANAGE_DUPLICATE_SERVICE_NAME = 1078,
    MANAGE_SHUTDOWN_IN_PROGRESS = 1115,
    MANAGE_RPC_SERVER_UNAVAILABLE = 1722,
};

/* Access rights: Services/service-security-and-access-rights. */
#define MANAGE_SCM_CONNECT 0x1u
#define MANAGE_SCM_CREATE_SERVICE 0x2u
#define MANAGE_CHANGE_CONFIG 0x2u
#define MANAGE_QUERY_STATUS 0x4u
#define MANAGE_START 0x10u
#define MANAGE_STOP 0x20u
#define MANAGE_PAUSE_CONTINUE 0x40u
#define MANAGE_USER_DEFINED_CONTROL 0x100u
#define MANAGE_DELETE 0x10000u

/* Always its own process, started with Windows, as LocalSystem. */
struct manage_config {
    const char *display_name;
    const char *command_line;
    const char *depends_on; /* one service */
};

/* What ChangeServiceConfig2W calls levels. */
enum manage_level {
    MANAGE_DESCRIPTION = 1,
    MANAGE_FAILURE_ACTIONS = 2,
    MANAGE_DELAYED_AUTO_START = 3,
    MANAGE_FAILURE_ACTIONS_FLAG = 4,
    MANAGE_SERVICE_SID = 5,
    MANAGE_REQUIRED_PRIVILEGES = 6,
    MANAGE_PRESHUTDOWN = 7,
};

#define MANAGE_SID_UNRESTRICTED 1u /* SERVICE_SID_TYPE_UNRESTRICTED */
#define MANAGE_ACTIONS_MAX 8u
#define MANAGE_NAMES_MAX 8u

struct manage_extra {
    enum manage_level level;
    const char *name;                 /* for people: "required privileges" */
    const char *text;                 /* description */
    uint32_t number;                  /* flag, type, milliseconds; of failure actions: seconds after
                                       * which failures are forgotten */
    const uint32_t *restart_after_ms; /* failure actions: one restart each */
    const char *const *names;         /* required privileges */
    size_t count;                     /* of these two */
};

struct scm_manage_api {
    void *ctx;
    uint32_t (*open_manager)(void *ctx, uint32_t access, void **out);
    uint32_t (*open_service)(void *ctx, void *manager, const char *name, uint32_t access,
                             void **out);
    /* The handle has all rights. */
    uint32_t (*create)(void *ctx, void *manager, const char *name,
                       const struct manage_config *config, void **out);
    uint32_t (*change)(void *ctx, void *service, const struct manage_config *config);
    uint32_t (*change_extra)(void *ctx, void *service, const struct manage_extra *extra);
    uint32_t (*remove)(void *ctx, void *service);
    uint32_t (*start)(void *ctx, void *service);
    uint32_t (*control)(void *ctx, void *service, uint32_t control);
    uint32_t (*query)(void *ctx, void *service, struct scm_status *out);
    void (*close)(void *ctx, void *handle);
    /* Appends this program's path; a path made absolute. */
    uint32_t (*own_path)(void *ctx, struct buf *out);
    uint32_t (*full_path)(void *ctx, const char *path, struct buf *out);
    uint64_t (*now_ns)(void *ctx);
    void (*sleep_ms)(void *ctx, uint32_t ms);
};
/* NULL: this system has no such manager. */
const struct scm_manage_api *scm_manage_api_system(void);
