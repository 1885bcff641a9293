/* console_win - standard streams and the way into main on Windows. */
#include "platform/os_win.h"

#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include <shellapi.h>

#include <fcntl.h>
#include <io.h>
#include <stdio.h>

#include "core/mem.h"
#include "core/utf.h"

#define CONSOLE_BYTES 4096       /* one WriteConsoleW: old ones share a 64 KB heap */
#define PIPE_BYTES (1024 * 1024) /* one WriteFile */
#define EXIT_INTERNAL 6

static HANDLE
stream_handle(enum stream s)
{
    HANDLE handle = GetStdHandle(s == STREAM_OUT ? STD_OUTPUT_HANDLE : STD_ERROR_HANDLE);

    return handle == INVALID_HANDLE_VALUE ? NULL : handle; /* NULL: the program has none */
}

static bool
is_console(HANDLE handle)
{
    DWORD mode;

    return handle != NULL && GetConsoleMode(handle, &mode) != 0;
}

MUST_CHECK static enum err
write_units(HANDLE console, const wchar_t *units, size_t len)
{
    while (len > 0) {
        DWORD done = 0;

        if (!WriteConsoleW(console, units, (DWORD)len, &done, NULL) || done == 0) {
            return ERR_IO;
        }
        units += done;
        len -= done;
    }
    return ERR_OK;
}

/* Callers write whole characters; a torn one at the end shows as U+FFFD. */
MUST_CHECK static enum err
write_console(HANDLE console, struct sv text)
{
    wchar_t units[CONSOLE_BYTES];

    while (text.len > 0) {
        struct sv part = utf8_cut(text, CONSOLE_BYTES);
        enum err err;

        if (part.len == 0) { /* no character begins here: bytes that are no UTF-8 */
            part = (struct sv){text.p, text.len < CONSOLE_BYTES ? text.len : CONSOLE_BYTES};
        }
        err = write_units(console, units, utf8_to_utf16(part, units, COUNT(units), NULL));
        if (err) {
            return err;
        }
        text = (struct sv){text.p + part.len, text.len - part.len};
    }
    return ERR_OK;
}

MUST_CHECK static enum err
write_bytes(HANDLE handle, const char *p, size_t len)
{
    while (len > 0) {
        DWORD done = 0;

        if (!WriteFile(handle, p, (DWORD)(len < PIPE_BYTES ? len : PIPE_BYTES), &done, NULL)) {
            DWORD code = GetLastError();

            return code == ERROR_BROKEN_PIPE || code == ERROR_NO_DATA ? ERR_END : ERR_IO;
        }
        if (done == 0) {
            return ERR_IO;
        }
        p += done;
        len -= done;
    }
    return ERR_OK;
}

MUST_CHECK enum err
stream_write(enum stream s, const void *data, size_t len)
{
    HANDLE handle = stream_handle(s);

    if (handle == NULL) {
        return ERR_IO;
    }
    if (is_console(handle)) {
        return write_console(handle, (struct sv){data, len});
    }
    return write_bytes(handle, data, len);
}

bool
stream_is_terminal(enum stream s)
{
    return is_console(stream_handle(s));
}

unsigned
stream_columns(enum stream s)
{
    CONSOLE_SCREEN_BUFFER_INFO info;
    HANDLE handle = stream_handle(s);

    if (handle == NULL || !GetConsoleScreenBufferInfo(handle, &info) ||
        info.srWindow.Right < info.srWindow.Left) {
        return 0;
    }
    return (unsigned)(info.srWindow.Right - info.srWindow.Left + 1);
}

/* -- main ---------------------------------------------------------------------------------------
 */

/* UTF-8 copies of count texts, with a NULL behind; free_args() them. */
static void
free_args(char **args, int count)
{
    for (int i = 0; args != NULL && i < count; i++) {
        mem_free(args[i]);
    }
    mem_free(args);
}

MUST_CHECK static enum err
copy_args(wchar_t **wide, int count, char ***out)
{
    char **args = mem_array((size_t)count + 1, sizeof(*args));
    struct buf text;
    enum err err = ERR_OK;

    if (args == NULL) {
        return ERR_NOMEM;
    }
    buf_init(&text, SIZE_MAX / 2);
    for (int i = 0; !err && i < count; i++) {
        buf_clear(&text);
        os_put_wide(&text, wide[i], wcslen(wide[i]));
        err = buf_err(&text);
        args[i] = err ? NULL : mem_strndup(buf_str(&text), text.len);
        err = args[i] == NULL ? ERR_NOMEM : err;
    }
    buf_fini(&text);
    if (err) {
        free_args(args, count);
        return err;
    }
    *out = args;
    return ERR_OK;
}

/* The C runtime's argv went through the ANSI code page; ours is read from the command line. */
int
platform_main(int argc, char **argv, main_fn fn)
{
    wchar_t **wide;
    char **args = NULL;
    int count = 0;
    int status = EXIT_INTERNAL;
    enum err err;

    (void)argc;
    (void)argv;
    if (!SetDefaultDllDirectories(LOAD_LIBRARY_SEARCH_SYSTEM32)) {
        return EXIT_INTERNAL;
    }
    (void)_setmode(_fileno(stdout), _O_BINARY);
    (void)_setmode(_fileno(stderr), _O_BINARY);
    wide = CommandLineToArgvW(GetCommandLineW(), &count);
    if (wide == NULL) {
        return EXIT_INTERNAL;
    }
    err = copy_args(wide, count, &args);
    (void)LocalFree(wide);
    if (!err) {
        status = fn(count, args);
    }
    free_args(args, count);
    return status;
}
