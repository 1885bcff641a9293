/* Stories: what opens one, what joins, what each stage says, when it closes. */
#include "detectors_feed.h"

#include "detectors/rules.h"
#include "detectors/stories.h"
#include "messages/messages.h"

#define SENT_MAX 64

struct telling {
    struct config *cfg;
    struct stories *stories;
    struct story *story; /* SENT_MAX, newest snapshot of each id */
    size_t count, snapshots;
};

static enum err
on_story(void *ctx, const struct story *s)
{
    struct telling *t = ctx;
    size_t i = 0;

    t->snapshots++;
    while (i < t->count && strcmp(t->story[i].id, s->id) != 0) {
        i++;
    }
    assert_true(i < SENT_MAX);
    assert_int_equal(s->revision, i == t->count ? 1 : t->story[i].revision + 1);
    t->count += i == t->count;
    t->story[i] = *s;
    return ERR_OK;
}

static struct telling *
open_telling(void)
{
    struct telling *t = calloc(1, sizeof(*t));

    assert_non_null(t);
    t->story = calloc(SENT_MAX, sizeof(*t->story));
    assert_non_null(t->story);
    assert_int_equal(config_create(&t->cfg), ERR_OK);
    assert_int_equal(stories_create(t->cfg, on_story, t, &t->stories), ERR_OK);
    return t;
}

static void
close_telling(struct telling *t)
{
    stories_destroy(t->stories);
    config_destroy(t->cfg);
    free(t->story);
    free(t);
}

static void
set(char *out, const char *text)
{
    memcpy(out, text, strlen(text) + 1);
}

static struct alert
make_alert(enum rule_index rule, const char *source, uint64_t count)
{
    struct alert a;

    memset(&a, 0, sizeof(a));
    a.rule = &rule_table[rule];
    a.severity = a.rule->severity;
    a.revision = 1;
    set(a.host, "PC-A");
    set(a.key, source == NULL ? "-" : source);
    a.first_ft = FEED_START;
    a.last_ft = FEED_START + TM_MIN;
    a.count = count;
    if (source != NULL) {
        a.source = feed_addr(source);
        a.internet = addr_classify(&a.source) != ADDR_CLASS_PRIVATE;
    }
    rule_message(a.rule, a.message);
    alert_make_id(&a);
    return a;
}

static void
tell(struct telling *t, const struct alert *a)
{
    assert_int_equal(stories_alert(t->stories, a), ERR_OK);
}

static const char *
param_of(const struct story_stage_facts *f, const char *name)
{
    for (size_t i = 0; i < f->param_count; i++) {
        if (strcmp(f->params[i].name, name) == 0) {
            return f->params[i].value;
        }
    }
    return NULL;
}

/* Each sentence exists, and its parameters are there. */
static void
check_sentence(const char *message, const struct alert_param *params, size_t count)
{
    enum msg id;

    if (message[0] == '\0') {
        return;
    }
    assert_true(msg_find(sv_from(message), &id));
    for (enum lang lang = LANG_EN; lang < LANG_COUNT; lang++) {
        struct sv piece;
        size_t pos = 0;
        bool is_param;

        while (msg_piece(sv_from(msg_template(id, lang)), &pos, &piece, &is_param)) {
            size_t i = 0;

            while (is_param && i < count && !sv_eq(sv_from(params[i].name), piece)) {
                i++;
            }
            if (is_param && i == count) {
                print_error("%s lacks {%.*s}\n", message, (int)piece.len, piece.p);
                fail();
            }
        }
    }
}

static void
check_sentences(const struct story *s)
{
    for (size_t i = 0; i < STAGE_COUNT; i++) {
        check_sentence(s->stage[i].message, s->stage[i].params, s->stage[i].param_count);
    }
    check_sentence(s->first_message, s->first_params, s->first_param_count);
}

static void
guess_from_the_internet(struct telling *t, const char *source, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        struct attempt a = feed_make(i, source, "kumi");

        a.host_id = 1;
        a.account_id = 1;
        assert_int_equal(stories_attempt(t->stories, &a), ERR_OK);
    }
}

