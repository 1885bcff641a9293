/* test_adapter_kind - adapters as the world reports them, and by what they are told apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "test_adapter_shapes.h"

#define SOURCED_MIN 40u

static void
put_text(char *out, size_t cap, const char *text)
{
    size_t len = text == NULL ? 0 : strlen(text);

    assert_true(len < cap);
    memset(out, 0, cap);
    if (len > 0) {
        memcpy(out, text, len);
    }
}

/* "a|b|" as it lies in memory. */
static void
put_ids(char *out, size_t cap, const char *text)
{
    put_text(out, cap, text);
    for (char *p = out; *p != '\0'; p++) {
        if (*p == '|') {
            *p = '\0';
        }
        if (p[1] == '\0' && p[0] != '\0') {
            fail_msg("ids end in '|': %s", text);
        }
        if (*p == '\0' && p[1] == '\0') {
            return;
        }
    }
}

static void
build(const struct shape *s, struct posture_adapter *a, struct posture_device *d)
{
    memset(a, 0, sizeof(*a));
    memset(d, 0, sizeof(*d));
    put_text(a->description, sizeof(a->description), s->text);
    put_text(a->dial_type, sizeof(a->dial_type), s->dial);
    a->if_type = s->type;
    a->tunnel_type = s->tunnel;
    a->has_row = s->hw != 0;
    a->hardware = s->hw == 1;
    a->medium = s->medium;
    a->physical_medium = s->physical;
    put_text(d->enumerator, sizeof(d->enumerator), s->enumerator);
    put_text(d->instance_id, sizeof(d->instance_id), s->instance);
    put_text(d->service, sizeof(d->service), s->service);
    put_ids(d->hardware_ids, sizeof(d->hardware_ids), s->hwids);
    put_ids(d->compatible_ids, sizeof(d->compatible_ids), s->compat);
}

static bool
has_device(const struct shape *s)
{
    return s->enumerator != NULL || s->instance != NULL || s->service != NULL || s->hwids != NULL ||
           s->compat != NULL;
}

static enum adapter_kind
kind_of(const struct shape *s, struct adapter_verdict *v)
{
    struct posture_adapter a;
    struct posture_device d;

    build(s, &a, &d);
    adapter_classify(&a, has_device(s) ? &d : NULL, v);
    return v->kind;
}

static void
test_every_shape(void **state)
{
    unsigned wrong = 0;
    unsigned sourced = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(shapes); i++) {
        struct adapter_verdict v;

        sourced += shapes[i].source[0] != '\0';
        if (kind_of(&shapes[i], &v) != shapes[i].kind) {
            print_error("%u: %s (%s): %s instead of %s, tied %s %s\n", (unsigned)i,
                        shapes[i].text == NULL ? "" : shapes[i].text, shapes[i].source,
                        adapter_kind_name(v.kind), adapter_kind_name(shapes[i].kind),
                        adapter_kind_name(v.tied[0]), adapter_kind_name(v.tied[1]));
            wrong++;
        }
        assert_true(v.evidence_count > 0);
        assert_int_equal(v.kind == ADAPTER_UNKNOWN, v.tied[1] != ADAPTER_UNKNOWN);
    }
    assert_int_equal(wrong, 0);
    assert_true(sourced >= SOURCED_MIN);
}

/* Every kind is met, so that a kind nobody tests cannot creep in. */
static void
test_every_kind_is_met(void **state)
{
    bool met[ADAPTER_KIND_COUNT] = {false};

    (void)state;
    for (size_t i = 0; i < COUNT(shapes); i++) {
        met[shapes[i].kind] = true;
    }
    for (size_t k = 0; k < ADAPTER_KIND_COUNT; k++) {
        assert_true(met[k]);
    }
}

/* A vendor may write anything there: where a device is known its description decides nothing but
 * what a general kind is for. */
static void
test_the_description_overrules_nothing(void **state)
{
    static const char *const lies[] = {"Intel(R) Ethernet Connection",
                                       "Mobile Broadband Modem",
                                       "Bluetooth Device",
                                       "Teredo",
                                       "Remote NDIS Device",
                                       "VPN",
                                       "Wi-Fi Direct Virtual Adapter",
                                       ""};
    unsigned checked = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(shapes); i++) {
        struct adapter_verdict v;
        struct shape s = shapes[i];
        enum adapter_kind without;

        s.text = NULL;
        without = kind_of(&s, &v);
        if (!has_device(&s) || without == ADAPTER_UNKNOWN) {
            continue;
        }
        for (size_t k = 0; k < COUNT(lies); k++) {
            s.text = lies[k];
            assert_true(adapter_kind_is(kind_of(&s, &v), without));
        }
        checked++;
    }
    assert_true(checked > SOURCED_MIN);
}

