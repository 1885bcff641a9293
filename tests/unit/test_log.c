/* log: levels, sinks, escaping; err and metrics, which have little to them, along. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/log.h"
#include "core/mem.h"
#include "core/metrics.h"
#include "core/utf.h"

struct seen {
    unsigned count;
    enum log_level level;
    char line[2048];
};

static void
remember(void *ctx, enum log_level level, const char *line)
{
    struct seen *seen = ctx;
    size_t len = strlen(line);

    assert_true(len < sizeof(seen->line));
    seen->count++;
    seen->level = level;
    memcpy(seen->line, line, len + 1);
}

static int
quiet_again(void **state)
{
    (void)state;
    log_set(LOG_WARN, NULL, NULL);
    mem_fail_after(SIZE_MAX);
    return 0;
}

static void
test_levels(void **state)
{
    struct seen seen = {0};

    (void)state;
    log_set(LOG_INFO, remember, &seen);
    log_line(LOG_DEBUG, "store: unseen");
    assert_int_equal(seen.count, 0);
    log_line(LOG_INFO, "store: opened: %s", "kanari.db");
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.level, LOG_INFO);
    assert_string_equal(seen.line, "store: opened: kanari.db");
    log_line(LOG_ERROR, "store: %d", 5);
    assert_int_equal(seen.level, LOG_ERROR);
    log_set(LOG_ERROR, remember, &seen);
    log_line(LOG_WARN, "unseen");
    assert_int_equal(seen.count, 2);
}

static void
test_line_is_one_line_and_capped(void **state)
{
    struct seen seen = {0};
    char text[3000];

    (void)state;
    log_set(LOG_DEBUG, remember, &seen);
    log_line(LOG_DEBUG, "a%sb", "\r\nforged: \x1B[31m");
    assert_string_equal(seen.line, "a??forged: ?[31mb");
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    log_line(LOG_DEBUG, "%s", text);
    assert_int_equal(strlen(seen.line), 1023);
}

static void
test_log_needs_no_heap(void **state)
{
    struct seen seen = {0};
    char shown[ESCAPE_TEXT_MAX];

    (void)state;
    log_set(LOG_WARN, remember, &seen);
    mem_fail_after(0);
    log_line(LOG_WARN, "store: out of memory: %s", escape_text(SV("a\nb"), shown));
    assert_int_equal(mem_asked(), 0);
    assert_string_equal(seen.line, "store: out of memory: a\\x0Ab");
}

static void
test_escape(void **state)
{
    static const struct {
        struct sv text;
        const char *shown;
    } rows[] = {
        {{NULL, 0}, ""},
        {{"C:\\Windows\\sqhost.exe", 21}, "C:\\Windows\\sqhost.exe"},
        {{"\xE3\x81\x82 \xF0\x9F\x98\x80", 8}, "\xE3\x81\x82 \xF0\x9F\x98\x80"},
        {{"\0\n\x1B[0m\x7F", 7}, "\\x00\\x0A\\x1B[0m\\x7F"},
        {{"\xC2\x85\xC2\xA0", 4}, "\\u{0085}\xC2\xA0"}, /* C1; a hard space stays */
        {{"\xD8\x9C", 2}, "\\u{061C}"},                 /* bidi marks */
        {{"\xE2\x80\x8E\xE2\x80\x8F", 6}, "\\u{200E}\\u{200F}"},
        {{"\xE2\x80\xA8\xE2\x80\xA9", 6}, "\\u{2028}\\u{2029}"}, /* line separators */
        {{"fdp.\xE2\x80\xAE"
          "exe",
          10},
         "fdp.\\u{202E}exe"},
        {{"\xE2\x81\xA6\xE2\x81\xA9", 6}, "\\u{2066}\\u{2069}"}, /* isolates */
        {{"\xEF\xBB\xBF", 3}, "\\u{FEFF}"},
        {{"\xEE\x80\x80\xEF\xA3\xBF", 6}, "\\u{E000}\\u{F8FF}"}, /* private use */
        {{"\xF3\xB0\x80\x80\xF4\x8F\xBF\xBD", 8}, "\\u{F0000}\\u{10FFFD}"},
        {{"\xEF\xB7\x90\xEF\xBF\xBF\xF0\x9F\xBF\xBE", 10}, "\\u{FDD0}\\u{FFFF}\\u{1FFFE}"},
        {{"\xED\xA0\xBD", 3}, "\\u{D83D}"},           /* a lone surrogate */
        {{"a\xFF\xE3\x81z", 5}, "a\\xFF\\xE3\\x81z"}, /* no UTF-8 */
        {{"\xEF\xBF\xBD", 3}, "\xEF\xBF\xBD"},        /* U+FFFD in the text */
        {{"\xF3\xA0\x81\x81", 4}, "\\u{E0041}"},      /* a tag */
        {{"\xE8\x91\x9B\xF3\xA0\x84\x80", 7}, "\xE8\x91\x9B\xF3\xA0\x84\x80"}, /* a variant */
    };
    struct buf b;

    (void)state;
    buf_init(&b, 4096);
    for (size_t i = 0; i < COUNT(rows); i++) {
        char shown[ESCAPE_TEXT_MAX];

        buf_clear(&b);
        escape_put(&b, rows[i].text, 100);
        assert_string_equal(buf_str(&b), rows[i].shown);
        assert_string_equal(escape_text(rows[i].text, shown), rows[i].shown);
    }
    buf_fini(&b);
}

