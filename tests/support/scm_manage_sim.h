/*
 * scm_manage_sim - the Service Control Manager's database behind struct scm_manage_api, for tests:
 * documented behaviour and errors, with a clock of its own that sleep_ms() moves.
 *
 * What it does, the page that says so, and the test that uses it (pages: learn.microsoft.com/
 * windows/win32/api/winsvc/; tests: tests/unit/test_service_install.c):
 *
 * OpenSCManager, OpenService: 5 without the rights; 1060; a handle has the rights it was opened
 * with nf-winsvc-openscmanagerw, nf-winsvc-openservicew        not_an_administrator, not_installed
 * CreateService: 1073, 1072, 1078, 87             nf-winsvc-createservicew      installs, marked
 * ChangeServiceConfig: what it is told replaces all       nf-winsvc-changeserviceconfigw   repairs
 * ChangeServiceConfig2: level by level; 124 for an unknown one; a restart needs SERVICE_START
 *     nf-winsvc-changeserviceconfig2w                         installs, old_windows
 * StartService: START_PENDING and then on its own; 1056, 1058, 1072
 *     nf-winsvc-startservicew                                 starts, starts_twice
 * ControlService: 1062 when stopped, 1061 when pending, 1052    nf-winsvc-controlservice    stops
 * DeleteService: 1072 a second time; gone with the last handle, once it is stopped
 *     nf-winsvc-deleteservice                                 uninstalls, marked
 * Any code at the n-th call of any function                   every_error
 */
#pragma once

#include "service/scm_manage_api.h"

enum manage_sim_call {
    MANAGE_SIM_OPEN_MANAGER,
    MANAGE_SIM_OPEN_SERVICE,
    MANAGE_SIM_CREATE,
    MANAGE_SIM_CHANGE,
    MANAGE_SIM_CHANGE_EXTRA,
    MANAGE_SIM_REMOVE,
    MANAGE_SIM_START,
    MANAGE_SIM_CONTROL,
    MANAGE_SIM_QUERY,
    MANAGE_SIM_OWN_PATH,
    MANAGE_SIM_FULL_PATH,
    MANAGE_SIM_CALLS
};

#define MANAGE_SIM_LEVELS 8 /* as enum manage_level */

struct scm_manage_sim {
    struct scm_manage_api api;
    /* The service. */
    bool installed, marked, disabled;
    char name[64], display_name[256], command_line[1024], depends_on[64];
    bool set[MANAGE_SIM_LEVELS];
    uint32_t number[MANAGE_SIM_LEVELS];
    size_t count[MANAGE_SIM_LEVELS];
    struct scm_status status;
    unsigned last_control;
    /* How it behaves: how long a start and a stop take, and with what a start ends. */
    uint64_t start_ms, stop_ms;
    uint32_t start_exit, start_specific; /* not 0: it stops at once */
    /* How the system behaves. */
    bool not_administrator, old; /* old: knows levels 1, 2 and 7 only */
    uint64_t now_ns, due_ns;
    size_t open, misused;
    struct {
        unsigned n, times;
        uint32_t code;
    } fault[MANAGE_SIM_CALLS];
    unsigned calls[MANAGE_SIM_CALLS];
    struct manage_sim_handle {
        bool used, manager;
        uint32_t access;
    } handle[8];
};

void scm_manage_sim_init(struct scm_manage_sim *sim);
/* The n-th call from now (0: the next) and `times - 1` more fail. */
void scm_manage_sim_fail(struct scm_manage_sim *sim, enum manage_sim_call call, unsigned n,
                         unsigned times, uint32_t code);