/* Without every name that a vendor chooses the answer is the same, a more general kind or unknown;
 * never another one. */
static void
test_names_only_refine(void **state)
{
    unsigned same = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(shapes); i++) {
        struct adapter_verdict v;
        struct shape s = shapes[i];
        enum adapter_kind kind;

        s.text = NULL;
        s.service = NULL;
        s.hwids = NULL;
        kind = kind_of(&s, &v);
        assert_true(kind == ADAPTER_UNKNOWN || adapter_kind_is(s.kind, kind));
        same += kind == s.kind;
    }
    assert_true(same >= SOURCED_MIN);
}

/* Every piece of evidence, alone. The first block are standards: the door that all this is about is
 * found without a driver's name, a vendor or a description. */
static void
test_each_evidence_alone(void **state)
{
    static const struct shape rows[] = {
        {"", ADAPTER_WWAN, .type = 243},
        {"", ADAPTER_WWAN, .type = 244},
        {"", ADAPTER_WWAN, .type = 237},
        {"", ADAPTER_WWAN, .type = 6, .hw = 1, .physical = 8},
        {"", ADAPTER_WWAN, .type = 6, .hw = 1, .physical = 12},
        {"", ADAPTER_WWAN, .type = 6, .hw = 1, .medium = 9},
        {"", ADAPTER_RNDIS, .type = 6, .compat = "USB\\Class_e0&SubClass_01&Prot_03|"},
        {"", ADAPTER_RNDIS, .type = 6, .compat = "usb\\class_EF&subclass_04&prot_01|"},
        {"", ADAPTER_RNDIS, .type = 6, .compat = "USB\\Class_02&SubClass_02&Prot_FF|"},
        {"", ADAPTER_RNDIS, .type = 6, .compat = "USB\\MS_COMP_RNDIS&MS_SUBCOMP_5162001|"},
        {"", ADAPTER_NCM, .type = 6, .compat = "USB\\Class_02&SubClass_0D|"},
        {"", ADAPTER_NCM, .type = 6, .compat = "USB\\MS_COMP_WINNCM|"},
        {"", ADAPTER_NCM, .hwids = "USB\\VID_05AC&PID_12A8|",
         .compat = "USB\\Class_FF&SubClass_FD&Prot_01|"},
        {"", ADAPTER_NCM, .hwids = "USB\\VID_12D1&PID_1506|",
         .compat = "USB\\Class_FF&SubClass_02&Prot_46|"},
        {"", ADAPTER_NCM, .hwids = "USB\\VID_12D1&PID_1506|",
         .compat = "USB\\Class_FF&SubClass_03&Prot_16|"},
        {"", ADAPTER_UNKNOWN, .hwids = "USB\\VID_1234&PID_1506|", /* not Huawei's to say */
         .compat = "USB\\Class_FF&SubClass_03&Prot_16|"},
        {"", ADAPTER_MBIM, .type = 6, .compat = "USB\\Class_02&SubClass_0E|"},
        {"", ADAPTER_MBIM, .type = 6, .compat = "USB\\MS_COMP_MBIM|"},
        {"", ADAPTER_ECM, .type = 6, .compat = "USB\\Class_02&SubClass_06|"},
        {"", ADAPTER_USB_ETHERNET, .type = 6, .enumerator = "USB"},
        {"", ADAPTER_BLUETOOTH, .type = 6, .hw = 1, .physical = 10},
        {"", ADAPTER_BLUETOOTH, .type = 6, .enumerator = "BTHENUM"},
        {"", ADAPTER_WIFI, .type = 71},
        {"", ADAPTER_WIFI, .type = 6, .hw = 1, .physical = 9},
        {"", ADAPTER_WIFI, .type = 6, .hw = 1, .physical = 1},
        {"", ADAPTER_LOOPBACK, .type = 24},
        {"", ADAPTER_LOOPBACK, .hw = 1, .medium = 17},
        {"", ADAPTER_TUNNEL, .type = 131},
        {"", ADAPTER_VPN, .type = 131, .tunnel = 5},
        {"", ADAPTER_VPN, .type = 131, .tunnel = 6},
        {"", ADAPTER_VIRTUAL, .type = 53},
        {"", ADAPTER_VIRTUAL, .type = 209},
        {"", ADAPTER_VIRTUAL, .type = 6, .hw = -1},
        {"", ADAPTER_VIRTUAL, .type = 6, .enumerator = "SWD"},
        {"", ADAPTER_MODEM_PPP, .type = 23, .dial = "isdn"},
        {"", ADAPTER_ETHERNET, .type = 6},

        {"", ADAPTER_RNDIS, .service = "usb_rndisx"},
        {"", ADAPTER_NCM, .service = "UsbNcm"},
        {"", ADAPTER_NCM, .service = "Netaapl64"},
        {"", ADAPTER_MBIM, .service = "wmbclass"},
        {"", ADAPTER_BLUETOOTH, .service = "BthPan"},
        {"", ADAPTER_HOTSPOT, .service = "vwifimp"},
        {"", ADAPTER_HOTSPOT, .hwids = "{5d624f94}\\vwifimp_wfd|"},
        {"", ADAPTER_MODEM_PPP, .service = "RasPppoe"},
        {"", ADAPTER_VPN, .service = "Rasl2tp"},
        {"", ADAPTER_VPN, .service = "RasSstp"},
        {"", ADAPTER_VPN, .service = "PptpMiniport"},
        {"", ADAPTER_VPN, .service = "RasAgileVpn"},
        {"", ADAPTER_VPN, .service = "wireguard"},
        {"", ADAPTER_VPN, .service = "wintun"},
        {"", ADAPTER_VPN, .service = "tap0901"},
        {"", ADAPTER_VPN, .service = "hmatap"},
        {"", ADAPTER_VPN, .service = "zttap300"},
        {"", ADAPTER_VPN, .service = "ftsvnic"},
        {"", ADAPTER_VPN, .service = "pppop"},
        {"", ADAPTER_VPN, .service = "PanGpd"},
        {"", ADAPTER_VPN, .service = "jnprvamgr"},
        {"", ADAPTER_VPN, .service = "vna_ap"},
        {"", ADAPTER_VPN, .hwids = "NeoAdapter_VPN|"},
        {"", ADAPTER_LOOPBACK, .service = "msloop"},
        {"", ADAPTER_LOOPBACK, .hwids = "*MSLOOP|"},
        {"", ADAPTER_UNKNOWN, .hwids = "MSLOOP|*OTHER|"},

        {"", ADAPTER_WWAN, .text = "Generic Mobile Broadband Adapter"},
        {"", ADAPTER_WWAN, .text = "Adapter für mobiles Breitband"},
        {"", ADAPTER_WWAN, .text = "汎用モバイル ブロードバンド アダプター"},
        {"", ADAPTER_RNDIS, .text = "Remote NDIS based Internet Sharing Device #2"},
        {"", ADAPTER_RNDIS, .text = "Remote-NDIS-kompatibles Gerät"},
        {"", ADAPTER_RNDIS, .text = "リモート NDIS 互換デバイス"},
        {"", ADAPTER_RNDIS, .text = "USB Ethernet/RNDIS Gadget"},
        {"", ADAPTER_NCM, .text = "UsbNcm Host Device"},
        {"", ADAPTER_NCM, .text = "Apple Mobile Device Ethernet"},
        {"", ADAPTER_HOTSPOT, .text = "Microsoft Wi-Fi Direct Adapter"},
        {"", ADAPTER_HOTSPOT, .text = "Microsoft Hosted Network"},
        {"", ADAPTER_HOTSPOT, .text = "Von Microsoft gehosteter Netzwerkadapter"},
        {"", ADAPTER_BLUETOOTH, .text = "Bluetooth-Gerät (PAN)"},
        {"", ADAPTER_USB_ETHERNET, .text = "Realtek USB GbE Family Controller"},
        {"", ADAPTER_VPN, .text = "F5 Networks VPN Adapter"},
        {"", ADAPTER_VPN, .text = "TAP-Windows Adapter V9"},
        {"", ADAPTER_VPN, .text = "WireGuard Tunnel"},
        {"", ADAPTER_VPN, .text = "Wintun Userspace Tunnel"},
        {"", ADAPTER_VPN, .text = "Cisco AnyConnect Miniport Adapter"},
        {"", ADAPTER_VPN, .text = "PANGP Adapter"},
        {"", ADAPTER_LOOPBACK, .text = "Microsoft KM-TEST Loopback Adapter"},
        {"", ADAPTER_LOOPBACK, .text = "Microsoft KM-TEST ループバック アダプター"},
        {"", ADAPTER_TUNNEL, .text = "Teredo Tunneling Pseudo-Interface"},
        {"", ADAPTER_TUNNEL, .text = "Microsoft-ISATAP-Adapter"},
        {"", ADAPTER_TUNNEL, .text = "Microsoft 6to4 Adapter"},
        {"", ADAPTER_VIRTUAL, .text = "Hyper-V Virtual Ethernet Adapter"},
        {"", ADAPTER_VIRTUAL, .text = "Virtueller Hyper-V-Ethernet-Adapter"},
        {"", ADAPTER_VIRTUAL, .text = "Hyper-V 仮想イーサネット アダプター"},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct adapter_verdict v;
        enum adapter_kind kind = kind_of(&rows[i], &v);

        if (kind != rows[i].kind) {
            fail_msg("row %zu: %s instead of %s", i, adapter_kind_name(kind),
                     adapter_kind_name(rows[i].kind));
        }
    }
}

