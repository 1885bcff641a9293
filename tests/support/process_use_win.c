/* process_use_win - what this process holds, asked of Windows. */
#include "support/process_use.h"

#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include <stdint.h>
#include <string.h>
#include <tlhelp32.h>

#define HEAPS_MAX 32

static size_t
count_threads(void)
{
    HANDLE all = CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
    THREADENTRY32 entry = {.dwSize = sizeof(entry)};
    size_t count = 0;

    if (all == INVALID_HANDLE_VALUE) {
        return 0;
    }
    for (BOOL more = Thread32First(all, &entry); more; more = Thread32Next(all, &entry)) {
        count += entry.th32OwnerProcessID == GetCurrentProcessId();
    }
    (void)CloseHandle(all);
    return count;
}

static size_t
count_heap_bytes(void)
{
    HANDLE heaps[HEAPS_MAX];
    DWORD count = GetProcessHeaps(HEAPS_MAX, heaps);
    size_t bytes = 0;

    for (DWORD i = 0; i < count && i < HEAPS_MAX; i++) {
        PROCESS_HEAP_ENTRY entry = {0};

        (void)HeapLock(heaps[i]);
        while (HeapWalk(heaps[i], &entry)) {
            bytes += (entry.wFlags & PROCESS_HEAP_ENTRY_BUSY) != 0 ? entry.cbData : 0;
        }
        (void)HeapUnlock(heaps[i]);
    }
    return bytes;
}

struct process_use
process_use(void)
{
    DWORD handles = 0;

    (void)GetProcessHandleCount(GetCurrentProcess(), &handles);
    return (struct process_use){
        .threads = count_threads(), .handles = handles, .heap_bytes = count_heap_bytes()};
}

static uint64_t
ns_of(const FILETIME *ft)
{
    return ((uint64_t)ft->dwHighDateTime << 32 | ft->dwLowDateTime) * 100;
}

uint64_t
process_thread_cpu_ns(void)
{
    FILETIME created, ended, kernel = {0}, user = {0};

    (void)GetThreadTimes(GetCurrentThread(), &created, &ended, &kernel, &user);
    return ns_of(&kernel) + ns_of(&user);
}

typedef HRESULT(WINAPI *get_description_fn)(HANDLE thread, PWSTR *description);

void
process_thread_name(char out[PROCESS_THREAD_NAME_MAX])
{
    HMODULE base = GetModuleHandleW(L"KernelBase.dll");
    FARPROC found = base == NULL ? NULL : GetProcAddress(base, "GetThreadDescription");
    get_description_fn get_description;
    PWSTR wide = NULL;
    size_t len = 0;

    if (found != NULL) {
        memcpy(&get_description, &found, sizeof(found));
        if (get_description(GetCurrentThread(), &wide) >= 0 && wide != NULL) {
            while (wide[len] != L'\0' && len < PROCESS_THREAD_NAME_MAX - 1) {
                out[len] = (char)wide[len];
                len++;
            }
            (void)LocalFree(wide);
        }
    }
    out[len] = '\0';
}

bool
process_thread_is_background(void)
{
    return GetThreadPriority(GetCurrentThread()) < THREAD_PRIORITY_NORMAL;
}
