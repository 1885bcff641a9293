/* test_replay - files in, store and report out: what is counted, what fails, what joins. */
#include "test_replay_help.h"

#define TRIES 24u

MUST_CHECK static enum err
replay(const char *const *paths, size_t count, const struct buf *store, const struct buf *base,
       struct replay_report **out)
{
    struct config *cfg = help_config();
    struct replay_opts opts = {.paths = paths,
                               .path_count = count,
                               .store_path = buf_str(store),
                               .base_store = base == NULL ? NULL : buf_str(base),
                               .count_records = true};
    enum err err = engine_replay(cfg, &opts, out);

    config_destroy(cfg);
    return err;
}

/* Replays and forgets the report; the store as text. */
static void
replay_text(const char *const *paths, size_t count, const struct buf *base, struct buf *text)
{
    struct buf store;
    struct replay_report *report = NULL;

    help_path(&store);
    assert_int_equal(replay(paths, count, &store, base, &report), ERR_OK);
    help_store_text(&store, text);
    replay_report_destroy(report);
    help_remove(&store);
}

static void
the_report_is_exact(void **state)
{
    struct help_logs logs;
    struct buf store;
    struct replay_report *r = NULL;
    uint64_t records = 0;

    (void)state;
    help_logs_make(&logs, TRIES);
    help_path(&store);
    const char *const paths[] = {buf_str(&logs.log[0]), buf_str(&logs.log[1]),
                                 buf_str(&logs.log[2])};
    assert_int_equal(replay(paths, 3, &store, NULL, &r), ERR_OK);
    assert_int_equal(r->file_count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(r->files[i].err, ERR_OK);
        assert_int_equal(r->files[i].format, REPLAY_EVTX);
        assert_int_equal(r->files[i].errors, 0);
        assert_int_equal(r->files[i].events, r->files[i].records);
        assert_true(i == 0 || strcmp(r->files[i - 1].path, r->files[i].path) < 0);
        records += r->files[i].records;
    }
    assert_int_equal(records, logs.records);
    assert_int_equal(r->kinds[EV_LOGON_FAILURE], TRIES);
    assert_int_equal(r->kinds[EV_RDP_CONNECT], TRIES / 2);
    assert_int_equal(r->kinds[EV_RDP_AUTH_FAILURE], TRIES / 2);
    assert_int_equal(r->kinds[EV_SMB_AUTH_FAILURE], TRIES / 2);
    assert_int_equal(r->kinds[EV_LOGON_ATTEMPT], TRIES);
    assert_int_equal(r->duplicates, 0);
    assert_int_equal(r->record_count, 4);
    assert_string_equal(r->records[0].provider,
                        "Microsoft-Windows-RemoteDesktopServices-RdpCoreTS");
    assert_int_equal(r->records[0].event_id, 131);
    assert_int_equal(r->records[0].count, TRIES / 2);
    replay_report_destroy(r);
    help_remove(&store);
    help_logs_fini(&logs);
}

static void
the_same_files_twice_count_once(void **state)
{
    struct help_logs logs;
    struct buf once;
    struct buf twice;

    (void)state;
    help_logs_make(&logs, TRIES);
    const char *const paths[] = {buf_str(&logs.folder), buf_str(&logs.log[0]), buf_str(&logs.host)};
    replay_text(paths, 1, NULL, &once);
    replay_text(paths, 3, NULL, &twice);
    assert_string_equal(buf_str(&twice), buf_str(&once));
    buf_fini(&once);
    buf_fini(&twice);
    help_logs_fini(&logs);
}

static void
a_base_store_joins_the_input(void **state)
{
    struct help_logs logs;
    struct buf base;
    struct buf at_once;
    struct buf in_steps;
    struct replay_report *r = NULL;

    (void)state;
    help_logs_make(&logs, TRIES);
    help_path(&base);
    const char *const paths[] = {buf_str(&logs.log[0]), buf_str(&logs.log[1]),
                                 buf_str(&logs.log[2])};
    assert_int_equal(replay(paths, 1, &base, NULL, &r), ERR_OK);
    replay_report_destroy(r);
    replay_text(paths + 1, 2, &base, &in_steps);
    replay_text(paths, 3, NULL, &at_once);
    assert_string_equal(buf_str(&in_steps), buf_str(&at_once));
    buf_fini(&at_once);
    replay_text(paths, 3, &base, &at_once);
    assert_string_equal(buf_str(&in_steps), buf_str(&at_once));
    buf_fini(&at_once);
    buf_fini(&in_steps);
    help_remove(&base);
    help_logs_fini(&logs);
}

