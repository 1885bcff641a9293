/* system - what Windows has and this system has not: a Service Control Manager, privileges that can
 * be given up, folders with an access control list. */
#include "service/data_folder.h"
#include "service/privileges.h"
#include "service/scm_api.h"
#include "service/scm_manage_api.h"

const struct scm_api *
scm_api_system(void)
{
    return NULL;
}

const struct scm_manage_api *
scm_manage_api_system(void)
{
    return NULL;
}

const struct privilege_api *
privilege_api_system(void)
{
    return NULL;
}

const struct folder_api *
folder_api_system(void)
{
    return NULL;
}
