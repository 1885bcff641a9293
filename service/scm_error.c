/* scm_error - the table of codes; their meanings are those of the pages named in scm_manage_api.h.
 */
#include "service/scm_error.h"

#include "service/scm_manage_api.h"

#define NUMBER_LEN_MAX 16

static const struct scm_error errors[] = {
    {MANAGE_FILE_NOT_FOUND, ERR_NOTFOUND, MSG_SERVICE_PROGRAM_GONE},
    {MANAGE_PATH_NOT_FOUND, ERR_NOTFOUND, MSG_SERVICE_PROGRAM_GONE},
    {MANAGE_ACCESS_DENIED, ERR_ACCESS, MSG_SERVICE_ACCESS},
    {MANAGE_NOT_ENOUGH_MEMORY, ERR_NOMEM, MSG_SERVICE_FAILED},
    {MANAGE_DEPENDENT_SERVICES_RUNNING, ERR_BUSY, MSG_SERVICE_DEPENDENTS},
    {MANAGE_SERVICE_REQUEST_TIMEOUT, ERR_BUSY, MSG_SERVICE_NO_ANSWER},
    {MANAGE_SERVICE_DATABASE_LOCKED, ERR_BUSY, MSG_SERVICE_LOCKED},
    {MANAGE_SERVICE_DISABLED, ERR_IO, MSG_SERVICE_DISABLED},
    {MANAGE_SERVICE_DOES_NOT_EXIST, ERR_NOTFOUND, MSG_SERVICE_NOT_INSTALLED},
    {MANAGE_SERVICE_CANNOT_ACCEPT_CTRL, ERR_BUSY, MSG_SERVICE_CHANGING},
    {MANAGE_SERVICE_NOT_ACTIVE, ERR_NOTFOUND, MSG_SERVICE_NOT_RUNNING},
    {MANAGE_PROCESS_ABORTED, ERR_IO, MSG_SERVICE_CRASHED},
    {MANAGE_SERVICE_DEPENDENCY_FAIL, ERR_IO, MSG_SERVICE_NO_EVENT_LOG},
    {MANAGE_SERVICE_DEPENDENCY_DELETED, ERR_IO, MSG_SERVICE_NO_EVENT_LOG},
    {MANAGE_SERVICE_MARKED_FOR_DELETE, ERR_BUSY, MSG_SERVICE_MARKED},
    {MANAGE_SHUTDOWN_IN_PROGRESS, ERR_BUSY, MSG_SERVICE_SHUTDOWN},
    {MANAGE_RPC_SERVER_UNAVAILABLE, ERR_IO, MSG_SERVICE_NO_RPC},
};

struct scm_error
scm_error_of(uint32_t code)
{
    for (size_t i = 0; i < COUNT(errors); i++) {
        if (errors[i].code == code) {
            return errors[i];
        }
    }
    return (struct scm_error){code, ERR_IO, MSG_SERVICE_FAILED};
}

MUST_CHECK enum err
scm_error_tell(const struct tell *tell, uint32_t code)
{
    struct scm_error e = scm_error_of(code);
    struct buf number;

    buf_init(&number, NUMBER_LEN_MAX);
    buf_put_u64(&number, code);
    tell->line(tell->ctx, TELL_FAIL, e.msg, (struct msg_arg[]){{"code", buf_sv(&number)}}, 1);
    buf_fini(&number);
    return e.err;
}