static void
what_opens_a_story(void **state)
{
    static const struct {
        enum rule_index rule;
        enum severity severity;
        size_t stories;
    } cases[] = {
        {RULE_LOGON_BURST, SEV_MEDIUM, 1},
        {RULE_RDP_DROPPED, SEV_LOW, 0},
        {RULE_LOGON_STALE_CREDENTIAL, SEV_INFORMATIONAL, 0},
        {RULE_LOGON_RIGHT_PASSWORD_REFUSED, SEV_LOW, 0},
        {RULE_ACCOUNT_CREATED_OR_ELEVATED, SEV_MEDIUM, 0}, /* alone it is work */
        {RULE_PROTECTION_OFF, SEV_HIGH, 1},
        {RULE_LOGON_FROM_INTERNET, SEV_HIGH, 1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct telling *t = open_telling();
        struct alert a = make_alert(cases[i].rule, "10.0.0.9", 5);

        a.severity = cases[i].severity;
        tell(t, &a);
        assert_int_equal(t->count, cases[i].stories);
        close_telling(t);
    }
}

static void
alerts_join_by_source_account_or_weight(void **state)
{
    struct telling *t = open_telling();
    struct alert burst = make_alert(RULE_LOGON_BURST, "10.0.0.9", 5);
    struct alert near = make_alert(RULE_LOGON_RIGHT_PASSWORD_REFUSED, "10.0.0.9", 1);
    struct alert far = make_alert(RULE_LOGON_RIGHT_PASSWORD_REFUSED, "10.0.0.77", 1);
    struct alert same = make_alert(RULE_ACCOUNT_LOCKOUT, NULL, 1);
    struct alert muted = make_alert(RULE_LOGON_SPRAY, "10.0.0.5", 9);
    struct alert created = make_alert(RULE_ACCOUNT_CREATED_OR_ELEVATED, NULL, 1);

    (void)state;
    muted.suppressed = true;
    set(burst.account, "Kumi");
    set(same.account, "kumi");
    tell(t, &burst);
    tell(t, &near);
    tell(t, &far);
    tell(t, &same);
    tell(t, &muted);
    assert_int_equal(t->snapshots, 1); /* no new stage: they wait */
    tell(t, &created);
    assert_int_equal(t->snapshots, 2); /* a stage more */
    assert_int_equal(stories_flush(t->stories), ERR_OK);
    assert_int_equal(t->count, 1);
    assert_int_equal(t->story[0].stage[STAGE_GUESS].alert_total, 3);
    assert_string_equal(t->story[0].stage[STAGE_GUESS].alert_id[0], burst.id);
    assert_int_equal(t->story[0].stage[STAGE_TOOL].alert_total, 1);
    assert_string_equal(t->story[0].stage[STAGE_TOOL].message, "STORY_TOOL_ACCOUNT");
    assert_string_equal(t->story[0].first_message, "STORY_FIRST_TOOL");
    check_sentences(&t->story[0]);
    close_telling(t);
}

/* The incident: reached, guessed, entered. */
static void
a_whole_story(void **state)
{
    struct telling *t = open_telling();
    struct alert door = make_alert(RULE_LOGON_FROM_INTERNET, NULL, 26);
    struct alert guess = make_alert(RULE_LOGON_BURST, "203.0.113.7", 20);
    struct alert inside = make_alert(RULE_LOGON_STEADY, "10.0.0.9", 12);
    const struct story *s = &t->story[0];

    (void)state;
    assert_int_equal(stories_observed(t->stories, SV("PC-A"), EV_BIT(EV_LOGON_FAILURE)), ERR_OK);
    guess_from_the_internet(t, "203.0.113.7", 20);
    guess_from_the_internet(t, "203.0.113.8", 3);
    door.internet = true;
    door.sources = 3;
    tell(t, &door);
    assert_string_equal(s->stage[STAGE_DOOR].message, "STORY_DOOR_INTERNET");
    assert_int_equal(s->stage[STAGE_DOOR].verdict, STAGE_OBSERVED);
    assert_int_equal(s->stage[STAGE_GUESS].verdict, STAGE_OBSERVED);
    assert_int_equal(s->stage[STAGE_ENTRY].verdict, STAGE_NOT_OBSERVABLE);
    assert_string_equal(s->first_message, "STORY_FIRST_DOOR");
    assert_int_equal(stories_observed(t->stories, SV("PC-A"),
                                      EV_BIT(EV_LOGON_SUCCESS) | EV_BIT(EV_DEFENDER_EVENT)),
                     ERR_OK);
    tell(t, &inside);
    tell(t, &guess);
    assert_int_equal(stories_flush(t->stories), ERR_OK);
    assert_int_equal(s->stage[STAGE_ENTRY].verdict, STAGE_NOTHING_SEEN);
    assert_int_equal(s->stage[STAGE_TOOL].verdict, STAGE_NOTHING_SEEN);
    assert_int_equal(s->stage[STAGE_MINER].verdict, STAGE_NOT_OBSERVABLE);
    assert_int_equal(s->stage[STAGE_GUESS].count, 35); /* 23 and 12 */
    assert_int_equal(s->stage[STAGE_GUESS].sources, 3);
    assert_string_equal(param_of(&s->stage[STAGE_GUESS], "internet"), "2");
    assert_string_equal(param_of(&s->stage[STAGE_GUESS], "inside"), "1");
    assert_string_equal(param_of(&s->stage[STAGE_GUESS], "inside_tries"), "12");
    check_sentences(s);
    guess.rule = &rule_table[RULE_LOGON_SUCCESS_AFTER_FAILURES];
    guess.severity = SEV_CRITICAL;
    guess.revision++;
    set(guess.account, "kumi");
    set(guess.service, "rdp");
    alert_param(&guess, "failures", SV("20"));
    alert_param(&guess, "entered", SV("2023-11-14T23:00:00Z"));
    tell(t, &guess);
    assert_int_equal(s->severity, SEV_CRITICAL);
    assert_int_equal(s->stage[STAGE_ENTRY].severity, SEV_CRITICAL);
    assert_int_equal(s->stage[STAGE_GUESS].severity, SEV_HIGH);
    assert_int_equal(s->stage[STAGE_ENTRY].first_ft, FEED_START + 2800 * TM_SEC);
    assert_string_equal(s->stage[STAGE_ENTRY].message, "STORY_ENTRY");
    assert_string_equal(param_of(&s->stage[STAGE_ENTRY], "failures"), "20");
    assert_string_equal(s->first_message, "STORY_FIRST_ENTRY");
    assert_string_equal(s->first_params[0].value, "kumi");
    assert_int_equal(t->count, 1);
    check_sentences(s);
    close_telling(t);
}

static void
closes_with_its_last_alert(void **state)
{
    struct telling *t = open_telling();
    struct alert a = make_alert(RULE_LOGON_BURST, "10.0.0.9", 5);
    struct alert b = make_alert(RULE_LOGON_SPRAY, "10.0.0.5", 5);
    char id[ALERT_ID_MAX];

    (void)state;
    tell(t, &a);
    tell(t, &b);
    memcpy(id, t->story[0].id, sizeof(id));
    a.state = ALERT_CLOSED;
    tell(t, &a);
    assert_int_equal(t->story[0].state, ALERT_OPEN);
    b.state = ALERT_CLOSED;
    tell(t, &b);
    assert_int_equal(t->story[0].state, ALERT_CLOSED);
    assert_string_equal(t->story[0].id, id);
    tell(t, &b); /* a closed one opens nothing */
    assert_int_equal(t->count, 1);
    a = make_alert(RULE_LOGON_BURST, "10.0.0.9", 5);
    a.first_ft += TM_DAY;
    alert_make_id(&a);
    tell(t, &a);
    assert_int_equal(t->count, 2);
    assert_string_not_equal(t->story[1].id, id);
    close_telling(t);
}

static void
each_host_has_its_own(void **state)
{
    struct telling *t = open_telling();
    struct alert a = make_alert(RULE_LOGON_BURST, "10.0.0.9", 5);
    struct alert b = make_alert(RULE_RDP_DROPPED, "10.0.0.9", 154);

    (void)state;
    tell(t, &a);
    set(b.host, "*");
    alert_make_id(&b);
    tell(t, &b);
    assert_int_equal(t->count, 2);
    assert_string_equal(t->story[1].host, "*");
    assert_int_equal(t->story[1].stage[STAGE_GUESS].count, 154);
    assert_string_equal(t->story[1].first_message, "STORY_FIRST_INSIDE");
    check_sentences(&t->story[1]);
    close_telling(t);
}

static enum err
swallow(void *ctx, const struct story *s)
{
    (void)ctx;
    (void)s;
    return ERR_OK;
}

static enum err
play(struct stories *s)
{
    enum err err = ERR_OK;
    char source[] = "203.0.113.10";

    for (unsigned i = 0; i < 40 && !err; i++) {
        struct alert a;
        struct attempt at;

        source[11] = (char)('0' + i % 10);
        a = make_alert(i % 3 == 0 ? RULE_LOGON_FROM_INTERNET : RULE_LOGON_BURST, source, i);
        a.host[3] = (char)('A' + i % 4);
        alert_make_id(&a);
        a.state = i > 30 ? ALERT_CLOSED : ALERT_OPEN;
        at = feed_make(i, source, "kumi");
        at.host = sv_from(a.host);
        at.account_id = 1 + i;
        err = stories_attempt(s, &at);
        err = err ? err : stories_alert(s, &a);
    }
    return err ? err : stories_flush(s);
}

static void
every_allocation_may_fail(void **state)
{
    struct config *cfg;
    enum err err = ERR_NOMEM;

    (void)state;
    assert_int_equal(config_create(&cfg), ERR_OK);
    for (size_t n = 0; err != ERR_OK; n++) {
        struct stories *s = NULL;

        mem_fail_after(n);
        err = stories_create(cfg, swallow, NULL, &s);
        if (!err) {
            err = play(s);
        }
        assert_true(err == ERR_OK || err == ERR_NOMEM);
        stories_destroy(s);
        assert_true(n < 1000);
    }
    mem_fail_after(SIZE_MAX);
    config_destroy(cfg);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_opens_a_story),
        cmocka_unit_test(alerts_join_by_source_account_or_weight),
        cmocka_unit_test(a_whole_story),
        cmocka_unit_test(closes_with_its_last_alert),
        cmocka_unit_test(each_host_has_its_own),
        cmocka_unit_test(every_allocation_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
