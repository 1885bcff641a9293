/* Stories of the store: which go on, which close, and what a story does without. */
#include "detectors_feed.h"

#include "detectors/rules.h"
#include "detectors/stories.h"

#define SENT_MAX 16u

struct shelf {
    struct config *cfg;
    struct stories *stories;
    struct story sent[SENT_MAX];
    size_t count;
    struct alert alert[4]; /* of the store */
    size_t alert_count;
    enum err answer; /* of a search that finds nothing */
};

static enum err
on_story(void *ctx, const struct story *st)
{
    struct shelf *s = ctx;

    assert_true(s->count < SENT_MAX);
    s->sent[s->count++] = *st;
    return ERR_OK;
}

static enum err
find(void *ctx, const char *id, struct alert *out)
{
    const struct shelf *s = ctx;

    for (size_t i = 0; i < s->alert_count; i++) {
        if (strcmp(s->alert[i].id, id) == 0) {
            *out = s->alert[i];
            return ERR_OK;
        }
    }
    return s->answer;
}

static struct shelf *
open_shelf(void)
{
    struct shelf *s = calloc(1, sizeof(*s));

    assert_non_null(s);
    assert_int_equal(config_create(&s->cfg), ERR_OK);
    assert_int_equal(stories_create(s->cfg, on_story, s, &s->stories), ERR_OK);
    s->answer = ERR_NOTFOUND;
    return s;
}

static void
close_shelf(struct shelf *s)
{
    stories_destroy(s->stories);
    config_destroy(s->cfg);
    free(s);
}

static struct alert
make_alert(uint64_t second, const char *source)
{
    struct alert a;

    memset(&a, 0, sizeof(a));
    a.rule = &rule_table[RULE_LOGON_BURST];
    a.severity = SEV_HIGH;
    a.revision = 1;
    memcpy(a.host, "PC-A", sizeof("PC-A"));
    memcpy(a.key, source, strlen(source) + 1);
    a.first_ft = FEED_START + second * TM_SEC;
    a.last_ft = a.first_ft + TM_MIN;
    a.count = 100;
    a.source = feed_addr(source);
    alert_make_id(&a);
    return a;
}

/* The story that the first `n` alerts of the shelf make, as a sensor would have stored it. */
static struct story
story_of(const struct shelf *s, size_t from, size_t n)
{
    struct shelf *other = open_shelf();
    struct story st;

    for (size_t i = from; i < from + n; i++) {
        assert_int_equal(stories_alert(other->stories, &s->alert[i]), ERR_OK);
    }
    assert_int_equal(stories_flush(other->stories), ERR_OK);
    st = other->sent[other->count - 1];
    close_shelf(other);
    return st;
}

static void
a_story_goes_on_and_closes(void **state)
{
    struct shelf *s = open_shelf();
    struct story st;
    struct alert gone;

    (void)state;
    s->alert[s->alert_count++] = make_alert(0, "10.0.0.9");
    s->alert[s->alert_count++] = make_alert(100, "10.0.0.8");
    st = story_of(s, 0, 2);
    st.stage[STAGE_GUESS].alert_total = 40; /* more than it lists */
    st.stage[STAGE_GUESS].count = 5000;
    stories_forget(s->stories);
    assert_int_equal(stories_adopt(s->stories, &st, find, s), ERR_OK);
    assert_int_equal(s->count, 0);
    gone = make_alert(50, "10.0.0.7"); /* one of those that are not listed */
    gone.revision = 3;
    assert_int_equal(stories_alert(s->stories, &gone), ERR_OK);
    assert_int_equal(stories_flush(s->stories), ERR_OK);
    assert_int_equal(s->count, 1);
    assert_string_equal(s->sent[0].id, st.id);
    assert_int_equal(s->sent[0].revision, st.revision + 1);
    assert_int_equal(s->sent[0].stage[STAGE_GUESS].alert_total, 40);
    assert_int_equal(s->sent[0].stage[STAGE_GUESS].count, 5100);
    assert_true(s->sent[0].first_ft == st.first_ft);
    gone.state = ALERT_CLOSED;
    assert_int_equal(stories_alert(s->stories, &gone), ERR_OK);
    for (size_t i = 0; i < 2; i++) {
        s->alert[i].state = ALERT_CLOSED;
        assert_int_equal(stories_alert(s->stories, &s->alert[i]), ERR_OK);
    }
    assert_int_equal(s->sent[s->count - 1].state, ALERT_CLOSED);
    close_shelf(s);
}

