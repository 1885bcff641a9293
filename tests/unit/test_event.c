/* Events: tables, packing, order, JSON there and back, account keys. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/event.h"
#include "core/mem.h"
#include "core/tm.h"

#define LINE_MAX_LEN (256 * 1024)
#define T0 (TM_UNIX_EPOCH_FT + 1535647771 * TM_SEC + 1234567)

static struct event
sample(void)
{
    static const uint8_t v4[4] = {203, 0, 113, 7};
    struct event ev;

    event_init(&ev, EV_LOGON_FAILURE, T0);
    event_set(&ev, host, SV("PC-A"));
    event_set(&ev, channel, SV("Security"));
    event_set(&ev, event_id, 4625);
    event_set(&ev, record_id, UINT64_C(9007199254740993)); /* a double would lose it */
    event_set(&ev, account, SV("kumi"));
    event_set(&ev, logon_type, 3);
    event_set(&ev, sub_status, 0xC000006Au);
    event_set(&ev, src, addr_v4(v4));
    event_set(&ev, src_port, 50123);
    return ev;
}

/* -- random events, the same each run -------------------------------------------------------------
 */

static uint64_t seed;

static uint64_t
rnd(uint64_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (seed >> 33) % below;
}

/* Valid WTF-8: every plane, controls, U+0000, lone surrogates. */
static struct sv
random_text(char *out)
{
    static const char *const pieces[] = {"a",        "\\",
                                         "\"",       "\x01",
                                         "\n",       "/",
                                         "\xC3\xA9", "\xE3\x81\x8B",
                                         "\x7F",     "\xF0\x9F\x90\xA6",
                                         "\t",       "\xED\xA0\x80",
                                         "z",        " "};
    size_t count = (size_t)rnd(12);
    size_t len = 0;

    for (size_t i = 0; i < count; i++) {
        const char *piece = pieces[rnd(COUNT(pieces))];
        size_t piece_len = rnd(20) == 0 ? 1 : strlen(piece);

        if (piece_len == 1 && (unsigned char)piece[0] >= 0x80) {
            piece = ""; /* its NUL: U+0000 */
        }
        memcpy(out + len, piece, piece_len);
        len += piece_len;
    }
    return (struct sv){out, len};
}

static void
set_random(struct event *ev, size_t field, char *text)
{
    const struct event_field_info *info = &event_field_info[field];
    uint8_t *at = (uint8_t *)ev + info->offset;
    uint8_t bytes[16];
    uint64_t u64 = rnd(UINT32_MAX) << 32 | rnd(UINT32_MAX);
    uint32_t u32 = (uint32_t)u64;
    uint16_t u16 = (uint16_t)(1 + rnd(UINT16_MAX - 1));
    struct addr addr;
    struct sv s;

    switch (info->type) {
    case EVT_STR:
        s = random_text(text);
        memcpy(at, &s, sizeof(s));
        break;
    case EVT_U32:
    case EVT_HEX32:
        memcpy(at, &u32, sizeof(u32));
        break;
    case EVT_ID64:
        memcpy(at, &u64, sizeof(u64));
        break;
    case EVT_TIME:
        u64 = 1 + u64 % TM_MAX_FT;
        memcpy(at, &u64, sizeof(u64));
        break;
    case EVT_PORT:
        memcpy(at, &u16, sizeof(u16));
        break;
    case EVT_ADDR:
        for (size_t i = 0; i < sizeof(bytes); i++) {
            bytes[i] = (uint8_t)rnd(256);
        }
        addr = rnd(2) != 0 ? addr_v4(bytes) : addr_v6(bytes, (uint32_t)rnd(3));
        memcpy(at, &addr, sizeof(addr));
        break;
    }
    event_mark_field(ev, (unsigned)field);
}

static void
random_event(struct event *ev, char texts[EVF_COUNT][64])
{
    event_init(ev, (enum event_kind)(1 + rnd(EV_COUNT - 1)), rnd(2) == 0 ? T0 : T0 + rnd(TM_DAY));
    for (size_t i = 0; i < EVF_COUNT; i++) {
        if (rnd(3) == 0) {
            set_random(ev, i, texts[i]);
        }
    }
}

/* -- packing and order
 * ----------------------------------------------------------------------------- */

