/* message_file - LoadLibraryExW as a data file, FormatMessageW. */
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include "support/message_file.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "core/utf.h"

#define NAME L"..\\kanari-messages.dll"
#define OUT_UNITS 32767 /* the function's own limit: 64 KB */
#define TEXT_UNITS 65536

struct message_file {
    HMODULE module;
};

struct message_file *
message_file_open(void)
{
    static struct message_file f;
    wchar_t path[MAX_PATH + COUNT(NAME)];
    DWORD len = GetModuleFileNameW(NULL, path, MAX_PATH);

    while (len > 0 && path[len - 1] != L'\\') {
        len--;
    }
    memcpy(&path[len], NAME, sizeof(NAME));
    f.module = LoadLibraryExW(path, NULL, LOAD_LIBRARY_AS_DATAFILE);
    return f.module == NULL ? NULL : &f;
}

void
message_file_close(struct message_file *f)
{
    FreeLibrary(f->module);
}

struct source {
    DWORD flags;
    const void *from;
    DWORD id, lang;
};

static bool
format(const struct source *s, const uint16_t *const *strings, struct buf *out)
{
    static wchar_t text[OUT_UNITS + 1];
    static char utf8[OUT_UNITS * UTF8_PER_UNIT_MAX];
    va_list *args;
    DWORD len;

    memcpy(&args, &strings, sizeof(args)); /* an array of pointers, only read */
    len = FormatMessageW(s->flags | FORMAT_MESSAGE_ARGUMENT_ARRAY, s->from, s->id, s->lang, text,
                         OUT_UNITS, args);
    buf_clear(out);
    buf_put(out, utf8, utf16le_to_utf8(text, len * sizeof(wchar_t), utf8, sizeof(utf8), NULL));
    return len > 0;
}

bool
message_file_format(const struct message_file *f, uint32_t id, uint32_t lang,
                    const uint16_t *const *strings, struct buf *out)
{
    const struct source s = {FORMAT_MESSAGE_FROM_HMODULE, f->module, id, lang};

    return format(&s, strings, out);
}

bool
message_text_format(struct sv text, const uint16_t *const *strings, struct buf *out)
{
    static uint16_t units[TEXT_UNITS];
    const struct source s = {FORMAT_MESSAGE_FROM_STRING, units, 0, 0};
    bool cut = false;

    units[utf8_to_utf16(text, units, TEXT_UNITS - 1, &cut)] = 0;
    return !cut && format(&s, strings, out);
}
