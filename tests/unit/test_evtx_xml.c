/* evtx on logs built by hand: every construct of binary XML, and what breaks it. */
#include "unit/test_evtx_help.h"

#include "core/tm.h"
#include "evtlog/evtx_chunk.h"
#include "evtlog/evtx_region.h"
#include "support/binxml_build.h"

#define RCM "Microsoft-Windows-TerminalServices-RemoteConnectionManager"
#define SMB "Microsoft-Windows-SMBServer"
#define AUDITING "Microsoft-Windows-Security-Auditing"
#define T0 132000000000000000u

/* One log built by hand and what a reader gave of it. */
struct bench {
    struct bx b;
    uint8_t file[BX_FILE_LEN + EVTX_CHUNK_LEN];
    struct log_bytes log;
    struct evtx *reader;
};

static int
setup(void **state)
{
    struct bench *t = mem_zalloc(sizeof(*t));

    if (t == NULL) {
        return -1;
    }
    bx_init(&t->b);
    *state = t;
    return 0;
}

static int
teardown(void **state)
{
    struct bench *t = *state;

    evtx_close(t->reader);
    mem_free(t);
    return 0;
}

static void
open_bench(struct bench *t, size_t len)
{
    evtx_close(t->reader);
    t->reader = NULL;
    t->log = (struct log_bytes){t->file, len};
    assert_int_equal(open_bytes(&t->log, &t->reader), ERR_OK);
}

static void
seal_and_open(struct bench *t)
{
    bx_file(&t->b, t->file);
    open_bench(t, BX_FILE_LEN);
}

static struct evtx_item
next_item(struct bench *t, enum evtx_item_kind kind)
{
    struct evtx_item item = {0};

    assert_int_equal(evtx_next(t->reader, &item), ERR_OK);
    assert_int_equal(item.kind, kind);
    return item;
}

static const struct event *
next_event(struct bench *t)
{
    return next_item(t, EVTX_ITEM_EVENT).event;
}

static void
assert_end(struct bench *t)
{
    struct evtx_item item;

    assert_int_equal(evtx_next(t->reader, &item), ERR_END);
    assert_int_equal(evtx_next(t->reader, &item), ERR_END);
}

static void
close_event(struct bx *b)
{
    bx_token(b, BX_CLOSE); /* Event */
    bx_token(b, BX_END);
}

static void
plain_record(struct bx *b)
{
    bx_record_begin(b, T0);
    bx_fragment(b);
    bx_event_open(b, "Nobody", "7", 0);
    close_event(b);
    bx_record_end(b);
}

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

/* A definition, used where it stands and again from a later record; the second Data refers to
 * names stored earlier. Values say their own types, absent ones leave nothing. */
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
    struct bx_template tpl;
    const struct event *ev;
    size_t definition, data_name, name_name;

    bx_record_begin(b, T0);
    bx_fragment(b);
    definition = b->len + 10;
    tpl = bx_template_begin(b, 77);
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

/* -- chunks -------------------------------------------------------------------------------------
 */

static void
test_damage_is_told_with_measure(void **state)
{
    struct bench *t = *state;
    struct evtx_item item;
    size_t told = 0;

    for (size_t i = 0; i < 5 * EVTX_DAMAGE_ITEMS_MAX; i++) {
        bx_record_begin(&t->b, T0);
        bx_record_end(&t->b);
    }
    seal_and_open(t);
    while (evtx_next(t->reader, &item) == ERR_OK) {
        assert_int_equal(item.kind, EVTX_ITEM_DAMAGED);
        told++;
    }
    assert_int_equal(told, EVTX_DAMAGE_ITEMS_MAX);
    assert_int_equal(evtx_stats(t->reader)->records_damaged, 5 * EVTX_DAMAGE_ITEMS_MAX);
}

/* Behind the fill mark of a sound chunk only what continues the ids is given. */
static void
test_behind_the_fill_mark(void **state)
{
    struct bench *t = *state;
    struct evtx_item item;
    size_t fill_end;

    plain_record(&t->b);
    plain_record(&t->b);
    fill_end = t->b.len;
    plain_record(&t->b); /* id 3: logged after the header was written */
    t->b.next_id = 1;
    plain_record(&t->b); /* left from an earlier use */
    t->b.len = fill_end;
    t->b.next_id = 3;
    seal_and_open(t);
    for (unsigned i = 1; i <= 3; i++) {
        item = next_item(t, EVTX_ITEM_UNMAPPED);
        assert_int_equal(item.record_id, i);
        assert_int_equal(item.recovered, i == 3);
    }
    assert_end(t);
    assert_int_equal(evtx_stats(t->reader)->records_recovered, 1);
    assert_int_equal(evtx_stats(t->reader)->chunks_damaged, 0);
}

