/* registry - by RegSetValueExW and RegDeleteTreeW. */
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include "service/registry.h"

#include <stdio.h>
#include <wchar.h>

#include "core/mem.h"
#include "platform/os_win.h"

/* ERR_OK for 0; else why says it. */
static enum err
result(LSTATUS code, const char *what, const char *key, char why[REGISTRY_WHY_MAX])
{
    const char *advice = code == ERROR_ACCESS_DENIED ? "; run as administrator" : "";
    enum err err = code == ERROR_SUCCESS ? ERR_OK : os_err((uint32_t)code);

    if (err) {
        (void)snprintf(why, REGISTRY_WHY_MAX, "%s: HKLM\\%s: error %ld%s", what, key, (long)code,
                       advice);
    }
    return err;
}

static LSTATUS
set_text(HKEY key, const wchar_t *name, DWORD type, const wchar_t *text)
{
    DWORD len = (DWORD)((wcslen(text) + 1) * sizeof(wchar_t)); /* with the NUL */

    return RegSetValueExW(key, name, 0, type, (const BYTE *)text, len);
}

static LSTATUS
set_value(HKEY key, const wchar_t *name, const struct registry_entry *e, const wchar_t *text)
{
    DWORD number = (DWORD)e->number;

    switch (e->type) {
    case REGISTRY_TEXT:
        return set_text(key, name, REG_SZ, text);
    case REGISTRY_TEXT_EXPAND:
        return set_text(key, name, REG_EXPAND_SZ, text);
    case REGISTRY_NUMBER:
        return RegSetValueExW(key, name, 0, REG_DWORD, (const BYTE *)&number, sizeof(number));
    case REGISTRY_NUMBER_64:
        return RegSetValueExW(key, name, 0, REG_QWORD, (const BYTE *)&e->number, sizeof(e->number));
    }
    return ERROR_INVALID_PARAMETER;
}

enum err
registry_write(const struct registry_entry *e, char why[REGISTRY_WHY_MAX])
{
    wchar_t *key_w = NULL;
    wchar_t *name_w = NULL;
    wchar_t *text_w = NULL;
    HKEY key = NULL;
    enum err err = os_wide(e->key, &key_w);

    why[0] = '\0';
    err = err ? err : os_wide(e->name, &name_w);
    err = err || e->text == NULL ? err : os_wide(e->text, &text_w);
    if (err) {
        (void)snprintf(why, REGISTRY_WHY_MAX, "registry: %s: %s", e->name, err_str(err));
        goto done;
    }
    err = result(RegCreateKeyExW(HKEY_LOCAL_MACHINE, key_w, 0, NULL, REG_OPTION_NON_VOLATILE,
                                 KEY_SET_VALUE, NULL, &key, NULL),
                 "create key", e->key, why);
    if (!err) {
        err = result(set_value(key, name_w, e, text_w), "write value", e->key, why);
        RegCloseKey(key);
    }
done:
    mem_free(key_w);
    mem_free(name_w);
    mem_free(text_w);
    return err;
}

enum err
registry_delete(const char *key, char why[REGISTRY_WHY_MAX])
{
    wchar_t *key_w = NULL;
    LSTATUS code;
    enum err err = os_wide(key, &key_w);

    why[0] = '\0';
    if (err) {
        (void)snprintf(why, REGISTRY_WHY_MAX, "registry: %s", err_str(err));
        return err;
    }
    code = RegDeleteTreeW(HKEY_LOCAL_MACHINE, key_w);
    mem_free(key_w);
    if (code == ERROR_FILE_NOT_FOUND || code == ERROR_PATH_NOT_FOUND) {
        return ERR_OK;
    }
    return result(code, "delete key", key, why);
}
