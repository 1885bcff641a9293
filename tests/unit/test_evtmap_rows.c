/* evtmap_rows - records of tasks, WMI consumers, PowerShell, devices and networks, with values as
 * Windows types them; and the proof that each row claims. */
#include "unit/test_evtx_help.h"

#include <stdio.h>

#include "core/metrics.h"
#include "evtlog/evtmap.h"
#include "evtlog/evtx_mof.h"
#include "evtlog/evtx_shape.h"
#include "evtlog/evtx_value.h"
#include "support/binxml_build.h"

#define T0 134379648000000000ULL /* 2026-11-01T00:00:00Z */
#define VALUES_MAX 16

/* -- building ---------------------------------------------------------------------------------- */

/* A value in the template's way: a name, a type, bytes. Texts are ASCII. */
struct datum {
    const char *name;
    unsigned type; /* enum evtx_type; EVTX_STRING: text is converted */
    const char *text;
    size_t len; /* of other types: bytes in `text` */
};

struct built {
    struct bx bx;
    uint8_t file[BX_FILE_LEN];
    uint8_t utf16[VALUES_MAX][512];
    struct log_bytes log;
    struct evtx *reader;
    struct evtx_item item;
};

static void
put_system(struct bx *b, const char *provider, const char *id)
{
    bx_open(b, "Event", BX_DEP);
    bx_token(b, BX_CLOSE_START);
    bx_open(b, "System", BX_DEP);
    bx_token(b, BX_CLOSE_START);
    bx_open(b, "Provider", BX_ATTRS | BX_DEP);
    bx_attr(b, "Name");
    bx_value(b, provider);
    bx_token(b, BX_CLOSE_EMPTY);
    bx_element(b, "EventID", id, BX_DEP);
    bx_element(b, "Level", "3", BX_DEP);
    bx_open(b, "Execution", BX_ATTRS | BX_DEP);
    bx_attr(b, "ProcessID");
    bx_value(b, "4242");
    bx_token(b, BX_CLOSE_EMPTY);
    bx_element(b, "Channel", "Test", BX_DEP);
    bx_element(b, "Computer", "PC", BX_DEP);
    bx_open(b, "Security", BX_ATTRS | BX_DEP);
    bx_attr(b, "UserID");
    bx_value(b, "S-1-5-21-1-2-3-1001");
    bx_token(b, BX_CLOSE_EMPTY);
    bx_token(b, BX_CLOSE);
}

static void
put_names(struct bx *b, const char *user_data, const struct datum *data, size_t count)
{
    bx_open(b, user_data == NULL ? "EventData" : "UserData", BX_DEP);
    bx_token(b, BX_CLOSE_START);
    if (user_data != NULL) {
        bx_open(b, user_data, BX_ATTRS | BX_DEP);
        bx_attr(b, "xmlns");
        bx_value(b, "http://manifests.microsoft.com/win/2006/windows/WMI");
        bx_token(b, BX_CLOSE_START);
    }
    for (size_t i = 0; i < count; i++) {
        bx_open(b, user_data == NULL ? "Data" : data[i].name,
                BX_DEP | (user_data == NULL ? BX_ATTRS : 0));
        if (user_data == NULL) {
            bx_attr(b, "Name");
            bx_value(b, data[i].name);
        }
        bx_token(b, BX_CLOSE_START);
        bx_sub(b, (unsigned)i, data[i].type);
        bx_token(b, BX_CLOSE);
    }
    bx_token(b, BX_CLOSE);
    if (user_data != NULL) {
        bx_token(b, BX_CLOSE);
    }
}

static struct bx_value_bytes
value_of(struct built *m, size_t i, const struct datum *d)
{
    size_t len = d->type == EVTX_STRING ? strlen(d->text) : d->len;

    if (d->type != EVTX_STRING) {
        return (struct bx_value_bytes){d->type, d->text, len};
    }
    assert_true(2 * len <= sizeof(m->utf16[i]));
    for (size_t k = 0; k < len; k++) {
        m->utf16[i][2 * k] = (uint8_t)d->text[k];
        m->utf16[i][2 * k + 1] = 0;
    }
    return (struct bx_value_bytes){d->type, m->utf16[i], 2 * len};
}

