/*
 * adapter_kind - the table of evidence, and the weighing.
 *
 * Of one fact (the interface type, all compatible ids ...) only the strongest rule counts for a
 * kind. A kind with evidence of its own also gets that of the kinds it refines.
 *
 * Sources: interface types and media: learn.microsoft.com/windows/win32/api/netioapi/
 * ns-netioapi-mib_if_row2; tunnel types: IANAtunnelType-MIB; USB classes:
 * usb.org/defined-class-codes and windows-hardware/drivers/usbcon/supported-usb-classes; MS_COMP_
 * ids: .../microsoft-defined- usb-descriptors; RNDIS as 02/02/FF, Huawei's NCM as FF/0x/x6: Linux
 * drivers/net/usb/rndis_host.c, huawei_cdc_ncm.c; Apple's FF/FD/01: ipheth.c; who enumerates:
 * windows-hardware/drivers/install/ device-instance-ids; names of drivers: their INF files.
 */
#include "posture/adapter.h"

#include <string.h>

enum {
    STANDARD = 60,
    DRIVER = 40, /* a driver that serves one kind */
    BUS = 30,
    FLAG = 20, /* what the driver's installer claims */
    FRAMING = 10,
    DESCRIPTION = 5
};

enum fact {
    IF_TYPE,
    TUNNEL_TYPE,
    MEDIUM,
    PHYSICAL,      /* medium */
    HARDWARE_IS,   /* physical medium of an interface that says it is hardware */
    SOFTWARE,      /* an interface that says it is none */
    DIAL_TYPE,     /* of the connection, by RAS */
    COMPATIBLE_ID, /* USB classes */
    HARDWARE_ID,
    ENUMERATOR,
    SERVICE,
    TEXT, /* the description */
    FACT_COUNT
};

/* A number, or a pattern of sv_glob(). Rules on COMPATIBLE_ID may ask for a USB vendor, too. */
struct rule {
    const char *name;
    enum fact fact;
    enum adapter_kind kind;
    uint8_t weight;
    uint32_t number; /* of COMPATIBLE_ID: the vendor; 0: any */
    const char *pattern;
};

#define ANY 0

