/* etl on real recordings: what is in them is known (the data folder's README), and was counted by
 * an independent reader in another language as well. */
#include "unit/test_etl_help.h"

#define KINDS_MAX 128

/* Providers by the first number of their GUID. */
#define EVENT_TRACE 0x68fdd900u
#define PROCESS 0x3d6fa8d0u
#define THREAD 0x3d6fa8d1u
#define IMAGE 0x2cb15d1du
#define CONFIG 0x01853a65u
#define NETWORK 0x7dd42a49u /* Microsoft-Windows-Kernel-Network */
#define KERNEL_PROCESS 0x22fb2cd6u
#define CLR 0xe13c0d23u

struct kind_count {
    uint32_t provider;
    uint16_t id;
    uint8_t version;
    uint64_t count;
};

struct tally {
    struct etl_info info;
    struct etl_stats stats;
    uint64_t headers[ETW_HEADER_EVENT + 1]; /* by enum etw_header */
    uint64_t narrow;                        /* of 32-bit processes */
    uint64_t first_ft, last_ft;
    struct kind_count kinds[KINDS_MAX];
    size_t kind_count;
};

static void
count_kind(struct tally *t, const struct etw_record *rec)
{
    uint32_t provider;
    size_t i = 0;

    memcpy(&provider, rec->provider.bytes, sizeof(provider));
    while (i < t->kind_count && (t->kinds[i].provider != provider || t->kinds[i].id != rec->id ||
                                 t->kinds[i].version != rec->version)) {
        i++;
    }
    if (i == t->kind_count) {
        assert_true(i < KINDS_MAX);
        t->kinds[t->kind_count++] = (struct kind_count){provider, rec->id, rec->version, 0};
    }
    t->kinds[i].count++;
}

static void
tally_recording(const char *name, struct tally *t)
{
    struct eb file;
    struct etl_item item;
    struct etl *r;
    uint64_t number = 0;
    enum err err;

    load_trace(name, &file);
    memset(t, 0, sizeof(*t));
    assert_int_equal(open_trace(&file, &r), ERR_OK);
    while ((err = etl_next(r, &item)) == ERR_OK) {
        const struct etw_record *rec = &item.record;

        assert_int_equal(item.kind, ETL_ITEM_RECORD);
        assert_int_equal(item.number, number++);
        assert_true(item.offset < file.len);
        count_kind(t, rec);
        t->headers[rec->header]++;
        t->narrow += rec->ptr_len == 4;
        t->first_ft = t->first_ft == 0 || rec->time_ft < t->first_ft ? rec->time_ft : t->first_ft;
        t->last_ft = rec->time_ft > t->last_ft ? rec->time_ft : t->last_ft;
    }
    assert_int_equal(err, ERR_END);
    t->info = *etl_info(r);
    t->stats = *etl_stats(r);
    assert_int_equal(t->stats.bytes, file.len);
    assert_int_equal(t->stats.records, number);
    assert_int_equal(t->stats.damages, 0);
    assert_int_equal(t->stats.buffers_damaged, 0);
    assert_int_equal(t->stats.buffers_lost, 0);
    assert_int_equal(t->stats.skipped, 0);
    assert_int_equal(t->info.headers, 1);
    assert_int_equal(t->info.ptr_len, 8);
    assert_int_equal(t->info.clock, 1);
    assert_int_equal(t->info.events_lost, 0);
    assert_int_equal(t->info.buffers_lost, 0);
    assert_int_equal(t->first_ft, t->info.start_ft);
    etl_close(r);
    eb_free(&file);
}

static uint64_t
count_of(const struct tally *t, uint32_t provider, uint16_t id, uint8_t version)
{
    for (size_t i = 0; i < t->kind_count; i++) {
        if (t->kinds[i].provider == provider && t->kinds[i].id == id &&
            t->kinds[i].version == version) {
            return t->kinds[i].count;
        }
    }
    return 0;
}

static void
assert_counts(const struct tally *t, const struct kind_count *due, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(count_of(t, due[i].provider, due[i].id, due[i].version), due[i].count);
    }
}