struct record {
    const char *provider, *id;
    const char *user_data; /* the element inside UserData, or NULL */
    const struct datum *data;
    size_t count;
};

/* One record of a template, read back. */
static const struct event *
read_row(struct built *m, struct record due)
{
    struct bx_value_bytes values[VALUES_MAX];
    struct bx_template t;
    struct bx *b = &m->bx;

    bx_init(b);
    bx_record_begin(b, T0);
    bx_fragment(b);
    t = bx_template_begin(b, 7);
    bx_fragment(b);
    put_system(b, due.provider, due.id);
    put_names(b, due.user_data, due.data, due.count);
    bx_token(b, BX_CLOSE);
    bx_token(b, BX_END);
    bx_template_end(b, t);
    for (size_t i = 0; i < due.count; i++) {
        values[i] = value_of(m, i, &due.data[i]);
    }
    bx_values(b, values, due.count);
    bx_record_end(b);
    bx_file(b, m->file);
    m->log = (struct log_bytes){m->file, BX_FILE_LEN};
    assert_int_equal(open_bytes(&m->log, &m->reader), ERR_OK);
    assert_int_equal(evtx_next(m->reader, &m->item), ERR_OK);
    assert_int_equal(m->item.kind, EVTX_ITEM_EVENT);
    return m->item.event;
}

#define READ(m, provider, id, user_data, data)                                                     \
    read_row(m, (struct record){"Microsoft-Windows-" provider, id, user_data, data, COUNT(data)})

static int
setup(void **state)
{
    *state = mem_zalloc(sizeof(struct built));
    return *state == NULL;
}

static int
teardown(void **state)
{
    struct built *m = *state;

    evtx_close(m->reader);
    mem_free(m);
    return 0;
}

/* Presence bits of exactly these fields and those of every record. */
static void
expect_only(const struct event *ev, const enum event_field *fields, size_t count)
{
    static const enum event_field always[] = {EVF_host,      EVF_channel, EVF_provider,
                                              EVF_event_id,  EVF_version, EVF_record_id,
                                              EVF_logger_pid};
    struct event want = {0};

    for (size_t i = 0; i < COUNT(always); i++) {
        event_mark_field(&want, always[i]);
    }
    for (size_t i = 0; i < count; i++) {
        event_mark_field(&want, fields[i]);
    }
    for (unsigned i = 0; i < EVF_COUNT; i++) {
        if (event_has_field(ev, i) != event_has_field(&want, i)) {
            fail_msg("%s is %s", event_field_info[i].name,
                     event_has_field(ev, i) ? "too much" : "missing");
        }
    }
}

#define ONLY(ev, ...)                                                                              \
    expect_only(ev, (const enum event_field[]){__VA_ARGS__},                                       \
                sizeof((const enum event_field[]){__VA_ARGS__}) / sizeof(enum event_field))

static const char guid[16] = {0x78, 0x56, 0x34, 0x12, 0x34, 0x12, 0x78, 0x56,
                              1,    2,    3,    4,    5,    6,    7,    8};
#define GUID_TEXT "{12345678-1234-5678-0102-030405060708}"

/* -- rows -------------------------------------------------------------------------------------- */

static void
test_task_registered(void **state)
{
    static const struct datum data[] = {
        {"TaskName", EVTX_STRING, "\\MicroSoft\\Windows\\qWeRtY", 0},
        {"UserContext", EVTX_STRING, "ACME\\kumi", 0},
    };
    const struct event *ev = READ(*state, "TaskScheduler", "106", NULL, data);

    assert_int_equal(ev->kind, EV_TASK_CHANGE);
    ONLY(ev, EVF_task, EVF_subject_account, EVF_subject_domain, EVF_action);
    assert_true(sv_is(ev->task, "\\MicroSoft\\Windows\\qWeRtY"));
    assert_true(sv_is(ev->subject_account, "kumi") && sv_is(ev->subject_domain, "ACME"));
    assert_true(sv_is(ev->action, "registered"));
}

