/* script_blocks - what is joined, what is given up and when, and what the limits do. */
#include "unit/test_script_blocks.h"

#define MS (TM_SEC / 1000)

static char big[SCRIPT_TEXT_MAX];

/* -- joining ----------------------------------------------------------------------------------- */

static void
test_one_part(void **state)
{
    struct harness *h = *state;

    PUT(h, .part = 1, .parts = 1, .script = SV("abc"));
    assert_int_equal(h->count, 1);
    expect_text(&h->given[0], "abc", "abc");
    assert_string_equal(h->given[0].sha256,
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_int_equal(h->given[0].parts, 0);
    assert_int_equal(h->given[0].missing, 0);
    PUT(h, .part = 1, .parts = 1); /* empty */
    expect_text(&h->given[1], "", "");
    finish(h);
    assert_int_equal(h->count, 2);
    assert_int_equal(metric_get(METRIC_SCRIPTS_INCOMPLETE), 0);
}

static void
test_parts_in_order(void **state)
{
    struct harness *h = *state;

    PUT(h, .at = 1, .part = 1, .parts = 3, .script = SV("one "));
    PUT(h, .at = 2, .part = 2, .parts = 3, .script = SV("two "));
    assert_int_equal(h->count, 0);
    assert_true(script_blocks_due(h->blocks) == T0 + 5002 * MS);
    PUT(h, .at = 3, .part = 3, .parts = 3); /* the last is empty where the length divides */
    assert_int_equal(h->count, 1);
    expect_text(&h->given[0], "one two ", "one two ");
    assert_true(h->given[0].time_ft == T0 + 3 * MS);
    assert_int_equal(h->given[0].record_id, 3);
    assert_int_equal(h->given[0].parts, 3);
    assert_int_equal(h->given[0].missing, 0);
    assert_true(script_blocks_due(h->blocks) == UINT64_MAX);
    finish(h);
    assert_int_equal(h->count, 1);
}

static void
test_others_between(void **state)
{
    struct harness *h = *state;

    PUT(h, .part = 2, .parts = 2, .script = SV("b"));
    PUT(h, .part = 2, .parts = 2, .script = SV("d"), .host = "PC-B");
    PUT(h, .part = 2, .parts = 2, .script = SV("f"), .pid = 7);
    PUT(h, .part = 2, .parts = 2, .script = SV("h"), .id = "id-2");
    PUT(h, .part = 2, .parts = 3, .script = SV("x"));
    PUT(h, .part = 1, .parts = 1, .script = SV("short"));
    PUT(h, .part = 1, .parts = 2, .script = SV("g"), .id = "id-2");
    PUT(h, .part = 1, .parts = 2, .script = SV("e"), .pid = 7);
    PUT(h, .part = 1, .parts = 2, .script = SV("c"), .host = "PC-B");
    PUT(h, .part = 1, .parts = 2, .script = SV("a"));
    assert_int_equal(h->count, 5);
    expect_text(&h->given[0], "short", "short");
    expect_text(&h->given[1], "gh", "gh");
    expect_text(&h->given[2], "ef", "ef");
    expect_text(&h->given[3], "cd", "cd");
    expect_text(&h->given[4], "ab", "ab");
    assert_string_equal(h->given[1].object, "id-2");
    assert_int_equal(h->given[2].pid, 7);
    assert_string_equal(h->given[3].host, "PC-B");
    finish(h);
    assert_int_equal(h->count, 6);
    expect_text(&h->given[5], "\n[...]\nx\n[...]\n", "x");
    assert_int_equal(h->given[5].missing, 2);
}

/* UTF-16 is split anywhere: also inside a character. */
static void
test_half_characters(void **state)
{
    struct harness *h = *state;

    PUT(h, .part = 2, .parts = 4, .script = SV("\xED\xB0\xA6"));
    PUT(h, .part = 1, .parts = 4, .script = SV("a\xED\xA0\xBD")); /* U+1F426 */
    PUT(h, .part = 3, .parts = 4, .script = SV("\xED\xA0\xBD"));  /* never met its second half */
    PUT(h, .part = 4, .parts = 4, .script = SV("z"));
    expect_text(&h->given[0], "a\xF0\x9F\x90\xA6\xED\xA0\xBDz", "a\xF0\x9F\x90\xA6\xED\xA0\xBDz");
    PUT(h, .part = 1, .parts = 1, .script = SV("\xED\xA0\xBD"));
    expect_text(&h->given[1], "\xED\xA0\xBD", "\xED\xA0\xBD");
    /* what only begins like a half is none */
    PUT(h, .part = 1, .parts = 2, .script = SV("a\xED\xA0)"));
    PUT(h, .part = 2, .parts = 2, .script = SV("\xED\xB0\xA6"));
    expect_text(&h->given[2], "a\xED\xA0)\xED\xB0\xA6", "a\xED\xA0)\xED\xB0\xA6");
    PUT(h, .part = 1, .parts = 2, .script = SV("a\xED\xA0\xBD"));
    PUT(h, .part = 2, .parts = 2, .script = SV("\xED\xB0("));
    expect_text(&h->given[3], "a\xED\xA0\xBD\xED\xB0(", "a\xED\xA0\xBD\xED\xB0(");
}

/* -- parts that do not come -------------------------------------------------------------------- */

static void
test_missing_parts(void **state)
{
    struct harness *h = *state;

    PUT(h, .at = 0, .part = 2, .parts = 6, .script = SV("two "));
    PUT(h, .at = 10, .part = 5, .parts = 6, .script = SV("five "));
    PUT(h, .at = 5009, .part = 1, .parts = 1, .script = SV("other"));
    assert_int_equal(h->count, 1); /* not yet */
    PUT(h, .at = 60000, .part = 1, .parts = 1, .script = SV("other"));
    assert_int_equal(h->count, 3);
    assert_true(h->given[1].time_ft == T0 + 5010 * MS);
    assert_int_equal(h->given[1].record_id, 2);
    expect_text(&h->given[1], "\n[...]\ntwo \n[...]\nfive \n[...]\n", "two five ");
    assert_int_equal(h->given[1].parts, 6);
    assert_int_equal(h->given[1].missing, 4);
    assert_int_equal(metric_get(METRIC_SCRIPTS_INCOMPLETE), 1);
    PUT(h, .at = 60001, .part = 6, .parts = 6, .script = SV("six")); /* too late: its own event */
    finish(h);
    assert_int_equal(h->count, 4);
    assert_true(h->given[3].time_ft == T0 + 65001 * MS);
    expect_text(&h->given[3], "\n[...]\nsix", "six");
    assert_int_equal(h->given[3].missing, 5);
}

/* Those due at once go in the order in which they began. */
static void
test_due_together(void **state)
{
    struct harness *h = *state;

    PUT(h, .part = 1, .parts = 2, .script = SV("1"), .id = "z");
    PUT(h, .part = 1, .parts = 2, .script = SV("2"), .id = "a");
    PUT(h, .part = 1, .parts = 2, .script = SV("3"), .id = "m");
    assert_int_equal(script_blocks_release(h->blocks, T0 + SCRIPT_WAIT), ERR_OK);
    assert_int_equal(h->count, 0);
    assert_int_equal(script_blocks_release(h->blocks, T0 + SCRIPT_WAIT + 1), ERR_OK);
    assert_int_equal(h->count, 3);
    assert_string_equal(h->given[0].object, "z");
    assert_string_equal(h->given[1].object, "a");
    assert_string_equal(h->given[2].object, "m");
}

static void
test_numbers_that_cannot_be(void **state)
{
    struct harness *h = *state;
    struct event ev;

    PUT(h, .part = 0, .parts = 2, .script = SV("a"));
    PUT(h, .part = 3, .parts = 2, .script = SV("b"));
    PUT(h, .part = 1, .parts = SCRIPT_PARTS_MAX + 1, .script = SV("c"));
    PUT(h, .part = 7, .parts = 0, .script = SV("d"));
    PUT(h, .part = UINT32_MAX, .parts = UINT32_MAX, .script = SV("e"));
    ev = event_of(h, &(struct put){.part = 1, .parts = 2, .script = SV("f")});
    event_clear(&ev, object);
    assert_int_equal(try_event(h, &ev), ERR_OK);
    assert_int_equal(h->count, 6);
    for (size_t i = 0; i < 6; i++) {
        char text[2] = {(char)('a' + i), '\0'};

        expect_text(&h->given[i], text, text);
    }
    assert_int_equal(h->given[0].missing, 1);
    assert_int_equal(h->given[2].missing, SCRIPT_PARTS_MAX);
    assert_int_equal(h->given[3].missing, 0);
    assert_int_equal(h->given[3].parts, 0);
    assert_true(h->given[4].missing == UINT32_MAX - 1);
    assert_int_equal(metric_get(METRIC_SCRIPTS_INCOMPLETE), 5);
}

/* -- parts that come twice --------------------------------------------------------------------- */

static void
test_twice(void **state)
{
    struct harness *h = *state;

    PUT(h, .part = 1, .parts = 2, .script = SV("a"));
    PUT(h, .part = 1, .parts = 2, .script = SV("a")); /* again: nothing new */
    assert_int_equal(metric_get(METRIC_EVENTS_DUPLICATE), 1);
    PUT(h, .at = 1, .part = 1, .parts = 2, .script = SV("A")); /* pid and id in a second life */
    assert_int_equal(h->count, 1);
    expect_text(&h->given[0], "a\n[...]\n", "a");
    assert_true(h->given[0].time_ft == T0 + 1 * MS);
    PUT(h, .at = 2, .part = 2, .parts = 2, .script = SV("B"));
    assert_int_equal(h->count, 2);
    expect_text(&h->given[1], "AB", "AB");
    PUT(h, .at = 3, .part = 2, .parts = 2, .script = SV("b")); /* and in a third */
    PUT(h, .at = 4, .part = 1, .parts = 2, .script = SV("a"));
    assert_int_equal(h->count, 3);
    expect_text(&h->given[2], "ab", "ab");
}

/* An event that was joined before, by this code. */
static struct event
joined(struct harness *h, struct put p, uint32_t missing)
{
    struct event ev = event_of(h, &p);

    event_clear(&ev, part);
    event_set(&ev, script_len, (uint32_t)p.script.len);
    event_set(&ev, sha256, SV("of it"));
    if (missing > 0) {
        event_set(&ev, parts_missing, missing);
    }
    return ev;
}

static void
put_joined(struct harness *h, struct put p, uint32_t missing)
{
    struct event ev = joined(h, p, missing);

    assert_int_equal(try_event(h, &ev), ERR_OK);
}

#define JOINED(h, missing, ...) put_joined(h, (struct put){__VA_ARGS__}, missing)

static void
test_joined_before(void **state)
{
    struct harness *h = *state;

    JOINED(h, 0, .parts = 3, .script = SV("whole")); /* alone: as it is */
    assert_int_equal(h->count, 1);
    assert_string_equal(h->given[0].script, "whole");
    assert_string_equal(h->given[0].sha256, "of it");
    PUT(h, .part = 1, .parts = 3, .script = SV("w")); /* parts of it, and then it */
    PUT(h, .part = 2, .parts = 3, .script = SV("h"));
    JOINED(h, 0, .parts = 3, .script = SV("whole"));
    assert_int_equal(h->count, 2);
    assert_string_equal(h->given[1].script, "whole");
    assert_int_equal(metric_get(METRIC_EVENTS_DUPLICATE), 2);
    finish(h);
    assert_int_equal(h->count, 2);
}

static void
test_joined_before_in_part(void **state)
{
    struct harness *h = *state;

    PUT(h, .at = 0, .part = 1, .parts = 3, .script = SV("a"));
    PUT(h, .at = 1, .part = 2, .parts = 3, .script = SV("b"));
    JOINED(h, 2, .at = 2, .parts = 3, .script = SV("old")); /* knew less */
    assert_int_equal(h->count, 0);
    PUT(h, .at = 3, .part = 3, .parts = 3, .script = SV("c"));
    JOINED(h, 1, .at = 5003, .parts = 3, .script = SV("old")); /* what is whole now */
    assert_int_equal(h->count, 1);
    expect_text(&h->given[0], "abc", "abc");
    assert_int_equal(metric_get(METRIC_EVENTS_DUPLICATE), 2);
    JOINED(h, 1, .at = 5004, .parts = 3, .script = SV("later")); /* forgotten by now */
    assert_int_equal(h->count, 2);
    PUT(h, .at = 9000, .part = 1, .parts = 3, .script = SV("x"));
    JOINED(h, 1, .at = 14000, .parts = 3, .script = SV("more")); /* knows more than what waits */
    assert_int_equal(h->count, 3);
    assert_string_equal(h->given[2].script, "more");
    assert_int_equal(metric_get(METRIC_EVENTS_DUPLICATE), 3);
    finish(h);
    assert_int_equal(h->count, 3);
}

/* -- limits ------------------------------------------------------------------------------------ */

static void
test_long_text_is_cut(void **state)
{
    struct harness *h = *state;
    struct sv text = {big, EVENT_SCRIPT_MAX};
    const struct given *g = h->given;
    size_t gap = strlen(SCRIPT_GAP);

    memset(big, 'x', sizeof(big));
    PUT(h, .part = 1, .parts = 1, .script = text);
    assert_int_equal(g[0].script_len, EVENT_SCRIPT_MAX); /* just fits */
    assert_int_equal(metric_get(METRIC_SCRIPTS_CUT), 0);
    memcpy(big + SCRIPT_HEAD_LEN - 1, "\xC3\xA9", 2); /* both cuts fall into a character */
    memcpy(big + EVENT_SCRIPT_MAX + 1 - (EVENT_SCRIPT_MAX - SCRIPT_HEAD_LEN - gap) - 2,
           "\xE3\x81\x82", 3);
    PUT(h, .part = 1, .parts = 2, .script = text);
    PUT(h, .part = 2, .parts = 2, .script = SV("y"));
    assert_int_equal(g[1].said_len, EVENT_SCRIPT_MAX + 1);
    assert_int_equal(g[1].whole_len, EVENT_SCRIPT_MAX + 1);
    assert_int_equal(metric_get(METRIC_SCRIPTS_CUT), 1);
    assert_memory_equal(g[1].script, big, SCRIPT_HEAD_LEN - 1);
    assert_memory_equal(g[1].script + SCRIPT_HEAD_LEN - 1, SCRIPT_GAP, gap);
    assert_int_equal(g[1].script[SCRIPT_HEAD_LEN - 1 + gap], 'x');
    assert_int_equal(g[1].script[g[1].script_len - 1], 'y');
    assert_true(g[1].script_len <= EVENT_SCRIPT_MAX && g[1].script_len > EVENT_SCRIPT_MAX - 6);
    assert_true(utf8_valid((struct sv){g[1].script, g[1].script_len}));
}

static void
test_text_of_one_block(void **state)
{
    struct harness *h = *state;
    struct sv most = {big, SCRIPT_TEXT_MAX};

    memset(big, 'x', sizeof(big));
    PUT(h, .part = 1, .parts = 3, .script = most);
    PUT(h, .part = 2, .parts = 3, .script = SV("y"));
    PUT(h, .part = 3, .parts = 3);
    assert_int_equal(h->count, 1);
    assert_int_equal(h->given[0].said_len, SCRIPT_TEXT_MAX);
    assert_int_equal(h->given[0].whole_len, SCRIPT_TEXT_MAX + strlen(SCRIPT_GAP));
    assert_int_equal(h->given[0].missing, 1);
    assert_int_equal(metric_get(METRIC_SCRIPT_PARTS_DROPPED), 1);
}

static void
test_text_of_all_blocks(void **state)
{
    struct harness *h = *state;
    struct sv most = {big, SCRIPT_TEXT_MAX};
    char id[8];

    memset(big, 'x', sizeof(big));
    for (unsigned i = 0; i < SCRIPT_MEMORY_MAX / SCRIPT_TEXT_MAX; i++) {
        (void)snprintf(id, sizeof(id), "id-%u", i);
        PUT(h, .at = i, .part = 1, .parts = 2, .script = most, .id = id);
    }
    assert_int_equal(h->count, 0);
    PUT(h, .at = 90, .part = 1, .parts = 2, .script = SV("y"), .id = "last");
    assert_int_equal(h->count, 1);
    assert_string_equal(h->given[0].object, "id-0");
    assert_true(h->given[0].time_ft == T0 + 90 * MS);
    assert_int_equal(metric_get(METRIC_SCRIPTS_FULL), 1);
    finish(h);
    assert_int_equal(h->count, 1 + SCRIPT_MEMORY_MAX / SCRIPT_TEXT_MAX);
}

static void
test_blocks_at_once(void **state)
{
    struct harness *h = *state;
    char id[8];

    for (unsigned i = 0; i <= SCRIPT_BLOCKS_MAX; i++) {
        (void)snprintf(id, sizeof(id), "id-%u", i);
        PUT(h, .at = i, .part = 1, .parts = 2, .script = SV("a"), .id = id);
    }
    assert_int_equal(h->count, 1);
    assert_string_equal(h->given[0].object, "id-0");
    assert_true(h->given[0].time_ft == T0 + SCRIPT_BLOCKS_MAX * MS);
    assert_int_equal(metric_get(METRIC_SCRIPTS_FULL), 1);
    for (unsigned i = 1; i <= SCRIPT_BLOCKS_MAX; i++) {
        (void)snprintf(id, sizeof(id), "id-%u", i);
        PUT(h, .at = 99, .part = 2, .parts = 2, .script = SV("b"), .id = id);
        expect_text(&h->given[i], "ab", "ab");
    }
    assert_int_equal(h->count, 1 + SCRIPT_BLOCKS_MAX);
}

/* -- failures ---------------------------------------------------------------------------------- */

MUST_CHECK static enum err
run_small(struct harness *h)
{
    static const struct put puts[] = {
        {.part = 1, .parts = 2, .script = {"a", 1}},
        {.part = 1, .parts = 3, .script = {"b", 1}, .id = "id-2"},
        {.part = 2, .parts = 2, .script = {"c", 1}},
        {.part = 1, .parts = 1, .script = {"d", 1}, .id = "id-3"},
    };
    enum err err = script_blocks_create(on_block, h, &h->blocks);

    for (size_t i = 0; i < COUNT(puts) && !err; i++) {
        struct event ev = event_of(h, &puts[i]);

        err = try_event(h, &ev);
    }
    return err ? err : script_blocks_flush(h->blocks);
}

static void
test_memory_runs_out(void **state)
{
    struct harness *h = *state;
    enum err err = ERR_NOMEM;
    size_t n = 0;

    while (err) {
        script_blocks_destroy(h->blocks);
        h->blocks = NULL;
        harness_clear(h);
        mem_fail_after(n++);
        err = run_small(h);
        mem_fail_after(SIZE_MAX);
        assert_true(err == ERR_OK || err == ERR_NOMEM);
        assert_true(n < 50);
    }
    assert_true(n > 8);
    assert_int_equal(h->count, 3);
}

static void
test_receiver_fails(void **state)
{
    struct harness *h = *state;
    struct event ev;

    PUT(h, .part = 1, .parts = 2, .script = SV("a"));
    h->fail = ERR_FULL;
    ev = event_of(h, &(struct put){.part = 2, .parts = 2, .script = SV("b")});
    assert_int_equal(try_event(h, &ev), ERR_FULL);
    PUT(h, .part = 1, .parts = 2, .script = SV("a"), .id = "id-2");
    assert_int_equal(script_blocks_flush(h->blocks), ERR_FULL);
    script_blocks_destroy(NULL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, harness_setup, harness_teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_one_part),
        TEST(test_parts_in_order),
        TEST(test_others_between),
        TEST(test_half_characters),
        TEST(test_missing_parts),
        TEST(test_due_together),
        TEST(test_numbers_that_cannot_be),
        TEST(test_twice),
        TEST(test_joined_before),
        TEST(test_joined_before_in_part),
        TEST(test_long_text_is_cut),
        TEST(test_text_of_one_block),
        TEST(test_text_of_all_blocks),
        TEST(test_blocks_at_once),
        TEST(test_memory_runs_out),
        TEST(test_receiver_fails),
    };

    return cmocka_run_group_tests_name("script_blocks", tests, NULL, NULL);
}
