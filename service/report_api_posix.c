/* report_api - there is no Windows Event Log here. */
#include "service/report_api.h"

const struct report_api *
report_api_system(void)
{
    return NULL;
}
