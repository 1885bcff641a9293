/* test_state_arrivals - what a connection that came in gives an attempt to log on, and what not. */
#include "unit/test_state.h"

#include <stdio.h>
#include <stdlib.h>

#include "state/arrivals.h"

#define TCPIP "Microsoft-Windows-TCPIP"
#define NETWORK "Microsoft-Windows-Kernel-Network"
#define CLASSIC "NT Kernel/TcpIp"
#define SMB "Microsoft-Windows-SMBServer"
#define LINES_MAX 16

#define RDP "10.0.0.5:3389"
#define SHARES "10.0.0.5:445"
#define WINRM "10.0.0.5:5985"
#define SSH "10.0.0.5:22"

/* A record as in test_state.h; with a provider one of ETW. */
struct line {
    struct step s;
    const char *provider;
    const char *local;      /* "ip:port" that it came in on */
    const char *connection; /* GUID */
    uint32_t failed;        /* status of an accept */
};

static void
make_etw(const struct line *l, struct event *ev)
{
    struct addr a;
    uint16_t port;

    ev->kind = l->s.id == 551                     ? EV_SMB_AUTH_FAILURE
               : l->s.id == 552 || l->s.id == 550 ? EV_SHARE_ACCESS
                                                  : EV_NET_ACCEPT;
    event_set(ev, provider, sv_from(l->provider));
    event_set(ev, channel, SV("session"));
    if (l->local != NULL) {
        assert_int_equal(addr_parse_port(sv_from(l->local), &a, &port), ERR_OK);
        event_set(ev, dst, a);
        event_set(ev, dst_port, port);
    }
    if (ev->kind == EV_NET_ACCEPT) {
        event_set(ev, status, l->failed);
    }
    if (l->connection != NULL && l->s.id == 500) {
        event_set(ev, object, sv_from(l->connection));
    } else if (l->connection != NULL) {
        event_set(ev, object, SV("{session}"));
        event_set(ev, parent_object, sv_from(l->connection));
    }
}

static enum err
feed_line(struct state *st, const struct line *l, uint64_t record_id)
{
    struct event ev = event_of(&l->s, record_id);
    bool changed;
    enum err err;

    if (l->provider != NULL) {
        make_etw(l, &ev);
    }
    err = state_complete(st, &ev, &changed);
    return err ? err : state_event(st, &ev);
}

static void
expect_with(const struct config *cfg, const struct line *lines, size_t count, const char *due)
{
    struct outcome o;
    struct state *st = NULL;

    outcome_init(&o);
    assert_int_equal(state_create(cfg, on_attempt, &o, &st), ERR_OK);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(feed_line(st, &lines[i], i + 1), ERR_OK);
    }
    assert_int_equal(state_flush(st), ERR_OK);
    state_destroy(st);
    assert_true(o.ordered);
    assert_string_equal(buf_str(&o.text), due);
    buf_fini(&o.text);
}

static int
by_time(const void *left, const void *right)
{
    const struct line *a = left;
    const struct line *b = right;

    return (a->s.ms > b->s.ms) - (a->s.ms < b->s.ms);
}

/* In order of time, and in the order given: what arrives late within the hold-back is the same. */
static void
expect(const struct line *lines, size_t count, const char *due)
{
    struct config *cfg = make_config(NULL);
    struct line sorted[LINES_MAX];

    assert_true(count <= LINES_MAX);
    expect_with(cfg, lines, count, due);
    memcpy(sorted, lines, count * sizeof(lines[0]));
    qsort(sorted, count, sizeof(sorted[0]), by_time);
    expect_with(cfg, sorted, count, due);
    config_destroy(cfg);
}
#define EXPECT(due, ...)                                                                           \
    do {                                                                                           \
        const struct line lines[] = {__VA_ARGS__};                                                 \
        expect(lines, COUNT(lines), (due));                                                        \
    } while (0)

#define ACCEPT(at, from, to)                                                                       \
    {                                                                                              \
        {.ms = (at), .id = 1017, .src = (from)}, TCPIP, (to), NULL, 0                              \
    }
#define LOGGED(...)                                                                                \
    {                                                                                              \
        {__VA_ARGS__}, NULL, NULL, NULL, 0                                                         \
    }
#define REFUSED(at, from, name)                                                                    \
    LOGGED(.ms = (at), .id = 4625, .src = (from), .account = (name), .type = 3, .code = 0xC000006A)
#define LET_IN(at, from, name)                                                                     \
    LOGGED(.ms = (at), .id = 4624, .src = (from), .account = (name), .type = 3)
