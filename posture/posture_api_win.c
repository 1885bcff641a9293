/*
 * posture_api - the table over iphlpapi.dll: adapters, and that something changed.
 *
 * GetAdaptersAddresses gives addresses and gateways, GetIfTable2 media and flags,
 * GetIpForwardTable2 the default routes. Only the first is needed for an answer: without the others
 * less is known of each adapter. Adapters that are hardware but have no IP bound come from
 * GetIfTable2 alone: a modem that was just plugged in. Wine 8 has all three; its notices never
 * come.
 */
#define WIN32_LEAN_AND_MEAN
#include <winsock2.h>
#include <ws2tcpip.h>

#include <windows.h>

#include <iphlpapi.h>
#include <netioapi.h>

#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "core/utf.h"
#include "posture/posture_api.h"
#include "posture/posture_win.h"

#define ADDRESSES_LEN 16384u /* the page recommends 15 KB to begin with */
#define ADDRESSES_TRIES 4u   /* adapters may come in between */
#define ADDRESSES_LEN_MAX (4u << 20)

_Static_assert(POSTURE_OPER_UP == IfOperStatusUp, "the same number");
_Static_assert(sizeof(wchar_t) == sizeof(uint16_t), "texts are the same units");

void
posture_text(const wchar_t *text, size_t cap_units, char *out, size_t cap)
{
    size_t units = 0;
    size_t len;

    while (text != NULL && units < cap_units && text[units] != L'\0') {
        units++;
    }
    len = units == 0 ? 0 : utf16le_to_utf8(text, units * sizeof(*text), out, cap - 1, NULL);
    memset(out + len, 0, cap - len);
}

/* Upper case, whoever wrote it. */
static void
put_guid_text(const char *text, char out[POSTURE_GUID_LEN])
{
    size_t len = 0;

    for (; len < POSTURE_GUID_LEN - 1 && text[len] != '\0'; len++) {
        out[len] = text[len] >= 'a' && text[len] <= 'z' ? (char)(text[len] - 'a' + 'A') : text[len];
    }
    out[len] = '\0';
}

void
posture_guid(const void *guid, char out[POSTURE_GUID_LEN])
{
    GUID g;

    memcpy(&g, guid, sizeof(g));
    (void)snprintf(out, POSTURE_GUID_LEN, "{%08lX-%04X-%04X-%02X%02X-%02X%02X%02X%02X%02X%02X}",
                   g.Data1, g.Data2, g.Data3, g.Data4[0], g.Data4[1], g.Data4[2], g.Data4[3],
                   g.Data4[4], g.Data4[5], g.Data4[6], g.Data4[7]);
}

/* -- what the three calls give ----------------------------------------------------------------- */

struct tables {
    IP_ADAPTER_ADDRESSES *addresses; /* mem_free() */
    MIB_IF_TABLE2 *rows;             /* FreeMibTable(); may be NULL */
    MIB_IPFORWARD_TABLE2 *routes;    /* the same */
};

static uint32_t
read_addresses(IP_ADAPTER_ADDRESSES **out)
{
    const ULONG flags = GAA_FLAG_SKIP_ANYCAST | GAA_FLAG_SKIP_MULTICAST | GAA_FLAG_SKIP_DNS_SERVER |
                        GAA_FLAG_INCLUDE_GATEWAYS;
    ULONG len = ADDRESSES_LEN;
    ULONG code = ERROR_BUFFER_OVERFLOW;

    for (unsigned try = 0; try < ADDRESSES_TRIES && code == ERROR_BUFFER_OVERFLOW; try++) {
        IP_ADAPTER_ADDRESSES *list;

        if (len > ADDRESSES_LEN_MAX) {
            return POSTURE_BUFFER_OVERFLOW;
        }
        list = mem_zalloc(len);
        if (list == NULL) {
            return POSTURE_NOT_ENOUGH_MEMORY;
        }
        code = GetAdaptersAddresses(AF_UNSPEC, flags, NULL, list, &len);
        if (code == ERROR_SUCCESS) {
            *out = list;
            return POSTURE_OK;
        }
        mem_free(list);
    }
    return code;
}

static void
free_tables(struct tables *t)
{
    mem_free(t->addresses);
    if (t->rows != NULL) {
        FreeMibTable(t->rows);
    }
    if (t->routes != NULL) {
        FreeMibTable(t->routes);
    }
}

static uint32_t
read_tables(struct tables *t)
{
    uint32_t code = read_addresses(&t->addresses);

    if (code == POSTURE_NO_DATA) { /* no address anywhere; there may be hardware all the same */
        code = POSTURE_OK;
    }
    if (code != POSTURE_OK) {
        return code;
    }
    if (GetIfTable2(&t->rows) != NO_ERROR) {
        t->rows = NULL;
    }
    if (GetIpForwardTable2(AF_UNSPEC, &t->routes) != NO_ERROR) {
        t->routes = NULL;
    }
    return POSTURE_OK;
}

