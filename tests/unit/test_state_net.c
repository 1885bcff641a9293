/* test_state_net - which end is the remote one, whose connection it is, and what stays as it is. */
#include "unit/test_activity.h"

#include "state/connections.h"

#define OWN "10.0.0.5"
#define PEER "192.31.196.7"

static void
expect_ends(const struct activity_test *t, const char *remote, const char *local)
{
    char text[2 * ADDR_TEXT_MAX];
    struct buf got;

    buf_init(&got, SIZE_MAX);
    (void)addr_format(&t->last.src, text);
    buf_printf(&got, "%s:%u", text, t->last.src_port);
    assert_string_equal(buf_str(&got), remote);
    buf_clear(&got);
    (void)addr_format(&t->last.dst, text);
    buf_printf(&got, "%s:%u", text, t->last.dst_port);
    assert_string_equal(buf_str(&got), local);
    buf_fini(&got);
}

static struct told
network(enum event_kind kind, const char *action, const char *remote, const char *local)
{
    return (struct told){.ms = 1000,
                         .kind = kind,
                         .provider = NETWORK,
                         .action = action,
                         .remote = remote,
                         .local = local};
}

/* What a computer sent tells its own address; what it receives is turned by it. */
static void
own_addresses_decide(void **state)
{
    struct activity_test t;
    struct told sent = network(EV_NET_DATA, "sent", PEER ":443", OWN ":50000");
    struct told in = network(EV_NET_DATA, "received", OWN ":50001", "198.18.0.9:4444");
    struct told accept = network(EV_NET_ACCEPT, NULL, OWN ":6000", "198.18.0.9:7000");

    (void)state;
    activity_begin(&t);
    assert_false(activity_feed(&t, &accept)); /* nothing is known yet */
    expect_ends(&t, OWN ":6000", "198.18.0.9:7000");
    assert_false(activity_feed(&t, &sent));
    assert_true(activity_feed(&t, &in));
    expect_ends(&t, "198.18.0.9:4444", OWN ":50001");
    assert_true(activity_feed(&t, &accept));
    expect_ends(&t, "198.18.0.9:7000", OWN ":6000");
    accept = network(EV_NET_ACCEPT, NULL, "198.18.0.9:7000", OWN ":6000");
    assert_false(activity_feed(&t, &accept));
    in.host = "PC-B"; /* another computer's address says nothing here */
    assert_false(activity_feed(&t, &in));
    activity_end(&t);
}

static void
configured_addresses_decide(void **state)
{
    struct activity_test t;
    struct told accept = network(EV_NET_ACCEPT, NULL, OWN ":6000", PEER ":7000");

    (void)state;
    activity_begin(&t);
    t.cfg->host_addresses.count = 1;
    assert_int_equal(addr_prefix_parse(SV(OWN), &t.cfg->host_addresses.item[0]), ERR_OK);
    assert_true(activity_feed(&t, &accept));
    expect_ends(&t, PEER ":7000", OWN ":6000");
    activity_end(&t);
}

/* Neither is known: RDP's port is where somebody listens, a client's own port never is. */
static void
listening_ports_decide(void **state)
{
    struct activity_test t;
    struct told turned = network(EV_NET_ACCEPT, NULL, OWN ":3389", PEER ":50000");
    struct told right = network(EV_NET_ACCEPT, NULL, PEER ":50000", OWN ":3389");
    struct told both = network(EV_NET_ACCEPT, NULL, PEER ":445", OWN ":3389");

    (void)state;
    activity_begin(&t);
    assert_true(activity_feed(&t, &turned));
    expect_ends(&t, PEER ":50000", OWN ":3389");
    assert_false(activity_feed(&t, &right));
    assert_false(activity_feed(&t, &both));
    activity_end(&t);
}

/* A port that TCPIP names as a listener's is one for Kernel-Network too. */
static void
accepts_teach_ports(void **state)
{
    struct activity_test t;
    struct told accept = network(EV_NET_ACCEPT, NULL, "198.18.0.1:50000", "198.18.0.2:8081");
    struct told turned = network(EV_NET_CLOSE, NULL, "198.18.0.3:8081", "198.18.0.4:50001");

    (void)state;
    activity_begin(&t);
    assert_false(activity_feed(&t, &turned));
    accept.provider = TCPIP;
    assert_false(activity_feed(&t, &accept));
    assert_true(activity_feed(&t, &turned));
    expect_ends(&t, "198.18.0.4:50001", "198.18.0.3:8081");
    activity_end(&t);
}