static void
closed_and_dead_ones(void **state)
{
    struct shelf *s = open_shelf();
    struct story st;

    (void)state;
    s->alert[s->alert_count++] = make_alert(0, "10.0.0.9");
    st = story_of(s, 0, 1);
    st.state = ALERT_CLOSED;
    assert_int_equal(stories_adopt(s->stories, &st, find, s), ERR_OK);
    assert_int_equal(s->count, 0);
    st.state = ALERT_OPEN;
    s->alert[0].state = ALERT_CLOSED; /* its only alert */
    assert_int_equal(stories_adopt(s->stories, &st, find, s), ERR_OK);
    assert_int_equal(s->count, 1);
    assert_int_equal(s->sent[0].state, ALERT_CLOSED);
    assert_int_equal(s->sent[0].stage[STAGE_GUESS].alert_total, 1);
    s->alert_count = 0; /* none of its alerts can be read */
    s->answer = ERR_FORMAT;
    assert_int_equal(stories_adopt(s->stories, &st, find, s), ERR_OK);
    assert_int_equal(s->count, 2);
    assert_int_equal(s->sent[1].state, ALERT_CLOSED);
    assert_int_equal(s->sent[1].stage[STAGE_GUESS].alert_total, 1);
    s->answer = ERR_IO;
    assert_int_equal(stories_adopt(s->stories, &st, find, s), ERR_IO);
    close_shelf(s);
}

static void
of_two_stories_the_older_takes_the_other_in(void **state)
{
    (void)state;
    for (unsigned order = 0; order < 2; order++) {
        struct shelf *s = open_shelf();
        struct story old, young;

        s->alert[s->alert_count++] = make_alert(0, "10.0.0.9");
        s->alert[s->alert_count++] = make_alert(100, "10.0.0.8");
        old = story_of(s, 0, 1);
        young = story_of(s, 1, 1);
        assert_int_equal(stories_adopt(s->stories, order == 0 ? &old : &young, find, s), ERR_OK);
        assert_int_equal(stories_adopt(s->stories, order == 0 ? &young : &old, find, s), ERR_OK);
        assert_int_equal(stories_flush(s->stories), ERR_OK);
        assert_int_equal(s->count, 2);
        assert_string_equal(s->sent[0].id, young.id);
        assert_int_equal(s->sent[0].state, ALERT_CLOSED);
        assert_string_equal(s->sent[1].id, old.id);
        assert_int_equal(s->sent[1].stage[STAGE_GUESS].alert_total, 2);
        close_shelf(s);
    }
}

static void
what_was_read_anew_is_forgotten(void **state)
{
    struct shelf *s = open_shelf();
    struct story st;

    (void)state;
    s->alert[s->alert_count++] = make_alert(0, "10.0.0.9");
    s->alert[s->alert_count++] = make_alert(100, "10.0.0.8");
    st = story_of(s, 0, 2);
    assert_int_equal(stories_alert(s->stories, &s->alert[1]), ERR_OK); /* the window lacks one */
    s->count = 0;
    stories_forget(s->stories);
    assert_int_equal(stories_adopt(s->stories, &st, find, s), ERR_OK);
    assert_int_equal(stories_flush(s->stories), ERR_OK);
    assert_int_equal(s->count, 0); /* nothing of it is new */
    s->alert[1].count++;
    assert_int_equal(stories_alert(s->stories, &s->alert[1]), ERR_OK);
    assert_int_equal(stories_flush(s->stories), ERR_OK);
    assert_string_equal(s->sent[0].id, st.id);
    assert_string_equal(s->sent[0].stage[STAGE_GUESS].alert_id[0], s->alert[0].id);
    close_shelf(s);
}

static void
out_of_memory_in_turn(void **state)
{
    enum err err = ERR_NOMEM;

    (void)state;
    for (size_t n = 0; err == ERR_NOMEM; n++) {
        struct shelf *s = open_shelf();
        struct story st;

        s->alert[s->alert_count++] = make_alert(0, "10.0.0.9");
        st = story_of(s, 0, 1);
        mem_fail_after(n);
        err = stories_adopt(s->stories, &st, find, s);
        mem_fail_after(SIZE_MAX);
        close_shelf(s);
    }
    assert_int_equal(err, ERR_OK);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_story_goes_on_and_closes),
        cmocka_unit_test(closed_and_dead_ones),
        cmocka_unit_test(of_two_stories_the_older_takes_the_other_in),
        cmocka_unit_test(what_was_read_anew_is_forgotten),
        cmocka_unit_test(out_of_memory_in_turn),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
