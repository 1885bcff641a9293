/* test_exposure - verdicts over facts, and who listens. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/mem.h"
#include "posture/exposure.h"
#include "posture/listeners.h"
#include "support/posture_sim.h"

#define ALL_KNOWN 0xfu
#define ALLOWS EXPOSURE_FW_ALLOWS
#define BLOCKS EXPOSURE_FW_BLOCKS
#define NO_IDEA EXPOSURE_FW_UNKNOWN
#define ANY EXPOSURE_FROM_ANY

struct row {
    const char *address;
    const char *listener; /* NULL: none */
    const char *accepted; /* local address; "" any; NULL: none */
    enum exposure_firewall firewall;
    enum exposure_remote remote;
    uint8_t known; /* bit of each table */
    bool down, udp;
    enum exposure_reason reason;
    enum exposure_verdict verdict;
};

static const struct row rows[] = {
    /* what is open */
    {"8.8.4.4", "0.0.0.0", NULL, ALLOWS, ANY, ALL_KNOWN, false, false, EXPOSURE_LISTENING_ALLOWED,
     EXPOSURE_OPEN_HERE},
    {"8.8.4.4", "8.8.4.4", NULL, ALLOWS, ANY, ALL_KNOWN, false, true, EXPOSURE_LISTENING_ALLOWED,
     EXPOSURE_OPEN_HERE},
    {"2600::5", "::", NULL, ALLOWS, ANY, ALL_KNOWN, false, false, EXPOSURE_LISTENING_ALLOWED,
     EXPOSURE_OPEN_HERE},
    {"2002:808:404::1", "::", NULL, ALLOWS, ANY, ALL_KNOWN, false, false,
     EXPOSURE_LISTENING_ALLOWED, EXPOSURE_OPEN_HERE},
    /* a listener that is found is enough, whatever other tables say */
    {"8.8.4.4", "0.0.0.0", NULL, ALLOWS, ANY, 0, false, false, EXPOSURE_LISTENING_ALLOWED,
     EXPOSURE_OPEN_HERE},
    /* what was seen */
    {"8.8.4.4", "0.0.0.0", "8.8.4.4", ALLOWS, ANY, ALL_KNOWN, false, false, EXPOSURE_ACCEPT_SEEN,
     EXPOSURE_REACHED},
    {"192.168.8.100", "0.0.0.0", "192.168.8.100", BLOCKS, ANY, ALL_KNOWN, false, false,
     EXPOSURE_ACCEPT_SEEN, EXPOSURE_REACHED},
    {"100.64.1.1", NULL, "100.64.1.1", NO_IDEA, ANY, 0, true, false, EXPOSURE_ACCEPT_SEEN,
     EXPOSURE_REACHED},
    {"8.8.4.4", NULL, "", BLOCKS, ANY, ALL_KNOWN, false, false, EXPOSURE_ACCEPT_SEEN,
     EXPOSURE_REACHED},
    {"8.8.4.4", NULL, "8.8.8.8", BLOCKS, ANY, ALL_KNOWN, false, false, EXPOSURE_NO_LISTENER,
     EXPOSURE_FILTERED},
    /* what stops it */
    {"8.8.4.4", NULL, NULL, ALLOWS, ANY, ALL_KNOWN, false, false, EXPOSURE_NO_LISTENER,
     EXPOSURE_FILTERED},
    {"8.8.4.4", "127.0.0.1", NULL, ALLOWS, ANY, ALL_KNOWN, false, false, EXPOSURE_NO_LISTENER,
     EXPOSURE_FILTERED},
    {"2600::5", "0.0.0.0", NULL, ALLOWS, ANY, ALL_KNOWN, false, false, EXPOSURE_NO_LISTENER,
     EXPOSURE_FILTERED},
    {"8.8.4.4", "0.0.0.0", NULL, BLOCKS, ANY, ALL_KNOWN, false, false, EXPOSURE_FIREWALL_BLOCKS,
     EXPOSURE_FILTERED},
    {"8.8.4.4", NULL, NULL, BLOCKS, ANY, 0, false, false, EXPOSURE_FIREWALL_BLOCKS,
     EXPOSURE_FILTERED},
    {"192.168.8.100", "0.0.0.0", NULL, BLOCKS, ANY, ALL_KNOWN, false, false,
     EXPOSURE_FIREWALL_BLOCKS, EXPOSURE_FILTERED},
    {"8.8.4.4", "0.0.0.0", NULL, ALLOWS, EXPOSURE_FROM_LOCAL_SUBNET, ALL_KNOWN, false, false,
     EXPOSURE_FIREWALL_LOCAL, EXPOSURE_FILTERED},
    {"8.8.4.4", "0.0.0.0", NULL, ALLOWS, ANY, ALL_KNOWN, true, false, EXPOSURE_ADAPTER_DOWN,
     EXPOSURE_FILTERED},
    {"127.0.0.1", "0.0.0.0", NULL, ALLOWS, ANY, ALL_KNOWN, false, false, EXPOSURE_NOT_ROUTABLE,
     EXPOSURE_FILTERED},
    {"fe80::1", "::", NULL, NO_IDEA, ANY, 0, false, false, EXPOSURE_NOT_ROUTABLE,
     EXPOSURE_FILTERED},
    /* what nobody knows */
    {"8.8.4.4", NULL, NULL, ALLOWS, ANY, 0, false, false, EXPOSURE_LISTENERS_UNKNOWN,
     EXPOSURE_UNKNOWN},
    {"8.8.4.4", NULL, NULL, ALLOWS, ANY, 1u << POSTURE_TCP4, false, false,
     EXPOSURE_LISTENERS_UNKNOWN, EXPOSURE_UNKNOWN},
    {"8.8.4.4", "::", NULL, ALLOWS, ANY, ALL_KNOWN, false, false, EXPOSURE_DUAL_STACK,
     EXPOSURE_UNKNOWN},
    {"8.8.4.4", "0.0.0.0", NULL, NO_IDEA, ANY, ALL_KNOWN, false, false, EXPOSURE_FIREWALL_UNKNOWN,
     EXPOSURE_UNKNOWN},
    {"8.8.4.4", "0.0.0.0", NULL, ALLOWS, EXPOSURE_FROM_UNKNOWN, ALL_KNOWN, false, false,
     EXPOSURE_FIREWALL_UNKNOWN, EXPOSURE_UNKNOWN},
    {"8.8.4.4", "0.0.0.0", NULL, ALLOWS, EXPOSURE_FROM_SOME, ALL_KNOWN, false, false,
     EXPOSURE_FIREWALL_SOME, EXPOSURE_UNKNOWN},
    {"192.168.8.100", "0.0.0.0", NULL, ALLOWS, ANY, ALL_KNOWN, false, false, EXPOSURE_BEHIND_ROUTER,
     EXPOSURE_UNKNOWN},
    {"fd00::5", "::", NULL, ALLOWS, ANY, ALL_KNOWN, false, false, EXPOSURE_BEHIND_ROUTER,
     EXPOSURE_UNKNOWN},
    /* a router that rewrites sources is in the local subnet itself */
    {"192.168.8.100", "0.0.0.0", NULL, ALLOWS, EXPOSURE_FROM_LOCAL_SUBNET, ALL_KNOWN, false, false,
     EXPOSURE_BEHIND_ROUTER, EXPOSURE_UNKNOWN},
    {"100.64.1.1", "0.0.0.0", NULL, ALLOWS, ANY, ALL_KNOWN, false, false, EXPOSURE_BEHIND_CARRIER,
     EXPOSURE_UNKNOWN},
    {"198.18.0.1", "0.0.0.0", NULL, ALLOWS, ANY, ALL_KNOWN, false, false, EXPOSURE_ADDRESS_SPECIAL,
     EXPOSURE_UNKNOWN},
};

