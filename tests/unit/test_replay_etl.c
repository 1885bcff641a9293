/* test_replay_etl - traces in, store and report out: one timeline for each computer, and what of it
 * was lost. */
#include "test_replay_help.h"

#include "core/tm.h"
#include "support/etl_build.h"

#define KERNEL_PROCESS "{22fb2cd6-0e7b-422b-a0c7-2fad1fd0e716}"
#define BOOT_FT UINT64_C(132999000000000000)
#define START_FT UINT64_C(133000000000000000) /* 2022-06-18T04:26:40Z */
#define FIRST_STAMP UINT64_C(1000)
#define MODE_CIRCULAR 2u

static struct eb_trace_opts
options(const char *session, const char *computer)
{
    return (struct eb_trace_opts){.header = {.ptr_len = 8,
                                             .stamp = FIRST_STAMP,
                                             .build = 22631,
                                             .processors = 2,
                                             .clock = EB_CLOCK_COUNTER,
                                             .frequency = TM_SEC,
                                             .start_ft = START_FT,
                                             .end_ft = START_FT + TM_MIN,
                                             .boot_ft = BOOT_FT,
                                             .session = session},
                                  .computer = computer,
                                  .buffer_len = 4096,
                                  .logger_id = 3};
}

/* A process that starts so many seconds after the trace: Kernel-Process 1 v0. */
static void
put_start(struct eb_trace *t, unsigned cpu, uint32_t second, uint32_t pid)
{
    struct eb payload = {0};
    uint64_t ft = START_FT + second * TM_SEC;
    struct eb_record r = {.form = EB_EVENT64,
                          .stamp = eb_stamp(&t->opts.header, ft),
                          .pid = 4,
                          .tid = 8,
                          .provider = KERNEL_PROCESS,
                          .id = 1};

    eb_u32(&payload, pid);
    eb_u64(&payload, ft);
    eb_u32(&payload, 4);
    eb_u32(&payload, 0);
    eb_text16(&payload, "C:\\a.exe");
    r.payload = payload.data;
    r.payload_len = payload.len;
    eb_trace_record(t, cpu, &r);
    eb_free(&payload);
}

/* Ends the trace and writes it to a new file. */
static void
write_trace(struct eb_trace *t, struct buf *path)
{
    eb_trace_end(t);
    help_path(path);
    assert_int_equal(file_write_all(buf_str(path), t->file.data, t->file.len), ERR_OK);
    eb_trace_free(t);
}

struct replayed {
    struct buf store;
    struct replay_report *report;
};

static void
replay(struct replayed *r, const char *const *paths, size_t count, const char *trace_host)
{
    struct config *cfg = help_config();
    struct replay_opts opts = {
        .paths = paths, .path_count = count, .trace_host = trace_host, .count_records = true};

    help_path(&r->store);
    opts.store_path = buf_str(&r->store);
    assert_int_equal(engine_replay(cfg, &opts, &r->report), ERR_OK);
    config_destroy(cfg);
}

static void
replay_fini(struct replayed *r)
{
    replay_report_destroy(r->report);
    help_remove(&r->store);
}

static void
expect_rows(const struct replayed *r, const char *sql, const char *due)
{
    struct store *s = NULL;
    struct buf found;

    buf_init(&found, SIZE_MAX);
    assert_int_equal(store_open(buf_str(&r->store), STORE_READ, &s), ERR_OK);
    help_dump(&found, s, sql);
    store_close(s);
    assert_string_equal(buf_str(&found), due);
    buf_fini(&found);
}

#define SQL_EVENTS "SELECT host, channel, process_id FROM v_events ORDER BY time_ft"
#define SQL_COVERAGE                                                                               \
    "SELECT source, state, (from_time_ft-133000000000000000)/10000000, "                           \
    "(to_time_ft-133000000000000000)/10000000 FROM v_coverage ORDER BY source, state, "            \
    "from_time_ft"

/* Only one of two sessions tells the computer; both were recorded since the same boot. */
static void
sessions_of_one_boot_are_one_computer(void **state)
{
    struct eb_trace_opts kernel = options("kernel", "PC-A");
    struct eb_trace_opts network = options("network", NULL);
    struct eb_trace t;
    struct buf path[2];
    struct replayed r;

    (void)state;
    network.compressed = true;
    eb_trace_begin(&t, &kernel);
    put_start(&t, 0, 1, 10);
    put_start(&t, 1, 2, 20);
    put_start(&t, 0, 5, 50);
    write_trace(&t, &path[0]);
    eb_trace_begin(&t, &network);
    put_start(&t, 1, 3, 30);
    put_start(&t, 0, 4, 40);
    write_trace(&t, &path[1]);
    for (size_t i = 0; i < 2; i++) { /* in any order */
        const char *const paths[] = {buf_str(&path[i]), buf_str(&path[1 - i])};

        replay(&r, paths, 2, "elsewhere");
        expect_rows(&r, SQL_EVENTS,
                    "PC-A|kernel|10|\nPC-A|kernel|20|\nPC-A|network|30|\nPC-A|network|40|\n"
                    "PC-A|kernel|50|\n");
        expect_rows(&r, SQL_COVERAGE, "kernel|observed|0|60|\nnetwork|observed|0|60|\n");
        assert_false(r.report->files[0].host_guessed);
        assert_false(r.report->files[1].host_guessed);
        replay_fini(&r);
    }
    help_remove(&path[0]);
    help_remove(&path[1]);
}