static const struct rule rules[] = {
    {"if_type ethernet", IF_TYPE, ADAPTER_ETHERNET, FRAMING, POSTURE_IF_ETHERNET, NULL},
    {"if_type ppp", IF_TYPE, ADAPTER_MODEM_PPP, STANDARD, POSTURE_IF_PPP, NULL},
    {"if_type ppp", IF_TYPE, ADAPTER_VPN, STANDARD, POSTURE_IF_PPP, NULL},
    {"if_type loopback", IF_TYPE, ADAPTER_LOOPBACK, STANDARD, POSTURE_IF_LOOPBACK, NULL},
    {"if_type prop_virtual", IF_TYPE, ADAPTER_VIRTUAL, STANDARD, POSTURE_IF_PROP_VIRTUAL, NULL},
    {"if_type bridge", IF_TYPE, ADAPTER_VIRTUAL, STANDARD, POSTURE_IF_BRIDGE, NULL},
    {"if_type wifi", IF_TYPE, ADAPTER_WIFI, STANDARD, POSTURE_IF_WIFI, NULL},
    {"if_type tunnel", IF_TYPE, ADAPTER_TUNNEL, STANDARD, POSTURE_IF_TUNNEL, NULL},
    {"if_type wimax", IF_TYPE, ADAPTER_WWAN, STANDARD, POSTURE_IF_WIMAX, NULL},
    {"if_type wwan", IF_TYPE, ADAPTER_WWAN, STANDARD, POSTURE_IF_WWAN_GSM, NULL},
    {"if_type wwan", IF_TYPE, ADAPTER_WWAN, STANDARD, POSTURE_IF_WWAN_CDMA, NULL},

    {"tunnel_type l2tp", TUNNEL_TYPE, ADAPTER_VPN, STANDARD, 5, NULL},
    {"tunnel_type pptp", TUNNEL_TYPE, ADAPTER_VPN, STANDARD, 6, NULL},
    {"tunnel_type 6to4", TUNNEL_TYPE, ADAPTER_TUNNEL, STANDARD, 11, NULL},
    {"tunnel_type isatap", TUNNEL_TYPE, ADAPTER_TUNNEL, STANDARD, 13, NULL},
    {"tunnel_type teredo", TUNNEL_TYPE, ADAPTER_TUNNEL, STANDARD, 14, NULL},
    {"tunnel_type ip_https", TUNNEL_TYPE, ADAPTER_TUNNEL, STANDARD, 15, NULL},

    {"medium wireless_wan", MEDIUM, ADAPTER_WWAN, STANDARD, 9, NULL},
    {"medium loopback", MEDIUM, ADAPTER_LOOPBACK, STANDARD, 17, NULL},
    {"medium native_802_11", PHYSICAL, ADAPTER_WIFI, STANDARD, 9, NULL},
    {"medium wireless_lan", PHYSICAL, ADAPTER_WIFI, STANDARD, 1, NULL},
    {"medium wireless_wan", PHYSICAL, ADAPTER_WWAN, STANDARD, 8, NULL},
    {"medium wimax", PHYSICAL, ADAPTER_WWAN, STANDARD, 12, NULL},
    {"medium bluetooth", PHYSICAL, ADAPTER_BLUETOOTH, STANDARD, 10, NULL},
    {"medium 802_3", HARDWARE_IS, ADAPTER_ETHERNET, FLAG, 14, NULL},
    {"no hardware interface", SOFTWARE, ADAPTER_VIRTUAL, FLAG, 1, NULL},

    {"dialled by modem", DIAL_TYPE, ADAPTER_MODEM_PPP, STANDARD, ANY, "modem"},
    {"dialled by isdn", DIAL_TYPE, ADAPTER_MODEM_PPP, STANDARD, ANY, "isdn"},
    {"dialled by pppoe", DIAL_TYPE, ADAPTER_MODEM_PPP, STANDARD, ANY, "pppoe"},
    {"dialled as vpn", DIAL_TYPE, ADAPTER_VPN, STANDARD, ANY, "vpn"},

    {"usb class e0/01/03", COMPATIBLE_ID, ADAPTER_RNDIS, STANDARD, ANY,
     "USB\\Class_E0&SubClass_01&Prot_03"},
    {"usb class ef/04/01", COMPATIBLE_ID, ADAPTER_RNDIS, STANDARD, ANY,
     "USB\\Class_EF&SubClass_04&Prot_01"},
    {"usb class 02/02/ff", COMPATIBLE_ID, ADAPTER_RNDIS, STANDARD, ANY,
     "USB\\Class_02&SubClass_02&Prot_FF"},
    {"usb descriptor rndis", COMPATIBLE_ID, ADAPTER_RNDIS, STANDARD, ANY, "USB\\MS_COMP_RNDIS*"},
    {"usb class 02/0d", COMPATIBLE_ID, ADAPTER_NCM, STANDARD, ANY, "USB\\Class_02&SubClass_0D*"},
    {"usb descriptor ncm", COMPATIBLE_ID, ADAPTER_NCM, STANDARD, ANY, "USB\\MS_COMP_WINNCM*"},
    {"usb class ff/fd/01", COMPATIBLE_ID, ADAPTER_NCM, STANDARD, 0x05AC,
     "USB\\Class_FF&SubClass_FD&Prot_01"},
    {"usb class ff/02/x6", COMPATIBLE_ID, ADAPTER_NCM, STANDARD, 0x12D1,
     "USB\\Class_FF&SubClass_02&Prot_?6"},
    {"usb class ff/03/16", COMPATIBLE_ID, ADAPTER_NCM, STANDARD, 0x12D1,
     "USB\\Class_FF&SubClass_03&Prot_16"},
    {"usb class 02/0e", COMPATIBLE_ID, ADAPTER_MBIM, STANDARD, ANY, "USB\\Class_02&SubClass_0E*"},
    {"usb descriptor mbim", COMPATIBLE_ID, ADAPTER_MBIM, STANDARD, ANY, "USB\\MS_COMP_MBIM*"},
    {"usb class 02/06", COMPATIBLE_ID, ADAPTER_ECM, STANDARD, ANY, "USB\\Class_02&SubClass_06*"},

    {"enumerated by usb", ENUMERATOR, ADAPTER_USB_ETHERNET, BUS, ANY, "USB"},
    {"enumerated by bluetooth", ENUMERATOR, ADAPTER_BLUETOOTH, BUS, ANY, "BTH*"},
    {"enumerated by vmbus", ENUMERATOR, ADAPTER_ETHERNET, BUS, ANY, "VMBUS"},
    {"enumerated by no bus", ENUMERATOR, ADAPTER_VIRTUAL, STANDARD, ANY, "ROOT"},
    {"enumerated by software", ENUMERATOR, ADAPTER_VIRTUAL, STANDARD, ANY, "SWD"},
    {"enumerated by composite bus", ENUMERATOR, ADAPTER_VIRTUAL, STANDARD, ANY, "COMPOSITE*BUS"},

    {"driver rndis", SERVICE, ADAPTER_RNDIS, DRIVER, ANY, "*rndis*"},
    {"driver ncm", SERVICE, ADAPTER_NCM, DRIVER, ANY, "*usbncm*"},
    {"driver of apple's tethering", SERVICE, ADAPTER_NCM, DRIVER, ANY, "netaapl*"},
    {"driver mbim", SERVICE, ADAPTER_MBIM, DRIVER, ANY, "*wmbclass"},
    {"driver bluetooth", SERVICE, ADAPTER_BLUETOOTH, DRIVER, ANY, "bthpan"},
    {"driver wi-fi direct", SERVICE, ADAPTER_HOTSPOT, DRIVER, ANY, "vwifimp"},
    {"driver pppoe", SERVICE, ADAPTER_MODEM_PPP, DRIVER, ANY, "raspppoe"},
    {"driver ras vpn", SERVICE, ADAPTER_VPN, DRIVER, ANY, "rasl2tp"},
    {"driver ras vpn", SERVICE, ADAPTER_VPN, DRIVER, ANY, "rassstp"},
    {"driver ras vpn", SERVICE, ADAPTER_VPN, DRIVER, ANY, "pptpminiport"},
    {"driver vpn", SERVICE, ADAPTER_VPN, DRIVER, ANY, "*vpn*"},
    {"driver wireguard", SERVICE, ADAPTER_VPN, DRIVER, ANY, "wireguard"},
    {"driver wintun", SERVICE, ADAPTER_VPN, DRIVER, ANY, "wintun"},
    {"driver tap", SERVICE, ADAPTER_VPN, DRIVER, ANY, "tap*"},
    {"driver tap", SERVICE, ADAPTER_VPN, DRIVER, ANY, "*tap"},
    {"driver tap", SERVICE, ADAPTER_VPN, DRIVER, ANY, "zttap*"},
    {"driver fortinet", SERVICE, ADAPTER_VPN, DRIVER, ANY, "ftsvnic"},
    {"driver fortinet", SERVICE, ADAPTER_VPN, DRIVER, ANY, "pppop"},
    {"driver globalprotect", SERVICE, ADAPTER_VPN, DRIVER, ANY, "pangp*"},
    {"driver pulse secure", SERVICE, ADAPTER_VPN, DRIVER, ANY, "jnprva*"},
    {"driver check point", SERVICE, ADAPTER_VPN, DRIVER, ANY, "vna_ap"},
    {"driver loopback", SERVICE, ADAPTER_LOOPBACK, DRIVER, ANY, "*loop"},

    {"id wi-fi direct", HARDWARE_ID, ADAPTER_HOTSPOT, DRIVER, ANY, "*\\vwifimp*"},
    {"id loopback", HARDWARE_ID, ADAPTER_LOOPBACK, DRIVER, ANY, "\\*msloop"},
    {"id vpn", HARDWARE_ID, ADAPTER_VPN, DRIVER, ANY, "*vpn*"},

    {"description", TEXT, ADAPTER_WWAN, DESCRIPTION, ANY, "*Mobile Broadband*"},
    {"description", TEXT, ADAPTER_WWAN, DESCRIPTION, ANY, "*mobil*Breitband*"},
    {"description", TEXT, ADAPTER_WWAN, DESCRIPTION, ANY, "*モバイル*ブロードバンド*"},
    {"description", TEXT, ADAPTER_RNDIS, DESCRIPTION, ANY, "*Remote*NDIS*"},
    {"description", TEXT, ADAPTER_RNDIS, DESCRIPTION, ANY, "*リモート*NDIS*"},
    {"description", TEXT, ADAPTER_RNDIS, DESCRIPTION, ANY, "*RNDIS*"},
    {"description", TEXT, ADAPTER_NCM, DESCRIPTION, ANY, "*UsbNcm*"},
    {"description", TEXT, ADAPTER_NCM, DESCRIPTION, ANY, "*Apple Mobile Device Ethernet*"},
    {"description", TEXT, ADAPTER_HOTSPOT, DESCRIPTION, ANY, "*Wi-Fi Direct*"},
    {"description", TEXT, ADAPTER_HOTSPOT, DESCRIPTION, ANY, "*Hosted Network*"},
    {"description", TEXT, ADAPTER_HOTSPOT, DESCRIPTION, ANY, "*gehostet*Netzwerkadapter*"},
    {"description", TEXT, ADAPTER_BLUETOOTH, DESCRIPTION, ANY, "*Bluetooth*"},
    {"description", TEXT, ADAPTER_USB_ETHERNET, DESCRIPTION, ANY, "* USB *"},
    {"description", TEXT, ADAPTER_VPN, DESCRIPTION, ANY, "*VPN*"},
    {"description", TEXT, ADAPTER_VPN, DESCRIPTION, ANY, "TAP-*"},
    {"description", TEXT, ADAPTER_VPN, DESCRIPTION, ANY, "*WireGuard*"},
    {"description", TEXT, ADAPTER_VPN, DESCRIPTION, ANY, "*Wintun*"},
    {"description", TEXT, ADAPTER_VPN, DESCRIPTION, ANY, "*AnyConnect*"},
    {"description", TEXT, ADAPTER_VPN, DESCRIPTION, ANY, "*PANGP*"},
    {"description", TEXT, ADAPTER_LOOPBACK, DESCRIPTION, ANY, "*loopback*"},
    {"description", TEXT, ADAPTER_LOOPBACK, DESCRIPTION, ANY, "*ループバック*"},
    {"description", TEXT, ADAPTER_TUNNEL, DESCRIPTION, ANY, "*Teredo*"},
    {"description", TEXT, ADAPTER_TUNNEL, DESCRIPTION, ANY, "*ISATAP*"},
    {"description", TEXT, ADAPTER_TUNNEL, DESCRIPTION, ANY, "*6to4*"},
    {"description", TEXT, ADAPTER_VIRTUAL, DESCRIPTION, ANY, "*virtual*"},
    {"description", TEXT, ADAPTER_VIRTUAL, DESCRIPTION, ANY, "*virtuell*"},
    {"description", TEXT, ADAPTER_VIRTUAL, DESCRIPTION, ANY, "*仮想*"},
};