static void
test_task_changed_and_deleted(void **state)
{
    static const struct datum data[] = {
        {"TaskName", EVTX_STRING, "\\blackball", 0},
        {"UserName", EVTX_STRING, "S-1-5-18", 0},
    };
    struct built *m = *state;
    const struct event *ev = READ(m, "TaskScheduler", "140", NULL, data);

    assert_int_equal(ev->kind, EV_TASK_CHANGE);
    ONLY(ev, EVF_task, EVF_subject_account, EVF_action);
    assert_true(sv_is(ev->action, "changed") && sv_is(ev->task, "\\blackball"));
    evtx_close(m->reader);
    ev = READ(m, "TaskScheduler", "141", NULL, data);
    assert_int_equal(ev->kind, EV_TASK_CHANGE);
    assert_true(sv_is(ev->action, "deleted") && sv_is(ev->subject_account, "S-1-5-18"));
}

#define MOF                                                                                        \
    "Binding EventFilter: \ninstance of __EventFilter\n{\n\tEventNamespace = \"root\\\\cimv2\";\n" \
    "\tName = \"Query = \\\"no\\\"\";\n\tQuery = \"SELECT * FROM X\";\n};\nPerm. Consumer: \n"     \
    "instance of CommandLineEventConsumer\n{\n\tCommandLineTemplate = \"cmd /c \\\"a\\\"\";\n};\n"

static void
test_wmi_binding(void **state)
{
    static const struct datum data[] = {
        {"Namespace", EVTX_STRING, "//./root/subscription", 0},
        {"ESS", EVTX_STRING, "blackball", 0},
        {"CONSUMER", EVTX_STRING, "CommandLineEventConsumer=\"blackball\"", 0},
        {"PossibleCause", EVTX_STRING, MOF, 0},
    };
    const struct event *ev =
        READ(*state, "WMI-Activity", "5861", "Operation_ESStoConsumerBinding", data);

    assert_int_equal(ev->kind, EV_WMI_CONSUMER);
    ONLY(ev, EVF_path, EVF_parent_object, EVF_object, EVF_script, EVF_query, EVF_command_line);
    assert_true(sv_is(ev->path, "//./root/subscription") && sv_is(ev->parent_object, "blackball"));
    assert_true(sv_is(ev->object, "CommandLineEventConsumer=\"blackball\""));
    assert_true(sv_is(ev->script, MOF));
    assert_true(sv_is(ev->query, "SELECT * FROM X"));
    assert_true(sv_is(ev->command_line, "cmd /c \"a\""));
}

static void
test_script_block(void **state)
{
    static const char number[4] = {2};
    static const char total[4] = {3};
    static const struct datum data[] = {
        {"MessageNumber", EVTX_I32, number, 4},
        {"MessageTotal", EVTX_I32, total, 4},
        {"ScriptBlockText", EVTX_STRING, "-", 0},
        {"ScriptBlockId", EVTX_STRING, "34d312d7-e012-40c3-b0e8-9d4e5e412345", 0},
        {"Path", EVTX_STRING, "C:\\a.ps1", 0},
    };
    struct built *m = *state;
    const struct event *ev = READ(m, "PowerShell", "4104", NULL, data);

    assert_int_equal(ev->kind, EV_SCRIPT_BLOCK);
    ONLY(ev, EVF_part, EVF_parts, EVF_script, EVF_object, EVF_path, EVF_level, EVF_sid,
         EVF_process_id);
    assert_int_equal(ev->part, 2);
    assert_int_equal(ev->parts, 3);
    assert_int_equal(ev->level, 3);
    assert_int_equal(ev->process_id, 4242);
    assert_true(sv_is(ev->sid, "S-1-5-21-1-2-3-1001") && sv_is(ev->path, "C:\\a.ps1"));
    assert_true(sv_is(ev->script, "-")); /* the last part may be any one character */
    assert_true(sv_is(ev->object, "34d312d7-e012-40c3-b0e8-9d4e5e412345"));
    evtx_close(m->reader);
    ev = read_row(m, (struct record){"PowerShellCore", "4104", NULL, data, COUNT(data)});
    assert_int_equal(ev->kind, EV_SCRIPT_BLOCK);
    assert_int_equal(ev->part, 2);
}