static void
tables_agree(void **state)
{
    (void)state;
    assert_string_equal(event_kind_name(EV_RDP_CONNECT), "rdp_connect");
    assert_string_equal(event_kind_name(EV_NONE), "none");
    assert_int_equal(event_kind_find(SV("none")), EV_NONE);
    for (unsigned k = EV_NONE + 1; k < EV_COUNT; k++) {
        assert_int_equal(event_kind_find(sv_from(event_kind_name((enum event_kind)k))), k);
        assert_true(strlen(event_kind_meaning((enum event_kind)k)) > 0);
    }
    assert_string_equal(event_field_info[EVF_src_port].name, "src_port");
    assert_int_equal(event_field_info[EVF_src_port].type, EVT_PORT);
}

static void
packing_keeps_random_events(void **state)
{
    char texts[EVF_COUNT][64];
    uint8_t packed[EVENT_PACKED_MAX];

    (void)state;
    seed = 1;
    for (int round = 0; round < 500; round++) {
        struct event a, b;
        size_t len, short_len;

        random_event(&a, texts);
        assert_int_equal(event_pack(&a, packed, sizeof(packed), &len), ERR_OK);
        assert_int_equal(event_unpack(packed, len, &b), ERR_OK);
        assert_int_equal(event_cmp(&a, &b), 0);
        assert_true(a.has == b.has && a.has_more == b.has_more);
        assert_int_equal(event_pack(&a, packed, len - 1, &short_len), ERR_FULL);
        for (size_t cut = 0; cut < len; cut++) {
            assert_int_equal(event_unpack(packed, cut, &b), ERR_FORMAT);
        }
    }
}

static void
packing_cuts_between_characters(void **state)
{
    static char long_text[EVENT_TEXT_MAX + 2];
    uint8_t packed[EVENT_PACKED_MAX];
    struct event ev, back;
    size_t len;

    (void)state;
    memset(long_text, 'x', sizeof(long_text));
    memcpy(long_text + EVENT_TEXT_MAX - 1, "\xC3\xA9", 2); /* straddles the cap */
    event_init(&ev, EV_ANOMALY, T0);
    event_set(&ev, account, ((struct sv){long_text, sizeof(long_text)}));
    event_set(&ev, text, ((struct sv){long_text, sizeof(long_text)}));
    assert_int_equal(event_pack(&ev, packed, sizeof(packed), &len), ERR_OK);
    assert_int_equal(event_unpack(packed, len, &back), ERR_OK);
    assert_int_equal(back.account.len, EVENT_TEXT_MAX - 1);
    assert_int_equal(back.text.len, sizeof(long_text));
}

static void
unpacking_refuses_damage(void **state)
{
    uint8_t packed[EVENT_PACKED_MAX];
    struct event ev = sample();
    size_t len;

    (void)state;
    assert_int_equal(event_pack(&ev, packed, sizeof(packed), &len), ERR_OK);
    packed[len] = 0;
    assert_int_equal(event_unpack(packed, len + 1, &ev), ERR_FORMAT); /* something behind the end */
    packed[8] = EV_COUNT;
    assert_int_equal(event_unpack(packed, len, &ev), ERR_FORMAT);
}

static void
order_is_as_documented(void **state)
{
    struct event a = sample();
    struct event b = sample();

    (void)state;
    assert_int_equal(event_cmp(&a, &b), 0);
    event_set(&b, domain, SV("ACME")); /* absent comes first */
    assert_true(event_cmp(&a, &b) < 0);
    assert_true(event_cmp(&b, &a) > 0);
    a.kind = EV_LOGON_SUCCESS; /* kind beats other fields */
    assert_true(event_cmp(&a, &b) > 0);
    b.event_id = 4626; /* event id beats kind */
    assert_true(event_cmp(&a, &b) < 0);
    a.record_id++;
    assert_true(event_cmp(&a, &b) > 0);
    b.channel = SV("System");
    assert_true(event_cmp(&a, &b) < 0);
    a.host = SV("PC-B");
    assert_true(event_cmp(&a, &b) > 0);
    b.time_ft++;
    assert_true(event_cmp(&a, &b) < 0);
}

