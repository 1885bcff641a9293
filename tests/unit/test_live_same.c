/* The same record gives the same event, whether it comes from a .evtx file or through a
 * subscription, as values or as XML. */
#include "unit/test_evtx_help.h"

#include <stdlib.h>

#include "core/tm.h"
#include "evtlog/subscription.h"
#include "support/evtlog_load.h"
#include "support/evtlog_sim.h"
#include "support/sim_evtx.h"

#define EVENTS_MAX 8192

struct kept {
    uint64_t number; /* record id */
    size_t at, len;
};

/* Packed events. */
struct events {
    struct buf bytes;
    size_t count;
    struct kept kept[EVENTS_MAX];
};

static void
keep(struct events *e, const struct event *ev)
{
    static uint8_t packed[EVENT_PACKED_MAX];
    size_t len;

    assert_in_range(e->count, 0, EVENTS_MAX - 1);
    assert_int_equal(event_pack(ev, packed, sizeof(packed), &len), ERR_OK);
    e->kept[e->count++] = (struct kept){ev->record_id, e->bytes.len, len};
    buf_put(&e->bytes, packed, len);
    assert_int_equal(buf_err(&e->bytes), ERR_OK);
}

static void
events_init(struct events *e)
{
    e->count = 0;
    buf_init(&e->bytes, 64u * 1024 * 1024);
}

static int
by_number(const void *a, const void *b)
{
    const struct kept *x = a;
    const struct kept *y = b;

    return (x->number > y->number) - (x->number < y->number);
}

static struct event
event_at(const struct events *e, size_t i)
{
    struct event ev;

    assert_int_equal(
        event_unpack((const uint8_t *)e->bytes.data + e->kept[i].at, e->kept[i].len, &ev), ERR_OK);
    return ev;
}

/* Every event of b is one of a. Both are in the order of their numbers then; equal counts make them
 * the same. */
static void
assert_among(struct events *a, struct events *b)
{
    size_t k = 0;

    qsort(a->kept, a->count, sizeof(a->kept[0]), by_number);
    qsort(b->kept, b->count, sizeof(b->kept[0]), by_number);
    for (size_t i = 0; i < b->count; i++) {
        struct event y = event_at(b, i);
        bool same = false;

        while (k < a->count && a->kept[k].number < b->kept[i].number) {
            k++;
        }
        for (size_t at = k; at < a->count && a->kept[at].number == b->kept[i].number; at++) {
            struct event x = event_at(a, at);

            same = same || event_cmp(&x, &y) == 0;
        }
        if (!same) {
            print_message("record %u, id %u\n", (unsigned)y.record_id, y.event_id);
        }
        assert_true(same);
    }
}

static void
events_of_file(const struct buf *file, struct events *out)
{
    struct log_bytes log = {(const uint8_t *)file->data, file->len};
    struct evtx_item item;
    struct evtx *r;

    assert_int_equal(open_bytes(&log, &r), ERR_OK);
    while (evtx_next(r, &item) == ERR_OK) {
        if (item.kind == EVTX_ITEM_EVENT) {
            keep(out, item.event);
        }
    }
    evtx_close(r);
}

static enum err
on_record(void *ctx, const struct subscription_record *r)
{
    assert_false(r->unreadable);
    if (r->event != NULL) {
        keep(ctx, r->event);
    }
    return ERR_OK;
}

/* Through every subscription to a log that the simulator has; `collector` instead: forwarded. */
static void
events_of_subscriptions(struct evtlog_sim *sim, bool collector, struct events *out)
{
    for (size_t c = 0; c < CHANNEL_COUNT; c++) {
        const struct subscription_options o = {.api = evtlog_sim_api(sim),
                                               .channel = &channel_all[c],
                                               .sink = {.ctx = out, .record = on_record}};
        struct subscription *s;
        enum err err;

        if (channel_all[c].collector != collector) {
            continue;
        }
        assert_int_equal(subscription_create(&o, &s), ERR_OK);
        do {
            err = subscription_step(s, 0, 100);
        } while (err == ERR_OK);
        assert_int_equal(err, ERR_END);
        assert_true(subscription_status(s)->state == SUBSCRIPTION_LIVE ||
                    subscription_status(s)->state == SUBSCRIPTION_ABSENT);
        assert_int_equal(subscription_status(s)->gaps, 0);
        subscription_destroy(s);
    }
}

enum way { BY_VALUES, BY_XML, FORWARDED, WAYS };

