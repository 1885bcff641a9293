/* test_etw_decode_recordings - every record of the recordings that has a row is decoded, the counts
 * are those of the data folder's README, and the rows say which recording proves them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/buf.h"
#include "core/metrics.h"
#include "core/tm.h"
#include "etw/decode.h"
#include "etw/etl.h"
#include "platform/platform.h"

#define ROWS_MAX 256
#define YEAR_2009_FT 128752416000000000ULL
#define YEAR_2030_FT 135379296000000000ULL

#define WIN7_NET "kernel-network-win7-7601.etl"
#define WIN7_PROCESS "kernel-process-win7-7600.etl"
#define WIN11_PROCESS "kernel-process-win11-26200.etl"
#define WIN11_KERNEL "ntkernel-compressed-win11-22000.etl"
#define WIN10_KERNEL "ntkernel-win10-18362.etl"

static const char *const recordings[] = {WIN7_NET, WIN7_PROCESS, WIN11_PROCESS, WIN11_KERNEL,
                                         WIN10_KERNEL};

/* What one recording gave. */
struct tally {
    uint64_t records, unknown, damaged;
    uint64_t kinds[EV_COUNT];
    uint64_t rows[ROWS_MAX]; /* by etw_row() */
    void (*look)(const struct event *ev);
};

/* -- reading ----------------------------------------------------------------------------------- */

/* Skips where the recordings are missing, except in CI. */
static struct file *
open_recording(const char *name)
{
    const char *data = env_get("KANARI_DATA");
    struct file *f = NULL;
    const char *ci;
    struct buf path;
    enum err err;

    buf_init(&path, 4096);
    buf_puts(&path, data == NULL ? "../shared/data" : data);
    buf_puts(&path, "/etl/");
    buf_puts(&path, name);
    err = file_open_read(buf_str(&path), &f);
    if (err) {
        print_message("no recording %s (set KANARI_DATA)\n", buf_str(&path));
    }
    buf_fini(&path);
    if (err) {
        ci = env_get("CI"); /* overwrites what env_get() gave before */
        if (ci != NULL && strcmp(ci, "true") == 0) {
            fail();
        }
        skip();
    }
    return f;
}

static size_t
row_of(const struct etw_record *rec)
{
    for (size_t i = 0; i < etw_row_count(); i++) {
        struct etw_row_info row = etw_row(i);

        if (row.id == rec->id && row.version == rec->version &&
            memcmp(&row.guid, &rec->provider, sizeof(row.guid)) == 0) {
            return i;
        }
    }
    return SIZE_MAX;
}

static void
take_record(struct tally *t, struct etw_decoder *d, const struct etw_record *rec)
{
    size_t row = row_of(rec);
    enum etw_decoded decoded;
    struct event ev;
    const char *why;

    t->records++;
    decoded = etw_decode(d, rec, &ev, &why);
    t->unknown += decoded == ETW_UNKNOWN;
    t->damaged += decoded == ETW_DAMAGED;
    assert_true((decoded == ETW_UNKNOWN) == (row == SIZE_MAX));
    if (decoded == ETW_EVENT) {
        assert_true(ev.time_ft == rec->time_ft && ev.time_ft > YEAR_2009_FT &&
                    ev.time_ft < YEAR_2030_FT);
        assert_true(ev.event_id == rec->id && ev.version == rec->version);
        t->kinds[ev.kind]++;
        t->rows[row]++;
        if (t->look != NULL) {
            t->look(&ev);
        }
    }
}