static uint64_t
count_of_provider(const struct tally *t, uint32_t provider)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < t->kind_count; i++) {
        sum += t->kinds[i].provider == provider ? t->kinds[i].count : 0;
    }
    return sum;
}

static void
assert_session(const struct tally *t, uint32_t build, uint32_t processors, const char *session)
{
    assert_int_equal(t->info.build, build);
    assert_int_equal(t->info.processors, processors);
    assert_string_equal(t->info.session, session);
}

static struct tally tally; /* of the test that runs */

static void
test_network_win7(void **state)
{
    static const struct kind_count due[] = {
        {NETWORK, 11, 0, 7968}, {NETWORK, 10, 0, 575}, {NETWORK, 43, 0, 149},
        {NETWORK, 27, 0, 134},  {NETWORK, 59, 0, 61},  {NETWORK, 26, 0, 26},
        {NETWORK, 42, 0, 8},    {NETWORK, 29, 0, 2},   {EVENT_TRACE, 0, 2, 1},
    };

    (void)state;
    tally_recording("kernel-network-win7-7601.etl", &tally);
    assert_counts(&tally, due, COUNT(due));
    assert_int_equal(tally.kind_count, COUNT(due));
    assert_int_equal(tally.stats.records, 8924);
    assert_int_equal(tally.stats.buffers, 129);
    assert_int_equal(tally.stats.buffers_compressed, 0);
    assert_int_equal(tally.headers[ETW_HEADER_SYSTEM], 1);
    assert_int_equal(tally.headers[ETW_HEADER_EVENT], 8923);
    assert_session(&tally, 7601, 4, "DataCollector01");
    assert_true(tally.last_ft < tally.info.end_ft &&
                tally.info.end_ft - tally.last_ft < TM_SEC / 10);
}

static void
test_process_win7(void **state)
{
    static const struct kind_count due[] = {
        {KERNEL_PROCESS, 8, 0, 5088}, {KERNEL_PROCESS, 6, 0, 1153}, {KERNEL_PROCESS, 5, 0, 1115},
        {KERNEL_PROCESS, 9, 0, 838},  {KERNEL_PROCESS, 7, 0, 810},  {KERNEL_PROCESS, 10, 0, 780},
        {KERNEL_PROCESS, 3, 1, 287},  {KERNEL_PROCESS, 4, 1, 264},  {KERNEL_PROCESS, 1, 0, 4},
        {KERNEL_PROCESS, 2, 1, 4},    {EVENT_TRACE, 0, 2, 1},
    };

    (void)state;
    tally_recording("kernel-process-win7-7600.etl", &tally);
    assert_counts(&tally, due, COUNT(due));
    assert_int_equal(tally.kind_count, COUNT(due));
    assert_int_equal(tally.stats.records, 10344);
    assert_int_equal(tally.stats.buffers, 182);
    assert_int_equal(tally.stats.buffers_compressed, 0);
    assert_session(&tally, 7600, 2, "DataCollector02");
    assert_true(tally.last_ft < tally.info.end_ft &&
                tally.info.end_ft - tally.last_ft < TM_SEC / 10);
}

static void
test_process_win11(void **state)
{
    static const struct kind_count due[] = {
        {KERNEL_PROCESS, 21, 0, 3656}, {KERNEL_PROCESS, 8, 0, 864}, {KERNEL_PROCESS, 7, 0, 174},
        {KERNEL_PROCESS, 5, 0, 62},    {KERNEL_PROCESS, 6, 0, 51},  {KERNEL_PROCESS, 4, 1, 43},
        {KERNEL_PROCESS, 3, 1, 40},    {KERNEL_PROCESS, 9, 0, 20},  {KERNEL_PROCESS, 1, 4, 2},
        {KERNEL_PROCESS, 2, 2, 1},     {EVENT_TRACE, 0, 2, 1},      {EVENT_TRACE, 80, 2, 1},
    };

    (void)state;
    tally_recording("kernel-process-win11-26200.etl", &tally);
    assert_counts(&tally, due, COUNT(due));
    assert_int_equal(tally.kind_count, COUNT(due));
    assert_int_equal(tally.stats.records, 4915);
    assert_int_equal(tally.stats.buffers, 67);
    assert_int_equal(tally.stats.buffers_compressed, 0);
    assert_int_equal(tally.headers[ETW_HEADER_SYSTEM], 2);
    assert_session(&tally, 26200, 16, "SimpleEventViewerSample");
    assert_true(tally.last_ft < tally.info.end_ft &&
                tally.info.end_ft - tally.last_ft < TM_SEC / 10);
}

