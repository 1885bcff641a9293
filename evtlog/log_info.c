/* log_info - EvtOpenLog and EvtGetLogInfo, EvtOpenChannelConfig and its property. */
#include "evtlog/log_info.h"

static void
close_handle(const struct evtlog_api *api, void *handle)
{
    if (handle != NULL) {
        (void)api->close(api->ctx, handle);
    }
}

uint32_t
log_info_range(const struct evtlog_api *api, const uint16_t *channel, struct log_range *out)
{
    uint64_t oldest = 0;
    uint64_t count = 0;
    void *log = NULL;
    uint32_t code = api->open_log(api->ctx, channel, &log);

    if (code == EVTLOG_OK) {
        code = api->get_log_info(api->ctx, log, EVTLOG_INFO_OLDEST_RECORD, &oldest);
    }
    if (code == EVTLOG_OK) {
        code = api->get_log_info(api->ctx, log, EVTLOG_INFO_RECORD_COUNT, &count);
    }
    close_handle(api, log);
    if (code == EVTLOG_OK) {
        *out = (struct log_range){oldest, count == 0 ? 0 : oldest + count - 1};
    }
    return code;
}

bool
log_info_enabled(const struct evtlog_api *api, const uint16_t *channel)
{
    uint64_t enabled = 1;
    void *config = NULL;

    if (api->open_config(api->ctx, channel, &config) == EVTLOG_OK &&
        api->get_config(api->ctx, config, EVTLOG_CONFIG_ENABLED, &enabled) != EVTLOG_OK) {
        enabled = 1;
    }
    close_handle(api, config);
    return enabled != 0;
}