static void
tally_recording(const char *name, void (*look)(const struct event *ev), struct tally *t)
{
    struct file *f = open_recording(name);
    struct etw_decoder *d;
    struct etl_item item;
    struct etl *r;
    enum err err;

    memset(t, 0, sizeof(*t));
    t->look = look;
    metric_reset_all();
    assert_true(etw_row_count() <= ROWS_MAX);
    assert_int_equal(etl_open(f, &r), ERR_OK);
    assert_int_equal(etw_decoder_create(&d), ERR_OK);
    while ((err = etl_next(r, &item)) == ERR_OK) {
        assert_int_not_equal(item.kind, ETL_ITEM_DAMAGED);
        if (item.kind == ETL_ITEM_RECORD) {
            take_record(t, d, &item.record);
        }
    }
    assert_int_equal(err, ERR_END);
    assert_int_equal(t->damaged, 0);
    assert_int_equal(metric_get(METRIC_ETW_RECORDS_UNDECODED), 0);
    assert_int_equal(metric_get(METRIC_ETW_VERSIONS_NEWER), 0);
    assert_int_equal(metric_get(METRIC_TEXTS_CUT), 0);
    etw_decoder_destroy(d);
    etl_close(r);
    file_close(f);
}

struct kind_count {
    enum event_kind kind;
    uint64_t count;
};

/* Nothing else is in the tally. */
static void
assert_kinds(const struct tally *t, const struct kind_count *due, size_t count)
{
    uint64_t total = 0;

    for (size_t i = 0; i < count; i++) {
        assert_int_equal(t->kinds[due[i].kind], due[i].count);
        total += due[i].count;
    }
    assert_int_equal(t->records - t->unknown, total);
}

static uint64_t
row_count(const struct tally *t, const char *provider, unsigned id, unsigned version)
{
    for (size_t i = 0; i < etw_row_count(); i++) {
        struct etw_row_info row = etw_row(i);

        if (strcmp(row.provider, provider) == 0 && row.id == id && row.version == version) {
            return t->rows[i];
        }
    }
    fail();
    return 0;
}

static bool
is(struct sv s, const char *text)
{
    return sv_eq(s, sv_from(text));
}

static bool
ends_with(struct sv s, const char *end)
{
    size_t len = strlen(end);

    return s.len >= len && memcmp(s.p + s.len - len, end, len) == 0;
}

static struct tally tally; /* of the test that runs */

/* -- Kernel-Network ---------------------------------------------------------------------------- */

static uint64_t tcp_in, udp_in, groups, directed;

static bool
addr_is(const struct addr *a, const char *text)
{
    char spelt[ADDR_TEXT_MAX];

    (void)addr_format(a, spelt);
    return strcmp(spelt, text) == 0;
}

/* The computer that was recorded has these two addresses. */
static bool
is_local(const struct addr *a)
{
    return addr_is(a, "10.121.106.118") || addr_is(a, "2001:4898:0:fff:0:5efe:a79:6a76");
}

static void
look_network(const struct event *ev)
{
    assert_true(event_has(ev, src) && event_has(ev, dst) && event_has(ev, src_port) &&
                event_has(ev, dst_port) && event_has(ev, process_id));
    assert_false(is_local(&ev->src)); /* no record of this computer's own datagrams to groups */
    if (is(ev->transport, "TCP") || is(ev->action, "sent")) {
        assert_true(is_local(&ev->dst));
        tcp_in += is(ev->action, "received");
        return;
    }
    udp_in++;
    if (addr_classify(&ev->dst) == ADDR_CLASS_MULTICAST) {
        assert_int_equal(ev->dst_port, 5355); /* LLMNR */
        assert_true(ev->src_port > 1024);
        groups++;
    } else if (addr_is(&ev->src, "10.121.107.255")) {
        assert_true(ev->src_port == 137 || ev->src_port == 138); /* NetBIOS */
        directed++;
    } else {
        assert_true(is_local(&ev->dst));
    }
}

static void
test_network(void **state)
{
    static const struct kind_count due[] = {{EV_NET_DATA, 8921}, {EV_NET_CLOSE, 2}};

    (void)state;
    tcp_in = udp_in = groups = directed = 0;
    tally_recording(WIN7_NET, look_network, &tally);
    assert_kinds(&tally, due, COUNT(due));
    assert_int_equal(tcp_in, 7968 + 134);
    assert_int_equal(udp_in, 149 + 61);
    assert_int_equal(groups, 94 + 53);
    assert_int_equal(directed, 55);
}