#define BIT(kind) (1u << (kind))

/* What a kind refines, and what those refine. */
static const struct {
    const char *name;
    uint32_t refines;
} kinds[ADAPTER_KIND_COUNT] = {
    [ADAPTER_UNKNOWN] = {"unknown", 0},
    [ADAPTER_WWAN] = {"wwan", 0},
    [ADAPTER_MBIM] = {"mbim", BIT(ADAPTER_WWAN)},
    [ADAPTER_RNDIS] = {"rndis", BIT(ADAPTER_USB_ETHERNET) | BIT(ADAPTER_ETHERNET)},
    [ADAPTER_NCM] = {"ncm", BIT(ADAPTER_USB_ETHERNET) | BIT(ADAPTER_ETHERNET)},
    [ADAPTER_ECM] = {"ecm", BIT(ADAPTER_USB_ETHERNET) | BIT(ADAPTER_ETHERNET)},
    [ADAPTER_MODEM_PPP] = {"modem_ppp", BIT(ADAPTER_VIRTUAL)},
    [ADAPTER_WIFI] = {"wifi", 0},
    [ADAPTER_HOTSPOT] = {"hotspot", BIT(ADAPTER_WIFI)},
    [ADAPTER_BLUETOOTH] = {"bluetooth", BIT(ADAPTER_ETHERNET)},
    [ADAPTER_ETHERNET] = {"ethernet", 0},
    [ADAPTER_USB_ETHERNET] = {"usb_ethernet", BIT(ADAPTER_ETHERNET)},
    [ADAPTER_VPN] = {"vpn", BIT(ADAPTER_VIRTUAL) | BIT(ADAPTER_TUNNEL)},
    [ADAPTER_VIRTUAL] = {"virtual", 0},
    [ADAPTER_LOOPBACK] = {"loopback", BIT(ADAPTER_VIRTUAL)},
    [ADAPTER_TUNNEL] = {"tunnel", BIT(ADAPTER_VIRTUAL)},
};

