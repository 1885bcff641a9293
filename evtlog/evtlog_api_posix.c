/* evtlog_api - there is no Windows Event Log here. */
#include "evtlog/evtlog_api.h"

const struct evtlog_api *
evtlog_api_system(void)
{
    return NULL;
}
