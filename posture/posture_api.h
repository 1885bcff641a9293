/*
 * posture_api - what Windows says of this PC's network: adapters, the devices behind them, who
 * listens, and that something changed. One table, so that nothing else needs windows.h and tests
 * can put a simulator in its place.
 *
 * Every call answers a Win32 code, 0 when it succeeded; outputs are untouched otherwise, but where
 * it says so. Texts are UTF-8 with a NUL; what is longer is cut at a character. Texts come from
 * drivers and users: they are escaped where they are shown.
 *
 * Threads: any call from any thread, but cancel() (see there).
 * Sources: learn.microsoft.com/windows/win32/api/: iphlpapi/nf-iphlpapi-getadaptersaddresses,
 *          -getextendedtcptable, -getextendedudptable; netioapi/ns-netioapi-mib_if_row2,
 *          nf-netioapi-getiftable2, -getipforwardtable2, -notifyipinterfacechange,
 *          -notifyunicastipaddresschange, -notifyroutechange2, -cancelmibchangenotify2; setupapi/
 *          nf-setupapi-setupdigetclassdevsw, -setupdigetdevicepropertyw; ras/
 *          nf-ras-rasenumconnectionsw. Numbers of media: windows-hardware/drivers/ddi/ntddndis.
 */
#pragma once

#include "core/addr.h"

/* Win32 codes that are told apart, and those that the pages above list. */
enum posture_code {
    POSTURE_OK = 0,
    POSTURE_FILE_NOT_FOUND = 2,
    POSTURE_ACCESS_DENIED = 5,
    POSTURE_INVALID_HANDLE = 6,
    POSTURE_NOT_ENOUGH_MEMORY = 8,
    POSTURE_INVALID_DATA = 13,
    POSTURE_NOT_SUPPORTED = 50,
    POSTURE_INVALID_PARAMETER = 87,
    POSTURE_BUFFER_OVERFLOW = 111,
    POSTURE_NOT_IMPLEMENTED = 120, /* a stub, or no such system */
    POSTURE_INSUFFICIENT_BUFFER = 122,
    POSTURE_NO_DATA = 232,
    POSTURE_NOT_FOUND = 1168,
    POSTURE_ADDRESS_NOT_ASSOCIATED = 1228,
};

#define POSTURE_ADAPTER_MAX 128u   /* of one PC; more are counted */
#define POSTURE_ADDRESS_MAX 32u    /* of one adapter; more are counted */
#define POSTURE_GATEWAY_MAX 8u     /* of one adapter */
#define POSTURE_LISTENER_MAX 4096u /* of one table; more are counted */
#define POSTURE_RDP_PORT_MAX 16u   /* listeners of the remote desktop */
#define POSTURE_GUID_LEN 39u       /* {8-4-4-4-12}, upper case, and the NUL */
#define POSTURE_NAME_LEN 384u
#define POSTURE_MAC_MAX 8u
#define POSTURE_ID_LEN 208u   /* MAX_DEVICE_ID_LEN is 200 */
#define POSTURE_IDS_LEN 1024u /* all ids of one kind */
#define POSTURE_WORD_LEN 64u

/* Interface types (ipifcons.h, IANA ifType). */
enum posture_if_type {
    POSTURE_IF_ETHERNET = 6,
    POSTURE_IF_PPP = 23,
    POSTURE_IF_LOOPBACK = 24,
    POSTURE_IF_PROP_VIRTUAL = 53,
    POSTURE_IF_WIFI = 71,
    POSTURE_IF_TUNNEL = 131,
    POSTURE_IF_BRIDGE = 209,
    POSTURE_IF_WIMAX = 237,
    POSTURE_IF_WWAN_GSM = 243,
    POSTURE_IF_WWAN_CDMA = 244,
};

#define POSTURE_OPER_UP 1u /* IF_OPER_STATUS */

struct posture_address {
    struct addr addr;
    uint8_t prefix_bits; /* on-link prefix; more than the family has: not known */
};