static void
check_bytes(const struct buf *file, size_t events, size_t sound, enum way way)
{
    static struct events a;
    static struct events b;
    struct buf path;
    struct evtlog_load load = {(const uint8_t *)file->data, file->len, NULL, {"", 0}};
    struct evtlog_sim *sim;

    buf_init(&path, 4096);
    assert_int_equal(path_temp_file(&path), ERR_OK);
    load.to = buf_str(&path);
    load.log = way == FORWARDED ? SV("ForwardedEvents") : load.log;
    assert_true(evtlog_load(&load) > 0);
    sim = evtlog_sim_create(buf_str(&path));
    assert_non_null(sim);
    evtlog_sim_set_no_values(sim, way == BY_XML);
    events_init(&a);
    events_init(&b);
    events_of_file(file, &a);
    assert_int_equal(a.count, events);
    events_of_subscriptions(sim, way == FORWARDED, &b);
    assert_int_equal(b.count, sound);
    assert_among(&a, &b);
    buf_fini(&a.bytes);
    buf_fini(&b.bytes);
    assert_int_equal(evtlog_sim_destroy(sim), 0);
    assert_int_equal(file_delete(buf_str(&path)), ERR_OK);
    buf_fini(&path);
}

static void
check_recording(const char *name, size_t events, size_t sound)
{
    struct buf file;

    load_recording(name, &file);
    for (int way = 0; way < WAYS; way++) {
        check_bytes(&file, events, sound, (enum way)way);
    }
    buf_fini(&file);
}

static void
test_benign(void **state)
{
    (void)state;
    check_recording("benign-security.evtx", 465, 465);
}

static void
test_kerberos(void **state)
{
    (void)state;
    check_recording("kerberos-4771-guessing.evtx", 54, 54);
}

static void
test_rdp_templateless(void **state)
{
    (void)state;
    check_recording("rdp-131-burst-templateless.evtx", 154, 154);
}

static void
test_rdp_core(void **state)
{
    (void)state;
    check_recording("rdp-internet-2018-corets.evtx", 252, 252);
}

/* Some of its chunks are damaged: what the reader recovers from them is not stored. */
static void
test_rdp_connections(void **state)
{
    (void)state;
    check_recording("rdp-internet-2018-rcm.evtx", 1796, 1774);
}

static void
test_smb(void **state)
{
    (void)state;
    check_recording("smb-guessing-security.evtx", 3561, 3561);
}

/* -- made records: every type and every awkward text ------------------------------------------- */

static const struct sim_field smb_fields[] = {
    {"SessionGUID", SIM_GUID},    {"Status", SIM_HEX32},    {"TranslatedStatus", SIM_HEX32},
    {"ClientAddress", SIM_BYTES}, {"SessionId", SIM_HEX64}, {"UserName", SIM_TEXT},
    {"ClientName", SIM_TEXT},
};
static const struct sim_schema smb = {.provider = "Microsoft-Windows-SMBServer",
                                      .guid = "{d48ce617-33a2-4bc3-a5c7-11aa4f29619e}",
                                      .channel = "Microsoft-Windows-SMBServer/Security",
                                      .event_id = 551,
                                      .version = 2,
                                      .fields = smb_fields,
                                      .field_count = COUNT(smb_fields)};

static const struct sim_field rcm_fields[] = {
    {"Param1", SIM_TEXT}, {"Param2", SIM_TEXT}, {"Param3", SIM_TEXT}};
static const struct sim_schema rcm = {
    .provider = "Microsoft-Windows-TerminalServices-RemoteConnectionManager",
    .guid = "{c76baa63-ae81-421c-b425-340b4b24157f}",
    .channel = "Microsoft-Windows-TerminalServices-RemoteConnectionManager/Operational",
    .event_id = 1149,
    .user_data = "EventXML",
    .fields = rcm_fields,
    .field_count = COUNT(rcm_fields)};

static const struct sim_field process_fields[] = {
    {"SubjectUserSid", SIM_SID}, {"SubjectUserName", SIM_TEXT},   {"SubjectLogonId", SIM_HEX64},
    {"NewProcessId", SIM_HEX64}, {"NewProcessName", SIM_TEXT},    {"CommandLine", SIM_TEXT},
    {"ProcessId", SIM_HEX64},    {"ParentProcessName", SIM_TEXT}, {"TargetLogonId", SIM_HEX64},
};
static const struct sim_schema process = {.provider = "Microsoft-Windows-Security-Auditing",
                                          .guid = "{54849625-5478-4994-a5ba-3e3b0328c30d}",
                                          .channel = "Security",
                                          .event_id = 4688,
                                          .version = 2,
                                          .fields = process_fields,
                                          .field_count = COUNT(process_fields)};