#define PORT 3389u

static struct addr
parse(const char *text)
{
    struct addr a = {.family = ADDR_NONE};

    if (text[0] != '\0') {
        assert_int_equal(addr_parse(sv_from(text), &a), ERR_OK);
    }
    return a;
}

static void
judge(const struct row *r, struct exposure *out)
{
    static struct adapter adapter;
    struct posture_address address = {.addr = parse(r->address), .prefix_bits = 24};
    struct posture_listener l = {.port = PORT, .pid = 77};
    struct exposure_accept accept = {.at = {r->udp ? EXPOSURE_UDP : EXPOSURE_TCP, PORT}};
    struct exposure_facts f = {.adapter = &adapter,
                               .address = &address,
                               .at = accept.at,
                               .listeners = &l,
                               .listener_count = r->listener != NULL,
                               .gate = {r->firewall, r->remote},
                               .accepts = &accept,
                               .accept_count = r->accepted != NULL};

    adapter.sys.oper_status = r->down ? 2 : POSTURE_OPER_UP;
    if (r->listener != NULL) {
        bool v4;

        l.addr = parse(r->listener);
        v4 = l.addr.family == ADDR_V4;
        l.table = (uint8_t)(r->udp ? (v4 ? POSTURE_UDP4 : POSTURE_UDP6)
                                   : (v4 ? POSTURE_TCP4 : POSTURE_TCP6));
    }
    if (r->accepted != NULL) {
        accept.local = parse(r->accepted);
    }
    for (unsigned t = 0; t < POSTURE_TABLE_COUNT; t++) {
        f.table_known[t] = (r->known >> t & 1) != 0;
    }
    exposure_judge(&f, out);
}

