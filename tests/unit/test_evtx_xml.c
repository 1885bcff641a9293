/* evtx on logs built by hand: every construct of binary XML, and what breaks it. */
#include "unit/test_evtx_bench.h"

#include "evtlog/evtx_record.h"

#define RCM "Microsoft-Windows-TerminalServices-RemoteConnectionManager"
#define SMB "Microsoft-Windows-SMBServer"
#define AUDITING "Microsoft-Windows-Security-Auditing"

/* -- without templates ------------------------------------------------------------------------- */

/* Text in pieces, an element named by itself, attributes and instructions to be passed over. */
static void
test_texts_in_place(void **state)
{
    struct bench *t = *state;
    struct bx *b = &t->b;
    const struct event *ev;

    bx_record_begin(b, T0);
    bx_fragment(b);
    bx_u8(b, 0x0a); /* <?target data?> */
    bx_name(b, "target");
    bx_u8(b, 0x0b);
    bx_u16(b, 4);
    bx_utf16(b, "data");
    bx_event_open(b, RCM, "1149", 0);
    bx_element(b, "UserData", "\n", 0);
    b->len--; /* stays open */
    bx_open(b, "EventXML", BX_ATTRS);
    bx_attr(b, "xmlns");
    bx_value(b, "Event_NS");
    bx_token(b, BX_CLOSE_START);
    bx_open(b, "Param1", 0);
    bx_token(b, BX_CLOSE_START);
    bx_value(b, "a");
    bx_u8(b, 0x49); /* &amp; and more follows */
    bx_name(b, "amp");
    bx_u8(b, 0x08); /* &#x3042; */
    bx_u16(b, 0x3042);
    bx_u8(b, 0x07); /* <![CDATA[<b>]]> */
    bx_u16(b, 3);
    bx_utf16(b, "<b>");
    bx_token(b, BX_CLOSE);
    bx_element(b, "Param2", "-", 0);
    bx_open(b, "Empty", 0);
    bx_token(b, BX_CLOSE_EMPTY);
    bx_element(b, "Param3", "198.51.100.7", 0);
    bx_token(b, BX_CLOSE); /* EventXML */
    bx_token(b, BX_CLOSE); /* UserData */
    close_event(b);
    bx_record_end(b);
    seal_and_open(t);

    ev = next_event(t);
    assert_int_equal(ev->kind, EV_RDP_AUTH);
    assert_true(sv_is(ev->account, "a&\xe3\x81\x82<b>"));
    assert_false(event_has(ev, domain));
    assert_int_equal(ev->src.bytes[3], 7);
    assert_true(sv_is(ev->host, "PC") && sv_is(ev->channel, "Test"));
    assert_int_equal(ev->version, 3);
    assert_int_equal(ev->record_id, 1); /* System has none: the header's */
    assert_true(ev->time_ft == T0);
    assert_end(t);
}

/* Values in place that are no strings. */
static void
test_typed_values_in_place(void **state)
{
    static const uint8_t sid[] = {1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0};
    struct bench *t = *state;
    struct bx *b = &t->b;
    const struct event *ev;

    bx_record_begin(b, T0);
    bx_event_open(b, AUDITING, "4625", 0); /* no fragment header: fine too */
    bx_open(b, "EventData", 0);
    bx_token(b, BX_CLOSE_START);
    bx_data(b, "LogonType", "", 0);
    b->len -= 5; /* the empty text and its close */
    bx_u8(b, 0x05);
    bx_u8(b, 0x08);
    bx_u32(b, 10);
    bx_token(b, BX_CLOSE);
    bx_data(b, "TargetUserSid", "", 0);
    b->len -= 5;
    bx_u8(b, 0x05);
    bx_u8(b, 0x13);
    bx_bytes(b, sid, sizeof(sid));
    bx_token(b, BX_CLOSE);
    bx_data(b, "TargetUserName", "", 0);
    b->len -= 5;
    bx_u8(b, 0x05);
    bx_u8(b, 0x02);
    bx_u16(b, 4);
    bx_bytes(b, "kumi", 4);
    bx_token(b, BX_CLOSE);
    bx_data(b, "Status", "-1073741715", 0);
    bx_data(b, "IpPort", "0", 0);
    bx_token(b, BX_CLOSE);
    close_event(b);
    bx_record_end(b);
    seal_and_open(t);

    ev = next_event(t);
    assert_int_equal(ev->logon_type, 10);
    assert_true(sv_is(ev->sid, "S-1-5-18") && sv_is(ev->account, "kumi"));
    assert_true(ev->status == 0xC000006D);
    assert_false(event_has(ev, src_port));
    assert_end(t);
}

/* -- templates --------------------------------------------------------------------------------- */

/* Provider literal, EventID %3, SystemTime %4; ClientAddress %0, and UserName %1 and Status %2
 * whose element and attribute refer to the names of the first. */
