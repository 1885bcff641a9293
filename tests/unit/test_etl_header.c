/* etl_header - what the log file header says, in both widths, and from time stamps to times. */
#include "unit/test_etl_help.h"

#include "etw/etl_header.h"

#define NAMES_64 0x118u /* where the names begin */
#define NAMES_32 0x110u

static bool
read_header(const struct eb_log_header *h, struct etl_info *info, struct etl_clock *clock)
{
    struct eb payload = {0};
    bool good;

    memset(info, 0, sizeof(*info));
    memset(clock, 0, sizeof(*clock));
    eb_log_header_payload(&payload, h);
    good = etl_header_read(payload.data, payload.len, h->stamp, info, clock);
    eb_free(&payload);
    return good;
}

/* -- what it says ------------------------------------------------------------------------------ */

static void
assert_info(const struct etl_info *info, uint32_t ptr_len)
{
    assert_int_equal(info->build, 22631);
    assert_int_equal(info->processors, 4);
    assert_int_equal(info->ptr_len, ptr_len);
    assert_int_equal(info->clock, 1);
    assert_int_equal(info->log_file_mode, 0x04000001);
    assert_int_equal(info->events_lost, 17);
    assert_int_equal(info->buffers_lost, 3);
    assert_int_equal(info->boot_ft, START_FT - TM_DAY);
    assert_int_equal(info->start_ft, START_FT);
    assert_int_equal(info->end_ft, START_FT + TM_HOUR);
    assert_string_equal(info->session, "kanari");
    assert_string_equal(info->file_name, "C:\\trace.etl");
}

/* The layout is right whatever width the header claims. */
static void
test_widths(void **state)
{
    static const uint32_t claims[] = {0, 4, 8, 1, UINT32_MAX};
    struct eb_log_header h = plain_header();
    struct etl_info info;
    struct etl_clock clock;

    (void)state;
    h.log_file_mode = 0x04000001;
    h.events_lost = 17;
    h.buffers_lost = 3;
    for (size_t i = 0; i < 2 * COUNT(claims); i++) {
        h.ptr_len = i % 2 == 0 ? 4 : 8;
        h.ptr_claimed = claims[i / 2];
        assert_true(read_header(&h, &info, &clock));
        assert_info(&info, (uint32_t)h.ptr_len);
        assert_int_equal(etl_clock_ft(&clock, START_STAMP + 123), START_FT + 123);
    }
}

/* Through the reader: the header record is also the first one given, in its own width. */
static void
test_whole(void **state)
{
    (void)state;
    for (size_t ptr_len = 4; ptr_len <= 8; ptr_len += 4) {
        struct eb_log_header h = plain_header();
        struct eb file = {0};
        struct etl_item item;
        struct etl *r;

        h.ptr_len = ptr_len;
        h.log_file_mode = 0x04000001;
        h.events_lost = 17;
        h.buffers_lost = 3;
        put_header_buffer(&file, &h);
        assert_true(etl_is_head(file.data, file.len));
        assert_int_equal(open_trace(&file, &r), ERR_OK);
        assert_info(etl_info(r), (uint32_t)ptr_len);
        assert_string_equal(etl_info(r)->computer, "");
        expect_item(r, ETL_ITEM_RECORD, &item);
        assert_int_equal(item.record.ptr_len, ptr_len);
        assert_int_equal(item.record.time_ft, START_FT);
        assert_int_equal(etl_info(r)->headers, 1);
        expect_end(r);
        etl_close(r);
        eb_free(&file);
    }
}

/* Times that cannot be are not told. */
static void
test_times(void **state)
{
    struct eb_log_header h = plain_header();
    struct etl_info info;
    struct etl_clock clock;

    (void)state;
    h.end_ft = START_FT - 1;
    h.boot_ft = TM_UNIX_EPOCH_FT - 1;
    assert_true(read_header(&h, &info, &clock));
    assert_true(info.end_ft == 0 && info.boot_ft == 0 && info.start_ft == START_FT);
    h.end_ft = START_FT;
    h.boot_ft = TM_UNIX_EPOCH_FT;
    assert_true(read_header(&h, &info, &clock));
    assert_true(info.end_ft == START_FT && info.boot_ft == TM_UNIX_EPOCH_FT);
    h.end_ft = TM_MAX_FT + 1;
    h.boot_ft = TM_MAX_FT + 1;
    assert_true(read_header(&h, &info, &clock));
    assert_true(info.end_ft == 0 && info.boot_ft == 0);
    h.end_ft = 0; /* a session that was not closed */
    assert_true(read_header(&h, &info, &clock));
    assert_int_equal(info.end_ft, 0);
}