/* A record without a template may write each quote of a script as an entity. What is beyond the
 * limit is counted. */
static void
test_script_of_many_entities(void **state)
{
    struct built *m = *state;
    struct bx *b = &m->bx;

    bx_init(b);
    bx_record_begin(b, T0);
    bx_fragment(b);
    bx_event_open(b, "Microsoft-Windows-PowerShell", "4104", BX_PLAIN);
    bx_open(b, "EventData", BX_PLAIN);
    bx_token(b, BX_CLOSE_START);
    bx_open(b, "Data", BX_ATTRS);
    bx_attr(b, "Name");
    bx_value(b, "ScriptBlockText");
    bx_token(b, BX_CLOSE_START);
    for (unsigned i = 0; i < SHAPE_PIECES_MAX + 8; i++) {
        bx_u8(b, 0x08); /* &#34; */
        bx_u16(b, '"');
    }
    bx_token(b, BX_CLOSE);
    bx_token(b, BX_CLOSE);
    bx_token(b, BX_CLOSE);
    bx_token(b, BX_END);
    bx_record_end(b);
    bx_file(b, m->file);
    metric_reset_all();
    m->log = (struct log_bytes){m->file, BX_FILE_LEN};
    assert_int_equal(open_bytes(&m->log, &m->reader), ERR_OK);
    assert_int_equal(evtx_next(m->reader, &m->item), ERR_OK);
    assert_int_equal(m->item.kind, EVTX_ITEM_EVENT);
    /* the five of System come first */
    assert_int_equal(m->item.event->script.len, SHAPE_PIECES_MAX - 5);
    assert_int_equal(metric_get(METRIC_TEXTS_CUT), 1);
}

static void
test_devices(void **state)
{
    static const char one[4] = {1};
    static const char failed[4] = {1, 0, 0, (char)0xC0};
    static const struct datum configured[] = {
        {"DeviceInstanceId", EVTX_STRING, "USB\\VID_12D1&PID_14DC\\0", 0},
        {"DriverName", EVTX_STRING, "rndiscmp.inf", 0},
        {"ClassGuid", EVTX_GUID, guid, 16},
        {"DriverDate", EVTX_STRING, "06/21/2006", 0},
        {"DriverInbox", EVTX_BOOL, one, 4},
        {"DriverRank", EVTX_HEX32, one, 4},
        {"MatchingDeviceId", EVTX_STRING, "usb\\class_e0&subclass_01&prot_03", 0},
        {"Status", EVTX_HEX32, failed, 4},
        {"ParentDeviceInstanceId", EVTX_STRING, "USB\\ROOT_HUB30\\4", 0},
    };
    static const struct datum started[] = {
        {"DeviceInstanceId", EVTX_STRING, "USB\\1", 0},
        {"DriverName", EVTX_STRING, "a.inf", 0},
        {"ClassGuid", EVTX_GUID, guid, 16},
        {"ServiceName", EVTX_STRING, "usbrndis6", 0},
        {"LowerFilters", EVTX_STRING, "", 0},
        {"Problem", EVTX_HEX32, one, 4},
        {"Status", EVTX_HEX32, failed, 4},
    };
    struct built *m = *state;
    const struct event *ev = READ(m, "Kernel-PnP", "400", NULL, configured);

    assert_int_equal(ev->kind, EV_DEVICE_ARRIVAL);
    ONLY(ev, EVF_object, EVF_path, EVF_category, EVF_text, EVF_status, EVF_parent_object,
         EVF_action);
    assert_true(sv_is(ev->object, "USB\\VID_12D1&PID_14DC\\0") && sv_is(ev->path, "rndiscmp.inf"));
    assert_true(sv_is(ev->category, GUID_TEXT) && sv_is(ev->action, "configured"));
    assert_true(sv_is(ev->text, "usb\\class_e0&subclass_01&prot_03"));
    assert_true(sv_is(ev->parent_object, "USB\\ROOT_HUB30\\4") && ev->status == 0xC0000001);
    evtx_close(m->reader);
    ev = READ(m, "Kernel-PnP", "410", NULL, started);
    ONLY(ev, EVF_object, EVF_path, EVF_category, EVF_service_name, EVF_reason, EVF_status,
         EVF_action);
    assert_true(sv_is(ev->action, "started") && sv_is(ev->service_name, "usbrndis6"));
    assert_true(ev->reason == 1 && ev->status == 0xC0000001);
    evtx_close(m->reader);
    ev = READ(m, "Kernel-PnP", "420", NULL, started);
    assert_int_equal(ev->kind, EV_DEVICE_ARRIVAL);
    ONLY(ev, EVF_object, EVF_category, EVF_reason, EVF_status, EVF_action);
    assert_true(sv_is(ev->action, "removed"));
}