/* -- Kernel-Process ---------------------------------------------------------------------------- */

/* Two clocks: a record may seem older than the process that it tells of. */
static bool
is_near(uint64_t a, uint64_t b)
{
    return a < b ? b - a < TM_SEC : a - b < TM_SEC;
}

static void
look_win11(const struct event *ev)
{
    static const char system32[] = "\\Device\\HarddiskVolume3\\Windows\\System32\\";

    assert_true(event_has(ev, process_id));
    if (ev->kind == EV_PROCESS_START) {
        assert_true(sv_starts_with(ev->process, SV(system32)));
        assert_true(ends_with(ev->process, "dllhost.exe") || ends_with(ev->process, "logman.exe"));
        assert_true(is(ev->integrity,
                       ends_with(ev->process, "dllhost.exe") ? "S-1-16-8192" : "S-1-16-12288"));
        assert_true(event_has(ev, session_id) && ev->session_id == 1);
        assert_true(event_has(ev, image_checksum) && event_has(ev, image_time));
        assert_int_equal(ev->process_sequence,
                         ends_with(ev->process, "dllhost.exe") ? 336539 : 336540);
        assert_true(is_near(ev->process_started, ev->time_ft));
    } else if (ev->kind == EV_PROCESS_STOP) {
        assert_true(is(ev->process, "logman.exe") && ev->process_id == 42068);
        assert_true(event_has(ev, status) && ev->status == 0);
        assert_int_equal(ev->process_sequence, 336537);
    } else {
        assert_true(sv_starts_with(ev->path, SV("\\Device\\HarddiskVolume3\\")));
    }
}

static void
test_process_win11(void **state)
{
    static const struct kind_count due[] = {
        {EV_PROCESS_START, 2}, {EV_PROCESS_STOP, 1}, {EV_IMAGE_LOAD, 62}};
    const char *provider = "Microsoft-Windows-Kernel-Process";

    (void)state;
    tally_recording(WIN11_PROCESS, look_win11, &tally);
    assert_kinds(&tally, due, COUNT(due));
    assert_int_equal(row_count(&tally, provider, 1, 4), 2);
    assert_int_equal(row_count(&tally, provider, 2, 2), 1);
}

static void
look_win7(const struct event *ev)
{
    static const char *const stopped[] = {"SearchProtocol", "SearchFilterHo", "OUTLOOK.EXE",
                                          "devenv.exe"};
    bool known = false;

    if (ev->kind == EV_PROCESS_START) {
        assert_true(sv_starts_with(ev->process, SV("\\Device\\HarddiskVolume2\\")));
        assert_true(event_has(ev, parent_process_id) && event_has(ev, session_id));
        assert_true(is_near(ev->process_started, ev->time_ft));
    } else if (ev->kind == EV_PROCESS_STOP) {
        for (size_t i = 0; i < COUNT(stopped); i++) {
            known = known || is(ev->process, stopped[i]);
        }
        assert_true(known);
        assert_true(event_has(ev, status) && ev->process_started < ev->time_ft);
    } else {
        assert_true(ev->path.len > 4 && ev->path.p[0] == '\\');
    }
}

static void
test_process_win7(void **state)
{
    static const struct kind_count due[] = {
        {EV_PROCESS_START, 4}, {EV_PROCESS_STOP, 4}, {EV_IMAGE_LOAD, 1115}};

    (void)state;
    tally_recording(WIN7_PROCESS, look_win7, &tally);
    assert_kinds(&tally, due, COUNT(due));
}

/* -- NT kernel --------------------------------------------------------------------------------- */

static uint64_t without_process, without_command_line;

