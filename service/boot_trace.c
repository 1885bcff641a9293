/* boot_trace - the values, and writing them. */
#include "service/boot_trace.h"

#include <stdio.h>

#define KERNEL_PROCESS_KEY BOOT_TRACE_KEY "\\{22fb2cd6-0e7b-422b-a0c7-2fad1fd0e716}"
#define KEYWORD_PROCESS 0x10u
#define KEYWORD_IMAGE 0x40u
#define LEVEL_INFORMATION 4u

/* 8 MB at most, until the service comes: some ten thousand images. Then the playback file. */
#define BUFFER_KB 64u
#define BUFFERS_MIN 16u
#define BUFFERS_MAX 128u
#define FLUSH_S 1u
#define CLOCK_QPC 1u

/* Start is written last: half of it never starts. */
const struct registry_entry boot_trace_values[BOOT_TRACE_VALUES] = {
    {BOOT_TRACE_KEY, "Guid", REGISTRY_TEXT, BOOT_TRACE_GUID, 0},
    {BOOT_TRACE_KEY, "LogFileMode", REGISTRY_NUMBER, NULL, ETW_MODE_REAL_TIME},
    {BOOT_TRACE_KEY, "BufferSize", REGISTRY_NUMBER, NULL, BUFFER_KB},
    {BOOT_TRACE_KEY, "MinimumBuffers", REGISTRY_NUMBER, NULL, BUFFERS_MIN},
    {BOOT_TRACE_KEY, "MaximumBuffers", REGISTRY_NUMBER, NULL, BUFFERS_MAX},
    {BOOT_TRACE_KEY, "FlushTimer", REGISTRY_NUMBER, NULL, FLUSH_S},
    {BOOT_TRACE_KEY, "ClockType", REGISTRY_NUMBER, NULL, CLOCK_QPC},
    {KERNEL_PROCESS_KEY, "EnableLevel", REGISTRY_NUMBER, NULL, LEVEL_INFORMATION},
    {KERNEL_PROCESS_KEY, "MatchAnyKeyword", REGISTRY_NUMBER_64, NULL,
     KEYWORD_PROCESS | KEYWORD_IMAGE},
    {KERNEL_PROCESS_KEY, "MatchAllKeyword", REGISTRY_NUMBER_64, NULL, 0},
    {KERNEL_PROCESS_KEY, "Enabled", REGISTRY_NUMBER, NULL, 1},
    {BOOT_TRACE_KEY, "Start", REGISTRY_NUMBER, NULL, 1},
};

enum err
boot_trace_install(char why[REGISTRY_WHY_MAX])
{
    enum err err = ERR_OK;

    why[0] = '\0';
    for (size_t i = 0; !err && i < BOOT_TRACE_VALUES; i++) {
        err = registry_write(&boot_trace_values[i], why);
    }
    return err;
}

static enum err
stop_session(const struct etw_api *etw, char why[REGISTRY_WHY_MAX])
{
    static const uint16_t name[] = u"" BOOT_TRACE_NAME;
    struct etw_properties last;
    uint32_t code = etw == NULL ? ETW_OK : etw->stop(etw->ctx, 0, name, &last);

    if (code == ETW_OK || code == ETW_MORE_DATA || code == ETW_INSTANCE_NOT_FOUND) {
        return ERR_OK;
    }
    (void)snprintf(why, REGISTRY_WHY_MAX, "stop session %s: error %u%s", BOOT_TRACE_NAME,
                   (unsigned)code, code == ETW_ACCESS_DENIED ? "; run as administrator" : "");
    return code == ETW_ACCESS_DENIED ? ERR_ACCESS : ERR_IO;
}

/* The key first: without it no boot brings the session back. Both, whatever comes of the first. */
enum err
boot_trace_remove(const struct etw_api *etw, char why[REGISTRY_WHY_MAX])
{
    char stop_why[REGISTRY_WHY_MAX] = "";
    enum err err = registry_delete(BOOT_TRACE_KEY, why);
    enum err stop_err = stop_session(etw, stop_why);

    if (err || !stop_err) {
        return err;
    }
    (void)snprintf(why, REGISTRY_WHY_MAX, "%s", stop_why);
    return stop_err;
}