static void
test_verdicts(void **state)
{
    bool met[EXPOSURE_REASON_COUNT] = {false};

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct exposure e;

        judge(&rows[i], &e);
        if (e.reason != rows[i].reason || e.verdict != rows[i].verdict) {
            fail_msg("row %zu (%s): %s, %s", i, rows[i].address, exposure_verdict_name(e.verdict),
                     exposure_reason_name(e.reason));
        }
        met[e.reason] = true;
    }
    for (size_t i = 0; i < EXPOSURE_REASON_COUNT; i++) {
        assert_true(met[i]);
    }
}

/* Taking knowledge away never makes a PC look safer. */
static void
test_unknown_is_never_safe(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct row r = rows[i];
        struct exposure with;
        struct exposure without;

        judge(&r, &with);
        r.known = 0;
        r.firewall = EXPOSURE_FW_UNKNOWN;
        judge(&r, &without);
        if (without.verdict == EXPOSURE_FILTERED) {
            assert_int_equal(with.verdict, EXPOSURE_FILTERED);
        }
    }
}

static void
test_another_port_is_another_matter(void **state)
{
    struct adapter adapter = {.sys.oper_status = POSTURE_OPER_UP};
    struct posture_address address = {.addr = parse("8.8.4.4"), .prefix_bits = 24};
    struct posture_listener l = {
        .addr = parse("0.0.0.0"), .port = 445, .table = POSTURE_TCP4, .pid = 4};
    struct exposure_accept accept = {.at = {EXPOSURE_TCP, 445}, .local = address.addr};
    struct exposure_facts f = {.adapter = &adapter,
                               .address = &address,
                               .at = {EXPOSURE_TCP, 446},
                               .listeners = &l,
                               .listener_count = 1,
                               .table_known = {true, true, true, true},
                               .gate = {ALLOWS, ANY},
                               .accepts = &accept,
                               .accept_count = 1};
    struct exposure e;

    (void)state;
    exposure_judge(&f, &e);
    assert_int_equal(e.reason, EXPOSURE_NO_LISTENER);
    assert_int_equal(e.pid, 0);
    f.at = (struct exposure_port){EXPOSURE_UDP, 445};
    exposure_judge(&f, &e);
    assert_int_equal(e.reason, EXPOSURE_NO_LISTENER);
    f.at = (struct exposure_port){EXPOSURE_TCP, 445};
    exposure_judge(&f, &e);
    assert_int_equal(e.reason, EXPOSURE_ACCEPT_SEEN);
    f.accept_count = 0;
    exposure_judge(&f, &e);
    assert_int_equal(e.verdict, EXPOSURE_OPEN_HERE);
    assert_int_equal(e.pid, 4);
}

