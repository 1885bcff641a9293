/* log_info - what the service says of a channel and its log. */
#pragma once

#include "evtlog/evtlog_api.h"

struct log_range {
    uint64_t oldest, newest; /* record numbers; newest 0: the log is empty */
};
/* A Win32 code. */
MUST_CHECK uint32_t log_info_range(const struct evtlog_api *api, const uint16_t *channel,
                                   struct log_range *out);
/* Whether the channel is switched on; yes also when nothing can be said. */
bool log_info_enabled(const struct evtlog_api *api, const uint16_t *channel);
