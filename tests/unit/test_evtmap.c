/* evtmap - the rows are well-formed, are found, and every field of every row is read from a record
 * that stores all its values as texts. */
#include "unit/test_evtx_help.h"

#include <stdio.h>

#include "evtlog/evtmap.h"
#include "evtlog/evtx_field.h"
#include "support/binxml_build.h"

static enum event_field_type
type_of(enum evtmap_conv conv)
{
    switch (conv) {
    case EVTMAP_U32:
        return EVT_U32;
    case EVTMAP_HEX32:
        return EVT_HEX32;
    case EVTMAP_ID64:
        return EVT_ID64;
    case EVTMAP_ADDR:
    case EVTMAP_ADDRPORT:
    case EVTMAP_SOCKADDR:
        return EVT_ADDR;
    case EVTMAP_PORT:
        return EVT_PORT;
    case EVTMAP_TEXT:
    case EVTMAP_LOCAL:
    case EVTMAP_SID:
    case EVTMAP_ACCOUNT:
    case EVTMAP_SCRIPT:
    case EVTMAP_MOF_QUERY:
    case EVTMAP_MOF_COMMAND:
        break;
    }
    return EVT_STR;
}

static const char *
sample_of(enum evtmap_conv conv)
{
    switch (conv) {
    case EVTMAP_U32:
        return "7";
    case EVTMAP_HEX32:
        return "0xc000006a";
    case EVTMAP_ID64:
        return "0x100000002";
    case EVTMAP_ADDR:
        return "::ffff:192.0.2.7";
    case EVTMAP_ADDRPORT:
        return "192.0.2.7:50000";
    case EVTMAP_SOCKADDR:
        return "0200c350c00002070000000000000000";
    case EVTMAP_PORT:
        return "50000";
    case EVTMAP_SID:
        return "S-1-5-18";
    case EVTMAP_ACCOUNT:
        return "ACME\\kumi";
    case EVTMAP_LOCAL:
        return "LOCAL";
    case EVTMAP_SCRIPT:
    case EVTMAP_MOF_QUERY:
    case EVTMAP_MOF_COMMAND:
        return "instance of F {Query = \"q\";}; instance of C {ScriptText = \"s\";};";
    case EVTMAP_TEXT:
        break;
    }
    return "some text";
}

static void
test_rows_are_well_formed(void **state)
{
    (void)state;
    for (size_t i = 0; evtmap_row(i) != NULL; i++) {
        const struct evtmap_row *row = evtmap_row(i);

        assert_ptr_equal(evtmap_find(sv_from(row->provider), row->event_id), row);
        assert_true(row->kind > EV_NONE && row->kind < EV_COUNT);
        assert_true(row->count < 32);
        assert_true(strlen(row->channel) > 0);
        for (size_t k = 0; k < row->count; k++) {
            const struct evtmap_field *f = &row->fields[k];

            assert_true(strlen(f->name) > 0);
            assert_int_equal(event_field_info[f->field].type, type_of(f->conv));
            assert_true(row->action == NULL || f->field != EVF_action);
        }
    }
    assert_int_equal(evtmap_row(40)->event_id, 5013); /* behind the two tables before it */
}

static void
test_find(void **state)
{
    (void)state;
    assert_int_equal(evtmap_find(SV("microsoft-windows-SECURITY-auditing"), 4625)->kind,
                     EV_LOGON_FAILURE);
    assert_int_equal(evtmap_find(SV("Service Control Manager"), 7045)->kind, EV_SERVICE_INSTALL);
    assert_null(evtmap_find(SV("Microsoft-Windows-Security-Auditing"), 4626));
    assert_null(evtmap_find(SV("Microsoft-Windows-Security-Auditin"), 4625));
    assert_null(evtmap_find(SV("Microsoft-Windows-Eventlog"), 4625));
    assert_null(evtmap_find((struct sv){NULL, 0}, 4625));
}

/* One record of the row with the same text for each name, or a sample of what the row wants. */
static void
build_record(struct bx *b, const struct evtmap_row *row, const char *text)
{
    char id[16];

    (void)snprintf(id, sizeof(id), "%u", (unsigned)row->event_id);
    bx_init(b);
    bx_record_begin(b, 132000000000000000u);
    bx_fragment(b);
    bx_event_open(b, row->provider, id, BX_PLAIN);
    bx_open(b, "EventData", BX_PLAIN);
    bx_token(b, BX_CLOSE_START);
    for (size_t k = 0; k < row->count; k++) {
        if (k > 0 && strcmp(row->fields[k].name, row->fields[k - 1].name) == 0) {
            continue; /* one name, two fields */
        }
        bx_data(b, row->fields[k].name, text == NULL ? sample_of(row->fields[k].conv) : text,
                BX_PLAIN);
    }
    bx_token(b, BX_CLOSE);
    bx_token(b, BX_CLOSE);
    bx_token(b, BX_END);
    bx_record_end(b);
}

