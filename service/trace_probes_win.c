/* trace_probes - `kanari version`, and a connection to the endpoint mapper. */
#define WIN32_LEAN_AND_MEAN
#include <winsock2.h>

#include <windows.h>

#include <stdio.h>
#include <wchar.h>

#include "core/mem.h"
#include "platform/os_win.h"
#include "service/trace_probes.h"

#define PATH_UNITS 32768u /* the longest path that Windows has */
#define ARGUMENTS L"\" version"
#define ENDPOINT_MAPPER 135
#define CONNECT_US 500000

/* The program that runs, so that no other is ever started by us; its console output goes nowhere.
 * CreateProcessW may write to the command line. */
static bool
spawn(void *ctx, uint32_t *pid)
{
    STARTUPINFOW startup = {.cb = sizeof(startup)};
    PROCESS_INFORMATION started;
    size_t units = PATH_UNITS + COUNT(ARGUMENTS) + 1;
    WCHAR *path = mem_array(PATH_UNITS, sizeof(*path));
    WCHAR *line = mem_array(units, sizeof(*line));
    DWORD len = path == NULL ? 0 : GetModuleFileNameW(NULL, path, PATH_UNITS);
    bool done = false;

    (void)ctx;
    if (line != NULL && len > 0 && len < PATH_UNITS) {
        line[0] = L'"';
        wmemcpy(line + 1, path, len);
        wmemcpy(line + 1 + len, ARGUMENTS, COUNT(ARGUMENTS));
        done = CreateProcessW(path, line, NULL, NULL, FALSE, CREATE_NO_WINDOW, NULL, NULL, &startup,
                              &started);
    }
    if (done) {
        *pid = started.dwProcessId;
        CloseHandle(started.hThread);
        CloseHandle(started.hProcess);
    }
    mem_free(path);
    mem_free(line);
    return done;
}

/* Connected, or not within half a second: then accepts cannot be judged. */
static bool
try_connect(SOCKET s)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(ENDPOINT_MAPPER)};
    struct timeval patience = {.tv_usec = CONNECT_US};
    u_long without_waiting = 1;
    fd_set connected;

    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (ioctlsocket(s, (long)FIONBIO, &without_waiting) != 0) {
        return false;
    }
    if (connect(s, (struct sockaddr *)&to, sizeof(to)) == 0) {
        return true;
    }
    if (WSAGetLastError() != WSAEWOULDBLOCK) {
        return false;
    }
    FD_ZERO(&connected);
    FD_SET(s, &connected);
    return select(0, NULL, &connected, NULL, &patience) == 1;
}

static bool
connect_to_self(void *ctx)
{
    WSADATA data;
    bool connected = false;
    SOCKET s;

    (void)ctx;
    if (WSAStartup(MAKEWORD(2, 2), &data) != 0) {
        return false;
    }
    s = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    if (s != INVALID_SOCKET) {
        connected = try_connect(s);
        (void)closesocket(s);
    }
    (void)WSACleanup();
    return connected;
}

/* NtQueryInformationProcess, which has no import library here; class 60 gives a UNICODE_STRING
 * whose text lies behind it, to whoever may query limited information. */
typedef LONG(WINAPI *query_fn)(HANDLE process, ULONG class, PVOID out, ULONG len, PULONG used);
#define COMMAND_LINE_CLASS 60u

struct counted_text {
    USHORT len, cap; /* bytes */
    const WCHAR *text;
};

static query_fn
find_query(void)
{
    HMODULE ntdll = GetModuleHandleW(L"ntdll.dll");
    union {
        FARPROC any;
        query_fn query;
    } found = {.any = ntdll == NULL ? NULL : GetProcAddress(ntdll, "NtQueryInformationProcess")};

    return found.query;
}

/* A pid may be another process by now. */
static bool
is_of_then(HANDLE process, uint64_t started_ft)
{
    FILETIME created, ended, kernel, user;

    return GetProcessTimes(process, &created, &ended, &kernel, &user) &&
           ((uint64_t)created.dwHighDateTime << 32 | created.dwLowDateTime) == started_ft;
}

/* Within what was given: lengths are what another process's memory says. */
static bool
put_text(const struct counted_text *t, const uint8_t *end, struct buf *out)
{
    const uint8_t *begin = (const uint8_t *)t->text;

    if (begin < (const uint8_t *)(t + 1) || begin > end || t->len > (size_t)(end - begin)) {
        return false;
    }
    os_put_wide(out, t->text, t->len / sizeof(WCHAR));
    return out->len > 0;
}

static bool
command_line(void *ctx, uint32_t pid, uint64_t started_ft, struct buf *out)
{
    static const ULONG room = sizeof(struct counted_text) + PATH_UNITS * sizeof(WCHAR);
    query_fn query = find_query();
    HANDLE process = OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, FALSE, pid);
    struct counted_text *text = mem_alloc(room);
    ULONG used = 0;
    bool done = false;

    (void)ctx;
    if (query != NULL && process != NULL && text != NULL && is_of_then(process, started_ft) &&
        query(process, COMMAND_LINE_CLASS, text, room, &used) >= 0 && used >= sizeof(*text)) {
        done = put_text(text, (const uint8_t *)text + (used < room ? used : room), out);
    }
    if (process != NULL) {
        CloseHandle(process);
    }
    mem_free(text);
    return done;
}

struct tracer_probes
trace_probes_system(void)
{
    return (struct tracer_probes){NULL, spawn, connect_to_self, command_line};
}
