/*
 * adapter - what kind of network adapter one is, and by what evidence; snapshots of all of them.
 *
 * The kind is decided by a table of evidence with weights. Standards weigh most: interface type,
 * physical medium, USB class codes, tunnel type, who enumerated the device. The driver's name
 * weighs less, framing little, the description least: it can say what a software or Ethernet
 * adapter is for, never overrule the rest. A kind may refine others (MBIM is mobile broadband,
 * RNDIS is an Ethernet adapter at USB): their evidence counts for it, too. Where two kinds that do
 * not refine each other are less than ADAPTER_MARGIN apart the answer is unknown, and both are
 * named.
 */
#pragma once

#include "posture/posture_api.h"

enum adapter_kind {
    ADAPTER_UNKNOWN,
    ADAPTER_WWAN,         /* mobile broadband: a built-in SIM, a stick with a modem driver */
    ADAPTER_MBIM,         /* the same, by the USB class for it */
    ADAPTER_RNDIS,        /* Remote NDIS: USB routers and sticks, Android phones */
    ADAPTER_NCM,          /* USB network control model: newer phones and routers */
    ADAPTER_ECM,          /* USB Ethernet control model */
    ADAPTER_MODEM_PPP,    /* dialled by a modem, or PPPoE */
    ADAPTER_WIFI,         /* IEEE 802.11 */
    ADAPTER_HOTSPOT,      /* Wi-Fi Direct and hosted networks: this PC is the access point */
    ADAPTER_BLUETOOTH,    /* personal area network */
    ADAPTER_ETHERNET,     /* a card, or one of a virtual machine */
    ADAPTER_USB_ETHERNET, /* a dongle with a driver of its own */
    ADAPTER_VPN,
    ADAPTER_VIRTUAL, /* made by software, for nothing that is known */
    ADAPTER_LOOPBACK,
    ADAPTER_TUNNEL, /* 6to4, ISATAP, Teredo, IP-HTTPS */
    ADAPTER_KIND_COUNT
};
/* "unknown", "wwan", "usb_ethernet" ... */
const char *adapter_kind_name(enum adapter_kind kind);
/* The kind, or one that it refines: MBIM is WWAN, RNDIS is USB_ETHERNET is ETHERNET. */
bool adapter_kind_is(enum adapter_kind kind, enum adapter_kind general);

#define ADAPTER_MARGIN 10u
#define ADAPTER_EVIDENCE_MAX 8u

struct adapter_verdict {
    enum adapter_kind kind;
    /* Of an undecided one: the two that were nearest; else ADAPTER_UNKNOWN. */
    enum adapter_kind tied[2];
    uint16_t score;
    /* Names of what decided, strongest first; of both when undecided. They live as long as the
     * program. */
    uint8_t evidence_count;
    const char *evidence[ADAPTER_EVIDENCE_MAX];
};
/* d NULL: nothing is known of a device. */
void adapter_classify(const struct posture_adapter *a, const struct posture_device *d,
                      struct adapter_verdict *out);

/* Vendor and product from ids like USB\VID_12D1&PID_14DB; false and 0 when there are none. */
bool adapter_usb_ids(const struct posture_device *d, uint16_t *vid, uint16_t *pid);
/* Up, and a way out goes through it. */
bool adapter_is_uplink(const struct posture_adapter *a);

/* One adapter of a snapshot. */
struct adapter {
    struct posture_adapter sys;
    struct posture_device device;
    bool has_device;
    uint32_t device_code; /* Win32, why there is none; 0 */
    struct adapter_verdict verdict;
    uint16_t vid, pid; /* of USB; 0: none */
    bool uplink;
};
/* Addresses of this class, and the first of them (may be NULL). */
uint32_t adapter_addresses(const struct adapter *a, enum addr_class c,
                           const struct posture_address **first);

struct adapter_snapshot {
    uint32_t code;    /* Win32, of the call that failed; then nothing is known */
    const char *call; /* its name, "" */
    uint32_t total;   /* adapters there are; more than count: some are missing here */
    uint32_t count;
    struct adapter items[]; /* in the order of guid */
};
/* What a device is does not change while its adapter stays: it is taken from `before` (may be NULL)
 * where that knows it. A failed call is an answer, in `code`. Errors: ERR_NOMEM. */
MUST_CHECK enum err adapter_snapshot_take(const struct posture_api *api,
                                          const struct adapter_snapshot *before,
                                          struct adapter_snapshot **out);
void adapter_snapshot_free(struct adapter_snapshot *s); /* NULL is fine */
/* NULL: none of that guid. */
const struct adapter *adapter_snapshot_find(const struct adapter_snapshot *s, const char *guid);