static void
test_every_code_point_is_clean(void **state)
{
    (void)state;
    for (uint32_t cp = 0; cp <= 0x10FFFF; cp++) {
        char text[4];
        char shown[ESCAPE_TEXT_MAX];
        struct sv s = {text, utf8_put(cp, text)};
        bool kept = strlen(escape_text(s, shown)) == s.len;
        bool wanted =
            !(cp < 0x20 || (cp >= 0x7F && cp < 0xA0) || cp == 0x61C || cp == 0x200B ||
              cp == 0x200E || cp == 0x200F || (cp >= 0x2028 && cp <= 0x202E) ||
              (cp >= 0x2060 && cp <= 0x206F) || (cp >= 0xD800 && cp <= 0xF8FF) ||
              (cp >= 0xFDD0 && cp <= 0xFDEF) || cp == 0xFEFF || (cp >= 0xFFF9 && cp <= 0xFFFB) ||
              (cp >= 0xE0000 && cp <= 0xE007F) || cp >= 0xF0000 || (cp & 0xFFFE) == 0xFFFE);

        if (kept != wanted || !utf8_valid(sv_from(shown))) {
            fail_msg("U+%04X is shown as '%s'", (unsigned)cp, shown);
        }
    }
}

static void
test_escape_cut(void **state)
{
    struct buf b;
    char text[600];
    char shown[ESCAPE_TEXT_MAX];

    (void)state;
    buf_init(&b, 4096);
    escape_put(&b, SV("abc"), 3);
    assert_string_equal(buf_str(&b), "abc");
    buf_clear(&b);
    escape_put(&b, SV("abcd"), 3);
    assert_string_equal(buf_str(&b), "abc...");
    buf_clear(&b);
    escape_put(&b, SV("ab\xE3\x81\x82"), 4); /* not in the middle of a character */
    assert_string_equal(buf_str(&b), "ab...");
    buf_fini(&b);

    memset(text, '\n', sizeof(text));
    for (size_t len = 0; len <= sizeof(text); len++) {
        size_t n = strlen(escape_text((struct sv){text, len}, shown));

        assert_int_equal(n, len <= 63 ? len * 4 : 63 * 4 + 3);
    }
}

static void
test_err_names(void **state)
{
    (void)state;
    for (int e = 0; e < ERR_COUNT; e++) {
        assert_true(strlen(err_str((enum err)e)) > 1);
        for (int other = 0; other < e; other++) {
            assert_string_not_equal(err_str((enum err)e), err_str((enum err)other));
        }
    }
    assert_string_equal(err_str(ERR_NOMEM), "out of memory");
    assert_string_equal(err_str(ERR_COUNT), "unknown error");
}

static void
test_metrics(void **state)
{
    (void)state;
    metric_reset_all();
    metric_add(METRIC_TEXTS_CUT, 2);
    metric_add(METRIC_TEXTS_CUT, 3);
    assert_int_equal(metric_get(METRIC_TEXTS_CUT), 5);
    assert_int_equal(metric_get(METRIC_RECORDS_DAMAGED), 0);
    metric_reset_all();
    assert_int_equal(metric_get(METRIC_TEXTS_CUT), 0);
    assert_string_equal(metric_name(METRIC_TEXTS_CUT), "texts_cut");
    for (int m = 0; m < METRIC_COUNT; m++) {
        assert_true(strlen(metric_meaning((enum metric)m)) > 0);
        for (int other = 0; other < m; other++) {
            assert_string_not_equal(metric_name((enum metric)m), metric_name((enum metric)other));
        }
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_levels, quiet_again),
        cmocka_unit_test_teardown(test_line_is_one_line_and_capped, quiet_again),
        cmocka_unit_test_teardown(test_log_needs_no_heap, quiet_again),
        cmocka_unit_test(test_escape),
        cmocka_unit_test(test_every_code_point_is_clean),
        cmocka_unit_test(test_escape_cut),
        cmocka_unit_test(test_err_names),
        cmocka_unit_test(test_metrics),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