#define SMB_CAME(at, from, guid)                                                                   \
    {                                                                                              \
        {.ms = (at), .id = 500, .src = (from)}, SMB, NULL, (guid), 0                               \
    }
#define SMB_LET_IN(at, name, guid)                                                                 \
    {                                                                                              \
        {.ms = (at), .id = 552, .account = (name)}, SMB, NULL, (guid), 0                           \
    }

/* -- the service ------------------------------------------------------------------------------- */

static void
the_port_proves_the_service(void **state)
{
    (void)state;
    EXPECT("smb failure! internal 10.0.0.9:50001 kumi 100% (4625 1017)\n",
           REFUSED(1000, "10.0.0.9:50001", "kumi"), ACCEPT(990, "10.0.0.9:50001", SHARES));
    EXPECT("winrm failure! internal 10.0.0.9:50001 kumi 100% (4625 1017)\n",
           REFUSED(1000, "10.0.0.9:50001", "kumi"), ACCEPT(990, "10.0.0.9:50001", WINRM));
    /* another connection from there proves nothing */
    EXPECT("smb failure! internal 10.0.0.9:50001 kumi 70% (4625)\n",
           REFUSED(1000, "10.0.0.9:50001", "kumi"), ACCEPT(990, "10.0.0.9:50002", WINRM));
    /* nor one from elsewhere, or on another computer */
    EXPECT(
        "smb failure! internal 10.0.0.9:50001 kumi 70% (4625)\n",
        REFUSED(1000, "10.0.0.9:50001", "kumi"), ACCEPT(990, "10.0.0.8:50001", WINRM),
        {{.ms = 990, .id = 1017, .src = "10.0.0.9:50001", .host = "PC-B"}, TCPIP, WINRM, NULL, 0});
}

/* The process that asked for the logon says what it serves: the port cannot say another. */
static void
a_proven_service_stays(void **state)
{
    (void)state;
    EXPECT("http failure! internal 10.0.0.9:50001 kumi 100% (4625)\n",
           LOGGED(.ms = 1000, .id = 4625, .src = "10.0.0.9:50001", .account = "kumi", .type = 3,
                  .code = 0xC000006A, .process = "C:\\w3wp.exe"),
           ACCEPT(990, "10.0.0.9:50001", SHARES));
    EXPECT("ssh failure! internal 10.0.0.9:50001 kumi 100% (4625 1017)\n",
           LOGGED(.ms = 1000, .id = 4625, .src = "10.0.0.9", .account = "kumi", .type = 8,
                  .code = 0xC000006A, .process = "C:\\sshd.exe"),
           ACCEPT(990, "10.0.0.9:50001", SSH));
}

static void
an_address_alone_needs_one_service(void **state)
{
    (void)state;
    EXPECT("rdp failure! internal 10.0.0.9:50001 kumi 90% (4625 1017)\n",
           REFUSED(1000, "10.0.0.9", "kumi"), ACCEPT(990, "10.0.0.9:50001", RDP));
    EXPECT("rdp failure! internal 10.0.0.9 kumi 50% (4625)\n", REFUSED(1000, "10.0.0.9", "kumi"),
           ACCEPT(990, "10.0.0.9:50001", RDP), ACCEPT(980, "10.0.0.9:50002", SHARES));
    /* the one that another attempt came by is not meant */
    EXPECT("rdp failure! internal 10.0.0.9:50001 kumi 90% (4625 1017)\n"
           "smb failure! internal 10.0.0.9:50002 anna 100% (4625 1017)\n",
           REFUSED(1000, "10.0.0.9", "kumi"), ACCEPT(990, "10.0.0.9:50001", RDP),
           ACCEPT(995, "10.0.0.9:50002", SHARES), REFUSED(1010, "10.0.0.9:50002", "anna"));
    /* a port that nobody logs on by, and an accept that failed */
    EXPECT("rdp failure! internal 10.0.0.9 kumi 50% (4625)\n", REFUSED(1000, "10.0.0.9", "kumi"),
           ACCEPT(990, "10.0.0.9:50001", "10.0.0.5:80"),
           {{.ms = 990, .id = 1017, .src = "10.0.0.9:50001"}, TCPIP, RDP, NULL, 0xC0000001});
}

/* -- the source -------------------------------------------------------------------------------- */

