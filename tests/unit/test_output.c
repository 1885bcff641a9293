/* test_output - the same rows in every format, byte for byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/json_copy.h"
#include "cli/output.h"
#include "cli/text.h"
#include "core/mem.h"
#include "support/cli_capture.h"

#define T1 131801213711234567ULL /* 2018-08-30T16:49:31.1234567Z */

/* -- rows made by code ------------------------------------------------------------------------- */

struct fixed {
    const char *const *names;
    const enum cell_show *shows;
    size_t columns;
    const struct cell *cells; /* row by row */
    size_t rows;
    size_t at; /* the next row */
};

static const char *
fixed_name(void *ctx, size_t column)
{
    return ((struct fixed *)ctx)->names[column];
}

static enum cell_show
fixed_show(void *ctx, size_t column)
{
    return ((struct fixed *)ctx)->shows[column];
}

static struct cell
fixed_cell(void *ctx, size_t column)
{
    struct fixed *f = ctx;

    return f->cells[(f->at - 1) * f->columns + column];
}

static enum err
fixed_next(void *ctx)
{
    struct fixed *f = ctx;

    return f->at++ < f->rows ? ERR_OK : ERR_END;
}

static struct out_rows
fixed_rows(struct fixed *f)
{
    return (struct out_rows){.ctx = f,
                             .columns = f->columns,
                             .name = fixed_name,
                             .show = fixed_show,
                             .cell = fixed_cell,
                             .next = fixed_next};
}

#define INT(value)                                                                                 \
    {                                                                                              \
        .type = CELL_INT, .i = (int64_t)(value)                                                    \
    }
#define TEXT(literal)                                                                              \
    {                                                                                              \
        .type = CELL_TEXT, .text = {(literal), sizeof(literal) - 1 }                               \
    }
#define NONE                                                                                       \
    {                                                                                              \
        .type = CELL_NULL                                                                          \
    }

static const char *const names[] = {"last_seen", "account",  "count", "logon_id",
                                    "status",    "internet", "params"};
static const enum cell_show shows[] = {SHOW_TIME,  SHOW_FOREIGN, SHOW_PLAIN, SHOW_ID64,
                                       SHOW_HEX32, SHOW_BOOL,    SHOW_JSON};
static const struct cell cells[] = {
    INT(T1),
    TEXT("kumi"),
    INT(3561),
    INT(-1),
    INT(0xC000006D),
    INT(1),
    TEXT("{\"a\":\"b\"}"),
    NONE,
    TEXT("\xe4\xb9\x85\xe7\xbe\x8e\xe5\xad\x90"),
    INT(-7),
    INT(999),
    INT(0),
    INT(0),
    NONE,
};

static struct fixed
sample(void)
{
    return (struct fixed){names, shows, COUNT(names), cells, 2, 0};
}

/* What out_write() makes of the rows. */
static const char *
write_with(struct cli_capture *cap, struct out *o, struct out_rows *rows, const char *path)
{
    struct sink sink;
    uint64_t count = 0;

    buf_clear(&cap->out);
    sink_init(&sink, &cap->io, path);
    o->sink = &sink;
    assert_int_equal(out_write(o, rows, &count), ERR_OK);
    assert_int_equal(sink_close(&sink), ERR_OK);
    sink_fini(&sink);
    return buf_str(&cap->out);
}

static const char *
write_sample(struct cli_capture *cap, enum out_format format, enum lang lang)
{
    struct fixed f = sample();
    struct out_rows rows = fixed_rows(&f);
    struct out o = {.format = format, .lang = lang};

    return write_with(cap, &o, &rows, NULL);
}

static int
setup(void **state)
{
    static struct cli_capture cap;

    cli_capture_init(&cap);
    *state = &cap;
    return 0;
}

static int
teardown(void **state)
{
    cli_capture_fini(*state);
    return 0;
}

/* -- golden ------------------------------------------------------------------------------------ */