static void
smb_definition(struct bx *b)
{
    struct bx_template tpl = bx_template_begin(b, 77);
    size_t data_name, name_name;

    bx_fragment(b);
    bx_open(b, "Event", BX_DEP);
    bx_token(b, BX_CLOSE_START);
    bx_open(b, "System", BX_DEP);
    bx_token(b, BX_CLOSE_START);
    bx_open(b, "Provider", BX_ATTRS | BX_DEP);
    bx_attr(b, "Name");
    bx_value(b, SMB);
    bx_token(b, BX_CLOSE_EMPTY);
    bx_open(b, "EventID", BX_DEP);
    bx_token(b, BX_CLOSE_START);
    bx_sub(b, 3, 6);
    bx_token(b, BX_CLOSE);
    bx_open(b, "TimeCreated", BX_ATTRS | BX_DEP);
    bx_attr(b, "SystemTime");
    bx_sub(b, 4, 0x11);
    bx_token(b, BX_CLOSE_EMPTY);
    bx_token(b, BX_CLOSE);
    bx_open(b, "EventData", BX_DEP);
    bx_token(b, BX_CLOSE_START);
    bx_u8(b, 0x41); /* <Data Name="ClientAddress"> with known places of its names */
    bx_u16(b, 0xffff);
    bx_u32(b, 0);
    data_name = bx_name(b, "Data");
    bx_u32(b, 0);
    bx_u8(b, 0x06);
    name_name = bx_name(b, "Name");
    bx_value(b, "ClientAddress");
    bx_token(b, BX_CLOSE_START);
    bx_sub(b, 0, 0x0e);
    bx_token(b, BX_CLOSE);
    for (unsigned i = 1; i <= 2; i++) {
        bx_u8(b, 0x41);
        bx_u16(b, 0xffff);
        bx_u32(b, 0);
        bx_name_ref(b, data_name);
        bx_u32(b, 0);
        bx_u8(b, 0x46);
        bx_name_ref(b, name_name);
        bx_value(b, i == 1 ? "UserName" : "Status");
        bx_token(b, BX_CLOSE_START);
        bx_sub(b, i, 1);
        bx_token(b, BX_CLOSE);
    }
    bx_token(b, BX_CLOSE);
    close_event(b);
    bx_template_end(b, tpl);
}

/* A definition, used where it stands and again from a later record. Values say their own types,
 * absent ones leave nothing. */
static void
test_template(void **state)
{
    static const uint8_t address[] = {2, 0, 0xc3, 0x50, 203, 0, 113, 9, 0, 0, 0, 0, 0, 0, 0, 0};
    static const uint8_t status[] = {0x6a, 0, 0, 0xc0};
    static const uint8_t id[] = {0x27, 0x02};
    static const uint8_t filetime[] = {1, 0, 0, 0, 0, 0, 0xd5, 1};
    const struct bx_value_bytes first[] = {
        {0x0e, address, sizeof(address)},
        {0x01, "D\0\\\0u\0", 6},
        {0x14, status, 4},
        {0x06, id, 2},
        {0x11, filetime, 8},
    };
    const struct bx_value_bytes second[] = {
        {0x01, "0\0002\0000\0000\0", 8},
        {0x00, NULL, 0},
        {0x01, "0\0x\0001\0", 6},
        {0x06, id, 2},
    };
    struct bench *t = *state;
    struct bx *b = &t->b;
    const struct event *ev;
    size_t definition;

    bx_record_begin(b, T0);
    bx_fragment(b);
    definition = b->len + 10;
    smb_definition(b);
    bx_values(b, first, COUNT(first));
    bx_record_end(b);
    bx_record_begin(b, T0 + 5);
    bx_fragment(b);
    bx_template_use(b, 77, definition);
    bx_values(b, second, COUNT(second));
    bx_record_end(b);
    seal_and_open(t);

    ev = next_event(t);
    assert_int_equal(ev->kind, EV_SMB_AUTH_FAILURE);
    assert_int_equal(ev->event_id, 551);
    assert_int_equal(ev->src.bytes[0], 203);
    assert_int_equal(ev->src_port, 50000);
    assert_true(sv_is(ev->domain, "D") && sv_is(ev->account, "u"));
    assert_true(ev->status == 0xC000006A);
    assert_true(ev->time_ft == 0x01d5000000000001u);
    assert_false(event_has(ev, host) || event_has(ev, channel));
    ev = next_event(t);
    assert_int_equal(ev->status, 1);
    assert_false(event_has(ev, src) || event_has(ev, account)); /* a SOCKADDR too short; NULL */
    assert_true(ev->time_ft == T0 + 5);                         /* no value 4 */
    assert_end(t);
}