const char *
adapter_kind_name(enum adapter_kind kind)
{
    return kinds[kind].name;
}

bool
adapter_kind_is(enum adapter_kind kind, enum adapter_kind general)
{
    return kind == general || (kinds[kind].refines & BIT(general)) != 0;
}

/* -- does a rule hold -------------------------------------------------------------------------- */

struct facts {
    const struct posture_adapter *a;
    const struct posture_device *d; /* or NULL */
    uint16_t vid;
    struct sv enumerator;
};

static bool
glob_any(const char *list, const char *pattern)
{
    while (*list != '\0') {
        struct sv id = sv_from(list);

        if (sv_glob(id, sv_from(pattern))) {
            return true;
        }
        list += id.len + 1;
    }
    return false;
}

/* A pattern that begins with "\*" means the star of old hardware ids: "*MSLOOP". */
static bool
id_any(const char *list, const char *pattern)
{
    if (pattern[0] != '\\' || pattern[1] != '*') {
        return glob_any(list, pattern);
    }
    for (; *list != '\0'; list += strlen(list) + 1) {
        if (list[0] == '*' && sv_glob(sv_from(list + 1), sv_from(pattern + 2))) {
            return true;
        }
    }
    return false;
}

static bool
holds_number(const struct posture_adapter *a, const struct rule *r)
{
    switch ((int)r->fact) {
    case IF_TYPE:
        return a->if_type == r->number;
    case TUNNEL_TYPE:
        return a->if_type == POSTURE_IF_TUNNEL && a->tunnel_type == r->number;
    case MEDIUM:
        return a->has_row && a->medium == r->number;
    case PHYSICAL:
        return a->has_row && a->physical_medium == r->number;
    case HARDWARE_IS:
        return a->has_row && a->hardware && a->physical_medium == r->number;
    default: /* SOFTWARE */
        return a->has_row && !a->hardware;
    }
}