static void
test_kernel_win11(void **state)
{
    static const struct kind_count due[] = {
        {PROCESS, 1, 4, 124}, {PROCESS, 2, 4, 118},  {PROCESS, 3, 4, 396},
        {PROCESS, 4, 4, 402}, {PROCESS, 11, 2, 118}, {PROCESS, 39, 5, 361},
        {CONFIG, 10, 3, 1},   {CONFIG, 15, 3, 303},  {EVENT_TRACE, 0, 2, 1},
    };

    (void)state;
    tally_recording("ntkernel-compressed-win11-22000.etl", &tally);
    assert_counts(&tally, due, COUNT(due));
    assert_int_equal(tally.kind_count, 89);
    assert_int_equal(count_of_provider(&tally, THREAD), 52377);
    assert_int_equal(count_of_provider(&tally, CLR), 20909);
    assert_int_equal(count_of_provider(&tally, CONFIG), 535);
    assert_int_equal(tally.stats.records, 75930);
    assert_int_equal(tally.stats.buffers, 322);
    assert_int_equal(tally.stats.buffers_compressed, 321);
    assert_int_equal(tally.headers[ETW_HEADER_SYSTEM], 51014);
    assert_int_equal(tally.headers[ETW_HEADER_PERFINFO], 3431);
    assert_int_equal(tally.headers[ETW_HEADER_FULL], 59);
    assert_int_equal(tally.headers[ETW_HEADER_EVENT], 4626 + 16800);
    assert_int_equal(tally.narrow, 4626);
    assert_session(&tally, 22000, 20, "Relogger");
    assert_string_equal(tally.info.computer, "MUSHARM");
    assert_int_equal(tally.info.log_file_mode, 0x04010001);
}

static void
test_kernel_win10(void **state)
{
    static const struct kind_count due[] = {
        {IMAGE, 3, 3, 6745},    {IMAGE, 2, 3, 4791},     {IMAGE, 4, 3, 2145},
        {IMAGE, 10, 3, 72},     {IMAGE, 33, 2, 1},       {IMAGE, 34, 2, 1},
        {THREAD, 3, 3, 1175},   {THREAD, 2, 3, 1032},    {THREAD, 4, 3, 501},
        {THREAD, 1, 3, 350},    {PROCESS, 3, 4, 94},     {PROCESS, 11, 2, 60},
        {PROCESS, 2, 4, 60},    {PROCESS, 4, 4, 37},     {PROCESS, 39, 5, 5},
        {EVENT_TRACE, 5, 2, 3}, {EVENT_TRACE, 32, 2, 2}, {EVENT_TRACE, 8, 2, 2},
        {EVENT_TRACE, 0, 2, 1}, {EVENT_TRACE, 80, 2, 1},
    };

    (void)state;
    tally_recording("ntkernel-win10-18362.etl", &tally);
    assert_counts(&tally, due, COUNT(due));
    assert_int_equal(tally.kind_count, COUNT(due));
    assert_int_equal(tally.stats.records, 17078);
    assert_int_equal(tally.stats.buffers, 49);
    assert_int_equal(tally.stats.buffers_compressed, 0);
    assert_int_equal(tally.headers[ETW_HEADER_SYSTEM], 8433);
    assert_int_equal(tally.headers[ETW_HEADER_PERFINFO], 8645);
    assert_session(&tally, 18362, 2, "PerfDiag Logger");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_network_win7),  cmocka_unit_test(test_process_win7),
        cmocka_unit_test(test_process_win11), cmocka_unit_test(test_kernel_win11),
        cmocka_unit_test(test_kernel_win10),
    };

    return cmocka_run_group_tests_name("etl_recordings", tests, NULL, NULL);
}