static void
time_alone_gives_the_source(void **state)
{
    (void)state;
    EXPECT("rdp failure! internet 192.31.196.7:50001? kumi 60% (4625 1017)\n",
           REFUSED(5000, NULL, "kumi"), ACCEPT(4000, "192.31.196.7:50001", RDP));
    EXPECT("winrm failure! internet 192.31.196.7:50001? kumi 60% (4625 1017)\n",
           REFUSED(5000, NULL, "kumi"), ACCEPT(4000, "192.31.196.7:50001", WINRM));
    /* SMB always names its client: it is not what came without one */
    EXPECT("rdp failure! internet 192.31.196.7:50001? kumi 60% (4625 1017)\n",
           REFUSED(5000, NULL, "kumi"), ACCEPT(4000, "192.31.196.7:50001", RDP),
           ACCEPT(4500, "10.0.0.9:50001", SHARES));
}

static void
what_could_be_another_is_left_open(void **state)
{
    static const char unknown[] = "unknown failure! none - kumi 100% (4625)\n";

    (void)state;
    EXPECT(unknown, REFUSED(5000, NULL, "kumi"), ACCEPT(4000, "192.31.196.7:50001", RDP),
           ACCEPT(4900, "192.31.196.8:50001", RDP));
    EXPECT(unknown, REFUSED(5000, NULL, "kumi"), ACCEPT(4000, "192.31.196.7:50001", RDP),
           ACCEPT(4900, "192.31.196.7:50002", WINRM));
    EXPECT(unknown, REFUSED(5000, NULL, "kumi"), ACCEPT(5001, "192.31.196.7:50001", RDP));
    EXPECT(unknown, ACCEPT(1000, "192.31.196.7:50001", RDP), REFUSED(6001, NULL, "kumi"));
    EXPECT(unknown, REFUSED(5000, NULL, "kumi"), ACCEPT(4000, "192.31.196.7:50001", SHARES));
    /* at the console, of a service, or asked of a domain controller */
    EXPECT("other failure local - kumi 100% (4625)\n",
           LOGGED(.ms = 5000, .id = 4625, .account = "kumi", .type = 2, .code = 0xC000006A),
           ACCEPT(4000, "192.31.196.7:50001", RDP));
    EXPECT("kdc failure! internal 10.0.0.9 kumi 100% (4771)\n",
           LOGGED(.ms = 5000, .id = 4771, .src = "10.0.0.9", .account = "kumi", .code = 0x18),
           ACCEPT(4000, "10.0.0.9:50001", RDP));
    /* a success is not given a source by time: local ones look the same */
    EXPECT("unknown success none - kumi 100% (4624)\n", LET_IN(5000, NULL, "kumi"),
           ACCEPT(4000, "192.31.196.7:50001", RDP));
}

static void
each_connection_is_one_attempts(void **state)
{
    (void)state;
    EXPECT("rdp failure! internet 192.31.196.7:50001? kumi 60% (4625 1017)\n"
           "unknown failure! none - anna 100% (4625)\n",
           ACCEPT(4000, "192.31.196.7:50001", RDP), REFUSED(4500, NULL, "kumi"),
           REFUSED(4700, NULL, "anna"));
    /* nearest in time */
    EXPECT("rdp failure! internet 192.31.196.7:50002? kumi 60% (4625 1017)\n"
           "rdp failure! internet 192.31.196.7:50001? anna 60% (4625 1017)\n",
           ACCEPT(4000, "192.31.196.7:50001", RDP), ACCEPT(4400, "192.31.196.7:50002", RDP),
           REFUSED(4500, NULL, "kumi"), REFUSED(4700, NULL, "anna"));
}

/* All that tell of one connection are one; 131 knows it too. */
static void
one_connection_told_by_many(void **state)
{
    (void)state;
    EXPECT("rdp failure! internet 192.31.196.7:50001? kumi 60% (131 4625 1017 15 15)\n",
           LOGGED(.ms = 4010, .id = 131, .src = "192.31.196.7:50001", .transport = "TCP"),
           ACCEPT(4000, "192.31.196.7:50001", RDP),
           {{.ms = 4001, .id = 15, .src = "192.31.196.7:50001"}, NETWORK, RDP, NULL, 0},
           {{.ms = 4002, .id = 15, .src = "192.31.196.7:50001"}, CLASSIC, RDP, NULL, 0},
           REFUSED(4500, NULL, "kumi"));
    EXPECT("smb failure! internal 10.0.0.9:50001 kumi 100% (4625 1017 500)\n",
           ACCEPT(4000, "10.0.0.9:50001", SHARES), SMB_CAME(4001, "10.0.0.9:50001", "{c}"),
           REFUSED(4500, "10.0.0.9:50001", "kumi"));
}