static void
test_modem_and_network(void **state)
{
    static const char one[4] = {1};
    static const char two[4] = {2};
    static const char nine[4] = {9};
    static const struct datum modem[] = {
        {"InterfaceGuid", EVTX_GUID, guid, 16},
        {"InterfaceDescription", EVTX_STRING, "LTE Modem", 0},
        {"ModemCreationCount", EVTX_U32, one, 4},
    };
    static const struct datum network[] = {
        {"Name", EVTX_STRING, "Network 3", 0}, {"Description", EVTX_STRING, "hotspot", 0},
        {"Guid", EVTX_GUID, guid, 16},         {"Type", EVTX_U32, one, 4},
        {"State", EVTX_U32, nine, 4},          {"Category", EVTX_U32, two, 4},
    };
    struct built *m = *state;
    const struct event *ev = READ(m, "WWAN-SVC-EVENTS", "2003", NULL, modem);

    assert_int_equal(ev->kind, EV_DEVICE_ARRIVAL);
    ONLY(ev, EVF_object, EVF_object_name, EVF_action);
    assert_true(sv_is(ev->object, GUID_TEXT) && sv_is(ev->object_name, "LTE Modem"));
    assert_true(sv_is(ev->action, "arrived"));
    evtx_close(m->reader);
    ev = READ(m, "WWAN-SVC-EVENTS", "2004", NULL, modem);
    ONLY(ev, EVF_object, EVF_action);
    assert_true(sv_is(ev->action, "removed"));
    evtx_close(m->reader);
    ev = READ(m, "NetworkProfile", "10000", NULL, network);
    assert_int_equal(ev->kind, EV_ADAPTER_CHANGE);
    ONLY(ev, EVF_object, EVF_object_name, EVF_text, EVF_new_value, EVF_category, EVF_action);
    assert_true(sv_is(ev->object_name, "Network 3") && sv_is(ev->text, "hotspot"));
    assert_true(sv_is(ev->new_value, "9") && sv_is(ev->category, "2"));
    assert_true(sv_is(ev->object, GUID_TEXT) && sv_is(ev->action, "connected"));
    evtx_close(m->reader);
    ev = READ(m, "NetworkProfile", "10001", NULL, network);
    assert_int_equal(ev->kind, EV_ADAPTER_CHANGE);
    assert_true(sv_is(ev->action, "disconnected"));
}

/* -- MOF --------------------------------------------------------------------------------------- */

static void
expect_mof(const char *mof, const char *property, const char *text)
{
    char out[64];
    bool cut = true;
    struct sv got = mof_text(sv_from(mof), sv_from(property), out, sizeof(out), &cut);

    if (!sv_is(got, text)) {
        fail_msg("%s of %s is %.*s", property, mof, (int)got.len, got.p);
    }
    assert_false(cut);
}