static void
test_table(void **state)
{
    assert_string_equal(
        write_sample(*state, OUT_TABLE, LANG_EN),
        "last seen                  account  count  logon_id              status      internet  "
        "params\n"
        "2018-08-31 01:49:31+09:00  kumi      3561  18446744073709551615  0xc000006d  yes       "
        "{\"a\":\"b\"}\n"
        "-                          \xe4\xb9\x85\xe7\xbe\x8e\xe5\xad\x90      -7  999              "
        "  "
        "   0x00000000  no        -\n");
}

static void
test_table_in_japanese(void **state)
{
    assert_string_equal(
        write_sample(*state, OUT_TABLE, LANG_JA),
        "最終                       アカウント  回数  logon_id              status      "
        "インターネット  params\n"
        "2018-08-31 01:49:31+09:00  kumi        3561  18446744073709551615  0xc000006d  はい       "
        "   "
        "  {\"a\":\"b\"}\n"
        "-                          久美子        -7  999                   0x00000000  いいえ     "
        "   "
        "  -\n");
}

static void
test_list(void **state)
{
    assert_string_equal(write_sample(*state, OUT_LIST, LANG_EN),
                        "last seen  2018-08-31 01:49:31+09:00\n"
                        "account    kumi\n"
                        "count      3561\n"
                        "logon_id   18446744073709551615\n"
                        "status     0xc000006d\n"
                        "internet   yes\n"
                        "params     {\"a\":\"b\"}\n"
                        "\n"
                        "account    久美子\n"
                        "count      -7\n"
                        "logon_id   999\n"
                        "status     0x00000000\n"
                        "internet   no\n");
}

static void
test_json(void **state)
{
    assert_string_equal(write_sample(*state, OUT_JSON, LANG_JA),
                        "[\n"
                        "  {\n"
                        "    \"last_seen\": \"2018-08-30T16:49:31.1234567Z\",\n"
                        "    \"account\": \"kumi\",\n"
                        "    \"count\": 3561,\n"
                        "    \"logon_id\": \"18446744073709551615\",\n"
                        "    \"status\": \"0xc000006d\",\n"
                        "    \"internet\": true,\n"
                        "    \"params\": {\n"
                        "      \"a\": \"b\"\n"
                        "    }\n"
                        "  },\n"
                        "  {\n"
                        "    \"last_seen\": null,\n"
                        "    \"account\": \"\\u4e45\\u7f8e\\u5b50\",\n"
                        "    \"count\": -7,\n"
                        "    \"logon_id\": \"999\",\n"
                        "    \"status\": \"0x00000000\",\n"
                        "    \"internet\": false,\n"
                        "    \"params\": null\n"
                        "  }\n"
                        "]\n");
}

static void
test_ndjson(void **state)
{
    assert_string_equal(
        write_sample(*state, OUT_NDJSON, LANG_EN),
        "{\"last_seen\":\"2018-08-30T16:49:31.1234567Z\",\"account\":\"kumi\",\"count\":3561,"
        "\"logon_id\":\"18446744073709551615\",\"status\":\"0xc000006d\",\"internet\":true,"
        "\"params\":{\"a\":\"b\"}}\n"
        "{\"last_seen\":null,\"account\":\"\\u4e45\\u7f8e\\u5b50\",\"count\":-7,"
        "\"logon_id\":\"999\",\"status\":\"0x00000000\",\"internet\":false,\"params\":null}\n");
}

static void
test_csv(void **state)
{
    assert_string_equal(
        write_sample(*state, OUT_CSV, LANG_JA),
        "last_seen,account,count,logon_id,status,internet,params\r\n"
        "2018-08-30T16:49:31.1234567Z,kumi,3561,18446744073709551615,0xc000006d,true,"
        "\"{\"\"a\"\":\"\"b\"\"}\"\r\n"
        ",久美子,-7,999,0x00000000,false,\r\n");
}

/* -- no rows ----------------------------------------------------------------------------------- */