static bool
holds(const struct facts *f, const struct rule *r)
{
    switch (r->fact) {
    case IF_TYPE:
    case TUNNEL_TYPE:
    case MEDIUM:
    case PHYSICAL:
    case HARDWARE_IS:
    case SOFTWARE:
        return holds_number(f->a, r);
    case DIAL_TYPE:
        return sv_glob(sv_from(f->a->dial_type), sv_from(r->pattern));
    case COMPATIBLE_ID:
        return f->d != NULL && (r->number == ANY || r->number == f->vid) &&
               glob_any(f->d->compatible_ids, r->pattern);
    case HARDWARE_ID:
        return f->d != NULL && id_any(f->d->hardware_ids, r->pattern);
    case ENUMERATOR:
        return sv_glob(f->enumerator, sv_from(r->pattern));
    case SERVICE:
        return f->d != NULL && sv_glob(sv_from(f->d->service), sv_from(r->pattern));
    case TEXT:
        return sv_glob(sv_from(f->a->description), sv_from(r->pattern));
    case FACT_COUNT:
        break;
    }
    return false;
}

/* -- weighing ---------------------------------------------------------------------------------- */

/* The strongest rule that holds, of each fact for each kind. */
struct scale {
    const struct rule *best[ADAPTER_KIND_COUNT][FACT_COUNT];
};

static void
weigh(const struct facts *f, struct scale *s)
{
    for (size_t i = 0; i < COUNT(rules); i++) {
        const struct rule *r = &rules[i];
        const struct rule **best = &s->best[r->kind][r->fact];

        if ((*best == NULL || (*best)->weight < r->weight) && holds(f, r)) {
            *best = r;
        }
    }
}