static void
test_mof(void **state)
{
    char out[4];
    bool cut = false;

    (void)state;
    expect_mof("A = \"x\";", "a", "x");
    expect_mof("BA = \"x\"; AB = \"y\"; A=\"z\"", "A", "z");
    expect_mof("N = \"A = \\\"no\\\"\"; A = \"yes\"", "A", "yes");
    expect_mof("A = NULL; A = 5; A = {\"no\"}; A = \"yes\"", "A", "yes");
    expect_mof("A\n=\t\"one\"\n  \"two\";", "A", "onetwo");
    expect_mof("A = \"\\\\ \\n\\t\\\" \\x41\\X0e9!\"", "A", "\\ \n\t\" A\xC3\xA9!");
    expect_mof("A = \"\"", "A", "");
    expect_mof("A = \"open", "A", "open");
    expect_mof("A = \"open\\", "A", "open"); /* nothing behind the backslash */
    expect_mof("", "A", "");
    assert_int_equal(mof_text(SV("A=\"123456\""), SV("A"), out, sizeof(out), &cut).len, 4);
    assert_true(cut);
    cut = false; /* between characters */
    assert_int_equal(mof_text(SV("A=\"123\xC3\xA9\""), SV("A"), out, sizeof(out), &cut).len, 3);
    assert_true(cut);
}

/* -- proof ------------------------------------------------------------------------------------- */

/* Records of each row in a recording. */
static void
count_rows(const char *recording, size_t *counts)
{
    struct evtx *r = NULL;
    struct evtx_item item;
    struct log_bytes log;
    struct buf bytes;

    load_recording(recording, &bytes);
    log = (struct log_bytes){(const uint8_t *)bytes.data, bytes.len};
    assert_int_equal(open_bytes(&log, &r), ERR_OK);
    while (evtx_next(r, &item) == ERR_OK) {
        for (size_t i = 0; item.kind == EVTX_ITEM_EVENT && evtmap_row(i) != NULL; i++) {
            counts[i] += evtmap_find(item.provider, item.event_id) == evtmap_row(i);
        }
    }
    evtx_close(r);
    buf_fini(&bytes);
}

/* A row names a recording when, and only when, one has it. */
static void
test_proof(void **state)
{
    static const char *const recordings[] = {
        "benign-security.evtx",          "kerberos-4771-guessing.evtx",
        "rdp-internet-2018-corets.evtx", "rdp-internet-2018-rcm.evtx",
        "smb-guessing-security.evtx",
    };
    size_t counts[COUNT(recordings)][128] = {{0}};

    (void)state;
    for (size_t k = 0; k < COUNT(recordings); k++) {
        count_rows(recordings[k], counts[k]);
    }
    for (size_t i = 0; evtmap_row(i) != NULL; i++) {
        const struct evtmap_row *row = evtmap_row(i);
        bool proven = false;

        for (size_t k = 0; k < COUNT(recordings); k++) {
            if (row->proof == NULL) {
                assert_int_equal(counts[k][i], 0);
            }
            proven |=
                row->proof != NULL && strcmp(row->proof, recordings[k]) == 0 && counts[k][i] > 0;
        }
        if (proven != (row->proof != NULL)) {
            fail_msg("%s %u is not in %s", row->provider, (unsigned)row->event_id, row->proof);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_task_registered, setup, teardown),
        cmocka_unit_test_setup_teardown(test_task_changed_and_deleted, setup, teardown),
        cmocka_unit_test_setup_teardown(test_wmi_binding, setup, teardown),
        cmocka_unit_test_setup_teardown(test_script_block, setup, teardown),
        cmocka_unit_test_setup_teardown(test_script_of_many_entities, setup, teardown),
        cmocka_unit_test_setup_teardown(test_devices, setup, teardown),
        cmocka_unit_test_setup_teardown(test_modem_and_network, setup, teardown),
        cmocka_unit_test(test_mof),
        cmocka_unit_test(test_proof),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
