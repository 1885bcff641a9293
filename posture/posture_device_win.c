/*
 * posture_device - the device behind an adapter (setupapi.dll), and what RAS has dialled
 * (rasapi32.dll, found at run time: a Server Core may lack it).
 *
 * The device of an adapter is that of class Net whose software key has the adapter's GUID as
 * NetCfgInstanceId (windows-hardware/drivers/install/registry-trees-and-keys). Wine 8 has no
 * devices of that class: none is found.
 */
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include <ras.h>
#include <setupapi.h>

#include <string.h>

#include "core/mem.h"
#include "posture/posture_win.h"

#define PROPERTY_LEN 4096u /* bytes; a list of ids is the longest */
#define DEVICES_MAX 4096u  /* of class Net; an enumeration that does not end is given up */
#define RAS_TRIES 3u
#define RAS_LEN_MAX (1u << 20)
#define RAS_BUFFER_TOO_SMALL 603u /* ERROR_BUFFER_TOO_SMALL of raserror.h */

static const GUID class_net = {
    0x4d36e972, 0xe325, 0x11ce, {0xbf, 0xc1, 0x08, 0x00, 0x2b, 0xe1, 0x03, 0x18}};

/* DEVPKEY_Device_ of devpkey.h, whose macro needs a place for its variables. */
#define DEVICE_SET                                                                                 \
    {                                                                                              \
        0xa45c254e, 0xdf1c, 0x4efd,                                                                \
        {                                                                                          \
            0x80, 0x20, 0x67, 0xd1, 0x46, 0xa8, 0x50, 0xe0                                         \
        }                                                                                          \
    }
#define DRIVER_SET                                                                                 \
    {                                                                                              \
        0xa8b865dd, 0x2e3d, 0x4094,                                                                \
        {                                                                                          \
            0xad, 0x97, 0xe5, 0x93, 0xa7, 0x0c, 0x75, 0xd6                                         \
        }                                                                                          \
    }
static const DEVPROPKEY key_hardware_ids = {DEVICE_SET, 3};
static const DEVPROPKEY key_compatible_ids = {DEVICE_SET, 4};
static const DEVPROPKEY key_service = {DEVICE_SET, 6};
static const DEVPROPKEY key_enumerator = {DEVICE_SET, 24};
static const DEVPROPKEY key_driver_date = {DRIVER_SET, 2};
static const DEVPROPKEY key_driver_version = {DRIVER_SET, 3};
static const DEVPROPKEY key_driver_provider = {DRIVER_SET, 9};
static const DEVPROPKEY key_parent = {
    {0x4340a6c5, 0x93fa, 0x4706, {0x97, 0x2c, 0x7b, 0x64, 0x80, 0x08, 0xa5, 0xa7}}, 8};
static const DEVPROPKEY key_bus_description = {
    {0x540b947e, 0x8b40, 0x45bc, {0xa8, 0xa2, 0x6a, 0x0b, 0x89, 0x4c, 0xbd, 0xa2}}, 4};

/* One device of an enumeration. */
struct device {
    HDEVINFO set;
    SP_DEVINFO_DATA info;
};

/* What a failed call says; never "success". */
static uint32_t
last_error(void)
{
    DWORD code = GetLastError();

    return code == ERROR_SUCCESS ? POSTURE_NOT_IMPLEMENTED : code;
}

/* -- properties -------------------------------------------------------------------------------- */

/* Bytes of a property of that type, 0 when there is none. */
static size_t
property(struct device *d, const DEVPROPKEY *key, DEVPROPTYPE type, void *out)
{
    DEVPROPTYPE got = DEVPROP_TYPE_EMPTY;
    DWORD len = 0;

    if (!SetupDiGetDevicePropertyW(d->set, &d->info, key, &got, out, PROPERTY_LEN, &len, 0) ||
        got != type || len > PROPERTY_LEN) {
        return 0;
    }
    return len;
}