/* Nobody logged on: nothing is told. */
static void
connections_alone_are_no_attempts(void **state)
{
    (void)state;
    EXPECT("", ACCEPT(4000, "192.31.196.7:50001", RDP), ACCEPT(4000, "10.0.0.9:50001", SHARES),
           SMB_CAME(4001, "10.0.0.9:50001", "{c}"), SMB_LET_IN(4002, "kumi", "{c}"));
}

/* -- the SMB server ---------------------------------------------------------------------------- */

static void
a_session_knows_its_client(void **state)
{
    (void)state;
    EXPECT("smb success internal 10.0.0.9:50001? kumi 80% (4624 500 552)\n",
           SMB_CAME(4000, "10.0.0.9:50001", "{c}"), SMB_LET_IN(4400, "KUMI", "{c}"),
           LET_IN(4500, NULL, "kumi"));
    EXPECT("smb success internal 10.0.0.9:50001 kumi 100% (4624 500 552)\n",
           SMB_CAME(4000, "10.0.0.9:50001", "{c}"), SMB_LET_IN(4400, "KUMI", "{c}"),
           LET_IN(4500, "10.0.0.9:50001", "kumi"));
    /* somebody else, and a connection that nobody named */
    EXPECT("unknown success none - kumi 100% (4624)\n", SMB_CAME(4000, "10.0.0.9:50001", "{c}"),
           SMB_LET_IN(4400, "anna", "{c}"), SMB_LET_IN(4400, "kumi", "{d}"),
           LET_IN(4500, NULL, "kumi"));
    /* from two places at once */
    EXPECT("unknown success none - kumi 100% (4624)\n", SMB_CAME(4000, "10.0.0.9:50001", "{c}"),
           SMB_CAME(4000, "10.0.0.8:50001", "{d}"), SMB_LET_IN(4400, "kumi", "{c}"),
           SMB_LET_IN(4400, "kumi", "{d}"), LET_IN(4500, NULL, "kumi"));
    /* the connection may be there for hours */
    EXPECT("smb success internal 10.0.0.9:50001? kumi 80% (4624 552)\n",
           SMB_CAME(0, "10.0.0.9:50001", "{c}"), SMB_LET_IN(3600000, "kumi", "{c}"),
           LET_IN(3600001, NULL, "kumi"));
}

static void
an_old_551_gets_its_client(void **state)
{
    (void)state;
    EXPECT("smb failure! internal 10.0.0.9:50001 - 100% (551 500)\n",
           SMB_CAME(4000, "10.0.0.9:50001", "{c}"),
           {{.ms = 4100, .id = 551, .code = 0xC000006D}, SMB, NULL, "{c}", 0});
    EXPECT("", {{.ms = 4100, .id = 551, .code = 0xC000006D}, SMB, NULL, "{d}", 0},
           {{.ms = 4100, .id = 550}, SMB, NULL, "{d}", 0});
}

/* -- tunnels ----------------------------------------------------------------------------------- */

static void
a_desktop_reached_from_itself_is_a_tunnel(void **state)
{
    (void)state;
    EXPECT("rdp failure! own 127.0.0.1:50001? kumi 60% (4625 1017)\n", REFUSED(5000, NULL, "kumi"),
           ACCEPT(4000, "127.0.0.1:50001", "127.0.0.1:3389"));
    EXPECT("rdp success own 10.0.0.5:50001 kumi 90% (4624 1017)\n",
           LET_IN(5000, "10.0.0.5", "kumi"), ACCEPT(4000, "10.0.0.5:50001", RDP));
    /* another computer of the network */
    EXPECT("rdp success internal 10.0.0.6:50001 kumi 90% (4624 1017)\n",
           LET_IN(5000, "10.0.0.6", "kumi"), ACCEPT(4000, "10.0.0.6:50001", RDP));
}

/* Programs open the computer's own shares all day. */
static void
own_shares_are_no_tunnel(void **state)
{
    (void)state;
    EXPECT("smb success local 127.0.0.1:50001 kumi 100% (4624 1017)\n",
           LET_IN(5000, "127.0.0.1:50001", "kumi"),
           ACCEPT(4000, "127.0.0.1:50001", "127.0.0.1:445"));
    EXPECT("smb success local 10.0.0.5:50001 kumi 100% (4624 1017)\n",
           LET_IN(5000, "10.0.0.5:50001", "kumi"), ACCEPT(4000, "10.0.0.5:50001", SHARES));
}