static void
test_no_header(void **state)
{
    static const uint64_t starts[] = {0, TM_UNIX_EPOCH_FT - 1, TM_MAX_FT + 1, UINT64_MAX};
    static const uint32_t clocks[] = {4, 100, UINT32_MAX};
    struct eb_log_header h = plain_header();
    struct etl_info info;
    struct etl_clock clock;

    (void)state;
    for (size_t ptr_len = 4; ptr_len <= 8; ptr_len += 4) {
        h = plain_header();
        h.ptr_len = ptr_len;
        for (size_t i = 0; i < COUNT(starts); i++) {
            h.start_ft = starts[i];
            assert_false(read_header(&h, &info, &clock));
        }
        h.start_ft = START_FT;
        for (size_t i = 0; i < COUNT(clocks); i++) {
            h.clock = clocks[i];
            assert_false(read_header(&h, &info, &clock));
        }
    }
}

/* Cut at every byte: all numbers or nothing; a name that is cut ends with the payload. */
static void
test_cut(void **state)
{
    (void)state;
    for (size_t ptr_len = 4; ptr_len <= 8; ptr_len += 4) {
        struct eb_log_header h = plain_header();
        size_t names = ptr_len == 8 ? NAMES_64 : NAMES_32;
        struct eb payload = {0};

        h.ptr_len = ptr_len;
        eb_log_header_payload(&payload, &h);
        for (size_t len = 0; len <= payload.len; len++) {
            uint8_t *exact = malloc(len == 0 ? 1 : len);
            size_t units = len < names ? 0 : (len - names) / 2;
            size_t session = units < 6 ? units : 6;
            size_t file_name = units < 7 ? 0 : units - 7 < 12 ? units - 7 : 12;
            struct etl_info info = {0};
            struct etl_clock clock;

            assert_non_null(exact);
            memcpy(exact, payload.data, len);
            assert_int_equal(etl_header_read(exact, len, h.stamp, &info, &clock), len >= names);
            assert_int_equal(strlen(info.session), session);
            assert_memory_equal(info.session, "kanari", session);
            assert_int_equal(strlen(info.file_name), file_name);
            assert_memory_equal(info.file_name, "C:\\trace.etl", file_name);
            free(exact);
        }
        eb_free(&payload);
    }
}

static void
test_names(void **state)
{
    static char longer[2 * ETL_NAME_MAX];
    struct eb_log_header h = plain_header();
    struct etl_info info;
    struct etl_clock clock;

    (void)state;
    h.session = "";
    h.file_name = "C:\\\xe8\xa8\x98\xe9\x8c\xb2\\\xc3\xbc.etl"; /* two kanji, u umlaut */
    assert_true(read_header(&h, &info, &clock));
    assert_string_equal(info.session, "");
    assert_string_equal(info.file_name, h.file_name);
    memset(longer, 'x', sizeof(longer) - 1);
    h.session = longer;
    assert_true(read_header(&h, &info, &clock));
    assert_int_equal(strlen(info.session), ETL_NAME_MAX - 1);
    assert_string_equal(info.file_name, h.file_name);
}

/* -- clocks ------------------------------------------------------------------------------------ */

static struct etl_clock
clock_of(uint32_t kind, uint64_t frequency, uint32_t mhz)
{
    struct eb_log_header h = plain_header();
    struct etl_info info;
    struct etl_clock clock;

    h.clock = kind;
    h.frequency = frequency;
    h.mhz = mhz;
    assert_true(read_header(&h, &info, &clock));
    assert_int_equal(info.clock, kind == EB_CLOCK_DEFAULT ? EB_CLOCK_COUNTER : kind);
    return clock;
}

static void
assert_ticks(const struct etl_clock *clock, uint64_t frequency)
{
    assert_int_equal(etl_clock_ft(clock, START_STAMP), START_FT);
    assert_int_equal(etl_clock_ft(clock, START_STAMP + frequency), START_FT + TM_SEC);
    assert_int_equal(etl_clock_ft(clock, START_STAMP + 86400 * frequency), START_FT + TM_DAY);
    assert_int_equal(etl_clock_ft(clock, START_STAMP + frequency - 1),
                     START_FT + (frequency - 1) * 1000 / (frequency / 10000));
    assert_int_equal(etl_clock_ft(clock, START_STAMP - frequency / 10), START_FT - TM_SEC / 10);
}