/* -- one adapter ------------------------------------------------------------------------------- */

static bool
take_sockaddr(const SOCKET_ADDRESS *sa, struct addr *out)
{
    uint16_t port;

    return sa->lpSockaddr != NULL && sa->iSockaddrLength > 0 &&
           addr_from_sockaddr(sa->lpSockaddr, (size_t)sa->iSockaddrLength, out, &port) == ERR_OK;
}

static void
take_addresses(const IP_ADAPTER_ADDRESSES *in, struct posture_adapter *a)
{
    for (const IP_ADAPTER_UNICAST_ADDRESS *u = in->FirstUnicastAddress; u != NULL; u = u->Next) {
        struct posture_address address = {.prefix_bits = u->OnLinkPrefixLength};

        if ((u->DadState != IpDadStatePreferred && u->DadState != IpDadStateDeprecated) ||
            !take_sockaddr(&u->Address, &address.addr)) {
            continue;
        }
        if (a->address_count < POSTURE_ADDRESS_MAX) {
            a->addresses[a->address_count++] = address;
        }
        a->address_total++;
    }
    for (const IP_ADAPTER_GATEWAY_ADDRESS *g = in->FirstGatewayAddress;
         g != NULL && a->gateway_count < POSTURE_GATEWAY_MAX; g = g->Next) {
        a->gateway_count += take_sockaddr(&g->Address, &a->gateways[a->gateway_count]);
    }
}

static void
take_mac(const UCHAR *bytes, ULONG len, struct posture_adapter *a)
{
    a->mac_len = (uint8_t)(len < POSTURE_MAC_MAX ? len : POSTURE_MAC_MAX);
    memcpy(a->mac, bytes, a->mac_len);
}

static void
take_row(const MIB_IF_ROW2 *row, struct posture_adapter *a)
{
    a->has_row = true;
    a->hardware = row->InterfaceAndOperStatusFlags.HardwareInterface != 0;
    a->connector = row->InterfaceAndOperStatusFlags.ConnectorPresent != 0;
    a->endpoint = row->InterfaceAndOperStatusFlags.EndPointInterface != 0;
    a->medium = (uint32_t)row->MediaType;
    a->physical_medium = (uint32_t)row->PhysicalMediumType;
    a->access_type = (uint32_t)row->AccessType;
    a->connection_type = (uint32_t)row->ConnectionType;
    a->admin_status = (uint32_t)row->AdminStatus;
    a->media_state = (uint32_t)row->MediaConnectState;
}

static const MIB_IF_ROW2 *
find_row(const struct tables *t, uint64_t luid)
{
    for (ULONG i = 0; t->rows != NULL && i < t->rows->NumEntries; i++) {
        if (t->rows->Table[i].InterfaceLuid.Value == luid) {
            return &t->rows->Table[i];
        }
    }
    return NULL;
}

/* 0.0.0.0/0 and ::/0. */
static bool
has_default_route(const struct tables *t, uint64_t luid)
{
    for (ULONG i = 0; t->routes != NULL && i < t->routes->NumEntries; i++) {
        const MIB_IPFORWARD_ROW2 *r = &t->routes->Table[i];

        if (r->InterfaceLuid.Value == luid && r->DestinationPrefix.PrefixLength == 0) {
            return true;
        }
    }
    return false;
}

static void
take_listed(const struct tables *t, const IP_ADAPTER_ADDRESSES *in, struct posture_adapter *a)
{
    const MIB_IF_ROW2 *row = find_row(t, in->Luid.Value);

    memset(a, 0, sizeof(*a));
    put_guid_text(in->AdapterName, a->guid);
    posture_text(in->FriendlyName, POSTURE_NAME_LEN, a->name, sizeof(a->name));
    posture_text(in->Description, POSTURE_NAME_LEN, a->description, sizeof(a->description));
    a->luid = in->Luid.Value;
    a->index = in->IfIndex != 0 ? in->IfIndex : in->Ipv6IfIndex;
    a->if_type = in->IfType;
    a->tunnel_type = (uint32_t)in->TunnelType;
    a->oper_status = (uint32_t)in->OperStatus;
    a->mtu = in->Mtu;
    a->connection_type = (uint32_t)in->ConnectionType;
    take_mac(in->PhysicalAddress, in->PhysicalAddressLength, a);
    take_addresses(in, a);
    if (row != NULL) {
        take_row(row, a);
    }
    a->default_route = has_default_route(t, a->luid);
}