/* -- any order --------------------------------------------------------------------------------- */

#define WORLD_ATTEMPTS 300
#define WORLD_SPAN_MS 6000
#define LATE_MS 2000 /* and attempts last a second: within the hold-back of five */

struct world {
    struct line line[WORLD_ATTEMPTS * 4];
    uint64_t due_ms[WORLD_ATTEMPTS * 4]; /* when it arrives */
    char addr[WORLD_ATTEMPTS][32], end[WORLD_ATTEMPTS][48];
    char name[WORLD_ATTEMPTS][16];
    size_t count;
    uint64_t random;
};

static uint32_t
below(struct world *w, uint32_t n)
{
    w->random ^= w->random << 13;
    w->random ^= w->random >> 7;
    w->random ^= w->random << 17;
    return (uint32_t)(w->random >> 33) % n;
}

static void
add(struct world *w, struct line l)
{
    w->line[w->count++] = l;
}

/* Few addresses and accounts, so that much can be meant. */
static void
make_world(struct world *w)
{
    static const char *const names[] = {"kumi", "anna", "ben"};

    for (size_t i = 0; i < WORLD_ATTEMPTS; i++) {
        uint64_t ms = below(w, WORLD_SPAN_MS);
        bool smb = below(w, 2) == 0;
        unsigned shown = smb ? 2 : below(w, 3); /* nothing, the address, and its port */

        (void)snprintf(w->addr[i], sizeof(w->addr[i]), "10.0.1.%u", below(w, 5));
        (void)snprintf(w->end[i], sizeof(w->end[i]), "%s:%u", w->addr[i], (unsigned)(1024 + i));
        (void)snprintf(w->name[i], sizeof(w->name[i]), "%s", names[below(w, 3)]);
        add(w, (struct line)ACCEPT(ms, w->end[i], smb ? SHARES : RDP));
        if (smb) {
            add(w, (struct line)SMB_CAME(ms, w->end[i], w->end[i]));
        }
        if (below(w, 5) != 0) {
            add(w, (struct line)REFUSED(ms + below(w, 1000),
                                        shown == 0   ? NULL
                                        : shown == 1 ? w->addr[i]
                                                     : w->end[i],
                                        w->name[i]));
        }
    }
}

static const struct world *sorting;

static int
by_arrival(const void *left, const void *right)
{
    size_t a = *(const size_t *)left;
    size_t b = *(const size_t *)right;

    if (sorting->due_ms[a] != sorting->due_ms[b]) {
        return sorting->due_ms[a] < sorting->due_ms[b] ? -1 : 1;
    }
    return (a > b) - (a < b);
}

static int
by_text(const void *left, const void *right)
{
    return sv_cmp(*(const struct sv *)left, *(const struct sv *)right);
}

/* The attempts as lines in alphabetical order. */
static void
tell_world(const struct world *w, const struct config *cfg, struct buf *out)
{
    size_t order[COUNT(w->line)];
    struct sv lines[WORLD_ATTEMPTS];
    size_t count = 0;
    struct outcome o;
    struct state *st = NULL;

    for (size_t i = 0; i < w->count; i++) {
        order[i] = i;
    }
    sorting = w;
    qsort(order, w->count, sizeof(order[0]), by_arrival);
    outcome_init(&o);
    assert_int_equal(state_create(cfg, on_attempt, &o, &st), ERR_OK);
    for (size_t i = 0; i < w->count; i++) {
        assert_int_equal(feed_line(st, &w->line[order[i]], order[i] + 1), ERR_OK);
    }
    assert_int_equal(state_flush(st), ERR_OK);
    state_destroy(st);
    for (struct sv rest = {buf_str(&o.text), o.text.len}; rest.len > 0;) {
        const char *end = memchr(rest.p, '\n', rest.len);
        assert_non_null(end);
        assert_true(count < COUNT(lines));
        lines[count++] = (struct sv){rest.p, (size_t)(end - rest.p) + 1};
        rest = (struct sv){end + 1, rest.len - lines[count - 1].len};
    }
    qsort(lines, count, sizeof(lines[0]), by_text);
    for (size_t i = 0; i < count; i++) {
        buf_put_sv(out, lines[i]);
    }
    buf_fini(&o.text);
}