/* One network interface that is no filter. Numbers of `row` are only known when `has_row`. */
struct posture_adapter {
    char guid[POSTURE_GUID_LEN]; /* stable identity */
    char name[POSTURE_NAME_LEN]; /* the alias: "Ethernet 2" */
    char description[POSTURE_NAME_LEN];
    char dial_type[POSTURE_WORD_LEN]; /* RASDT_: "modem", "vpn", "pppoe" ...; "" when not dialled */
    uint64_t luid;
    uint32_t index; /* of IPv4, of IPv6 where there is no IPv4; not persistent */
    uint32_t if_type, tunnel_type;
    uint32_t oper_status, mtu;
    bool has_row; /* GetIfTable2 knows it */
    bool hardware, connector, endpoint;
    uint32_t medium, physical_medium; /* NDIS_MEDIUM, NDIS_PHYSICAL_MEDIUM */
    uint32_t access_type, connection_type, admin_status, media_state;
    uint8_t mac_len;
    uint8_t mac[POSTURE_MAC_MAX];
    bool default_route;                                    /* 0.0.0.0/0 or ::/0 goes through it */
    uint32_t address_count, address_total, gateway_count;  /* total: with those beyond the limit */
    struct posture_address addresses[POSTURE_ADDRESS_MAX]; /* valid and not tentative */
    struct addr gateways[POSTURE_GATEWAY_MAX];
};

/* The device behind an adapter. Lists hold texts that each end in a NUL; an empty one ends the
 * list; an id that does not fit is left out and `cut` is set. */
struct posture_device {
    char instance_id[POSTURE_ID_LEN];
    char parent_id[POSTURE_ID_LEN];
    char enumerator[POSTURE_WORD_LEN]; /* "USB", "PCI", "ROOT", "SWD", "BTH" ... */
    char hardware_ids[POSTURE_IDS_LEN];
    char compatible_ids[POSTURE_IDS_LEN];
    char service[POSTURE_WORD_LEN]; /* of the driver */
    char provider[POSTURE_WORD_LEN * 2];
    char version[POSTURE_WORD_LEN];
    uint64_t driver_date_ft; /* FILETIME; 0: not known */
    char bus_description[POSTURE_NAME_LEN];
    bool cut;
};

enum posture_table { POSTURE_TCP4, POSTURE_TCP6, POSTURE_UDP4, POSTURE_UDP6, POSTURE_TABLE_COUNT };

/* A TCP listener or a UDP socket. An unspecified address takes all of its family. */
struct posture_listener {
    struct addr addr;
    uint32_t pid; /* 0: not known */
    uint16_t port;
    uint8_t table; /* enum posture_table */
};

enum posture_notice { POSTURE_INTERFACES, POSTURE_ADDRESSES, POSTURE_ROUTES, POSTURE_NOTICE_COUNT };
/* "Look again", in a thread of the system. It must not wait for anything a canceller holds. */
typedef void (*posture_notice_fn)(void *ctx);

/* What to call when something changed; it is called until cancel() has returned. */
struct posture_subscriber {
    posture_notice_fn fn;
    void *ctx;
};

/* ctx is handed to every call. */
struct posture_api {
    void *ctx;
    /* At most cap of them; *total is how many there are. */
    uint32_t (*adapters)(void *ctx, struct posture_adapter *out, uint32_t cap, uint32_t *total);
    /* POSTURE_NOT_FOUND: no device is behind it, as with tunnels and dialled connections. */
    uint32_t (*device)(void *ctx, const char *guid, struct posture_device *out);
    uint32_t (*listeners)(void *ctx, enum posture_table table, struct posture_listener *out,
                          uint32_t cap, uint32_t *total);
    /* PortNumber of every listener of the remote desktop, at most POSTURE_RDP_PORT_MAX. */
    uint32_t (*rdp_ports)(void *ctx, uint16_t *out, uint32_t *count);
    uint32_t (*subscribe)(void *ctx, enum posture_notice what, const struct posture_subscriber *s,
                          void **out);
    /* Returns when no call runs any more and none will come. Never from within a notice of the same
     * subscription, nor holding what a notice waits for: that is documented to dead-lock. On a
     * failure notices may still come: what they use must stay. */
    uint32_t (*cancel)(void *ctx, void *subscription);
};

/* The system's own. NULL where there is none: not Windows. */
const struct posture_api *posture_api_system(void);