static void
take_unlisted(const MIB_IF_ROW2 *row, struct posture_adapter *a)
{
    memset(a, 0, sizeof(*a));
    posture_guid(&row->InterfaceGuid, a->guid);
    posture_text(row->Alias, IF_MAX_STRING_SIZE, a->name, sizeof(a->name));
    posture_text(row->Description, IF_MAX_STRING_SIZE, a->description, sizeof(a->description));
    a->luid = row->InterfaceLuid.Value;
    a->index = row->InterfaceIndex;
    a->if_type = row->Type;
    a->tunnel_type = (uint32_t)row->TunnelType;
    a->oper_status = (uint32_t)row->OperStatus;
    a->mtu = row->Mtu;
    take_mac(row->PhysicalAddress, row->PhysicalAddressLength, a);
    take_row(row, a);
}

static bool
is_listed(const struct tables *t, uint64_t luid)
{
    for (const IP_ADAPTER_ADDRESSES *in = t->addresses; in != NULL; in = in->Next) {
        if (in->Luid.Value == luid) {
            return true;
        }
    }
    return false;
}

static uint32_t
api_adapters(void *ctx, struct posture_adapter *out, uint32_t cap, uint32_t *total)
{
    struct tables t = {NULL, NULL, NULL};
    uint32_t count = 0;
    uint32_t code = read_tables(&t);

    (void)ctx;
    if (code != POSTURE_OK) {
        free_tables(&t);
        return code;
    }
    for (const IP_ADAPTER_ADDRESSES *in = t.addresses; in != NULL; in = in->Next) {
        if (count < cap) {
            take_listed(&t, in, &out[count]);
        }
        count++;
    }
    for (ULONG i = 0; t.rows != NULL && i < t.rows->NumEntries; i++) {
        const MIB_IF_ROW2 *row = &t.rows->Table[i];

        if (row->InterfaceAndOperStatusFlags.HardwareInterface == 0 ||
            row->InterfaceAndOperStatusFlags.FilterInterface != 0 ||
            row->OperStatus == IfOperStatusNotPresent || is_listed(&t, row->InterfaceLuid.Value)) {
            continue;
        }
        if (count < cap) {
            take_unlisted(row, &out[count]);
        }
        count++;
    }
    free_tables(&t);
    posture_dial_types(out, count < cap ? count : cap);
    *total = count;
    return POSTURE_OK;
}

/* -- notices ----------------------------------------------------------------------------------- */

struct subscription {
    struct posture_subscriber subscriber;
    HANDLE handle;
};

static void CALLBACK
on_interface(PVOID ctx, PMIB_IPINTERFACE_ROW row, MIB_NOTIFICATION_TYPE type)
{
    const struct subscription *s = ctx;

    (void)row;
    (void)type;
    s->subscriber.fn(s->subscriber.ctx);
}

static void CALLBACK
on_address(PVOID ctx, PMIB_UNICASTIPADDRESS_ROW row, MIB_NOTIFICATION_TYPE type)
{
    const struct subscription *s = ctx;

    (void)row;
    (void)type;
    s->subscriber.fn(s->subscriber.ctx);
}

static void CALLBACK
on_route(PVOID ctx, PMIB_IPFORWARD_ROW2 row, MIB_NOTIFICATION_TYPE type)
{
    const struct subscription *s = ctx;

    (void)row;
    (void)type;
    s->subscriber.fn(s->subscriber.ctx);
}

static uint32_t
api_subscribe(void *ctx, enum posture_notice what, const struct posture_subscriber *subscriber,
              void **out)
{
    struct subscription *s = mem_zalloc(sizeof(*s));
    DWORD code = ERROR_INVALID_PARAMETER;

    (void)ctx;
    if (s == NULL) {
        return POSTURE_NOT_ENOUGH_MEMORY;
    }
    s->subscriber = *subscriber;
    switch (what) {
    case POSTURE_INTERFACES:
        code = NotifyIpInterfaceChange(AF_UNSPEC, on_interface, s, FALSE, &s->handle);
        break;
    case POSTURE_ADDRESSES:
        code = NotifyUnicastIpAddressChange(AF_UNSPEC, on_address, s, FALSE, &s->handle);
        break;
    case POSTURE_ROUTES:
        code = NotifyRouteChange2(AF_UNSPEC, on_route, s, FALSE, &s->handle);
        break;
    case POSTURE_NOTICE_COUNT:
        break;
    }
    if (code != NO_ERROR) {
        mem_free(s);
        return code;
    }
    *out = s;
    return POSTURE_OK;
}

static uint32_t
api_cancel(void *ctx, void *subscription)
{
    struct subscription *s = subscription;
    DWORD code = CancelMibChangeNotify2(s->handle);

    (void)ctx;
    if (code == NO_ERROR) { /* else it may still be called: it stays for good */
        mem_free(s);
    }
    return code;
}

const struct posture_api *
posture_api_system(void)
{
    static const struct posture_api api = {.adapters = api_adapters,
                                           .device = posture_device_read,
                                           .listeners = posture_listeners_read,
                                           .rdp_ports = posture_rdp_ports_read,
                                           .subscribe = api_subscribe,
                                           .cancel = api_cancel};

    return &api;
}