static void
test_no_rows(void **state)
{
    static const struct {
        enum out_format format;
        const char *text;
    } rows[] = {
        {OUT_TABLE, ""},
        {OUT_LIST, ""},
        {OUT_JSON, "[]\n"},
        {OUT_NDJSON, ""},
        {OUT_CSV, "last_seen,account,count,logon_id,status,internet,params\r\n"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fixed f = sample();
        struct out_rows out = fixed_rows(&f);
        struct out o = {.format = rows[i].format};

        f.rows = 0;
        assert_string_equal(write_with(*state, &o, &out, NULL), rows[i].text);
    }
}

/* -- hostile text ------------------------------------------------------------------------------ */

static const char *
write_text(struct cli_capture *cap, enum out_format format, struct sv text)
{
    static const char *const name[] = {"account"};
    static const enum cell_show show[] = {
        SHOW_PLAIN}; /* a query's column: nothing is known of it */
    struct cell cell = {.type = CELL_TEXT, .text = text};
    struct fixed f = {name, show, 1, &cell, 1, 0};
    struct out_rows rows = fixed_rows(&f);
    struct out o = {.format = format};

    return write_with(cap, &o, &rows, NULL);
}

static void
test_csv_cells(void **state)
{
    static const struct {
        const char *text, *cell;
    } rows[] = {
        {"=cmd|' /C calc'!A0", "\"'=cmd|' /C calc'!A0\""},
        {"+1", "'+1"},
        {"-1", "'-1"},
        {"@SUM(A1)", "'@SUM(A1)"},
        {"\t=1", "'\\x09=1"},
        {"\r=1", "'\\x0D=1"},
        {"a=1", "a=1"},
        {"a,b", "\"a,b\""},
        {"say \"hi\"", "\"say \"\"hi\"\"\""},
        {"=\"x\"", "\"'=\"\"x\"\"\""},
        {"two\r\nlines", "two\\x0D\\x0Alines"},
        {"C:\\Windows", "C:\\Windows"},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf expected;

        buf_init(&expected, 1024);
        buf_puts(&expected, "account\r\n");
        buf_puts(&expected, rows[i].cell);
        buf_puts(&expected, "\r\n");
        assert_string_equal(write_text(*state, OUT_CSV, sv_from(rows[i].text)), buf_str(&expected));
        buf_fini(&expected);
    }
}

static void
test_terminal_injection(void **state)
{
    struct sv text = SV("a\x1b]0;x\x07\n\xe2\x80\xae z");

    assert_string_equal(write_text(*state, OUT_TABLE, text),
                        "account\na\\x1B]0;x\\x07\\x0A\\u{202E} z\n");
    assert_string_equal(write_text(*state, OUT_LIST, text),
                        "account  a\\x1B]0;x\\x07\\x0A\\u{202E} z\n");
    assert_string_equal(write_text(*state, OUT_NDJSON, text),
                        "{\"account\":\"a\\u001b]0;x\\u0007\\n\\u202e z\"}\n");
}

/* -- json that somebody else wrote ------------------------------------------------------------- */

static void
test_json_copy(void **state)
{
    static const struct {
        const char *text, *copy;
    } rows[] = {
        {"", "null"},
        {"[]", "[]"},
        {"{\"a\":[1,-2.5e3,true,false,null,{\"b\":\"\xc3\xa9\"}]}",
         "{\"a\":[1,-2.5e3,true,false,null,{\"b\":\"\\u00e9\"}]}"},
        {" \"x\" ", "\"x\""},
        {"{\"a\":", "\"{\\\"a\\\":\""},
        {"{} {}", "\"{} {}\""},
        {"[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]", "\"[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]\""},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct buf out;
        struct json j;

        buf_init(&out, 4096);
        json_init(&j, &out, false);
        json_obj(&j, NULL);
        json_copy(&j, "k", sv_from(rows[i].text));
        json_obj_end(&j);
        assert_int_equal(buf_err(&out), ERR_OK);
        assert_memory_equal(out.data, "{\"k\":", 5);
        assert_int_equal(out.len, strlen(rows[i].copy) + 6);
        assert_memory_equal(out.data + 5, rows[i].copy, strlen(rows[i].copy));
        buf_fini(&out);
    }
}

/* -- tables on a terminal ---------------------------------------------------------------------- */

static void
test_terminal_cuts_text_only(void **state)
{
    static const char *const two[] = {"last_seen", "path"};
    static const enum cell_show show[] = {SHOW_TIME, SHOW_FOREIGN};
    static const struct cell row[] = {INT(T1), TEXT("C:\\Windows\\久美子\\sqhost.exe")};
    struct fixed f = {two, show, 2, row, 1, 0};
    struct out_rows rows = fixed_rows(&f);
    struct out o = {.format = OUT_TABLE, .terminal = true, .columns = 44};

    assert_string_equal(write_with(*state, &o, &rows, NULL),
                        "last seen                  path\n"
                        "2018-08-31 01:49:31+09:00  C:\\Windows\\久美…\n");
    f.at = 0;
    o.columns = 10; /* cut no shorter than is of use */
    assert_string_equal(write_with(*state, &o, &rows, NULL),
                        "last seen                  path\n"
                        "2018-08-31 01:49:31+09:00  C:\\Wind…\n");
    f.at = 0;
    o.terminal = false; /* a file or a pipe gets everything */
    assert_string_equal(write_with(*state, &o, &rows, NULL),
                        "last seen                  path\n"
                        "2018-08-31 01:49:31+09:00  C:\\Windows\\久美子\\sqhost.exe\n");
}

static void
test_below(void **state)
{
    static const struct out_pick picks[] = {
        {"count", false}, {"no such column", false}, {"account", true}};
    struct fixed f = sample();
    struct out_rows all = fixed_rows(&f);
    struct out_picked space;
    struct out_rows rows = out_choose(&space, &all, picks, COUNT(picks));
    struct out o = {.format = OUT_TABLE};

    assert_string_equal(write_with(*state, &o, &rows, NULL),
                        "count\n 3561\n    kumi\n   -7\n    久美子\n");
}

/* A sentence is whole however long; a cell of a table is not. */
static void
test_long_texts(void **state)
{
    static const char *const name[] = {"path", "sentence"};
    static const enum cell_show show[] = {SHOW_FOREIGN, SHOW_PLAIN};
    static const struct out_pick picks[] = {{"path", false}, {"sentence", true}};
    char text[1000];
    struct cell row[2] = {{.type = CELL_TEXT, .text = {text, sizeof(text)}},
                          {.type = CELL_TEXT, .text = {text, sizeof(text)}}};
    struct fixed f = {name, show, 2, row, 1, 0};
    struct out_rows all = fixed_rows(&f);
    struct out_picked space;
    struct out_rows rows = out_choose(&space, &all, picks, COUNT(picks));
    struct out o = {.format = OUT_TABLE};
    const char *shown;

    memset(text, 'x', sizeof(text));
    shown = write_with(*state, &o, &rows, NULL);
    assert_int_equal(strlen(shown), strlen("path\n") + OUT_TABLE_CELL_MAX + strlen("...\n") +
                                        strlen("    \n") + sizeof(text));
}

/* More rows than the sample that widths are measured on. */
static void
test_many_rows(void **state)
{
    static const char *const name[] = {"count"};
    static const enum cell_show show[] = {SHOW_PLAIN};
    size_t count = OUT_SAMPLE_ROWS + 10;
    struct cell *many = mem_array(count, sizeof(*many));
    struct fixed f = {name, show, 1, many, count, 0};
    struct out_rows rows = fixed_rows(&f);
    struct out o = {.format = OUT_TABLE};
    const char *text;
    size_t lines = 0;

    assert_non_null(many);
    for (size_t i = 0; i < count; i++) {
        many[i] = (struct cell)INT(i);
    }
    text = write_with(*state, &o, &rows, NULL);
    for (const char *p = text; *p != '\0'; p++) {
        lines += *p == '\n';
    }
    assert_int_equal(lines, count + 1);
    assert_string_equal(text + strlen(text) - 12, "  264\n  265\n");
    mem_free(many);
}

/* -- files ------------------------------------------------------------------------------------- */

static void
test_csv_file_has_bom(void **state)
{
    struct fixed f = sample();
    struct out_rows rows = fixed_rows(&f);
    struct out o = {.format = OUT_CSV};
    struct buf path;
    struct buf text;

    buf_init(&path, 4096);
    buf_init(&text, 4096);
    assert_int_equal(path_temp_file(&path), ERR_OK);
    assert_string_equal(write_with(*state, &o, &rows, buf_str(&path)), "");
    assert_int_equal(file_read_all(buf_str(&path), 4096, &text), ERR_OK);
    assert_memory_equal(buf_str(&text), "\xEF\xBB\xBFlast_seen,account", 20);
    assert_int_equal(file_delete(buf_str(&path)), ERR_OK);
    buf_fini(&path);
    buf_fini(&text);
}

/* -- numbers and widths ------------------------------------------------------------------------ */

static void
test_counts(void **state)
{
    static const struct {
        uint64_t value;
        const char *text;
    } rows[] = {
        {0, "0"},          {999, "999"},           {1000, "1,000"},
        {20113, "20,113"}, {1234567, "1,234,567"}, {UINT64_MAX, "18,446,744,073,709,551,615"},
    };
    struct buf out;

    (void)state;
    buf_init(&out, 256);
    for (size_t i = 0; i < COUNT(rows); i++) {
        buf_clear(&out);
        text_put_count(&out, rows[i].value);
        assert_string_equal(buf_str(&out), rows[i].text);
    }
    buf_clear(&out);
    text_put_tenths(&out, 714);
    buf_putc(&out, ' ');
    text_put_tenths(&out, 0);
    assert_string_equal(buf_str(&out), "71.4 0.0");
    buf_fini(&out);
}

static void
test_cut(void **state)
{
    static const struct {
        size_t columns;
        const char *text;
    } rows[] = {{8, "久美子ab"}, {7, "久美子…"}, {6, "久美…"}, {5, "久美…"}, {2, "…"}, {1, "…"}};
    struct buf out;

    (void)state;
    assert_int_equal(text_width(SV("久美子ab")), 8);
    buf_init(&out, 256);
    for (size_t i = 0; i < COUNT(rows); i++) {
        buf_clear(&out);
        text_put_cut(&out, SV("久美子ab"), rows[i].columns);
        assert_string_equal(buf_str(&out), rows[i].text);
    }
    buf_fini(&out);
}

/* Each allocation fails in turn: an error comes back, nothing leaks or crashes. */
static void
test_no_memory(void **state)
{
    static const enum out_format formats[] = {OUT_TABLE, OUT_LIST, OUT_JSON, OUT_NDJSON, OUT_CSV};
    struct cli_capture *cap = *state;

    for (size_t i = 0; i < COUNT(formats); i++) {
        for (size_t n = 0; n < 1000; n++) {
            struct fixed f = sample();
            struct out_rows rows = fixed_rows(&f);
            struct sink sink;
            struct out o = {.format = formats[i], .sink = &sink};
            enum err err;

            sink_init(&sink, &cap->io, NULL);
            mem_fail_after(n);
            err = out_write(&o, &rows, NULL);
            if (err == ERR_OK) {
                err = sink_close(&sink);
            }
            mem_fail_after(SIZE_MAX);
            sink_fini(&sink);
            buf_clear(&cap->out);
            if (err == ERR_OK) {
                assert_true(n > 0);
                break;
            }
            assert_int_equal(err, ERR_NOMEM);
            assert_true(n < 999);
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_table_in_japanese),
        cmocka_unit_test(test_list),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_ndjson),
        cmocka_unit_test(test_csv),
        cmocka_unit_test(test_no_rows),
        cmocka_unit_test(test_csv_cells),
        cmocka_unit_test(test_terminal_injection),
        cmocka_unit_test(test_json_copy),
        cmocka_unit_test(test_terminal_cuts_text_only),
        cmocka_unit_test(test_below),
        cmocka_unit_test(test_many_rows),
        cmocka_unit_test(test_long_texts),
        cmocka_unit_test(test_csv_file_has_bom),
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_no_memory),
    };

    return cmocka_run_group_tests_name("output", tests, setup, teardown);
}