static void
a_file_that_fails_stands_in_the_report(void **state)
{
    struct help_logs logs;
    struct buf store;
    struct buf text;
    struct buf absent;
    struct replay_report *r = NULL;

    (void)state;
    help_logs_make(&logs, TRIES);
    help_path(&store);
    help_path(&text);
    help_path(&absent);
    assert_int_equal(file_write_all(buf_str(&text), "no log", 6), ERR_OK);
    const char *const paths[] = {buf_str(&text), buf_str(&absent), buf_str(&logs.log[0])};
    assert_int_equal(replay(paths, 3, &store, NULL, &r), ERR_OK);
    assert_int_equal(r->file_count, 3);
    for (size_t i = 0; i < 3; i++) {
        const struct replay_file *f = &r->files[i];
        bool is_text = strcmp(f->path, buf_str(&text)) == 0;
        bool is_absent = strcmp(f->path, buf_str(&absent)) == 0;

        assert_int_equal(f->err, is_text ? ERR_FORMAT : is_absent ? ERR_NOTFOUND : ERR_OK);
        assert_int_equal(f->why != NULL, is_text || is_absent);
        assert_int_equal(f->records, is_text || is_absent ? 0 : TRIES);
    }
    replay_report_destroy(r);
    help_remove(&store);
    help_remove(&text);
    help_remove(&absent);
    help_logs_fini(&logs);
}

/* The replay fails as a whole, and says nothing through its report. */
static void
expect_failure(const char *const *paths, size_t count, const struct buf *store,
               const struct buf *base, enum err due)
{
    struct replay_report *r = NULL;

    assert_int_equal(replay(paths, count, store, base, &r), due);
    assert_null(r);
}

static void
what_a_caller_may_do_wrong_is_an_error(void **state)
{
    struct help_logs logs;
    struct buf store;
    struct buf other;

    (void)state;
    help_logs_make(&logs, 2);
    help_path(&store);
    help_path(&other);
    const char *const paths[] = {buf_str(&logs.log[0])};
    expect_failure(NULL, 0, &store, NULL, ERR_NOTFOUND);
    help_remove(&store);
    help_path(&store);
    expect_failure(paths, 1, &store, &other, ERR_NOTFOUND);
    help_remove(&store);
    help_path(&store);
    assert_int_equal(file_write_all(buf_str(&other), "no store", 8), ERR_OK);
    expect_failure(paths, 1, &store, &other, ERR_FORMAT);
    expect_failure(paths, 1, &other, NULL, ERR_EXISTS);
    help_remove(&store);
    help_remove(&other);
    help_logs_fini(&logs);
}

static void
progress_only_grows(void *ctx, uint64_t done, uint64_t total)
{
    uint64_t *last = ctx;

    assert_true(done >= *last);
    assert_true(done <= total);
    *last = done;
}

static void
progress_ends_at_the_end(void **state)
{
    struct help_logs logs;
    struct buf store;
    struct config *cfg = help_config();
    struct replay_report *r = NULL;
    uint64_t last = 0;

    (void)state;
    help_logs_make(&logs, TRIES);
    help_path(&store);
    const char *const paths[] = {buf_str(&logs.host)};
    struct replay_opts opts = {.paths = paths,
                               .path_count = 1,
                               .store_path = buf_str(&store),
                               .progress = progress_only_grows,
                               .progress_ctx = &last};
    assert_int_equal(engine_replay(cfg, &opts, &r), ERR_OK);
    assert_int_equal(last, 3 * (4096 + 65536));
    assert_int_equal(r->record_count, 0);
    replay_report_destroy(r);
    config_destroy(cfg);
    help_remove(&store);
    help_logs_fini(&logs);
}

static void
nothing_to_destroy_is_fine(void **state)
{
    (void)state;
    replay_report_destroy(NULL);
    assert_string_equal(replay_format_name(REPLAY_EVTX), "evtx");
    assert_string_equal(replay_format_name(REPLAY_UNKNOWN), "unknown");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_report_is_exact),
        cmocka_unit_test(the_same_files_twice_count_once),
        cmocka_unit_test(a_base_store_joins_the_input),
        cmocka_unit_test(a_file_that_fails_stands_in_the_report),
        cmocka_unit_test(what_a_caller_may_do_wrong_is_an_error),
        cmocka_unit_test(progress_ends_at_the_end),
        cmocka_unit_test(nothing_to_destroy_is_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