/* A damaged copy of a chunk gives nothing that its sound original gave. */
static void
test_copies_are_not_given_twice(void **state)
{
    struct bench *t = *state;
    uint8_t *copy = t->file + BX_FILE_LEN;

    for (unsigned i = 0; i < 5; i++) {
        plain_record(&t->b);
    }
    bx_file(&t->b, t->file);
    memcpy(copy, t->file + FILE_BLOCK_LEN, EVTX_CHUNK_LEN);
    copy[BX_HEAD_LEN] = 0; /* the first record's magic */
    open_bench(t, BX_FILE_LEN + EVTX_CHUNK_LEN);
    for (unsigned i = 1; i <= 5; i++) {
        assert_int_equal(next_item(t, EVTX_ITEM_UNMAPPED).record_id, i);
    }
    (void)next_item(t, EVTX_ITEM_DAMAGED); /* the chunk */
    (void)next_item(t, EVTX_ITEM_DAMAGED); /* the record */
    assert_end(t);
    assert_int_equal(evtx_stats(t->reader)->records_stale, 4);
    assert_int_equal(evtx_stats(t->reader)->records_recovered, 0);
}

/* Behind a broken record the others are searched for. */
static void
test_search(void **state)
{
    struct bench *t = *state;
    struct evtx_item item;
    size_t broken;

    plain_record(&t->b);
    broken = t->b.len;
    plain_record(&t->b);
    plain_record(&t->b);
    bx_file(&t->b, t->file);
    t->file[FILE_BLOCK_LEN + broken + 4] ^= 0x40; /* its length */
    open_bench(t, BX_FILE_LEN);
    item = next_item(t, EVTX_ITEM_DAMAGED);
    assert_string_equal(item.why, "a chunk's checksum is wrong");
    assert_int_equal(item.offset, FILE_BLOCK_LEN);
    item = next_item(t, EVTX_ITEM_UNMAPPED);
    assert_int_equal(item.record_id, 1);
    assert_false(item.recovered);
    item = next_item(t, EVTX_ITEM_DAMAGED); /* its System does not say whose it is */
    assert_string_equal(item.why, "a record is torn");
    assert_int_equal(item.offset, FILE_BLOCK_LEN + broken);
    item = next_item(t, EVTX_ITEM_UNMAPPED);
    assert_int_equal(item.record_id, 3);
    assert_true(item.recovered);
    assert_end(t);
}

static void
test_file_headers(void **state)
{
    struct bench *t = *state;

    plain_record(&t->b);
    bx_file(&t->b, t->file);
    t->file[24] ^= 1; /* next record id */
    open_bench(t, BX_FILE_LEN);
    assert_string_equal(next_item(t, EVTX_ITEM_DAMAGED).why, "the file's header is damaged");
    assert_int_equal(next_item(t, EVTX_ITEM_UNMAPPED).record_id, 1);
    assert_end(t);
    assert_true(evtx_stats(t->reader)->header_damaged);

    memset(t->file, 0, FILE_BLOCK_LEN); /* no header at all */
    open_bench(t, BX_FILE_LEN);
    (void)next_item(t, EVTX_ITEM_DAMAGED);
    assert_int_equal(next_item(t, EVTX_ITEM_UNMAPPED).record_id, 1);
    assert_end(t);

    memmove(t->file, t->file + FILE_BLOCK_LEN, EVTX_CHUNK_LEN); /* a chunk alone */
    open_bench(t, EVTX_CHUNK_LEN);
    (void)next_item(t, EVTX_ITEM_DAMAGED);
    assert_int_equal(next_item(t, EVTX_ITEM_UNMAPPED).record_id, 1);
    assert_end(t);
}

/* Zeros at the end are usual; zeros before a chunk are told. */
static void
test_zeros(void **state)
{
    struct bench *t = *state;

    plain_record(&t->b);
    bx_file(&t->b, t->file);
    open_bench(t, BX_FILE_LEN + EVTX_CHUNK_LEN);
    assert_int_equal(next_item(t, EVTX_ITEM_UNMAPPED).record_id, 1);
    assert_end(t);
    memcpy(t->file + BX_FILE_LEN, t->file + FILE_BLOCK_LEN, EVTX_CHUNK_LEN);
    memset(t->file + FILE_BLOCK_LEN, 0, EVTX_CHUNK_LEN);
    open_bench(t, BX_FILE_LEN + EVTX_CHUNK_LEN);
    assert_string_equal(next_item(t, EVTX_ITEM_DAMAGED).why, "zeros between chunks");
    assert_int_equal(next_item(t, EVTX_ITEM_UNMAPPED).record_id, 1);
    assert_end(t);
}

static void
test_id_ranges(void **state)
{
    struct id_ranges r = {0};

    (void)state;
    assert_false(id_ranges_have(&r, 0));
    id_ranges_add(&r, 10, 19);
    id_ranges_add(&r, 20, 29);
    id_ranges_add(&r, 5, 4); /* a header that makes no sense */
    assert_int_equal(r.count, 1);
    assert_true(id_ranges_have(&r, 10) && id_ranges_have(&r, 29));
    assert_false(id_ranges_have(&r, 9) || id_ranges_have(&r, 30));
    for (uint64_t i = 0; i < 2 * ID_RANGES_MAX; i++) {
        id_ranges_add(&r, 100 + 3 * i, 100 + 3 * i);
    }
    assert_int_equal(r.count, ID_RANGES_MAX);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_texts_in_place),
        CASE(test_typed_values_in_place),
        CASE(test_template),
        CASE(test_nested),
        CASE(test_hostile_records),
        CASE(test_damage_is_told_with_measure),
        CASE(test_behind_the_fill_mark),
        CASE(test_copies_are_not_given_twice),
        CASE(test_search),
        CASE(test_file_headers),
        CASE(test_zeros),
        cmocka_unit_test(test_id_ranges),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