/* Tunnels of Windows are told even where their type is all there is, beside a VPN's. */
static void
test_tunnel_types(void **state)
{
    static const uint32_t types[] = {11, 13, 14, 15};

    (void)state;
    for (size_t i = 0; i < COUNT(types); i++) {
        struct shape s = {.type = 131, .tunnel = types[i], .service = "SomeVpn"};
        struct adapter_verdict v;

        (void)kind_of(&s, &v);
        assert_non_null(strstr(v.evidence[0], "tunnel"));
        assert_non_null(strstr(v.evidence[1], "tunnel"));
    }
}

static void
test_a_tie_names_both(void **state)
{
    const struct shape ppp = {.hw = -1, .type = 23, .text = "Firmen-VPN"};
    const struct shape odd = {.hw = 1, .type = 71, .physical = 8};
    struct adapter_verdict v;

    (void)state;
    assert_int_equal(kind_of(&ppp, &v), ADAPTER_UNKNOWN); /* the user's own word for it */
    assert_true(v.tied[0] != v.tied[1]);
    assert_true(v.tied[0] == ADAPTER_VPN || v.tied[0] == ADAPTER_MODEM_PPP);
    assert_true(v.tied[1] == ADAPTER_VPN || v.tied[1] == ADAPTER_MODEM_PPP);
    assert_string_equal(v.evidence[0], "if_type ppp");
    assert_int_equal(kind_of(&odd, &v), ADAPTER_UNKNOWN);
    assert_true(v.tied[0] == ADAPTER_WIFI || v.tied[1] == ADAPTER_WIFI);
    assert_true(v.tied[0] == ADAPTER_WWAN || v.tied[1] == ADAPTER_WWAN);
    assert_int_equal(v.evidence_count, 2);
}

