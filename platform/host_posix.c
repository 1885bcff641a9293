/* host_posix - clocks, this machine, its console, and the way into main, on POSIX systems. */
#define _DEFAULT_SOURCE /* tm_gmtoff */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "core/tm.h"
#include "platform/os.h"

#define HOST_NAME_LEN_MAX 256

/* -- time ---------------------------------------------------------------------------------------
 */

uint64_t
clock_now_ft(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now); /* cannot fail for this clock */
    return TM_UNIX_EPOCH_FT + (uint64_t)now.tv_sec * TM_SEC + (uint64_t)now.tv_nsec / 100;
}

uint64_t
clock_mono_ns(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

int
clock_local_offset_min(uint64_t t_ft)
{
    time_t t = (time_t)((int64_t)(t_ft / TM_SEC) - (int64_t)(TM_UNIX_EPOCH_FT / TM_SEC));
    struct tm local;

    return localtime_r(&t, &local) == NULL ? 0 : (int)(local.tm_gmtoff / 60);
}

/* -- this machine ---------------------------------------------------------------------------------
 */

void
host_name(struct buf *out)
{
    char name[HOST_NAME_LEN_MAX + 1] = {0};

    if (gethostname(name, HOST_NAME_LEN_MAX) == 0) {
        buf_puts(out, name);
    }
}

bool
host_lang_is_ja(void)
{
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};

    for (size_t i = 0; i < COUNT(names); i++) {
        const char *value = getenv(names[i]);

        if (value != NULL && value[0] != '\0') {
            return strncmp(value, "ja", 2) == 0 &&
                   (value[2] == '\0' || value[2] == '_' || value[2] == '.');
        }
    }
    return false;
}

uint32_t
process_id(void)
{
    return (uint32_t)getpid();
}

uint64_t
process_peak_rss(void)
{
    struct rusage usage;

    return getrusage(RUSAGE_SELF, &usage) == 0 ? (uint64_t)usage.ru_maxrss * 1024 : 0; /* KiB */
}

const char *
env_get(const char *name)
{
    return getenv(name);
}

MUST_CHECK enum err
path_data_dir(struct buf *out)
{
    const char *data = getenv("XDG_DATA_HOME");
    const char *home = getenv("HOME");

    if (data != NULL && data[0] == '/') { /* the XDG specification: a relative one is ignored */
        path_join(out, data, "kanari");
    } else if (home != NULL && home[0] != '\0') {
        path_join(out, home, ".local/share/kanari");
    } else {
        return ERR_NOTFOUND;
    }
    return buf_err(out);
}

MUST_CHECK enum err
random_bytes(void *out, size_t len)
{
    uint8_t *to = out;

    while (len > 0) {
        ssize_t n = getrandom(to, len, 0);

        if (n < 0 && errno != EINTR) {
            return ERR_IO;
        }
        to += n > 0 ? n : 0;
        len -= n > 0 ? (size_t)n : 0;
    }
    return ERR_OK;
}

/* -- console --------------------------------------------------------------------------------------
 */

static int
stream_fd(enum stream s)
{
    return s == STREAM_OUT ? STDOUT_FILENO : STDERR_FILENO;
}

/* True when the stream was not ready and now is, or the call was interrupted: try again. */
static bool
may_retry(int fd)
{
    struct pollfd ready = {.fd = fd, .events = POLLOUT};

    if (errno == EAGAIN || errno == EWOULDBLOCK) {
        return poll(&ready, 1, -1) == 1 || errno == EINTR;
    }
    return errno == EINTR;
}

MUST_CHECK enum err
stream_write(enum stream s, const void *data, size_t len)
{
    int fd = stream_fd(s);
    const char *p = data;

    while (len > 0) {
        ssize_t n = write(fd, p, len);

        if (n >= 0) {
            p += n;
            len -= (size_t)n;
        } else if (errno == EPIPE) {
            return ERR_END;
        } else if (!may_retry(fd)) {
            return ERR_IO;
        }
    }
    return ERR_OK;
}

bool
stream_is_terminal(enum stream s)
{
    return isatty(stream_fd(s)) == 1;
}

unsigned
stream_columns(enum stream s)
{
    struct winsize size;

    return ioctl(stream_fd(s), TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

int
platform_main(int argc, char **argv, main_fn fn)
{
    (void)signal(SIGPIPE, SIG_IGN); /* `| head` ends a write with an error, not the program */
    return fn(argc, argv);
}
