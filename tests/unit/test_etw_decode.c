/* test_etw_decode - every row against the documented layout: each field, and every cut. */
#include "unit/test_etw_decode_help.h"

#include <stdio.h>

#include "unit/test_etw_decode_specs.h"

#define TEXT_ROOM 4096

/* What a payload is made of, and the event that it must become. */
struct made {
    struct payload payload;
    struct event want;
    size_t last_at;   /* where its last field begins */
    size_t last_unit; /* 2 wstr, 1 astr: that may end without NUL; 0 else */
    size_t text_len;
    char text[TEXT_ROOM]; /* of *want */
};

/* -- building from a spec ---------------------------------------------------------------------- */

static int
find_field(struct sv name)
{
    for (int i = 0; i < EVF_COUNT; i++) {
        if (sv_is(name, event_field_info[i].name)) {
            return i;
        }
    }
    return -1;
}

static void
want(struct made *m, int field, const void *value, size_t len)
{
    if (field >= 0) {
        memcpy((uint8_t *)&m->want + event_field_info[field].offset, value, len);
        event_mark_field(&m->want, (unsigned)field);
    }
}

static void
want_text(struct made *m, int field, const char *text)
{
    struct sv s = {m->text + m->text_len, strlen(text)};

    assert_true(s.len < sizeof(m->text) - m->text_len);
    memcpy(m->text + m->text_len, text, s.len);
    m->text_len += s.len;
    want(m, field, &s, sizeof(s));
}

static void
make_text(struct made *m, struct sv type, size_t n, int field)
{
    char text[64];

    if (sv_is(type, "cwstr")) {
        (void)snprintf(text, sizeof(text), "c%d \xE3\x83\x88", (int)n);
        put_cwstr(&m->payload, text);
    } else if (sv_is(type, "wstr")) {
        (void)snprintf(text, sizeof(text), "w%d \xE3\x83\x88 \xF0\x9F\x98\x80.exe", (int)n);
        put_wstr(&m->payload, text);
        m->last_unit = 2;
    } else {
        (void)snprintf(text, sizeof(text), "a%d.exe", (int)n);
        put_bytes(&m->payload, text, strlen(text) + 1);
        m->last_unit = 1;
    }
    want_text(m, field, text);
}

static void
make_sid(struct made *m, struct sv type, size_t n, int field)
{
    char text[64];

    if (sv_is(type, "tokenuser")) {
        put_int(&m->payload, 0xAABBCCDD11223344u, m->payload.ptr_len);
        put_int(&m->payload, 0, m->payload.ptr_len);
    }
    put_sid(&m->payload, 3, (uint32_t)n);
    (void)snprintf(text, sizeof(text), "S-1-5-21-%d-%d", (int)n, (int)n);
    want_text(m, field, text);
}

static void
make_guid(struct made *m, size_t n, int field)
{
    char text[64];

    (void)snprintf(text, sizeof(text), "{%08x-%04x-%04x-0123-456789abcdef}",
                   0xd0000000u + (unsigned)n, 0xb000u, 0xc000u);
    put_int(&m->payload, 0xd0000000u + n, 4);
    put_int(&m->payload, 0xb000, 2);
    put_int(&m->payload, 0xc000, 2);
    put_net(&m->payload, 0x0123456789abcdefu, 8);
    want_text(m, field, text);
}

static void
make_addr(struct made *m, struct sv type, size_t n, int field)
{
    bool v6 = type.p[type.len - 1] == '6';
    uint16_t port = (uint16_t)(40000 + n);
    struct addr a;
    char text[64];

    (void)snprintf(text, sizeof(text), v6 ? "2001:db8::%d" : "192.0.2.%d", (int)n + 1);
    assert_int_equal(addr_parse(sv_from(text), &a), ERR_OK);
    want(m, field, &a, sizeof(a));
    if (sv_starts_with(type, SV("sockaddr"))) {
        put_sockaddr(&m->payload, &a, port);
        want(m, field < 0 ? field : field + 1, &port, sizeof(port));
    } else {
        put_bytes(&m->payload, a.bytes, v6 ? 16 : 4);
    }
}