/* Events without a field of the second word are packed as before there was one. */
static void
second_word_of_presence_bits(void **state)
{
    static const uint8_t first_only[] = {1, 0, 0, 0, 0, 0, 0, 0, EV_ANOMALY, 8, 7};
    static const uint8_t both[] = {1, 0, 0, 0, 0, 0, 0, 0, EV_ANOMALY | 0x80, 8, 1, 7, 3};
    static const uint8_t empty_second[] = {1, 0, 0, 0, 0, 0, 0, 0, EV_ANOMALY | 0x80, 8, 0, 7};
    static const uint8_t unknown[] = {
        1,    0,    0,    0,    0,    0,    0,    0,   EV_ANOMALY | 0x80, 0, 0x80,
        0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40};
    uint8_t packed[EVENT_PACKED_MAX];
    struct event ev, back;
    size_t len;

    (void)state;
    assert_int_equal(EVF_event_id, 3);
    assert_int_equal(EVF_parts, EVENT_WORD_BITS);
    event_init(&ev, EV_ANOMALY, 1);
    event_set(&ev, event_id, 7);
    assert_int_equal(event_pack(&ev, packed, sizeof(packed), &len), ERR_OK);
    assert_int_equal(len, sizeof(first_only));
    assert_memory_equal(packed, first_only, len);
    event_set(&ev, parts, 3);
    assert_int_equal(event_pack(&ev, packed, sizeof(packed), &len), ERR_OK);
    assert_int_equal(len, sizeof(both));
    assert_memory_equal(packed, both, len);
    assert_int_equal(event_unpack(both, sizeof(both), &back), ERR_OK);
    assert_int_equal(event_cmp(&ev, &back), 0);
    event_clear(&ev, parts);
    assert_false(event_has(&ev, parts));
    assert_true(event_has(&ev, event_id) && ev.has_more == 0);
    assert_int_equal(event_unpack(empty_second, sizeof(empty_second), &back), ERR_FORMAT);
    assert_int_equal(event_unpack(unknown, sizeof(unknown), &back), ERR_FORMAT);
}

/* Of one record: joined from all parts, the bare part, joined from some. */
static void
the_most_of_a_record_comes_first(void **state)
{
    struct event whole = sample();
    struct event part = sample();
    struct event some = sample();

    (void)state;
    event_set(&whole, process, SV("completed"));
    event_set(&some, parts_missing, 1);
    event_set(&part, part, 2);
    event_set(&part, object, SV("id"));
    assert_true(event_cmp(&whole, &part) < 0 && event_cmp(&part, &whole) > 0);
    assert_true(event_cmp(&part, &some) < 0 && event_cmp(&some, &part) > 0);
    assert_true(event_cmp(&whole, &some) < 0);
}

static void
same_record_needs_all_four(void **state)
{
    struct event a = sample();
    struct event b = sample();

    (void)state;
    b.kind = EV_ANOMALY;
    assert_true(event_same_record(&a, &b));
    b.time_ft++;
    assert_false(event_same_record(&a, &b));
    b = sample();
    b.host = SV("PC-B");
    assert_false(event_same_record(&a, &b));
    b = sample();
    event_clear(&a, record_id);
    b.has = a.has;
    assert_false(event_same_record(&a, &b));
}

/* -- JSON
 * ------------------------------------------------------------------------------------------- */

static const char sample_line[] =
    "{\"time\":\"2018-08-30T16:49:31.1234567Z\",\"kind\":\"logon_failure\",\"host\":\"PC-A\","
    "\"channel\":\"Security\",\"event_id\":4625,\"record_id\":\"9007199254740993\","
    "\"account\":\"kumi\",\"logon_type\":3,\"sub_status\":\"0xc000006a\","
    "\"src\":\"203.0.113.7\",\"src_port\":50123}";

static void
put_json(const struct event *ev, struct buf *out)
{
    struct json j;

    buf_clear(out);
    json_init(&j, out, false);
    event_to_json(&j, NULL, ev);
    assert_int_equal(buf_err(out), ERR_OK);
}

static void
json_is_as_documented(void **state)
{
    struct event ev = sample();
    struct event back;
    struct buf out, arena;
    char why[EVENT_WHY_MAX];

    (void)state;
    buf_init(&out, LINE_MAX_LEN);
    buf_init(&arena, LINE_MAX_LEN);
    put_json(&ev, &out);
    assert_string_equal(buf_str(&out), sample_line);
    assert_int_equal(event_from_json(buf_sv(&out), &arena, &back, why), ERR_OK);
    assert_int_equal(event_cmp(&ev, &back), 0);
    buf_fini(&out);
    buf_fini(&arena);
}

static void
json_keeps_random_events(void **state)
{
    char texts[EVF_COUNT][64];
    struct buf out, arena;
    char why[EVENT_WHY_MAX];

    (void)state;
    buf_init(&out, LINE_MAX_LEN);
    buf_init(&arena, LINE_MAX_LEN);
    seed = 2;
    for (int round = 0; round < 1000; round++) {
        struct event a, b;

        random_event(&a, texts);
        put_json(&a, &out);
        assert_int_equal(event_from_json(buf_sv(&out), &arena, &b, why), ERR_OK);
        assert_int_equal(event_cmp(&a, &b), 0);
    }
    buf_fini(&out);
    buf_fini(&arena);
}