/* Nobody tells the computer: the name that was given, else one that stands in for it. */
static void
a_computer_without_a_name(void **state)
{
    struct eb_trace_opts opts = options("alone", NULL);
    struct eb_trace t;
    struct buf path;
    struct replayed r;

    (void)state;
    eb_trace_begin(&t, &opts);
    put_start(&t, 0, 1, 10);
    write_trace(&t, &path);
    const char *const paths[] = {buf_str(&path)};
    replay(&r, paths, 1, "PC-B");
    expect_rows(&r, SQL_EVENTS, "PC-B|alone|10|\n");
    assert_false(r.report->files[0].host_guessed);
    replay_fini(&r);
    replay(&r, paths, 1, NULL);
    expect_rows(&r, SQL_EVENTS, "boot-2022-06-17T00:40:00Z|alone|10|\n");
    assert_true(r.report->files[0].host_guessed);
    replay_fini(&r);
    help_remove(&path);
}

/* The buffer's flag tells where; the header's count only how many. */
static void
what_was_lost_is_a_gap(void **state)
{
    struct eb_trace_opts opts = options("lossy", "PC-A");
    struct eb_trace t;
    struct buf path;
    struct replayed r;

    (void)state;
    opts.header.events_lost = 77;
    eb_trace_begin(&t, &opts);
    put_start(&t, 0, 10, 10);
    put_start(&t, 1, 15, 15);
    eb_trace_flush(&t, 0, EB_BUFFER_EVENTS_LOST);
    put_start(&t, 0, 30, 30);
    write_trace(&t, &path);
    const char *const paths[] = {buf_str(&path)};
    replay(&r, paths, 1, NULL);
    assert_int_equal(r.report->files[0].lost, 77);
    expect_rows(&r, SQL_COVERAGE, "lossy|lost|10|30|\nlossy|observed|0|60|\n");
    replay_fini(&r);
    help_remove(&path);
}

/* A session that nobody closed: its header counts nothing and has no end. */
static void
a_session_that_was_not_closed(void **state)
{
    struct eb_trace_opts opts = options("open", "PC-A");
    struct eb_trace t;
    struct buf path;
    struct replayed r;

    (void)state;
    opts.header.end_ft = 0;
    eb_trace_begin(&t, &opts);
    put_start(&t, 0, 10, 10);
    eb_trace_flush(&t, 0, EB_BUFFER_BUFFER_LOST);
    put_start(&t, 0, 30, 30);
    write_trace(&t, &path);
    const char *const paths[] = {buf_str(&path)};
    replay(&r, paths, 1, NULL);
    assert_int_equal(r.report->files[0].lost, 1);
    expect_rows(&r, SQL_COVERAGE, "open|lost|10|30|\nopen|observed|0|30|\n");
    replay_fini(&r);
    help_remove(&path);
}

static void
losses_without_a_place(void **state)
{
    struct eb_trace_opts opts = options("counted", "PC-A");
    struct eb_trace t;
    struct buf path;
    struct replayed r;

    (void)state;
    opts.header.buffers_lost = 3;
    eb_trace_begin(&t, &opts);
    put_start(&t, 0, 10, 10);
    write_trace(&t, &path);
    const char *const paths[] = {buf_str(&path)};
    replay(&r, paths, 1, NULL);
    assert_int_equal(r.report->files[0].lost, 3);
    expect_rows(&r, SQL_COVERAGE, "counted|lost|0|60|\ncounted|observed|0|60|\n");
    replay_fini(&r);
    help_remove(&path);
}

/* A trace that writes in a circle reaches back to its oldest record, not to its start. */
static void
a_circle_reaches_back_to_its_oldest(void **state)
{
    struct eb_trace_opts opts = options("circle", NULL);
    struct eb_trace t;
    struct buf path;
    struct replayed r;

    (void)state;
    opts.header.log_file_mode = MODE_CIRCULAR;
    eb_trace_begin(&t, &opts);
    put_start(&t, 0, 40, 10);
    put_start(&t, 0, 50, 20);
    write_trace(&t, &path);
    const char *const paths[] = {buf_str(&path)};
    replay(&r, paths, 1, "PC-A");
    expect_rows(&r, SQL_COVERAGE, "circle|observed|40|60|\n");
    replay_fini(&r);
    help_remove(&path);
}

/* Damage in one buffer: told with its place, and the others' events are all there. */
static void
damage_costs_its_buffer_only(void **state)
{
    struct eb_trace_opts opts = options("damaged", "PC-A");
    struct eb_trace t;
    struct buf path;
    struct replayed r;
    size_t at;

    (void)state;
    eb_trace_begin(&t, &opts);
    put_start(&t, 0, 1, 10);
    eb_trace_flush(&t, 0, 0);
    at = t.file.len;
    put_start(&t, 0, 2, 20);
    eb_trace_flush(&t, 0, 0);
    put_start(&t, 0, 3, 30);
    eb_trace_end(&t);
    memset(t.file.data + at, 0x5A, 256);
    write_trace(&t, &path);
    const char *const paths[] = {buf_str(&path)};
    replay(&r, paths, 1, NULL);
    expect_rows(&r, SQL_EVENTS, "PC-A|damaged|10|\nPC-A|damaged|30|\n");
    assert_int_equal(r.report->files[0].errors, 1);
    assert_int_equal(r.report->files[0].first_error_offset, at);
    assert_int_equal(r.report->files[0].err, ERR_OK);
    replay_fini(&r);
    help_remove(&path);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sessions_of_one_boot_are_one_computer),
        cmocka_unit_test(a_computer_without_a_name),
        cmocka_unit_test(what_was_lost_is_a_gap),
        cmocka_unit_test(a_session_that_was_not_closed),
        cmocka_unit_test(losses_without_a_place),
        cmocka_unit_test(a_circle_reaches_back_to_its_oldest),
        cmocka_unit_test(damage_costs_its_buffer_only),
    };

    return cmocka_run_group_tests_name("replay_etl", tests, NULL, NULL);
}