static void
make_number(struct made *m, struct sv type, size_t n, int field)
{
    uint64_t u64 = 0x01DA123400000000u + n;
    uint32_t u32 = (uint32_t)(0x10203040 + n);
    uint16_t u16 = (uint16_t)(0x5060 + n);
    uint32_t wide = u16;

    if (sv_is(type, "u64")) {
        put_int(&m->payload, u64, 8);
        want(m, field, &u64, sizeof(u64));
    } else if (sv_is(type, "u32")) {
        put_int(&m->payload, u32, 4);
        want(m, field, &u32, sizeof(u32));
    } else if (sv_is(type, "u16")) {
        put_int(&m->payload, u16, 2);
        want(m, field, &wide, sizeof(wide));
    } else if (sv_is(type, "port")) {
        put_net(&m->payload, u16, 2);
        want(m, field, &u16, sizeof(u16));
    } else {
        assert_true(field < 0);
        assert_true(sv_is(type, "u8") || sv_is(type, "ptr"));
        put_int(&m->payload, u64, sv_is(type, "u8") ? 1 : m->payload.ptr_len);
    }
}

/* One "Name:type=field". */
static void
make_field(struct made *m, struct sv token, size_t n)
{
    const char *colon = memchr(token.p, ':', token.len);
    const char *end = token.p + token.len;
    const char *equal = memchr(token.p, '=', token.len);
    struct sv type = {colon + 1, (size_t)((equal == NULL ? end : equal) - colon - 1)};
    int field = -1;

    if (equal != NULL) {
        field = find_field((struct sv){equal + 1, (size_t)(end - equal - 1)});
        assert_true(field >= 0);
    }
    m->last_at = m->payload.len;
    m->last_unit = 0;
    if (sv_is(type, "guid")) {
        make_guid(m, n, field);
    } else if (sv_is(type, "wstr") || sv_is(type, "astr") || sv_is(type, "cwstr")) {
        make_text(m, type, n, field);
    } else if (sv_is(type, "sid") || sv_is(type, "tokenuser")) {
        make_sid(m, type, n, field);
    } else if (sv_starts_with(type, SV("v")) || sv_starts_with(type, SV("sockaddr"))) {
        make_addr(m, type, n, field);
    } else {
        make_number(m, type, n, field);
    }
}

static void
make(struct made *m, const struct spec *s, size_t ptr_len)
{
    const char *p = s->fields;

    memset(m, 0, sizeof(*m));
    m->payload.ptr_len = ptr_len;
    event_init(&m->want, event_kind_find(sv_from(s->kind)), T0);
    assert_int_not_equal(m->want.kind, EV_NONE);
    for (size_t n = 0; *p != '\0'; n++) {
        const char *space = strchr(p, ' ');

        assert_non_null(space);
        make_field(m, (struct sv){p, (size_t)(space - p)}, n);
        p = space + 1;
    }
    if (s->transport != NULL) {
        event_set(&m->want, transport, sv_from(s->transport));
    }
    if (s->action != NULL) {
        event_set(&m->want, action, sv_from(s->action));
    }
    event_set(&m->want, provider, sv_from(s->provider));
    event_set(&m->want, event_id, s->id);
    event_set(&m->want, version, s->version);
    event_set(&m->want, logger_pid, LOGGER);
    if (strcmp(s->provider, DC) == 0 && s->id < 3020) {
        event_set(&m->want, process_id, LOGGER);
    }
}

static int
setup(void **state)
{
    struct etw_decoder *d;

    metric_reset_all();
    assert_int_equal(etw_decoder_create(&d), ERR_OK);
    *state = d;
    return 0;
}

static int
teardown(void **state)
{
    etw_decoder_destroy(*state);
    return 0;
}

/* -- tests ------------------------------------------------------------------------------------- */

static struct made made;

static void
test_every_field(void **state)
{
    for (size_t i = 0; i < COUNT(specs); i++) {
        for (size_t ptr_len = 4; ptr_len <= 8; ptr_len += 4) {
            struct etw_record rec;
            struct event ev;
            const char *why;

            make(&made, &specs[i], ptr_len);
            rec = record_of(specs[i].provider, specs[i].id, specs[i].version, &made.payload);
            assert_int_equal(decode_exact(*state, rec, &ev, &why), ETW_EVENT);
            assert_null(why);
            if (event_cmp(&ev, &made.want) != 0) {
                fail_msg("%s %u v%u, pointers of %d bytes", specs[i].provider, specs[i].id,
                         specs[i].version, (int)ptr_len);
            }
        }
    }
    assert_int_equal(metric_get(METRIC_ETW_VERSIONS_NEWER), 0);
    assert_int_equal(metric_get(METRIC_ETW_RECORDS_UNDECODED), 0);
}

