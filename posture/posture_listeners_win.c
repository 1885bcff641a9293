/*
 * posture_listeners - who listens (iphlpapi.dll), and on which ports the remote desktop does.
 */
#define WIN32_LEAN_AND_MEAN
#include <winsock2.h>

#include <windows.h>

#include <iphlpapi.h>

#include <string.h>

#include "core/mem.h"
#include "posture/posture_win.h"

#define TABLE_LEN 32768u
#define TABLE_TRIES 6u /* sockets come and go in between */
#define TABLE_SPARE 4096u
#define TABLE_LEN_MAX (64u << 20)
#define WINSTATIONS_MAX 64u /* keys looked at */
#define WINSTATION_NAME 256u

static DWORD
read_table(enum posture_table table, void *data, DWORD *len)
{
    ULONG family = table == POSTURE_TCP4 || table == POSTURE_UDP4 ? AF_INET : AF_INET6;

    if (table == POSTURE_TCP4 || table == POSTURE_TCP6) {
        return GetExtendedTcpTable(data, len, FALSE, family, TCP_TABLE_OWNER_PID_LISTENER, 0);
    }
    return GetExtendedUdpTable(data, len, FALSE, family, UDP_TABLE_OWNER_PID, 0);
}

/* Ports are in network order, in the low half of a number. */
static uint16_t
port_of(DWORD port)
{
    return (uint16_t)((port & 0xff) << 8 | (port >> 8 & 0xff));
}

static struct posture_listener
make_v4(DWORD address, DWORD port, DWORD pid)
{
    uint8_t bytes[4];

    memcpy(bytes, &address, sizeof(bytes));
    return (struct posture_listener){.addr = addr_v4(bytes), .pid = pid, .port = port_of(port)};
}

static struct posture_listener
make_v6(const UCHAR *address, DWORD zone, const DWORD port_pid[2])
{
    return (struct posture_listener){
        .addr = addr_v6(address, zone), .pid = port_pid[1], .port = port_of(port_pid[0])};
}

static struct posture_listener
take_row(enum posture_table table, const void *data, DWORD i)
{
    struct posture_listener l = {.port = 0};

    switch (table) {
    case POSTURE_TCP4: {
        const MIB_TCPROW_OWNER_PID *r = &((const MIB_TCPTABLE_OWNER_PID *)data)->table[i];

        l = make_v4(r->dwLocalAddr, r->dwLocalPort, r->dwOwningPid);
        break;
    }
    case POSTURE_TCP6: {
        const MIB_TCP6ROW_OWNER_PID *r = &((const MIB_TCP6TABLE_OWNER_PID *)data)->table[i];

        l = make_v6(r->ucLocalAddr, r->dwLocalScopeId, (DWORD[2]){r->dwLocalPort, r->dwOwningPid});
        break;
    }
    case POSTURE_UDP4: {
        const MIB_UDPROW_OWNER_PID *r = &((const MIB_UDPTABLE_OWNER_PID *)data)->table[i];

        l = make_v4(r->dwLocalAddr, r->dwLocalPort, r->dwOwningPid);
        break;
    }
    case POSTURE_UDP6: {
        const MIB_UDP6ROW_OWNER_PID *r = &((const MIB_UDP6TABLE_OWNER_PID *)data)->table[i];

        l = make_v6(r->ucLocalAddr, r->dwLocalScopeId, (DWORD[2]){r->dwLocalPort, r->dwOwningPid});
        break;
    }
    case POSTURE_TABLE_COUNT:
        break;
    }
    l.table = (uint8_t)table;
    return l;
}

uint32_t
posture_listeners_read(void *ctx, enum posture_table table, struct posture_listener *out,
                       uint32_t cap, uint32_t *total)
{
    DWORD code = ERROR_INSUFFICIENT_BUFFER;
    DWORD len = TABLE_LEN;

    (void)ctx;
    for (unsigned try = 0; try < TABLE_TRIES && code == ERROR_INSUFFICIENT_BUFFER; try++) {
        void *data;

        if (len > TABLE_LEN_MAX) {
            return POSTURE_INSUFFICIENT_BUFFER;
        }
        data = mem_zalloc(len);
        if (data == NULL) {
            return POSTURE_NOT_ENOUGH_MEMORY;
        }
        code = read_table(table, data, &len);
        if (code == NO_ERROR) {
            DWORD count = *(const DWORD *)data; /* all four begin with dwNumEntries */

            for (DWORD i = 0; i < count && i < cap; i++) {
                out[i] = take_row(table, data, i);
            }
            *total = count;
        }
        mem_free(data);
        len += TABLE_SPARE;
    }
    return code;
}

/* HKLM\SYSTEM\CurrentControlSet\Control\Terminal Server\WinStations\(each)\PortNumber. The console
 * has a key there, too, and no port. */
uint32_t
posture_rdp_ports_read(void *ctx, uint16_t *out, uint32_t *count)
{
    uint32_t found = 0;
    HKEY key;
    LSTATUS code = RegOpenKeyExW(
        HKEY_LOCAL_MACHINE, L"SYSTEM\\CurrentControlSet\\Control\\Terminal Server\\WinStations", 0,
        KEY_READ, &key);

    (void)ctx;
    if (code != ERROR_SUCCESS) {
        return (uint32_t)code;
    }
    for (DWORD i = 0; i < WINSTATIONS_MAX && found < POSTURE_RDP_PORT_MAX; i++) {
        wchar_t name[WINSTATION_NAME];
        DWORD name_len = COUNT(name);
        DWORD port = 0;
        DWORD len = sizeof(port);

        code = RegEnumKeyExW(key, i, name, &name_len, NULL, NULL, NULL, NULL);
        if (code != ERROR_SUCCESS) {
            break;
        }
        if (RegGetValueW(key, name, L"PortNumber", RRF_RT_REG_DWORD, NULL, &port, &len) ==
                ERROR_SUCCESS &&
            port > 0 && port <= UINT16_MAX) {
            out[found++] = (uint16_t)port;
        }
    }
    RegCloseKey(key);
    if (code != ERROR_SUCCESS && code != ERROR_NO_MORE_ITEMS) {
        return (uint32_t)code;
    }
    *count = found;
    return POSTURE_OK;
}