/* What names its ends, or goes out, is never turned. */
static void
sure_ends_stay(void **state)
{
    struct activity_test t;
    struct told sure = network(EV_NET_ACCEPT, NULL, OWN ":3389", PEER ":50000");
    struct told loop = network(EV_NET_ACCEPT, NULL, "127.0.0.1:3389", "127.0.0.1:50000");

    (void)state;
    activity_begin(&t);
    assert_true(activity_feed(&t, &loop)); /* both are own: the listener's port decides */
    sure.provider = TCPIP;
    assert_false(activity_feed(&t, &sure));
    sure = network(EV_NET_CONNECT, NULL, OWN ":3389", PEER ":50000");
    assert_false(activity_feed(&t, &sure));
    sure = network(EV_NET_DATA, "sent", OWN ":3389", PEER ":50000");
    assert_false(activity_feed(&t, &sure));
    activity_end(&t);
}

/* The end of a connection says which side opened it, and whose it was. */
static void
a_close_knows_its_begin(void **state)
{
    struct activity_test t;
    struct told start = {.ms = 1,
                         .kind = EV_PROCESS_START,
                         .provider = KERNEL,
                         .pid = 900,
                         .started_ms = 1,
                         .process = "C:\\Windows\\System32\\svchost.exe"};
    struct told accept = network(EV_NET_ACCEPT, NULL, PEER ":50000", OWN ":3389");
    struct told close = network(EV_NET_CLOSE, NULL, PEER ":50000", OWN ":3389");

    (void)state;
    activity_begin(&t);
    activity_feed(&t, &start);
    accept.pid = 900;
    assert_true(activity_feed(&t, &accept));
    assert_true(sv_eq(t.last.process, SV("C:\\Windows\\System32\\svchost.exe")));
    assert_true(t.last.process_started == T0 + TM_MS);
    assert_true(activity_feed(&t, &close));
    assert_int_equal(t.last.process_id, 900);
    assert_true(sv_eq(t.last.action, SV("accepted")));
    assert_true(sv_eq(t.last.process, SV("C:\\Windows\\System32\\svchost.exe")));
    assert_false(activity_feed(&t, &close)); /* it is closed */
    accept = network(EV_NET_CONNECT, NULL, PEER ":50000", OWN ":3389");
    activity_feed(&t, &accept);
    assert_true(activity_feed(&t, &close));
    assert_true(sv_eq(t.last.action, SV("connected")));
    activity_end(&t);
}

/* A process that ended is not the one that uses its pid later. */
static void
a_pid_is_asked_with_its_time(void **state)
{
    struct activity_test t;
    struct told start = {.ms = 1000, .kind = EV_PROCESS_START, .provider = KERNEL, .pid = 900};
    struct told stop = {.ms = 2000, .kind = EV_PROCESS_STOP, .provider = KERNEL, .pid = 900};
    struct told data = network(EV_NET_DATA, "sent", PEER ":50000", OWN ":3389");

    (void)state;
    activity_begin(&t);
    start.started_ms = stop.started_ms = 1000;
    start.process = "C:\\a.exe";
    activity_feed(&t, &start);
    activity_feed(&t, &stop);
    data.pid = 900;
    data.ms = 3000; /* a late record of its own */
    assert_true(activity_feed(&t, &data));
    data.ms = 5000;
    assert_false(activity_feed(&t, &data));
    assert_false(event_has(&t.last, process));
    activity_end(&t);
}

/* -- the table of connections ------------------------------------------------------------------ */

static struct connection
connection_of(uint32_t number)
{
    struct connection c = {.pid = number};

    c.key.host_id = 1;
    c.key.src_port = (uint16_t)number;
    c.key.src.family = ADDR_V4;
    memcpy(c.key.src.bytes, &number, sizeof(number));
    return c;
}

static void
the_oldest_connection_goes(void **state)
{
    struct connections *c = NULL;

    (void)state;
    metric_reset_all();
    assert_int_equal(connections_create(&c), ERR_OK);
    for (uint32_t i = 1; i <= CONNECTIONS_MAX + 10; i++) {
        struct connection conn = connection_of(i);
        assert_int_equal(connections_open(c, &conn), ERR_OK);
    }
    assert_int_equal(metric_get(METRIC_CONNECTIONS_FULL), 10);
    for (uint32_t i = 1; i <= CONNECTIONS_MAX + 10; i++) {
        struct connection conn = connection_of(i);
        const struct connection *found = connections_find(c, &conn.key);

        assert_true((found != NULL) == (i > 10));
        assert_true(found == NULL || found->pid == i);
        connections_close(c, &conn.key);
        assert_null(connections_find(c, &conn.key));
        connections_close(c, &conn.key);
    }
    connections_destroy(c);
    connections_destroy(NULL);
}

