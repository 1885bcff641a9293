/* os_win - errors, texts and paths between Windows and us. */
#include "platform/os_win.h"

#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include "core/mem.h"
#include "core/utf.h"

/* Folders are limited to MAX_PATH less an 8.3 name; from this length on a path gets its prefix. */
#define SHORT_PATH_MAX (MAX_PATH - 12)
#define PREFIX_LEN_MAX 8 /* "\\?\UNC\" */
#define PUT_UNITS 512

enum err
os_err(uint32_t code)
{
    switch (code) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
    case ERROR_INVALID_NAME:
    case ERROR_INVALID_DRIVE:
    case ERROR_BAD_PATHNAME:
    case ERROR_BAD_NETPATH:
    case ERROR_BAD_NET_NAME:
    case ERROR_DIRECTORY:
        return ERR_NOTFOUND;
    case ERROR_ACCESS_DENIED:
    case ERROR_PRIVILEGE_NOT_HELD:
    case ERROR_WRITE_PROTECT:
        return ERR_ACCESS;
    case ERROR_SHARING_VIOLATION:
    case ERROR_LOCK_VIOLATION:
    case ERROR_BUSY:
        return ERR_BUSY;
    case ERROR_FILE_EXISTS:
    case ERROR_ALREADY_EXISTS:
    case ERROR_DIR_NOT_EMPTY:
        return ERR_EXISTS;
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_OUTOFMEMORY:
        return ERR_NOMEM;
    case ERROR_FILENAME_EXCED_RANGE:
        return ERR_RANGE;
    case ERROR_NOT_SUPPORTED:
    case ERROR_INVALID_FUNCTION:
    case ERROR_CALL_NOT_IMPLEMENTED:
        return ERR_UNSUPPORTED;
    default:
        return ERR_IO;
    }
}

MUST_CHECK enum err
os_wide(const char *text, wchar_t **out)
{
    struct sv s = sv_from(text);
    wchar_t *wide;
    size_t len;

    if (s.len == SIZE_MAX) {
        return ERR_RANGE;
    }
    wide = mem_array(s.len + 1, sizeof(*wide)); /* a byte makes at most one unit */
    if (wide == NULL) {
        return ERR_NOMEM;
    }
    len = utf8_to_utf16(s, wide, s.len, NULL);
    wide[len] = L'\0';
    *out = wide;
    return ERR_OK;
}

/* What goes in front of a full path to lift its limit; *skip units of it are replaced. */
static const wchar_t *
long_prefix(const wchar_t *full, size_t *skip)
{
    *skip = 0;
    if (full[0] != L'\\' || full[1] != L'\\') {
        return L"\\\\?\\";
    }
    if (full[2] == L'?' || full[2] == L'.') {
        return L""; /* has one */
    }
    *skip = 2;
    return L"\\\\?\\UNC\\";
}

/* GetFullPathNameW takes 32767 units with or without a prefix, and turns '/' into '\'. */
MUST_CHECK static enum err
lengthen(const wchar_t *path, wchar_t **out)
{
    DWORD cap = GetFullPathNameW(path, 0, NULL, NULL); /* with its NUL */
    const wchar_t *prefix;
    wchar_t *full;
    wchar_t *text;
    size_t prefix_len;
    size_t skip;
    DWORD len;

    if (cap == 0) {
        return os_err(GetLastError());
    }
    text = mem_array((size_t)cap + PREFIX_LEN_MAX, sizeof(*text));
    if (text == NULL) {
        return ERR_NOMEM;
    }
    full = text + PREFIX_LEN_MAX;
    len = GetFullPathNameW(path, cap, full, NULL);
    if (len == 0 || len >= cap) { /* >= : the current folder changed in between */
        enum err err = len == 0 ? os_err(GetLastError()) : ERR_IO;
        mem_free(text);
        return err;
    }
    prefix = long_prefix(full, &skip);
    prefix_len = wcslen(prefix);
    memmove(text + prefix_len, full + skip, (len - skip + 1) * sizeof(*text));
    memcpy(text, prefix, prefix_len * sizeof(*text));
    *out = text;
    return ERR_OK;
}

MUST_CHECK enum err
os_wide_path(const char *path, wchar_t **out)
{
    wchar_t *wide;
    enum err err = os_wide(path, &wide);

    if (err) {
        return err;
    }
    if (wide[0] == L'\0') {
        mem_free(wide);
        return ERR_NOTFOUND;
    }
    /* A relative path counts with the folder it starts from. */
    if (wcslen(wide) < SHORT_PATH_MAX && GetFullPathNameW(wide, 0, NULL, NULL) < SHORT_PATH_MAX) {
        *out = wide;
        return ERR_OK;
    }
    err = lengthen(wide, out);
    mem_free(wide);
    return err;
}

void
os_put_wide(struct buf *out, const wchar_t *text, size_t len)
{
    char utf8[PUT_UNITS * UTF8_PER_UNIT_MAX];

    while (len > 0) {
        size_t part = len < PUT_UNITS ? len : PUT_UNITS;

        /* A pair is not torn: its first half waits for the next round. */
        if (part < len && text[part - 1] >= 0xD800 && text[part - 1] <= 0xDBFF) {
            part--;
        }
        buf_put(out, utf8, utf16le_to_utf8(text, part * sizeof(*text), utf8, sizeof(utf8), NULL));
        text += part;
        len -= part;
    }
}