static uint16_t
own(const struct scale *s, size_t kind)
{
    unsigned sum = 0;

    for (size_t f = 0; f < FACT_COUNT; f++) {
        sum += s->best[kind][f] == NULL ? 0 : s->best[kind][f]->weight;
    }
    return (uint16_t)sum;
}

static uint16_t
total(const struct scale *s, size_t kind)
{
    unsigned sum = own(s, kind);

    for (size_t k = 0; sum > 0 && k < ADAPTER_KIND_COUNT; k++) {
        sum += (kinds[kind].refines & BIT(k)) != 0 ? own(s, k) : 0;
    }
    return (uint16_t)sum;
}

/* The kind with the most, that neither is nor is refined by `but`. */
static enum adapter_kind
strongest(const struct scale *s, enum adapter_kind but)
{
    enum adapter_kind kind = ADAPTER_UNKNOWN;
    uint16_t most = 0;

    for (size_t k = ADAPTER_UNKNOWN + 1; k < ADAPTER_KIND_COUNT; k++) {
        enum adapter_kind candidate = (enum adapter_kind)k;
        bool related = but != ADAPTER_UNKNOWN &&
                       (adapter_kind_is(candidate, but) || adapter_kind_is(but, candidate));

        if (!related && total(s, k) > most) {
            most = total(s, k);
            kind = candidate;
        }
    }
    return kind;
}

/* Adds a rule in the order of weight; the same name is told once. */
static void
add_evidence(struct adapter_verdict *v, uint8_t *weights, const struct rule *r)
{
    size_t at = v->evidence_count;

    for (size_t i = 0; i < v->evidence_count; i++) {
        if (strcmp(v->evidence[i], r->name) == 0) {
            return;
        }
    }
    while (at > 0 && weights[at - 1] < r->weight) {
        at--;
    }
    if (at == ADAPTER_EVIDENCE_MAX) {
        return;
    }
    if (v->evidence_count < ADAPTER_EVIDENCE_MAX) {
        v->evidence_count++;
    }
    for (size_t i = v->evidence_count - 1u; i > at; i--) {
        v->evidence[i] = v->evidence[i - 1];
        weights[i] = weights[i - 1];
    }
    v->evidence[at] = r->name;
    weights[at] = r->weight;
}

static void
tell_evidence(const struct scale *s, uint32_t told, struct adapter_verdict *v)
{
    uint8_t weights[ADAPTER_EVIDENCE_MAX] = {0};

    for (size_t k = 0; k < ADAPTER_KIND_COUNT; k++) {
        for (size_t f = 0; (told & BIT(k)) != 0 && f < FACT_COUNT; f++) {
            if (s->best[k][f] != NULL) {
                add_evidence(v, weights, s->best[k][f]);
            }
        }
    }
}

static struct sv
enumerator_of(const struct posture_device *d)
{
    struct sv s = d == NULL ? (struct sv){NULL, 0} : sv_from(d->enumerator);

    if (d != NULL && s.len == 0) { /* the first part of the instance id is its name */
        s = (struct sv){d->instance_id, strcspn(d->instance_id, "\\")};
    }
    return s;
}

void
adapter_classify(const struct posture_adapter *a, const struct posture_device *d,
                 struct adapter_verdict *out)
{
    struct facts f = {a, d, 0, enumerator_of(d)};
    struct scale s = {{{NULL}}};
    enum adapter_kind first;
    enum adapter_kind rival;
    uint16_t pid;

    *out = (struct adapter_verdict){.kind = ADAPTER_UNKNOWN};
    (void)(d != NULL && adapter_usb_ids(d, &f.vid, &pid)); /* 0 when it has none */
    weigh(&f, &s);
    first = strongest(&s, ADAPTER_UNKNOWN);
    if (first == ADAPTER_UNKNOWN) {
        return;
    }
    rival = strongest(&s, first);
    out->score = total(&s, first);
    if (rival != ADAPTER_UNKNOWN && out->score - total(&s, rival) < (int)ADAPTER_MARGIN) {
        out->tied[0] = first;
        out->tied[1] = rival;
        tell_evidence(&s, BIT(first) | BIT(rival) | kinds[first].refines | kinds[rival].refines,
                      out);
        return;
    }
    out->kind = first;
    tell_evidence(&s, BIT(first) | kinds[first].refines, out);
}
