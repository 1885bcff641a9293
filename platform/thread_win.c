/* thread_win - threads, mutexes and conditions on Windows. */
#include "platform/thread.h"

#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include <assert.h>
#include <process.h>
#include <string.h>

#include "core/mem.h"
#include "platform/platform.h"

#define NS_PER_MS 1000000u
#define WAIT_MS_MAX (INFINITE - 1)

/* SRW locks and condition variables (Windows Vista) live in one pointer each, hold no handle, and
 * need no end: one that nobody uses may be forgotten. */
struct mutex {
    SRWLOCK os;
};

struct cond {
    CONDITION_VARIABLE os;
};

struct thread {
    HANDLE os;
    thread_fn fn;
    void *ctx;
    bool background;
    wchar_t name[THREAD_NAME_MAX + 1];
};

/* Rounded up, so that no wait is too short; at most WAIT_MS_MAX. */
static DWORD
ms_until(uint64_t now_ns, uint64_t deadline_ns)
{
    uint64_t ms = deadline_ns <= now_ns ? 0 : (deadline_ns - now_ns - 1) / NS_PER_MS + 1;

    return ms < WAIT_MS_MAX ? (DWORD)ms : WAIT_MS_MAX;
}

/* -- threads ------------------------------------------------------------------------------------
 */

typedef HRESULT(WINAPI *set_description_fn)(HANDLE thread, PCWSTR description);

/* Windows 10 1607 has SetThreadDescription in KernelBase.dll alone, and older ones nowhere. */
static void
set_name(const wchar_t *name)
{
    HMODULE base = GetModuleHandleW(L"KernelBase.dll"); /* in every process, and not counted */
    FARPROC found = base == NULL ? NULL : GetProcAddress(base, "SetThreadDescription");
    set_description_fn set_description;

    if (found != NULL) {
        memcpy(&set_description, &found, sizeof(found));
        (void)set_description(GetCurrentThread(), name); /* for debuggers only */
    }
}

static void
enter_background(void)
{
    /* Lowers disk and memory priority too; only a thread itself can ask for it. */
    if (!SetThreadPriority(GetCurrentThread(), THREAD_MODE_BACKGROUND_BEGIN)) {
        (void)SetThreadPriority(GetCurrentThread(), THREAD_PRIORITY_LOWEST);
    }
}

static unsigned __stdcall thread_main(void *ctx)
{
    struct thread *t = ctx;

    if (t->name[0] != L'\0') {
        set_name(t->name);
    }
    if (t->background) {
        enter_background();
    }
    t->fn(t->ctx);
    return 0;
}

MUST_CHECK enum err
thread_start(const struct thread_opts *opts, thread_fn fn, void *ctx, struct thread **out)
{
    struct thread *t = mem_zalloc(sizeof(*t));

    if (t == NULL) {
        return ERR_NOMEM;
    }
    t->fn = fn;
    t->ctx = ctx;
    t->background = opts->background;
    for (size_t i = 0; opts->name != NULL && opts->name[i] != '\0' && i < THREAD_NAME_MAX; i++) {
        t->name[i] = (unsigned char)opts->name[i]; /* ASCII */
    }
    /* Not CreateThread(): the C library frees what it keeps for a thread only if it began it. 0 is
     * failure; errno is EAGAIN (too many threads) or EACCES (resources): both are no room. */
    t->os = (HANDLE)_beginthreadex(NULL, 0, thread_main, t, 0, NULL); /* NOLINT */
    if (t->os == NULL) {
        mem_free(t);
        return ERR_NOMEM;
    }
    *out = t;
    return ERR_OK;
}

void
thread_join(struct thread *t)
{
    DWORD waited;

    if (t == NULL) {
        return;
    }
    waited = WaitForSingleObject(t->os, INFINITE);
    assert(waited == WAIT_OBJECT_0); /* WAIT_FAILED: not a handle; WAIT_ABANDONED: for mutexes */
    (void)waited;
    (void)CloseHandle(t->os);
    mem_free(t);
}

void
thread_sleep_ms(uint32_t ms)
{
    uint64_t now = clock_mono_ns();
    uint64_t until = now + (uint64_t)ms * NS_PER_MS;

    while (now < until) { /* one Sleep() may end a tick early */
        Sleep(ms_until(now, until));
        now = clock_mono_ns();
    }
}

/* -- mutex ----------------------------------------------------------------------------------------
 */

MUST_CHECK enum err
mutex_create(struct mutex **out)
{
    struct mutex *m = mem_zalloc(sizeof(*m));

    if (m == NULL) {
        return ERR_NOMEM;
    }
    InitializeSRWLock(&m->os);
    *out = m;
    return ERR_OK;
}

void
mutex_destroy(struct mutex *m)
{
    mem_free(m);
}

void
mutex_lock(struct mutex *m)
{
    AcquireSRWLockExclusive(&m->os);
}

void
mutex_unlock(struct mutex *m)
{
    ReleaseSRWLockExclusive(&m->os);
}

/* -- condition ------------------------------------------------------------------------------------
 */

MUST_CHECK enum err
cond_create(struct cond **out)
{
    struct cond *c = mem_zalloc(sizeof(*c));

    if (c == NULL) {
        return ERR_NOMEM;
    }
    InitializeConditionVariable(&c->os);
    *out = c;
    return ERR_OK;
}

void
cond_destroy(struct cond *c)
{
    mem_free(c);
}

void
cond_wait(struct cond *c, struct mutex *m)
{
    BOOL woken = SleepConditionVariableSRW(&c->os, &m->os, INFINITE, 0);

    assert(woken); /* its one error is a timeout */
    (void)woken;
}

bool
cond_wait_until(struct cond *c, struct mutex *m, uint64_t deadline_ns)
{
    if (deadline_ns == THREAD_FOREVER) {
        cond_wait(c, m);
        return true;
    }
    if (SleepConditionVariableSRW(&c->os, &m->os, ms_until(clock_mono_ns(), deadline_ns), 0)) {
        return true;
    }
    /* Its ticks and our clock are two: what ends early for us is a return without a wake. */
    return clock_mono_ns() < deadline_ns;
}

void
cond_wake_one(struct cond *c)
{
    WakeConditionVariable(&c->os);
}

void
cond_wake_all(struct cond *c)
{
    WakeAllConditionVariable(&c->os);
}