static void
values_that_are_none_are_left_out(void **state)
{
    struct event ev;
    struct buf out;

    (void)state;
    buf_init(&out, LINE_MAX_LEN);
    event_init(&ev, EV_ANOMALY, 0);
    event_set(&ev, src, ((struct addr){0}));
    event_set(&ev, src_port, 0);
    put_json(&ev, &out);
    assert_string_equal(buf_str(&out), "{\"time\":null,\"kind\":\"anomaly\"}");
    buf_fini(&out);
}

static void
bad_lines_name_the_key(void **state)
{
#define HEAD "{\"time\":\"2018-08-30T16:49:31Z\",\"kind\":\"logoff\","
    static const struct {
        const char *line;
        const char *why;
    } cases[] = {
        {"", "the text ends too early"},
        {"[]", "not a JSON object"},
        {"{}", "time: missing"},
        {"{\"time\":\"2018-08-30T16:49:31Z\"}", "kind: missing"},
        {"{\"kind\":\"logoff\"}", "time: missing"},
        {"{\"time\":5}", "time: a time in quotes was expected"},
        {"{\"time\":\"yesterday\"}", "time: not an ISO 8601 time"},
        {"{\"kind\":\"log off\"}", "kind: no such kind of event"},
        {"{\"kind\":\"none\"}", "kind: no such kind of event"},
        {HEAD "\"time\":\"2018-08-30T16:49:31Z\"}", "time: given twice"},
        {HEAD "\"kind\":\"logoff\"}", "kind: given twice"},
        {HEAD "\"hots\":\"PC-A\"}", "hots: no such field"},
        {HEAD "\"h\\u0000\\u3042st\":\"PC-A\"}", "h????st: no such field"},
        {HEAD "\"host\":\"a\",\"host\":\"a\"}", "host: given twice"},
        {HEAD "\"host\":1}", "host: a text was expected"},
        {HEAD "\"host\":null}", "host: a text was expected"},
        {HEAD "\"host\":{\"a\":1}}", "host: a text was expected"},
        {HEAD "\"event_id\":\"4625\"}", "event_id: a number was expected"},
        {HEAD "\"event_id\":4294967296}", "event_id: out of range"},
        {HEAD "\"event_id\":-1}", "event_id: not a whole number"},
        {HEAD "\"event_id\":1.5}", "event_id: not a whole number"},
        {HEAD "\"event_id\":1e3}", "event_id: not a whole number"},
        {HEAD "\"event_id\":01}", "event_id: a number begins with 0"},
        {HEAD "\"status\":\"0x1ffffffff\"}", "status: out of range"},
        {HEAD "\"record_id\":7}", "record_id: a text was expected"},
        {HEAD "\"record_id\":\"18446744073709551616\"}", "record_id: out of range"},
        {HEAD "\"src\":\"\"}", "src: not an IP address"},
        {HEAD "\"src\":\"203.0.113.7:80\"}", "src: not an IP address"},
        {HEAD "\"src_port\":0}", "src_port: out of range"},
        {HEAD "\"src_port\":65536}", "src_port: out of range"},
        {HEAD "\"host\":\"a\"},", "something stands behind the end"},
        {HEAD "\"host\":\"a\"", "',' or an end was expected"},
        {HEAD "\"host\":\"\xFF\"}", "the text is not UTF-8"},
        {HEAD "\"host\":\"a\tb\"}", "host: a raw control character in a text"},
    };
    struct event ev = sample();
    struct event before = ev;
    struct buf arena;
    char why[EVENT_WHY_MAX];

    (void)state;
    buf_init(&arena, LINE_MAX_LEN);
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(event_from_json(sv_from(cases[i].line), &arena, &ev, why), ERR_FORMAT);
        assert_string_equal(why, cases[i].why);
        assert_int_equal(event_cmp(&ev, &before), 0); /* untouched */
    }
    buf_fini(&arena);
    buf_init(&arena, 8);
    assert_int_equal(event_from_json(sv_from(sample_line), &arena, &ev, why), ERR_FULL);
    buf_fini(&arena);
}

static void
line_survives_lack_of_memory(void **state)
{
    struct event ev;
    struct buf arena;
    char why[EVENT_WHY_MAX];

    (void)state;
    buf_init(&arena, LINE_MAX_LEN);
    mem_fail_after(0);
    assert_int_equal(event_from_json(sv_from(sample_line), &arena, &ev, why), ERR_NOMEM);
    mem_fail_after(SIZE_MAX);
    assert_int_equal(event_from_json(sv_from(sample_line), &arena, &ev, why), ERR_OK);
    buf_fini(&arena);
}