static void
text_property(struct device *d, const DEVPROPKEY *key, char *out, size_t cap)
{
    wchar_t text[PROPERTY_LEN / sizeof(wchar_t)];
    size_t len = property(d, key, DEVPROP_TYPE_STRING, text);

    posture_text(text, len / sizeof(*text), out, cap);
}

/* Each text with its NUL, and one more at the end. What does not fit is left out whole. */
static void
list_property(struct device *d, const DEVPROPKEY *key, char *out, bool *cut)
{
    wchar_t list[PROPERTY_LEN / sizeof(wchar_t)];
    size_t units = property(d, key, DEVPROP_TYPE_STRING_LIST, list) / sizeof(*list);
    size_t used = 0;
    size_t at = 0;

    memset(out, 0, POSTURE_IDS_LEN);
    while (at < units && list[at] != L'\0') {
        char id[POSTURE_ID_LEN];
        size_t len;

        posture_text(list + at, units - at, id, sizeof(id));
        len = strlen(id);
        if (len == 0 || used + len + 2 > POSTURE_IDS_LEN) {
            *cut = true;
            return;
        }
        memcpy(out + used, id, len);
        used += len + 1;
        while (at < units && list[at] != L'\0') {
            at++;
        }
        at++;
    }
}

static void
take_device(struct device *d, struct posture_device *out)
{
    wchar_t id[POSTURE_ID_LEN];
    unsigned char date[PROPERTY_LEN];

    memset(out, 0, sizeof(*out));
    if (SetupDiGetDeviceInstanceIdW(d->set, &d->info, id, COUNT(id), NULL)) {
        posture_text(id, COUNT(id), out->instance_id, sizeof(out->instance_id));
    }
    text_property(d, &key_parent, out->parent_id, sizeof(out->parent_id));
    text_property(d, &key_enumerator, out->enumerator, sizeof(out->enumerator));
    text_property(d, &key_service, out->service, sizeof(out->service));
    text_property(d, &key_driver_provider, out->provider, sizeof(out->provider));
    text_property(d, &key_driver_version, out->version, sizeof(out->version));
    text_property(d, &key_bus_description, out->bus_description, sizeof(out->bus_description));
    list_property(d, &key_hardware_ids, out->hardware_ids, &out->cut);
    list_property(d, &key_compatible_ids, out->compatible_ids, &out->cut);
    if (property(d, &key_driver_date, DEVPROP_TYPE_FILETIME, date) == sizeof(FILETIME)) {
        FILETIME ft;

        memcpy(&ft, date, sizeof(ft));
        out->driver_date_ft = (uint64_t)ft.dwHighDateTime << 32 | ft.dwLowDateTime;
    }
}

/* -- finding it -------------------------------------------------------------------------------- */

static bool
is_adapter(struct device *d, const char *guid)
{
    wchar_t value[POSTURE_GUID_LEN + 1];
    char text[POSTURE_GUID_LEN];
    DWORD len = sizeof(value);
    LSTATUS code;
    HKEY key =
        SetupDiOpenDevRegKey(d->set, &d->info, DICS_FLAG_GLOBAL, 0, DIREG_DRV, KEY_QUERY_VALUE);

    if (key == INVALID_HANDLE_VALUE) {
        return false;
    }
    code = RegGetValueW(key, NULL, L"NetCfgInstanceId", RRF_RT_REG_SZ, NULL, value, &len);
    RegCloseKey(key);
    if (code != ERROR_SUCCESS) {
        return false;
    }
    posture_text(value, COUNT(value), text, sizeof(text));
    return sv_eq_nocase(sv_from(text), sv_from(guid));
}