static struct evtx *
read_record(struct bx *b, uint8_t *file, struct log_bytes *log, struct evtx_item *item)
{
    struct evtx *r = NULL;

    bx_file(b, file);
    *log = (struct log_bytes){file, BX_FILE_LEN};
    assert_int_equal(open_bytes(log, &r), ERR_OK);
    assert_int_equal(evtx_next(r, item), ERR_OK);
    assert_int_equal(item->kind, EVTX_ITEM_EVENT);
    return r;
}

#define SYSTEM_FIELDS                                                                              \
    (UINT64_C(1) << EVF_host | UINT64_C(1) << EVF_channel | UINT64_C(1) << EVF_provider |          \
     UINT64_C(1) << EVF_event_id | UINT64_C(1) << EVF_version | UINT64_C(1) << EVF_record_id)

/* The presence bits of a record whose values are all "-". */
static struct event
nothing_of(const struct evtmap_row *row)
{
    struct event want = {.has = SYSTEM_FIELDS};

    if (row->action != NULL) {
        event_mark_field(&want, EVF_action);
    }
    for (size_t k = 0; k < row->count; k++) {
        if (row->fields[k].conv == EVTMAP_SCRIPT) { /* no sign of nothing here */
            event_mark_field(&want, row->fields[k].field);
        }
    }
    return want;
}

static void
check_samples(const struct evtmap_row *row, const struct event *ev)
{
    struct event want = nothing_of(row);

    assert_int_equal(ev->kind, row->kind);
    for (size_t k = 0; k < row->count; k++) {
        const struct evtmap_field *f = &row->fields[k];

        if (f->conv != EVTMAP_LOCAL) {
            event_mark_field(&want, f->field);
        }
        if (f->conv == EVTMAP_ADDRPORT || f->conv == EVTMAP_SOCKADDR) {
            event_mark_field(&want, EVF_src_port);
        }
        if (f->conv == EVTMAP_ACCOUNT) {
            event_mark_field(&want, f->field == EVF_account ? EVF_domain : EVF_subject_domain);
        }
    }
    assert_true(ev->has == want.has && ev->has_more == want.has_more);
    if (event_has(ev, src)) {
        assert_int_equal(ev->src.family, ADDR_V4);
        assert_int_equal(ev->src.bytes[3], 7);
    }
    if (event_has(ev, src_port)) {
        assert_int_equal(ev->src_port, 50000);
    }
    if (event_has(ev, status)) {
        assert_true(ev->status == 0xc000006a);
    }
    if (event_has(ev, logon_id)) {
        assert_true(ev->logon_id == 0x100000002);
    }
}

static void
test_every_field_from_text(void **state)
{
    struct bx *b = mem_zalloc(sizeof(*b));
    uint8_t *file = mem_alloc(BX_FILE_LEN);

    (void)state;
    assert_true(b != NULL && file != NULL);
    for (size_t i = 0; evtmap_row(i) != NULL; i++) {
        const struct evtmap_row *row = evtmap_row(i);
        struct event nothing = nothing_of(row);
        struct log_bytes log;
        struct evtx_item item;
        struct evtx *r;

        build_record(b, row, NULL);
        r = read_record(b, file, &log, &item);
        check_samples(row, item.event);
        evtx_close(r);
        build_record(b, row, "-");
        r = read_record(b, file, &log, &item);
        assert_true(item.event->has == nothing.has && item.event->has_more == nothing.has_more);
        evtx_close(r);
    }
    mem_free(file);
    mem_free(b);
}

/* -- single conversions ------------------------------------------------------------------------ */

static struct field_arena arena;

static struct event
put(enum event_field field, enum evtmap_conv conv, unsigned type, const void *data, size_t len)
{
    const struct evtmap_field f = {"x", field, conv};
    const struct evtx_value v = {type, data, len};
    struct event ev;

    event_init(&ev, EV_ANOMALY, 1);
    arena.len = 0;
    field_put(&ev, &arena, &f, &v);
    return ev;
}

#define PUT(field, conv, text) put(EVF_##field, EVTMAP_##conv, EVTX_UTF8, (text), sizeof(text) - 1)