/* -- accounts
 * ----------------------------------------------------------------------------------------- */

static void
accounts_get_one_key(void **state)
{
    static const struct {
        const char *account, *domain, *host, *key;
    } cases[] = {
        {"ACME\\Kumi", "", "PC-A", "acme\\kumi"},
        {"kumi@acme", "", "PC-A", "acme\\kumi"},
        {"KUMI", "Acme", "PC-A", "acme\\kumi"},
        {"kumi@acme.example", "ACME", "PC-A", "acme\\kumi"},
        {"KUMI", "", "PC-A", "kumi"},
        {"KUMI", ".", "PC-A", "kumi"},
        {".\\KUMI", "", "PC-A", "kumi"},
        {"KUMI", "pc-a", "PC-A", "kumi"},
        {"KUMI", "PC-A", "pc-a.acme.example", "kumi"},
        {"KUMI", "PC-B", "pc-a.acme.example", "pc-b\\kumi"},
        {"kumi@pc-a", "", "PC-A", "kumi"},
        {"kumi@outlook.example", "MicrosoftAccount", "PC-A",
         "microsoftaccount\\kumi@outlook.example"},
        {"kumi@outlook.example", "PC-A", "PC-A", "outlook.example\\kumi"},
        {"PC-A$", "ACME", "PC-A", "acme\\pc-a$"},
        {"SYSTEM", "NT AUTHORITY", "PC-A", "nt authority\\system"},
        {"", "", "PC-A", ""},
        {"@", "", "", "@"},
        {"a@", "", "", "a@"},
        {"\\", "", "", "\\"},
        {"\xC3\x84RGER\xC3\x97", "", "", "\xC3\xA4rger\xC3\x97"},         /* U+00D7 is no letter */
        {"\xCE\xA3\xCE\x8A\xCF\x82", "", "", "\xCF\x83\xCE\xAF\xCF\x83"}, /* sigmas are one */
        {"\xD0\x98\xD0\x92\xD0\x81", "", "", "\xD0\xB8\xD0\xB2\xD1\x91"}, /* Cyrillic */
        {"\xC5\xB8\xC4\xB0\xC5\xBD", "", "", "\xC3\xBF\xC4\xB0\xC5\xBE"}, /* U+0130 stays */
        {"\xEF\xBC\xAB\xE3\x81\x8B", "", "", "\xEF\xBD\x8B\xE3\x81\x8B"}, /* fullwidth K, ka */
    };
    char out[ACCOUNT_KEY_MAX];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        size_t len = account_key(sv_from(cases[i].account), sv_from(cases[i].domain),
                                 sv_from(cases[i].host), out);

        assert_int_equal(len, strlen(cases[i].key));
        assert_memory_equal(out, cases[i].key, len);
    }
}

static void
long_accounts_are_cut_between_characters(void **state)
{
    char account[2 * ACCOUNT_KEY_MAX];
    char out[ACCOUNT_KEY_MAX];

    (void)state;
    for (size_t i = 0; i < sizeof(account); i += 2) {
        memcpy(account + i, "\xC3\xA9", 2);
    }
    assert_int_equal(account_key((struct sv){account, sizeof(account)}, SV("D"), SV("H"), out),
                     ACCOUNT_KEY_MAX);
    assert_int_equal(account_key((struct sv){account, sizeof(account)}, SV("DD"), SV("H"), out),
                     ACCOUNT_KEY_MAX - 1);
    memset(account, 'D', sizeof(account));
    assert_int_equal(account_key(SV("u"), (struct sv){account, sizeof(account)}, SV("H"), out),
                     ACCOUNT_KEY_MAX);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_agree),
        cmocka_unit_test(packing_keeps_random_events),
        cmocka_unit_test(packing_cuts_between_characters),
        cmocka_unit_test(unpacking_refuses_damage),
        cmocka_unit_test(order_is_as_documented),
        cmocka_unit_test(second_word_of_presence_bits),
        cmocka_unit_test(the_most_of_a_record_comes_first),
        cmocka_unit_test(same_record_needs_all_four),
        cmocka_unit_test(json_is_as_documented),
        cmocka_unit_test(json_keeps_random_events),
        cmocka_unit_test(values_that_are_none_are_left_out),
        cmocka_unit_test(bad_lines_name_the_key),
        cmocka_unit_test(line_survives_lack_of_memory),
        cmocka_unit_test(accounts_get_one_key),
        cmocka_unit_test(long_accounts_are_cut_between_characters),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