static bool
has_port(const struct exposure_port *ports, size_t count, uint8_t protocol, uint16_t port)
{
    size_t found = 0;

    for (size_t i = 0; i < count; i++) {
        found += ports[i].protocol == protocol && ports[i].port == port;
    }
    assert_true(found <= 1);
    return found == 1;
}

static void
test_ports(void **state)
{
    static const uint16_t tcp[] = {445, 139, 5985, 5986, 22, 135, 5900, 1433, 3389};
    static const uint16_t udp[] = {3389, 443, 3391};
    const uint16_t moved[] = {33890, 3389, 445};
    uint16_t many[POSTURE_RDP_PORT_MAX + 4];
    struct exposure_port out[EXPOSURE_PORTS_MAX];
    size_t count = exposure_ports(NULL, 0, out, COUNT(out));

    (void)state;
    assert_int_equal(count, COUNT(tcp) + COUNT(udp));
    for (size_t i = 0; i < COUNT(tcp); i++) {
        assert_true(has_port(out, count, EXPOSURE_TCP, tcp[i]));
    }
    for (size_t i = 0; i < COUNT(udp); i++) {
        assert_true(has_port(out, count, EXPOSURE_UDP, udp[i]));
    }
    count = exposure_ports(moved, COUNT(moved), out, COUNT(out));
    assert_true(has_port(out, count, EXPOSURE_TCP, 33890));
    assert_true(has_port(out, count, EXPOSURE_UDP, 33890));
    assert_true(has_port(out, count, EXPOSURE_TCP, 445));
    count = exposure_ports((const uint16_t[]){33890, 33890}, 2, out, COUNT(out));
    assert_true(has_port(out, count, EXPOSURE_TCP, 33890)); /* once */
    count = exposure_ports(moved, 1, out, COUNT(out));
    assert_false(has_port(out, count, EXPOSURE_TCP, 3389)); /* nothing says so */
    assert_int_equal(exposure_ports(moved, 1, out, 0), count);
    for (size_t i = 0; i < COUNT(many); i++) {
        many[i] = (uint16_t)(10000 + i);
    }
    assert_int_equal(exposure_ports(many, COUNT(many), out, COUNT(out)), EXPOSURE_PORTS_MAX);
}

static void
test_names(void **state)
{
    (void)state;
    for (size_t a = 0; a < EXPOSURE_REASON_COUNT; a++) {
        for (size_t b = 0; b < a; b++) {
            assert_string_not_equal(exposure_reason_name((enum exposure_reason)a),
                                    exposure_reason_name((enum exposure_reason)b));
        }
    }
    assert_string_equal(exposure_verdict_name(EXPOSURE_UNKNOWN), "unknown");
    assert_string_equal(exposure_verdict_name(EXPOSURE_REACHED), "reached");
    assert_string_equal(exposure_verdict_name(EXPOSURE_OPEN_HERE), "open_here");
    assert_string_equal(exposure_verdict_name(EXPOSURE_FILTERED), "filtered");
}

/* -- who listens ------------------------------------------------------------------------------- */

static struct posture_sim sim;

static struct listeners *
take(void)
{
    struct listeners *l = NULL;

    assert_int_equal(listeners_take(&sim.api, &l), ERR_OK);
    return l;
}

