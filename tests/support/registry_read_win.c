/* registry_read - by RegQueryValueExW: nothing is expanded. */
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include "support/registry_read.h"

#include <string.h>

#include "core/utf.h"

#define UNITS_MAX 256
#define NAME_MAX_UNITS 256

static void
widen(const char *text, wchar_t out[NAME_MAX_UNITS])
{
    uint16_t units[NAME_MAX_UNITS] = {0};

    (void)utf8_to_utf16(sv_from(text), units, NAME_MAX_UNITS - 1, NULL);
    memcpy(out, units, sizeof(units));
}

bool
registry_read(const char *key, const char *name, struct registry_value *out)
{
    wchar_t key_w[NAME_MAX_UNITS];
    wchar_t name_w[NAME_MAX_UNITS];
    BYTE data[UNITS_MAX * sizeof(wchar_t)];
    DWORD len = sizeof(data);
    DWORD type = 0;
    HKEY h;
    LSTATUS code;

    memset(out, 0, sizeof(*out));
    widen(key, key_w);
    widen(name, name_w);
    if (RegOpenKeyExW(HKEY_LOCAL_MACHINE, key_w, 0, KEY_QUERY_VALUE, &h) != ERROR_SUCCESS) {
        return false;
    }
    code = RegQueryValueExW(h, name_w, NULL, &type, data, &len);
    RegCloseKey(h);
    if (code != ERROR_SUCCESS) {
        return false;
    }
    out->type = type;
    if (type == REG_DWORD || type == REG_QWORD) {
        memcpy(&out->number, data, len < sizeof(out->number) ? len : sizeof(out->number));
    } else if (len >= sizeof(wchar_t)) { /* the NUL is stored too */
        (void)utf16le_to_utf8(data, len - sizeof(wchar_t), out->text, sizeof(out->text) - 1, NULL);
    }
    return true;
}
