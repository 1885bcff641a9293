/* etw_api - there is no Event Tracing for Windows here. */
#include "etw/etw_api.h"

const struct etw_api *
etw_api_system(void)
{
    return NULL;
}