/* Whoever comes late within the hold-back, the same attempts have the same sources. */
static void
arrival_in_any_order(void **state)
{
    struct world *w = mem_zalloc(sizeof(*w));
    struct config *cfg = make_config(NULL);
    struct buf due, got;

    (void)state;
    assert_non_null(w);
    for (uint64_t seed = 1; seed <= 8; seed++) {
        memset(w, 0, sizeof(*w));
        w->random = seed * UINT64_C(0x9E3779B97F4A7C15);
        make_world(w);
        buf_init(&due, SIZE_MAX);
        for (unsigned round = 0; round < 6; round++) {
            for (size_t i = 0; i < w->count; i++) { /* of one log records come in order */
                bool moves = w->line[i].provider != NULL;
                w->due_ms[i] = w->line[i].s.ms + (moves ? below(w, LATE_MS) : LATE_MS / 2);
            }
            buf_init(&got, SIZE_MAX);
            tell_world(w, cfg, round == 0 ? &due : &got);
            if (round > 0) {
                assert_string_equal(buf_str(&got), buf_str(&due));
            }
            buf_fini(&got);
        }
        buf_fini(&due);
    }
    config_destroy(cfg);
    mem_free(w);
}

/* -- bounds ------------------------------------------------------------------------------------ */

static void
too_many_are_counted(void **state)
{
    struct config *cfg = make_config(NULL);
    struct outcome o;
    struct state *st = NULL;
    char src[32];
    struct line l = ACCEPT(1000, src, RDP);

    (void)state;
    metric_reset_all();
    outcome_init(&o);
    assert_int_equal(state_create(cfg, on_attempt, &o, &st), ERR_OK);
    for (uint32_t i = 0; i < ARRIVALS_MAX + 10; i++) {
        (void)snprintf(src, sizeof(src), "10.1.%u.%u:50000", i / 250, i % 250 + 1);
        assert_int_equal(feed_line(st, &l, i + 1), ERR_OK);
    }
    assert_int_equal(metric_get(METRIC_ARRIVALS_FULL), 10);
    l.s.ms = 20000; /* those of long ago are no loss */
    for (uint32_t i = 0; i < 100; i++) {
        assert_int_equal(feed_line(st, &l, i + 1), ERR_OK);
        l.s.ms += 20000;
    }
    assert_true(metric_get(METRIC_ARRIVALS_FULL) <= 11);
    assert_int_equal(state_flush(st), ERR_OK);
    state_destroy(st);
    assert_int_equal(o.count, 0);
    buf_fini(&o.text);
    config_destroy(cfg);
}

static void
each_allocation_fails_in_turn(void **state)
{
    static const struct line lines[] = {
        SMB_CAME(4000, "10.0.0.9:50001", "{c}"),
        ACCEPT(4000, "10.0.0.9:50001", SHARES),
        REFUSED(4500, "10.0.0.9:50001", "kumi"),
    };
    struct config *cfg = make_config(NULL);
    bool whole = false;

    (void)state;
    for (size_t n = 0; !whole; n++) {
        struct state *st = NULL;
        struct outcome o;
        enum err err;

        assert_true(n < 1000);
        outcome_init(&o);
        mem_fail_after(n);
        err = state_create(cfg, on_attempt, &o, &st);
        for (size_t i = 0; !err && i < COUNT(lines); i++) {
            err = feed_line(st, &lines[i], i + 1);
        }
        err = err ? err : state_flush(st);
        mem_fail_after(SIZE_MAX);
        assert_true(err == ERR_OK || err == ERR_NOMEM);
        whole = err == ERR_OK;
        state_destroy(st);
        buf_fini(&o.text);
    }
    config_destroy(cfg);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_port_proves_the_service),
        cmocka_unit_test(a_proven_service_stays),
        cmocka_unit_test(an_address_alone_needs_one_service),
        cmocka_unit_test(time_alone_gives_the_source),
        cmocka_unit_test(what_could_be_another_is_left_open),
        cmocka_unit_test(each_connection_is_one_attempts),
        cmocka_unit_test(one_connection_told_by_many),
        cmocka_unit_test(connections_alone_are_no_attempts),
        cmocka_unit_test(a_session_knows_its_client),
        cmocka_unit_test(an_old_551_gets_its_client),
        cmocka_unit_test(a_desktop_reached_from_itself_is_a_tunnel),
        cmocka_unit_test(own_shares_are_no_tunnel),
        cmocka_unit_test(arrival_in_any_order),
        cmocka_unit_test(too_many_are_counted),
        cmocka_unit_test(each_allocation_fails_in_turn),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