static void
test_listeners(void **state)
{
    static const uint32_t codes[] = {POSTURE_INVALID_PARAMETER, POSTURE_INSUFFICIENT_BUFFER,
                                     POSTURE_NOT_SUPPORTED, POSTURE_NOT_ENOUGH_MEMORY};
    struct listeners *l;

    (void)state;
    assert_int_equal(posture_sim_init(&sim), ERR_OK);
    posture_sim_listen(&sim, POSTURE_UDP4, "0.0.0.0", 3389);
    posture_sim_listen(&sim, POSTURE_TCP4, "0.0.0.0", 3389);
    posture_sim_listen(&sim, POSTURE_TCP6, "::", 445);
    sim.rdp_ports[0] = 33890;
    sim.rdp_count = 1;
    l = take();
    assert_int_equal(l->count, 3);
    assert_int_equal(l->items[0].table, POSTURE_TCP4);
    assert_int_equal(l->items[1].port, 445);
    assert_int_equal(l->items[2].pid, 4000 + 3389);
    assert_int_equal(l->rdp_ports[0], 33890);
    listeners_free(l);
    for (unsigned t = 0; t < POSTURE_TABLE_COUNT; t++) {
        for (size_t i = 0; i < COUNT(codes); i++) {
            sim.fail_listeners[t] = codes[i];
            l = take();
            assert_int_equal(l->code[t], codes[i]);
            for (unsigned other = 0; other < POSTURE_TABLE_COUNT; other++) {
                assert_int_equal(l->known[other], other != t);
            }
            listeners_free(l);
        }
        sim.fail_listeners[t] = POSTURE_OK;
    }
    sim.fail_rdp = POSTURE_FILE_NOT_FOUND;
    l = take();
    assert_int_equal(l->rdp_code, POSTURE_FILE_NOT_FOUND);
    assert_int_equal(l->rdp_count, 0);
    listeners_free(l);
    posture_sim_fini(&sim);
}

static uint32_t
too_many(void *ctx, enum posture_table table, struct posture_listener *out, uint32_t cap,
         uint32_t *total)
{
    (void)ctx;
    memset(out, 0, cap * sizeof(*out));
    *total = table == POSTURE_UDP4 ? cap + 7 : table == POSTURE_TCP4 ? cap : 1;
    return POSTURE_OK;
}

/* A table that is cut is not known: the one that is asked for may be among what is missing. */
static void
test_more_listeners_than_fit(void **state)
{
    struct listeners *l;

    (void)state;
    assert_int_equal(posture_sim_init(&sim), ERR_OK);
    sim.api.listeners = too_many;
    l = take();
    assert_int_equal(l->count, 2 * POSTURE_LISTENER_MAX + 2);
    assert_int_equal(l->missing, 7);
    assert_false(l->known[POSTURE_UDP4]);
    assert_true(l->known[POSTURE_TCP4]); /* just so many */
    assert_true(l->known[POSTURE_UDP6]);
    listeners_free(l);
    posture_sim_fini(&sim);
}

static void
test_no_system_and_no_memory(void **state)
{
    struct listeners *l = NULL;

    (void)state;
    assert_int_equal(posture_sim_init(&sim), ERR_OK);
    mem_fail_after(0);
    assert_int_equal(listeners_take(&sim.api, &l), ERR_NOMEM);
    assert_null(l);
    mem_fail_after(1); /* only the room that is left over cannot be given back */
    assert_int_equal(listeners_take(&sim.api, &l), ERR_OK);
    mem_fail_after(SIZE_MAX);
    listeners_free(l);
    assert_int_equal(listeners_take(NULL, &l), ERR_OK);
    for (unsigned t = 0; t < POSTURE_TABLE_COUNT; t++) {
        assert_false(l->known[t]);
        assert_int_equal(l->code[t], POSTURE_NOT_IMPLEMENTED);
    }
    listeners_free(l);
    listeners_free(NULL);
    posture_sim_fini(&sim);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verdicts),
        cmocka_unit_test(test_unknown_is_never_safe),
        cmocka_unit_test(test_another_port_is_another_matter),
        cmocka_unit_test(test_ports),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_listeners),
        cmocka_unit_test(test_more_listeners_than_fit),
        cmocka_unit_test(test_no_system_and_no_memory),
    };

    return cmocka_run_group_tests_name("exposure", tests, NULL, NULL);
}