/* Two providers tell of one connection: each adds what the other does not know. */
static void
one_connection_told_twice(void **state)
{
    struct connections *c = NULL;
    struct connection first = connection_of(1);
    struct connection second = connection_of(1);

    (void)state;
    assert_int_equal(connections_create(&c), ERR_OK);
    first.pid = 0;
    second.origin = CONNECTION_ACCEPTED;
    assert_int_equal(connections_open(c, &first), ERR_OK);
    assert_int_equal(connections_open(c, &second), ERR_OK);
    assert_int_equal(connections_find(c, &first.key)->pid, 1);
    assert_int_equal(connections_find(c, &first.key)->origin, CONNECTION_ACCEPTED);
    connections_close(c, &first.key);
    assert_null(connections_find(c, &first.key));
    connections_destroy(c);
}

/* -- completing twice is completing once ------------------------------------------------------- */

static uint32_t
below(uint64_t *random, uint32_t n)
{
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    return (uint32_t)(*random >> 33) % n;
}

static struct told
random_told(uint64_t *random, uint64_t ms)
{
    static const char *const images[] = {NULL,
                                         "a.exe",
                                         "C:\\x\\a.exe",
                                         "\\SystemRoot\\b.exe",
                                         "\\Device\\HarddiskVolume3\\x\\a.exe",
                                         "\\Device\\Mup\\srv\\s\\c.exe"};
    static const char *const ends[] = {OWN ":3389", PEER ":50000", "127.0.0.1:445",
                                       "198.18.0.9:50001", NULL};
    static const char *const providers[] = {KERNEL, CLASSIC, AUDITING, NETWORK, TCPIP};
    static const char *const actions[] = {NULL, "sent", "received"};
    struct told r = {.ms = ms};

    r.kind = (enum event_kind)(1 + below(random, EV_COUNT - 1));
    if (r.kind < EV_PROCESS_STOP && r.kind != EV_PROCESS_START) {
        r.kind = EV_PROCESS_START;
    }
    r.provider = providers[below(random, COUNT(providers))];
    r.pid = below(random, 4);
    r.ppid = below(random, 4);
    r.started_ms = below(random, 2) == 0 ? 0 : ms;
    r.process = images[below(random, COUNT(images))];
    r.path = images[below(random, COUNT(images))];
    r.command_line = images[below(random, COUNT(images))];
    r.remote = ends[below(random, COUNT(ends))];
    r.local = ends[below(random, COUNT(ends))];
    r.action = actions[below(random, COUNT(actions))];
    return r;
}

static void
completing_twice_is_once(void **state)
{
    enum { EVENTS = 20000 };
    struct activity_test once, twice;
    uint64_t random = 0x9E3779B97F4A7C15u;
    uint8_t *packed = mem_alloc(EVENT_PACKED_MAX);

    (void)state;
    assert_non_null(packed);
    activity_begin(&once);
    activity_begin(&twice);
    for (uint64_t i = 0; i < EVENTS; i++) {
        struct told r = random_told(&random, i * 700);
        struct event again;
        size_t len;
        bool changed;

        (void)activity_feed(&once, &r);
        assert_int_equal(event_pack(&once.last, packed, EVENT_PACKED_MAX, &len), ERR_OK);
        assert_int_equal(event_unpack(packed, len, &again), ERR_OK);
        assert_int_equal(state_complete(twice.st, &again, &changed), ERR_OK);
        assert_false(changed);
        assert_int_equal(state_event(twice.st, &again), ERR_OK);
    }
    assert_int_equal(state_flush(once.st), ERR_OK);
    assert_int_equal(state_flush(twice.st), ERR_OK);
    assert_true(once.rows.len > 10000);
    assert_string_equal(buf_str(&once.rows), buf_str(&twice.rows));
    activity_end(&once);
    activity_end(&twice);
    mem_free(packed);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_addresses_decide),
        cmocka_unit_test(configured_addresses_decide),
        cmocka_unit_test(listening_ports_decide),
        cmocka_unit_test(accepts_teach_ports),
        cmocka_unit_test(sure_ends_stay),
        cmocka_unit_test(a_close_knows_its_begin),
        cmocka_unit_test(a_pid_is_asked_with_its_time),
        cmocka_unit_test(the_oldest_connection_goes),
        cmocka_unit_test(one_connection_told_twice),
        cmocka_unit_test(completing_twice_is_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