/* A record whose Event has `levels` fragments inside each other as its last value. */
static void
nested_record(struct bx *b, unsigned levels)
{
    size_t size_at[32];
    size_t at[32];

    assert_true(levels < 32);
    bx_record_begin(b, T0);
    for (unsigned i = 0; i < levels; i++) {
        struct bx_template tpl;

        bx_fragment(b);
        tpl = bx_template_begin(b, 100 + i);
        if (i == 0) {
            bx_event_open(b, RCM, "1149", BX_DEP);
            bx_open(b, "UserData", BX_DEP);
        } else {
            bx_open(b, "More", BX_DEP);
        }
        bx_token(b, BX_CLOSE_START);
        bx_sub(b, 0, 0x21);
        bx_token(b, BX_CLOSE);
        if (i == 0) {
            bx_token(b, BX_CLOSE);
        }
        bx_token(b, BX_END);
        bx_template_end(b, tpl);
        bx_u32(b, 1);
        size_at[i] = b->len;
        bx_u32(b, 0x00210000);
        at[i] = b->len;
    }
    bx_fragment(b);
    bx_element(b, "Param1", "kumi", 0);
    bx_token(b, BX_END);
    for (unsigned i = 0; i < levels; i++) {
        size_t len = b->len - at[i];

        b->chunk[size_at[i]] = (uint8_t)len;
        b->chunk[size_at[i] + 1] = (uint8_t)(len >> 8);
    }
    bx_record_end(b);
}

/* Fragments inside fragments are read up to the limit; deeper ones are left out. */
static void
test_nested(void **state)
{
    struct bench *t = *state;

    nested_record(&t->b, 1);
    nested_record(&t->b, RECORD_FRAGMENTS_MAX);
    nested_record(&t->b, RECORD_FRAGMENTS_MAX + 1);
    seal_and_open(t);
    assert_true(sv_is(next_event(t)->account, "kumi"));
    assert_true(sv_is(next_event(t)->account, "kumi"));
    assert_false(event_has(next_event(t), account));
    assert_end(t);
}

/* -- hostile records: told as damaged, and the next record is read -------------------------------
 */

static void
bad_depth(struct bx *b)
{
    for (unsigned i = 0; i < 40; i++) {
        bx_open(b, "A", 0);
        bx_token(b, BX_CLOSE_START);
    }
}

static void
bad_close(struct bx *b)
{
    bx_token(b, BX_CLOSE);
}

static void
bad_open_at_end(struct bx *b)
{
    bx_open(b, "Event", 0);
}

static void
bad_token(struct bx *b)
{
    bx_token(b, 0x1f);
}

static void
bad_name(struct bx *b)
{
    bx_u8(b, 0x01);
    bx_u32(b, 0);
    bx_name_ref(b, BX_LEN - 3);
}

static void
bad_template_offset(struct bx *b)
{
    bx_template_use(b, 1, BX_LEN - 8);
}

static void
bad_template_id(struct bx *b)
{
    struct bx_template tpl = bx_template_begin(b, 1);

    bx_event_open(b, "Nobody", "7", BX_DEP);
    close_event(b);
    bx_template_end(b, tpl);
    b->chunk[tpl.length_at - 16] = 2;
    bx_values(b, NULL, 0);
}

static void
bad_value_count(struct bx *b)
{
    struct bx_template tpl = bx_template_begin(b, 1);

    bx_event_open(b, "Nobody", "7", BX_DEP);
    close_event(b);
    bx_template_end(b, tpl);
    bx_u32(b, 0xffffffff);
}

static void
bad_value_length(struct bx *b)
{
    struct bx_template tpl = bx_template_begin(b, 1);

    bx_event_open(b, "Nobody", "7", BX_DEP);
    close_event(b);
    bx_template_end(b, tpl);
    bx_u32(b, 1);
    bx_u32(b, 0x0001ffff);
}

static void
bad_no_provider(struct bx *b)
{
    bx_open(b, "Event", 0);
    bx_token(b, BX_CLOSE_EMPTY);
    bx_token(b, BX_END);
}

static void
bad_event_id(struct bx *b)
{
    bx_event_open(b, "Nobody", "seven", 0);
    close_event(b);
}

static void
bad_empty(struct bx *b)
{
    (void)b;
}

static void
test_hostile_records(void **state)
{
    static void (*const bad[])(struct bx *) = {
        bad_depth,        bad_close,           bad_open_at_end, bad_token,
        bad_name,         bad_template_offset, bad_template_id, bad_value_count,
        bad_value_length, bad_no_provider,     bad_event_id,    bad_empty,
    };
    struct bench *t = *state;

    for (size_t i = 0; i < COUNT(bad); i++) {
        bx_record_begin(&t->b, T0);
        bx_fragment(&t->b);
        bad[i](&t->b);
        bx_record_end(&t->b);
        plain_record(&t->b);
    }
    seal_and_open(t);
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct evtx_item item = next_item(t, EVTX_ITEM_DAMAGED);

        assert_string_equal(item.why, "a record's XML is damaged");
        item = next_item(t, EVTX_ITEM_UNMAPPED);
        assert_int_equal(item.record_id, 2 * i + 2);
        assert_int_equal(item.event_id, 7);
    }
    assert_end(t);
    assert_int_equal(evtx_stats(t->reader)->records_damaged, COUNT(bad));
    assert_int_equal(evtx_stats(t->reader)->chunks_damaged, 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_texts_in_place), CASE(test_typed_values_in_place), CASE(test_template),
        CASE(test_nested),         CASE(test_hostile_records),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