/* The table holds what the specs say, nothing else, in order of id and version. */
static void
test_rows(void **state)
{
    const uint64_t of_every_record = UINT64_C(1) << EVF_provider | UINT64_C(1) << EVF_event_id |
                                     UINT64_C(1) << EVF_version | UINT64_C(1) << EVF_logger_pid;

    (void)state;
    assert_int_equal(etw_row_count(), COUNT(specs));
    for (size_t i = 0; i < COUNT(specs); i++) {
        struct etw_row_info row = etw_row(i);

        make(&made, &specs[i], 8);
        assert_string_equal(row.provider, specs[i].provider);
        assert_int_equal(row.id, specs[i].id);
        assert_int_equal(row.version, specs[i].version);
        assert_int_equal(row.kind, made.want.kind);
        assert_true(row.fields == (made.want.has & ~of_every_record));
        assert_true(row.payload_min <= made.payload.len);
        if (specs[i].action == NULL) {
            assert_null(row.action);
        } else {
            assert_string_equal(row.action, specs[i].action);
        }
    }
    assert_null(etw_row(COUNT(specs)).provider);
}

/* How long whole payloads are, as documented. */
static void
test_payload_min(void **state)
{
    static const struct {
        const char *provider;
        unsigned id, version;
        size_t len;
    } known[] = {
        {KN, 10, 0, 36},    {KN, 26, 0, 60},
        {KN, 11, 0, 28},    {KN, 27, 0, 52},
        {KN, 12, 0, 44},    {KN, 28, 0, 68},
        {KN, 17, 0, 4},     {KN, 43, 0, 28},
        {NT, 10, 2, 40},    {NT, 12, 2, 48},
        {NT, 28, 2, 72},    {KP, 1, 0, 20 + 2},
        {KP, 1, 1, 26},     {KP, 2, 0, 49},
        {KP, 2, 1, 77},     {KP, 2, 2, 85},
        {KP, 5, 0, 38},     {NI, 10, 2, 58},
        {NI, 3, 3, 58},     {NP, 1, 2, 24 + 4 + 1 + 2},
        {NP, 1, 3, 35 + 4}, {NP, 2, 4, 36 + 4 + 1 + 6},
        {SM, 500, 0, 20},   {SM, 550, 0, 32},
        {SM, 551, 0, 36},   {SM, 551, 1, 40 + 4 + 8 + 4},
        {SM, 552, 0, 36},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(known); i++) {
        size_t found = 0;

        for (size_t k = 0; k < etw_row_count(); k++) {
            struct etw_row_info row = etw_row(k);

            if (strcmp(row.provider, known[i].provider) == 0 && row.id == known[i].id &&
                row.version == known[i].version) {
                assert_int_equal(row.payload_min, known[i].len);
                found++;
            }
        }
        assert_int_equal(found, 1);
    }
}

/* Whether a payload cut there is whole: a last text may have lost its NUL, but not everything. */
static bool
is_whole(const struct made *m, size_t cut)
{
    return cut == m->payload.len ||
           (m->last_unit != 0 && cut > m->last_at && (cut - m->last_at) % m->last_unit == 0);
}

static void
check_cut(struct etw_decoder *d, const struct spec *s, size_t cut)
{
    struct etw_record rec = record_of(s->provider, s->id, s->version, &made.payload);
    uint64_t undecoded = metric_get(METRIC_ETW_RECORDS_UNDECODED);
    struct event ev;
    const char *why;

    rec.payload_len = cut;
    if (is_whole(&made, cut)) {
        assert_int_equal(decode_exact(d, rec, &ev, &why), ETW_EVENT);
        assert_int_equal(ev.kind, made.want.kind);
        return;
    }
    assert_int_equal(decode_exact(d, rec, &ev, &why), ETW_DAMAGED);
    assert_string_equal(why, "the payload ends within its fields");
    assert_int_equal(ev.kind, EV_ANOMALY);
    assert_int_equal(ev.time_ft, T0);
    assert_true(sv_is(ev.provider, s->provider) && sv_is(ev.text, why));
    assert_true(ev.event_id == s->id && ev.version == s->version && ev.logger_pid == LOGGER);
    assert_int_equal(__builtin_popcountll(ev.has), 5);
    assert_int_equal(metric_get(METRIC_ETW_RECORDS_UNDECODED), undecoded + 1);
}

static void
test_every_cut(void **state)
{
    for (size_t i = 0; i < COUNT(specs); i++) {
        for (size_t ptr_len = 4; ptr_len <= 8; ptr_len += 4) {
            make(&made, &specs[i], ptr_len);
            for (size_t cut = 0; cut <= made.payload.len; cut++) {
                check_cut(*state, &specs[i], cut);
            }
        }
    }
}

