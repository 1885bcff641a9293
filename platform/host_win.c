/* host_win - clocks and facts of this machine on Windows. */
#include "platform/os_win.h"

#define WIN32_LEAN_AND_MEAN
#define PSAPI_VERSION 2 /* GetProcessMemoryInfo out of kernel32 */
#include <windows.h>

#include <bcrypt.h>
#include <initguid.h> /* FOLDERID_ProgramData is defined here */
#include <knownfolders.h>
#include <psapi.h>
#include <shlobj.h>

#include "core/mem.h"
#include "core/tm.h"

#define ENV_UNITS_MAX 32768 /* a variable's limit, with its NUL */
#define HOST_UNITS_MAX 256

/* -- time ---------------------------------------------------------------------------------------
 */

static uint64_t
from_filetime(FILETIME ft)
{
    return (uint64_t)ft.dwHighDateTime << 32 | ft.dwLowDateTime;
}

static FILETIME
to_filetime(uint64_t t_ft)
{
    return (FILETIME){.dwLowDateTime = (DWORD)t_ft, .dwHighDateTime = (DWORD)(t_ft >> 32)};
}

uint64_t
clock_now_ft(void)
{
    FILETIME now;

    GetSystemTimePreciseAsFileTime(&now);
    return from_filetime(now);
}

uint64_t
clock_mono_ns(void)
{
    LARGE_INTEGER ticks;
    LARGE_INTEGER per_second;
    uint64_t whole;
    uint64_t rest;

    (void)QueryPerformanceCounter(&ticks); /* neither fails since Windows XP */
    (void)QueryPerformanceFrequency(&per_second);
    whole = (uint64_t)(ticks.QuadPart / per_second.QuadPart);
    rest = (uint64_t)(ticks.QuadPart % per_second.QuadPart);
    return whole * 1000000000u + rest * 1000000000u / (uint64_t)per_second.QuadPart;
}

int
clock_local_offset_min(uint64_t t_ft)
{
    TIME_ZONE_INFORMATION zone; /* its rules differ from year to year */
    FILETIME utc_ft = to_filetime(t_ft);
    FILETIME local_ft;
    SYSTEMTIME utc;
    SYSTEMTIME local;
    int64_t ahead;

    if (!FileTimeToSystemTime(&utc_ft, &utc) ||
        !GetTimeZoneInformationForYear(utc.wYear, NULL, &zone) ||
        !SystemTimeToTzSpecificLocalTime(&zone, &utc, &local) ||
        !SystemTimeToFileTime(&local, &local_ft)) {
        return 0;
    }
    /* SYSTEMTIME ends at milliseconds: compare with what it kept. */
    (void)SystemTimeToFileTime(&utc, &utc_ft);
    ahead = (int64_t)from_filetime(local_ft) - (int64_t)from_filetime(utc_ft);
    return (int)(ahead / (int64_t)TM_MIN);
}

/* -- this machine ---------------------------------------------------------------------------------
 */

void
host_name(struct buf *out)
{
    wchar_t name[HOST_UNITS_MAX];
    DWORD len = HOST_UNITS_MAX; /* out: without the NUL */

    if (GetComputerNameExW(ComputerNameDnsHostname, name, &len)) {
        os_put_wide(out, name, len);
    }
}

bool
host_lang_is_ja(void)
{
    return PRIMARYLANGID(GetUserDefaultUILanguage()) == LANG_JAPANESE;
}

uint32_t
process_id(void)
{
    return GetCurrentProcessId();
}

uint64_t
process_peak_rss(void)
{
    PROCESS_MEMORY_COUNTERS counters = {.cb = sizeof(counters)};

    if (!GetProcessMemoryInfo(GetCurrentProcess(), &counters, sizeof(counters))) {
        return 0;
    }
    return counters.PeakWorkingSetSize;
}

MUST_CHECK enum err
random_bytes(void *out, size_t len)
{
    NTSTATUS status;

    if (len > ULONG_MAX) {
        return ERR_RANGE;
    }
    status = BCryptGenRandom(NULL, out, (ULONG)len, BCRYPT_USE_SYSTEM_PREFERRED_RNG);
    return BCRYPT_SUCCESS(status) ? ERR_OK : ERR_IO;
}

const char *
env_get(const char *name)
{
    static char *value; /* until the next call */
    wchar_t *units = mem_array(ENV_UNITS_MAX, sizeof(*units));
    wchar_t *wide = NULL;
    struct buf text;
    DWORD len = 0;
    bool found;

    buf_init(&text, (size_t)ENV_UNITS_MAX * 3);
    mem_free(value);
    value = NULL;
    if (units == NULL || os_wide(name, &wide)) {
        goto done;
    }
    SetLastError(ERROR_SUCCESS); /* 0 units: unset, or set and empty */
    len = GetEnvironmentVariableW(wide, units, ENV_UNITS_MAX);
    found = len > 0 || GetLastError() == ERROR_SUCCESS;
    if (found && len < ENV_UNITS_MAX) {
        os_put_wide(&text, units, len);
        value = buf_err(&text) ? NULL : mem_strndup(text.data, text.len);
    }
done:
    buf_fini(&text);
    mem_free(wide);
    mem_free(units);
    return value;
}

MUST_CHECK enum err
path_data_dir(struct buf *out)
{
    PWSTR base = NULL;
    struct buf text;
    enum err err = ERR_NOTFOUND;

    buf_init(&text, (size_t)ENV_UNITS_MAX * 3);
    /* Not the environment: who started us may have changed it, and a service must not follow. */
    if (SUCCEEDED(SHGetKnownFolderPath(&FOLDERID_ProgramData, 0, NULL, &base))) {
        os_put_wide(&text, base, wcslen(base));
        err = buf_err(&text);
    }
    CoTaskMemFree(base);
    if (!err) {
        path_join(out, buf_str(&text), "Kanari");
        err = buf_err(out);
    }
    buf_fini(&text);
    return err;
}