static void
test_nothing_known(void **state)
{
    const struct shape none = {.hw = 0};
    struct adapter_verdict v;

    (void)state;
    assert_int_equal(kind_of(&none, &v), ADAPTER_UNKNOWN);
    assert_int_equal(v.evidence_count, 0);
    assert_int_equal(v.score, 0);
    assert_int_equal(v.tied[0], ADAPTER_UNKNOWN);
}

static void
test_evidence_is_told_strongest_first(void **state)
{
    const struct shape s = {.hw = 1,
                            .type = 6,
                            .physical = 14,
                            .enumerator = "USB",
                            .service = "usbrndis6",
                            .compat = "USB\\Class_E0&SubClass_01&Prot_03|",
                            .text = "Remote NDIS based Internet Sharing Device"};
    static const char *const expected[] = {"usb class e0/01/03", "driver rndis",
                                           "enumerated by usb",  "medium 802_3",
                                           "if_type ethernet",   "description"};
    struct adapter_verdict v;

    (void)state;
    assert_int_equal(kind_of(&s, &v), ADAPTER_RNDIS);
    assert_int_equal(v.evidence_count, COUNT(expected));
    for (size_t i = 0; i < COUNT(expected); i++) {
        assert_string_equal(v.evidence[i], expected[i]);
    }
}