/* Newer versions append; they are counted. */
static void
test_newer_versions(void **state)
{
    uint64_t newer = 0;

    for (size_t i = 0; i < COUNT(specs); i++) {
        const struct spec *next = i + 1 < COUNT(specs) ? &specs[i + 1] : NULL;
        struct etw_record rec;
        struct event ev;
        const char *why;

        if (next != NULL && next->id == specs[i].id && next->provider == specs[i].provider) {
            continue;
        }
        make(&made, &specs[i], 8);
        put_int(&made.payload, 0xFFFFFFFFFFFFFFFFu, 8);
        for (unsigned version = specs[i].version + 1; version <= 255; version += 50) {
            rec = record_of(specs[i].provider, specs[i].id, version, &made.payload);
            assert_int_equal(decode_exact(*state, rec, &ev, &why), ETW_EVENT);
            made.want.version = version;
            assert_int_equal(event_cmp(&ev, &made.want), 0);
            newer++;
        }
    }
    assert_true(newer > 100);
    assert_int_equal(metric_get(METRIC_ETW_VERSIONS_NEWER), newer);
    assert_int_equal(metric_get(METRIC_ETW_RECORDS_UNDECODED), 0);
}

static bool
has_spec(const char *provider, unsigned id, bool *first_is_0)
{
    for (size_t i = 0; i < COUNT(specs); i++) {
        if (strcmp(specs[i].provider, provider) == 0 && specs[i].id == id) {
            *first_is_0 = specs[i].version == 0;
            return true;
        }
    }
    return false;
}

/* Every other id of these providers, and versions older than the known ones, are unknown. */
static void
test_unknown(void **state)
{
    static const char *const providers[] = {KP, KN, TI, DC, SM, NP, NI, NT, NU};
    struct payload none = {.ptr_len = 8};
    struct event ev;
    const char *why;

    for (size_t i = 0; i < COUNT(providers); i++) {
        struct etw_record rec = record_of(providers[i], 0, 0, &none);

        for (unsigned id = 0; id <= UINT16_MAX; id++) {
            bool first_is_0 = false;
            bool known = has_spec(providers[i], id, &first_is_0) && first_is_0;

            rec.id = (uint16_t)id;
            assert_int_equal(etw_decode(*state, &rec, &ev, &why),
                             known ? ETW_DAMAGED : ETW_UNKNOWN);
        }
    }
}

/* A GUID that differs in one bit is another provider. */
static void
test_other_providers(void **state)
{
    static const char *const providers[] = {KP, KN, TI, DC, SM, NP, NI, NT, NU};
    struct event ev;
    const char *why;

    for (size_t i = 0; i < COUNT(providers); i++) {
        for (size_t bit = 0; bit < 128; bit++) {
            struct etw_record rec;

            make(&made, &specs[0], 8);
            rec = record_of(providers[i], i == 2 ? 1017 : i == 3 ? 3006 : 10, 2, &made.payload);
            rec.provider.bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
            assert_int_equal(etw_decode(*state, &rec, &ev, &why), ETW_UNKNOWN);
        }
    }
}

/* 551 comes by a channel from its version 1 on; nothing else does. */
static void
test_channels(void **state)
{
    struct payload none = {.ptr_len = 8};
    struct etw_record rec;

    for (size_t i = 0; i < COUNT(specs); i++) {
        bool by_channel =
            strcmp(specs[i].provider, SM) == 0 && specs[i].id == 551 && specs[i].version > 0;
        const char *channel;

        rec = record_of(specs[i].provider, specs[i].id, specs[i].version, &none);
        channel = etw_channel_of(*state, &rec);
        if (by_channel) {
            assert_non_null(channel);
            assert_string_equal(channel, "Microsoft-Windows-SMBServer/Security");
        } else {
            assert_null(channel);
        }
    }
    rec = record_of(SM, 551, 77, &none); /* newer ones are its too, and are not counted here */
    assert_non_null(etw_channel_of(*state, &rec));
    assert_int_equal(metric_get(METRIC_ETW_VERSIONS_NEWER), 0);
    rec = record_of(SM, 1009, 0, &none);
    assert_null(etw_channel_of(*state, &rec));
    rec.provider.bytes[0] ^= 1;
    assert_null(etw_channel_of(*state, &rec));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_field, setup, teardown),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_payload_min),
        cmocka_unit_test_setup_teardown(test_every_cut, setup, teardown),
        cmocka_unit_test_setup_teardown(test_newer_versions, setup, teardown),
        cmocka_unit_test_setup_teardown(test_channels, setup, teardown),
        cmocka_unit_test_setup_teardown(test_unknown, setup, teardown),
        cmocka_unit_test_setup_teardown(test_other_providers, setup, teardown),
    };

    return cmocka_run_group_tests_name("etw_decode", tests, NULL, NULL);
}