static void
look_kernel(const struct event *ev)
{
    if (ev->kind == EV_IMAGE_LOAD) {
        assert_true(ev->path.len > 4 && ev->path.p[0] == '\\');
        without_process += event_has(ev, process_id) ? 0 : 1;
        return;
    }
    assert_true(sv_starts_with(ev->sid, SV("S-1-")) && ev->process.len > 0);
    assert_true(event_has(ev, process_id) || is(ev->process, "Idle"));
    assert_int_equal(event_has(ev, status), ev->kind == EV_PROCESS_STOP);
    assert_true(event_has(ev, session_id) || event_has(ev, command_line) ||
                ev->kind == EV_PROCESS_RUNDOWN);
    if (ev->kind == EV_PROCESS_RUNDOWN) {
        without_command_line += event_has(ev, command_line) ? 0 : 1;
    } else {
        assert_true(event_has(ev, command_line) && event_has(ev, session_id));
    }
}

static void
test_kernel_win11(void **state)
{
    static const struct kind_count due[] = {
        {EV_PROCESS_START, 124}, {EV_PROCESS_STOP, 118}, {EV_PROCESS_RUNDOWN, 396 + 402}};
    const char *provider = "NT Kernel/Process";

    (void)state;
    without_process = without_command_line = 0;
    tally_recording(WIN11_KERNEL, look_kernel, &tally);
    assert_kinds(&tally, due, COUNT(due));
    assert_int_equal(row_count(&tally, provider, 3, 4), 396);
    assert_int_equal(row_count(&tally, provider, 4, 4), 402);
    assert_int_equal(without_command_line, 10); /* Idle, System and their like */
}

static void
test_kernel_win10(void **state)
{
    static const struct kind_count due[] = {
        {EV_PROCESS_STOP, 60}, {EV_PROCESS_RUNDOWN, 94 + 37}, {EV_IMAGE_LOAD, 72 + 6745 + 2145}};
    const char *provider = "NT Kernel/Image";

    (void)state;
    without_process = without_command_line = 0;
    tally_recording(WIN10_KERNEL, look_kernel, &tally);
    assert_kinds(&tally, due, COUNT(due));
    assert_int_equal(row_count(&tally, provider, 10, 3), 72);
    assert_int_equal(row_count(&tally, provider, 3, 3), 6745);
    assert_int_equal(row_count(&tally, provider, 4, 3), 2145);
    assert_int_equal(without_process, 196 + 193); /* drivers */
    assert_int_equal(without_command_line, 8);
}

/* -- proof ------------------------------------------------------------------------------------- */

/* A row names a recording that holds its records, and a row without one is in none of them. */
static void
test_proofs(void **state)
{
    static bool found[ROWS_MAX], in_named[ROWS_MAX];
    size_t proven = 0;

    (void)state;
    memset(found, 0, sizeof(found));
    memset(in_named, 0, sizeof(in_named));
    for (size_t k = 0; k < COUNT(recordings); k++) {
        tally_recording(recordings[k], NULL, &tally);
        for (size_t i = 0; i < etw_row_count(); i++) {
            const char *proof = etw_row(i).proof;
            bool here = tally.rows[i] > 0;

            found[i] = found[i] || here;
            in_named[i] =
                in_named[i] || (here && proof != NULL && strcmp(proof, recordings[k]) == 0);
        }
    }
    for (size_t i = 0; i < etw_row_count(); i++) {
        assert_int_equal(etw_row(i).proof != NULL, found[i]);
        assert_int_equal(in_named[i], found[i]);
        proven += found[i];
    }
    assert_int_equal(proven, 20);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_network),      cmocka_unit_test(test_process_win11),
        cmocka_unit_test(test_process_win7), cmocka_unit_test(test_kernel_win11),
        cmocka_unit_test(test_kernel_win10), cmocka_unit_test(test_proofs),
    };

    return cmocka_run_group_tests_name("etw_decode_recordings", tests, NULL, NULL);
}