/* What spoke for others is no evidence for this one, a name is told once, and there is an end. */
static void
test_evidence_is_of_this_kind(void **state)
{
    const struct shape usb_wifi = {.hw = 1, .type = 71, .physical = 9, .enumerator = "USB"};
    const struct shape rich = {.hw = -1,
                               .type = 23,
                               .medium = 17,
                               .physical = 14,
                               .dial = "vpn",
                               .enumerator = "ROOT",
                               .service = "vpnva",
                               .hwids = "vpn|",
                               .text = "Virtual VPN"};
    struct adapter_verdict v;

    (void)state;
    assert_int_equal(kind_of(&usb_wifi, &v), ADAPTER_WIFI);
    assert_int_equal(v.evidence_count, 2);
    assert_string_equal(v.evidence[0], "if_type wifi");
    assert_string_equal(v.evidence[1], "medium native_802_11");
    assert_int_equal(v.score, 120);
    assert_int_equal(kind_of(&rich, &v), ADAPTER_VPN);
    assert_int_equal(v.evidence_count, 7);
    for (size_t i = 0; i < COUNT(shapes); i++) {
        (void)kind_of(&shapes[i], &v);
        for (size_t a = 0; a < v.evidence_count; a++) {
            for (size_t b = 0; b < a; b++) {
                assert_string_not_equal(v.evidence[a], v.evidence[b]);
            }
        }
    }
}

static void
test_kinds_refine(void **state)
{
    (void)state;
    assert_true(adapter_kind_is(ADAPTER_MBIM, ADAPTER_WWAN));
    assert_true(adapter_kind_is(ADAPTER_RNDIS, ADAPTER_USB_ETHERNET));
    assert_true(adapter_kind_is(ADAPTER_RNDIS, ADAPTER_ETHERNET));
    assert_true(adapter_kind_is(ADAPTER_WWAN, ADAPTER_WWAN));
    assert_false(adapter_kind_is(ADAPTER_WWAN, ADAPTER_MBIM));
    assert_false(adapter_kind_is(ADAPTER_WIFI, ADAPTER_ETHERNET));
    for (size_t a = 0; a < ADAPTER_KIND_COUNT;
         a++) { /* names are told apart, nothing is a circle */
        for (size_t b = 0; b < a; b++) {
            enum adapter_kind x = (enum adapter_kind)a;
            enum adapter_kind y = (enum adapter_kind)b;

            assert_string_not_equal(adapter_kind_name(x), adapter_kind_name(y));
            assert_false(adapter_kind_is(x, y) && adapter_kind_is(y, x));
        }
    }
}

static void
expect_ids(const char *ids, uint16_t vid, uint16_t pid)
{
    struct posture_device d = {.cut = false};
    uint16_t v = 1;
    uint16_t p = 1;

    put_ids(d.hardware_ids, sizeof(d.hardware_ids), ids);
    assert_int_equal(adapter_usb_ids(&d, &v, &p), vid != 0);
    assert_int_equal(v, vid);
    assert_int_equal(p, pid);
}

static void
test_usb_ids(void **state)
{
    (void)state;
    expect_ids("USB\\VID_12D1&PID_14DB&REV_0102&MI_00|USB\\VID_12D1&PID_14DB&MI_00|", 0x12d1,
               0x14db);
    expect_ids("usb\\vid_05ac&pid_12a8&mi_02|", 0x05ac, 0x12a8);
    expect_ids("PCI\\VEN_8086&DEV_15BB|", 0, 0);
    expect_ids("BTHENUM\\{0000}_VID&0001004C_PID&730B|", 0, 0);
    expect_ids("USB\\VID_12D1|", 0, 0);
    expect_ids("USB\\VID_12|", 0, 0);
    expect_ids("USB\\VID_12XX&PID_0001|", 0, 0);
    expect_ids("X|USB\\VID_1199&PID_9071|", 0x1199, 0x9071);
    expect_ids("", 0, 0);
}

static void
test_uplink(void **state)
{
    struct posture_adapter a = {.oper_status = POSTURE_OPER_UP};

    (void)state;
    assert_false(adapter_is_uplink(&a));
    a.gateway_count = 1;
    assert_true(adapter_is_uplink(&a));
    a.gateway_count = 0;
    a.default_route = true; /* on-link, as with a modem */
    assert_true(adapter_is_uplink(&a));
    a.oper_status = 2;
    assert_false(adapter_is_uplink(&a));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_shape),
        cmocka_unit_test(test_every_kind_is_met),
        cmocka_unit_test(test_the_description_overrules_nothing),
        cmocka_unit_test(test_names_only_refine),
        cmocka_unit_test(test_each_evidence_alone),
        cmocka_unit_test(test_tunnel_types),
        cmocka_unit_test(test_a_tie_names_both),
        cmocka_unit_test(test_nothing_known),
        cmocka_unit_test(test_evidence_is_told_strongest_first),
        cmocka_unit_test(test_evidence_is_of_this_kind),
        cmocka_unit_test(test_kinds_refine),
        cmocka_unit_test(test_usb_ids),
        cmocka_unit_test(test_uplink),
    };

    return cmocka_run_group_tests_name("adapter kind", tests, NULL, NULL);
}