static void
test_addresses(void **state)
{
    static const uint8_t v6[28] = {23, 0, 0x01, 0xbd, [8] = 0xfe, [9] = 0x80, [23] = 1, [24] = 5};
    struct event ev = PUT(src, ADDR, "fe80::1%5");

    (void)state;
    assert_true(event_has(&ev, src) && ev.src.family == ADDR_V6);
    assert_int_equal(ev.src.zone, 5);
    ev = PUT(src, ADDRPORT, "[2001:db8::1]:3389");
    assert_true(event_has(&ev, src) && ev.src.family == ADDR_V6);
    assert_int_equal(ev.src_port, 3389);
    ev = PUT(src, ADDRPORT, "192.0.2.1");
    assert_true(event_has(&ev, src) && !event_has(&ev, src_port));
    ev = PUT(src, ADDR, "WORKSTATION7");
    assert_true(ev.has == 0);
    ev = PUT(src, ADDR, "LOCAL");
    assert_true(ev.has == 0);
    ev = put(EVF_src, EVTMAP_SOCKADDR, EVTX_BINARY, v6, sizeof(v6));
    assert_true(ev.src.family == ADDR_V6 && ev.src_port == 445);
    ev = put(EVF_src, EVTMAP_SOCKADDR, EVTX_BINARY, v6, 7);
    assert_true(ev.has == 0);
    ev = PUT(src, SOCKADDR, "0x0200c350c0000207");
    assert_true(ev.src.bytes[3] == 7 && ev.src_port == 50000);
    ev = PUT(src, SOCKADDR, "192.0.2.7:50000");
    assert_true(ev.src.bytes[3] == 7 && ev.src_port == 50000);
    ev = PUT(src, SOCKADDR, "0200zz");
    assert_true(ev.has == 0);
}

static void
test_accounts_and_texts(void **state)
{
    struct event ev = PUT(account, ACCOUNT, "ACME\\kumi");

    (void)state;
    assert_true(sv_is(ev.account, "kumi") && sv_is(ev.domain, "ACME"));
    ev = PUT(subject_account, ACCOUNT, "ACME\\kumi");
    assert_true(sv_is(ev.subject_account, "kumi") && sv_is(ev.subject_domain, "ACME"));
    ev = PUT(account, ACCOUNT, "kumi@acme.example");
    assert_true(sv_is(ev.account, "kumi@acme.example") && !event_has(&ev, domain));
    ev = PUT(account, ACCOUNT, "\\");
    assert_true(ev.has == 0);
    ev = PUT(text, LOCAL, "local");
    assert_true(sv_is(ev.text, "LOCAL"));
    ev = PUT(text, LOCAL, "192.0.2.1");
    assert_true(ev.has == 0);
    ev = PUT(sid, SID, "S-1-5-18");
    assert_true(sv_is(ev.sid, "S-1-5-18"));
}

static void
test_numbers(void **state)
{
    static const uint8_t big[8] = {0, 0, 0, 0, 1};
    static const uint8_t negative[4] = {0x6d, 0, 0, 0xc0};
    struct event ev = PUT(logon_type, U32, "0");

    (void)state;
    assert_true(event_has(&ev, logon_type)); /* 0 is a logon type */
    ev = PUT(process_id, U32, "0x0");
    assert_true(ev.has == 0);
    ev = PUT(subject_logon_id, ID64, "0x0");
    assert_true(ev.has == 0);
    ev = PUT(src_port, PORT, "65536");
    assert_true(ev.has == 0);
    ev = PUT(status, HEX32, "none");
    assert_true(ev.has == 0);
    ev = put(EVF_process_id, EVTMAP_U32, EVTX_U64, big, sizeof(big));
    assert_true(ev.has == 0);
    ev = put(EVF_status, EVTMAP_HEX32, EVTX_I32, negative, sizeof(negative));
    assert_true(ev.status == 0xc000006d);
}

/* Texts are cut between characters at their caps, and the arena holds every field at once. */
static void
test_long_texts(void **state)
{
    static uint8_t units[2 * (EVENT_SCRIPT_MAX + 2)];
    struct event ev;
    const struct evtx_value v = {EVTX_STRING, units, sizeof(units)};

    (void)state;
    for (size_t i = 0; i < sizeof(units); i += 2) {
        units[i] = 0x42; /* three bytes of UTF-8 each */
        units[i + 1] = 0x30;
    }
    event_init(&ev, EV_ANOMALY, 1);
    arena.len = 0;
    for (size_t i = 0; i < EVF_COUNT; i++) {
        const struct evtmap_field f = {"x", (enum event_field)i, EVTMAP_TEXT};

        if (event_field_info[i].type == EVT_STR) {
            field_put(&ev, &arena, &f, &v);
            field_put(&ev, &arena, &f, &v); /* the second is not taken */
        }
    }
    assert_int_equal(ev.account.len, EVENT_TEXT_MAX / 3 * 3);
    assert_int_equal(ev.command_line.len, EVENT_LONG_TEXT_MAX / 3 * 3);
    assert_int_equal(ev.text.len, EVENT_LONG_TEXT_MAX / 3 * 3);
    assert_int_equal(ev.script.len, EVENT_SCRIPT_MAX / 3 * 3);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_are_well_formed),
        cmocka_unit_test(test_find),
        cmocka_unit_test(test_every_field_from_text),
        cmocka_unit_test(test_addresses),
        cmocka_unit_test(test_accounts_and_texts),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_long_texts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