static const struct sim_field defender_fields[] = {
    {"Threat Name", SIM_TEXT}, {"Detection User", SIM_TEXT}, {"Error Code", SIM_TEXT}};
static const struct sim_schema defender = {.provider = "Microsoft-Windows-Windows Defender",
                                           .guid = "{11cd958a-c507-4ef3-b3f2-5fd9dfbd2c78}",
                                           .channel =
                                               "Microsoft-Windows-Windows Defender/Operational",
                                           .event_id = 1116,
                                           .fields = defender_fields,
                                           .field_count = COUNT(defender_fields)};

static const char *const texts[] = {
    "kumi",
    "ACME\\kumi",
    "",
    "-",
    "<Data Name='x'>&amp;</Data>",
    "\"C:\\a b\\c.exe\" -x 'y' && z > q\r\n\t&#65;",
    "\xe3\x81\x8b\xe3\x81\xaa\xe3\x82\x8a",
    "\xed\xa0\x80 lone",
};

static struct sim_value
text_value(const char *text)
{
    struct sim_value v = {.number = 0};

    v.long_text = text;
    return v;
}

static struct sim_value
number_value(uint64_t number)
{
    return (struct sim_value){.number = number};
}

static void
write_made(const char *path)
{
    struct sim_log *log = sim_log_open(path, "PC-A");

    for (size_t i = 0; i < COUNT(texts); i++) {
        struct sim_value v[9] = {{0}};
        uint64_t at = TM_UNIX_EPOCH_FT + UINT64_C(1700000000) * TM_SEC + i;
        const uint8_t sid[] = {1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0};
        const uint8_t address[] = {2, 0, 0xc3, 0x50, 203, 0, 113, (uint8_t)i,
                                   0, 0, 0,    0,    0,   0, 0,   0};

        v[0].byte_len = 16;
        v[1] = number_value(0xc000006d);
        v[2] = number_value(0xc000006a);
        memcpy(v[3].bytes, address, sizeof(address));
        v[3].byte_len = sizeof(address);
        v[5] = text_value(texts[i]);
        v[6] = text_value(texts[i]);
        sim_log_record(log, &smb, at, v);
        v[0] = text_value(texts[i]);
        v[1] = text_value("ACME");
        v[2] = text_value("203.0.113.7");
        sim_log_record(log, &rcm, at, v);
        v[1] = text_value(texts[i]);
        v[2] = text_value("0x80070005");
        sim_log_record(log, &defender, at, v);
        v[0] = (struct sim_value){.byte_len = sizeof(sid)};
        memcpy(v[0].bytes, sid, sizeof(sid));
        v[2] = number_value(0x3e7);
        v[3] = number_value(0x1a4 + i);
        v[4] = text_value(texts[i]);
        v[5] = text_value(texts[i]);
        v[6] = number_value(0);
        v[7] = text_value("C:\\Windows\\explorer.exe");
        v[8] = number_value(0);
        sim_log_record(log, &process, at, v);
    }
    assert_int_equal(sim_log_close(log), 4 * COUNT(texts));
}

static void
test_made_records(void **state)
{
    struct buf path;
    struct buf file;

    (void)state;
    buf_init(&path, 4096);
    buf_init(&file, 16u * 1024 * 1024);
    assert_int_equal(path_temp_file(&path), ERR_OK);
    write_made(buf_str(&path));
    assert_int_equal(file_read_all(buf_str(&path), 16u * 1024 * 1024, &file), ERR_OK);
    for (int way = 0; way < WAYS; way++) {
        check_bytes(&file, 4 * COUNT(texts), 4 * COUNT(texts), (enum way)way);
    }
    assert_int_equal(file_delete(buf_str(&path)), ERR_OK);
    buf_fini(&path);
    buf_fini(&file);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_benign),           cmocka_unit_test(test_kerberos),
        cmocka_unit_test(test_rdp_templateless), cmocka_unit_test(test_rdp_core),
        cmocka_unit_test(test_rdp_connections),  cmocka_unit_test(test_smb),
        cmocka_unit_test(test_made_records),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