static void
test_counter(void **state)
{
    static const uint64_t frequencies[] = {10000, 10000000, 3000000, 24000000};
    struct etl_clock clock = clock_of(EB_CLOCK_COUNTER, 3579545, 0);

    (void)state;
    assert_int_equal(etl_clock_ft(&clock, START_STAMP + 1), START_FT + 2); /* 2.79 */
    assert_int_equal(etl_clock_ft(&clock, START_STAMP + 3579545), START_FT + TM_SEC);
    for (size_t i = 0; i < COUNT(frequencies); i++) {
        clock = clock_of(EB_CLOCK_COUNTER, frequencies[i], 0);
        assert_ticks(&clock, frequencies[i]);
        clock = clock_of(EB_CLOCK_DEFAULT, frequencies[i], 1);
        assert_ticks(&clock, frequencies[i]);
    }
    clock = clock_of(EB_CLOCK_CYCLES, 1, 3000);
    assert_int_equal(etl_clock_ft(&clock, START_STAMP + 300), START_FT + 1);
    assert_int_equal(etl_clock_ft(&clock, START_STAMP + 299), START_FT);
    assert_int_equal(etl_clock_ft(&clock, START_STAMP + 3000000000), START_FT + TM_SEC);
    assert_int_equal(etl_clock_ft(&clock, 0), START_FT - START_STAMP / 300);
}

static void
test_system_time(void **state)
{
    struct etl_clock clock = clock_of(EB_CLOCK_SYSTEM, 0, 0);

    (void)state;
    assert_int_equal(etl_clock_ft(&clock, START_FT + 9), START_FT + 9);
    assert_int_equal(etl_clock_ft(&clock, START_FT - TM_DAY), START_FT - TM_DAY);
    assert_int_equal(etl_clock_ft(&clock, TM_UNIX_EPOCH_FT), TM_UNIX_EPOCH_FT);
    assert_int_equal(etl_clock_ft(&clock, TM_MAX_FT), TM_MAX_FT);
    assert_int_equal(etl_clock_ft(&clock, TM_UNIX_EPOCH_FT - 1), 0);
    assert_int_equal(etl_clock_ft(&clock, TM_MAX_FT + 1), 0);
    assert_int_equal(etl_clock_ft(&clock, 0), 0);
}

/* No clock: no time, rather than a wrong one. */
static void
test_absurd_frequency(void **state)
{
    static const uint64_t absurd[] = {0, UINT64_C(100000000001), UINT64_MAX};
    struct etl_clock clock;

    (void)state;
    for (size_t i = 0; i < COUNT(absurd); i++) {
        clock = clock_of(EB_CLOCK_COUNTER, absurd[i], 3000);
        assert_int_equal(etl_clock_ft(&clock, START_STAMP), 0);
        assert_int_equal(etl_clock_ft(&clock, START_STAMP + 1), 0);
    }
    clock = clock_of(EB_CLOCK_CYCLES, TM_SEC, 0);
    assert_int_equal(etl_clock_ft(&clock, START_STAMP), 0);
    clock = clock_of(EB_CLOCK_CYCLES, 0, 100001);
    assert_int_equal(etl_clock_ft(&clock, START_STAMP), 0);
    clock = clock_of(EB_CLOCK_COUNTER, UINT64_C(100000000000), 0);
    assert_int_equal(etl_clock_ft(&clock, START_STAMP + UINT64_C(99999999999)),
                     START_FT + TM_SEC - 1);
}

/* Stamps so far away that no time stands for them. */
static void
test_far_stamps(void **state)
{
    struct etl_clock clock = clock_of(EB_CLOCK_COUNTER, TM_SEC, 0);

    (void)state;
    assert_int_equal(etl_clock_ft(&clock, START_STAMP + (TM_MAX_FT - START_FT)), TM_MAX_FT);
    assert_int_equal(etl_clock_ft(&clock, START_STAMP + (TM_MAX_FT - START_FT) + 1), 0);
    assert_int_equal(etl_clock_ft(&clock, UINT64_MAX), 0);
    assert_int_equal(etl_clock_ft(&clock, 0), START_FT - START_STAMP);
    clock.zero_stamp = UINT64_MAX; /* and all stamps before it */
    assert_int_equal(etl_clock_ft(&clock, UINT64_MAX - (START_FT - 1)), 1);
    assert_int_equal(etl_clock_ft(&clock, UINT64_MAX - START_FT), 0);
    assert_int_equal(etl_clock_ft(&clock, 0), 0);
    clock = clock_of(EB_CLOCK_COUNTER, 1, 0);
    assert_int_equal(etl_clock_ft(&clock, START_STAMP + 60), START_FT + TM_MIN);
    assert_int_equal(etl_clock_ft(&clock, UINT64_MAX), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_widths),
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_no_header),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_counter),
        cmocka_unit_test(test_system_time),
        cmocka_unit_test(test_absurd_frequency),
        cmocka_unit_test(test_far_stamps),
    };

    return cmocka_run_group_tests_name("etl_header", tests, NULL, NULL);
}