uint32_t
posture_device_read(void *ctx, const char *guid, struct posture_device *out)
{
    struct device d = {.set = SetupDiGetClassDevsW(&class_net, NULL, NULL, DIGCF_PRESENT)};
    uint32_t code = POSTURE_NOT_FOUND;

    (void)ctx;
    if (d.set == INVALID_HANDLE_VALUE) {
        return last_error();
    }
    for (DWORD i = 0; i < DEVICES_MAX && code == POSTURE_NOT_FOUND; i++) {
        d.info = (SP_DEVINFO_DATA){.cbSize = sizeof(d.info)};
        if (!SetupDiEnumDeviceInfo(d.set, i, &d.info)) {
            code = last_error();
            break;
        }
        if (is_adapter(&d, guid)) {
            take_device(&d, out);
            code = POSTURE_OK;
        }
    }
    (void)SetupDiDestroyDeviceInfoList(d.set);
    return code == ERROR_NO_MORE_ITEMS ? POSTURE_NOT_FOUND : code;
}

/* -- dialled connections ----------------------------------------------------------------------- */

static DWORD(WINAPI *ras_enum)(RASCONNW *, DWORD *, DWORD *);

static BOOL CALLBACK
find_ras(PINIT_ONCE once, PVOID parameter, PVOID *context)
{
    HMODULE m = LoadLibraryExW(L"rasapi32.dll", NULL, LOAD_LIBRARY_SEARCH_SYSTEM32);
    FARPROC p = m == NULL ? NULL : GetProcAddress(m, "RasEnumConnectionsW");

    (void)once;
    (void)parameter;
    (void)context;
    memcpy(&ras_enum, &p, sizeof(p));
    return TRUE;
}

/* Those that are connected; mem_free(). NULL: none, or nothing to be had. */
static RASCONNW *
read_connections(DWORD *count)
{
    DWORD len = sizeof(RASCONNW);

    for (unsigned try = 0; try < RAS_TRIES && len >= sizeof(RASCONNW) && len <= RAS_LEN_MAX;
         try++) {
        RASCONNW *list = mem_zalloc(len);
        DWORD code;

        if (list == NULL) {
            return NULL;
        }
        list->dwSize = sizeof(*list);
        *count = 0;
        code = ras_enum(list, &len, count);
        if (code == ERROR_SUCCESS && *count > 0) {
            return list;
        }
        mem_free(list);
        if (code != RAS_BUFFER_TOO_SMALL) {
            return NULL;
        }
    }
    return NULL;
}

/* The interface of a connection has the GUID or, made by older systems, the name of its entry. */
static void
take_connection(const RASCONNW *c, struct posture_adapter *adapters, uint32_t count)
{
    char guid[POSTURE_GUID_LEN];
    char name[POSTURE_NAME_LEN];

    posture_guid(&c->guidEntry, guid); /* that of the phone book */
    posture_text(c->szEntryName, COUNT(c->szEntryName), name, sizeof(name));
    for (uint32_t i = 0; i < count; i++) {
        struct posture_adapter *a = &adapters[i];

        if (strcmp(a->guid, guid) == 0 ||
            (a->if_type == POSTURE_IF_PPP && name[0] != '\0' && strcmp(a->name, name) == 0)) {
            posture_text(c->szDeviceType, COUNT(c->szDeviceType), a->dial_type,
                         sizeof(a->dial_type));
        }
    }
}

/* RAS is asked only when there is an interface that it may have dialled: asking may start its
 * service.
 */
void
posture_dial_types(struct posture_adapter *adapters, uint32_t count)
{
    static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
    DWORD connections = 0;
    RASCONNW *list;
    uint32_t i = 0;

    while (i < count && adapters[i].if_type != POSTURE_IF_PPP) {
        i++;
    }
    if (i == count) {
        return;
    }
    if (!InitOnceExecuteOnce(&once, find_ras, NULL, NULL) || ras_enum == NULL) {
        return;
    }
    list = read_connections(&connections);
    for (DWORD k = 0; list != NULL && k < connections; k++) {
        take_connection(&list[k], adapters, count);
    }
    mem_free(list);
}
