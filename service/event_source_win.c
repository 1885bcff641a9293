/* event_source - writes and deletes the keys. */
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include "service/event_source.h"

#include <stdio.h>
#include <wchar.h>

#include "core/mem.h"
#include "platform/os_win.h"

/* ERR_OK for 0; else why says it. */
static enum err
result(LSTATUS code, const char *what, const char *key, char why[EVENT_SOURCE_WHY_MAX])
{
    const char *advice = code == ERROR_ACCESS_DENIED ? "; run as administrator" : "";
    enum err err = code == ERROR_SUCCESS ? ERR_OK : os_err((uint32_t)code);

    if (err) {
        (void)snprintf(why, EVENT_SOURCE_WHY_MAX, "%s: HKLM\\%s: error %ld%s", what, key,
                       (long)code, advice);
    }
    return err;
}

static LSTATUS
set_value(HKEY key, const wchar_t *name, const struct event_source_value *v, const wchar_t *text)
{
    DWORD number = v->number;
    DWORD type = v->type == SOURCE_TEXT_EXPAND ? REG_EXPAND_SZ : REG_SZ;
    DWORD len;

    if (v->type == SOURCE_NUMBER) {
        return RegSetValueExW(key, name, 0, REG_DWORD, (const BYTE *)&number, sizeof(number));
    }
    len = (DWORD)((wcslen(text) + 1) * sizeof(wchar_t)); /* with the NUL */
    return RegSetValueExW(key, name, 0, type, (const BYTE *)text, len);
}

static enum err
write_value(const struct event_source_value *v, const char *text, char why[EVENT_SOURCE_WHY_MAX])
{
    wchar_t *key_w = NULL;
    wchar_t *name_w = NULL;
    wchar_t *text_w = NULL;
    HKEY key = NULL;
    enum err err = os_wide(v->key, &key_w);

    err = err ? err : os_wide(v->name, &name_w);
    err = err ? err : os_wide(text, &text_w);
    if (err) {
        (void)snprintf(why, EVENT_SOURCE_WHY_MAX, "registry: %s: %s", v->name, err_str(err));
        goto done;
    }
    err = result(RegCreateKeyExW(HKEY_LOCAL_MACHINE, key_w, 0, NULL, REG_OPTION_NON_VOLATILE,
                                 KEY_SET_VALUE, NULL, &key, NULL),
                 "create key", v->key, why);
    if (!err) {
        err = result(set_value(key, name_w, v, text_w), "write value", v->key, why);
        RegCloseKey(key);
    }
done:
    mem_free(key_w);
    mem_free(name_w);
    mem_free(text_w);
    return err;
}

enum err
event_source_install(const char *dll_path, char why[EVENT_SOURCE_WHY_MAX])
{
    why[0] = '\0';
    if (!event_source_path_ok(dll_path)) {
        (void)snprintf(why, EVENT_SOURCE_WHY_MAX,
                       "message file: not an absolute path of this computer, or with ; or \" in "
                       "it; install Kanari into a folder of a local drive");
        return ERR_USAGE;
    }
    for (size_t i = 0; i < EVENT_SOURCE_VALUES; i++) {
        const struct event_source_value *v = &event_source_values[i];
        enum err err = write_value(v, v->text == NULL ? dll_path : v->text, why);

        if (err) {
            return err;
        }
    }
    return ERR_OK;
}

enum err
event_source_remove(char why[EVENT_SOURCE_WHY_MAX])
{
    wchar_t *key = NULL;
    LSTATUS code;
    enum err err = os_wide(EVENT_LOG_KEY, &key);

    why[0] = '\0';
    if (err) {
        (void)snprintf(why, EVENT_SOURCE_WHY_MAX, "registry: %s", err_str(err));
        return err;
    }
    code = RegDeleteTreeW(HKEY_LOCAL_MACHINE, key);
    mem_free(key);
    if (code == ERROR_FILE_NOT_FOUND || code == ERROR_PATH_NOT_FOUND) {
        return ERR_OK;
    }
    return result(code, "delete key", EVENT_LOG_KEY, why);
}
