/* Stories: what was started by who got in, and by nobody else. */
#include "detectors_feed.h"

#include <stdio.h>

#include "detectors/rules.h"
#include "detectors/stories.h"
#include "messages/messages.h"

#define AWAY "192.31.196.7"
#define ENTERED (FEED_START + 100 * TM_SEC)

struct telling {
    struct config *cfg;
    struct stories *stories;
    struct story story; /* the newest snapshot */
    struct alert alert;
};

static enum err
on_story(void *ctx, const struct story *s)
{
    struct telling *t = ctx;

    t->story = *s;
    return ERR_OK;
}

static void
set(char *out, const char *text)
{
    memcpy(out, text, strlen(text) + 1);
}

/* A success after failures of kumi from an address. */
static void
make_entry(struct alert *a, const char *source)
{
    memset(a, 0, sizeof(*a));
    a->rule = &rule_table[RULE_LOGON_SUCCESS_AFTER_FAILURES];
    a->severity = SEV_CRITICAL;
    a->revision = 1;
    set(a->host, "PC-A");
    set(a->key, source);
    set(a->account, "kumi");
    set(a->service, "rdp");
    a->first_ft = FEED_START;
    a->last_ft = ENTERED;
    a->count = 60;
    a->source = feed_addr(source);
    a->internet = addr_classify(&a->source) != ADDR_CLASS_PRIVATE;
    rule_message(a->rule, a->message);
    alert_param(a, "failures", SV("60"));
    alert_make_id(a);
}

static void
set_entered(struct alert *a, uint64_t t_ft)
{
    char text[TM_TEXT_MAX];

    tm_format(t_ft, text);
    alert_param(a, "entered", sv_from(text));
}

static struct telling *
open_telling(const char *source)
{
    struct telling *t = calloc(1, sizeof(*t));

    assert_non_null(t);
    assert_int_equal(config_create(&t->cfg), ERR_OK);
    assert_int_equal(stories_create(t->cfg, on_story, t, &t->stories), ERR_OK);
    make_entry(&t->alert, source);
    set_entered(&t->alert, ENTERED);
    return t;
}

static void
close_telling(struct telling *t)
{
    stories_destroy(t->stories);
    config_destroy(t->cfg);
    free(t);
}

struct started {
    const char *image, *account, *src;
    uint64_t logon_s, start_s; /* after FEED_START */
    uint32_t pid;
    enum process_tie tie, was;
    const char *host;
};

static enum err
start(struct stories *stories, const struct started *s)
{
    struct sv account = sv_from(s->account == NULL ? "kumi" : s->account);
    struct process_origin o = {.tie = s->tie == TIE_NONE ? TIE_STRONG : s->tie,
                               .logon_ft = FEED_START + s->logon_s * TM_SEC,
                               .src = feed_addr(s->src == NULL ? AWAY : s->src),
                               .account_len = (uint8_t)account.len};
    struct process p = {.host = sv_from(s->host == NULL ? "PC-A" : s->host),
                        .pid = s->pid,
                        .started_ft = FEED_START + s->start_s * TM_SEC,
                        .image = sv_from(s->image),
                        .origin = &o};

    memcpy(o.account, account.p, account.len);
    return stories_process(stories, &p, s->was);
}

/* The sentence of ENTRY in English. */
static const char *
entry_text(struct telling *t)
{
    static struct buf text;
    struct msg_arg args[ALERT_PARAMS_MAX];
    const struct story_stage_facts *f = &t->story.stage[STAGE_ENTRY];
    enum msg id;

    assert_int_equal(stories_flush(t->stories), ERR_OK);
    assert_true(msg_find(sv_from(f->message), &id));
    for (size_t i = 0; i < f->param_count; i++) {
        args[i] = (struct msg_arg){f->params[i].name, sv_from(f->params[i].value)};
    }
    buf_fini(&text);
    buf_init(&text, SIZE_MAX);
    msg_put(&text, LANG_EN, id, args, f->param_count);
    return buf_str(&text);
}

static void
expect(const char *source, const struct started *s, size_t count, const char *due)
{
    /* the alert comes before what was started, behind it, or between */
    for (size_t at = 0; at <= count; at++) {
        struct telling *t = open_telling(source);

        for (size_t i = 0; i <= count; i++) {
            if (i == at) {
                assert_int_equal(stories_alert(t->stories, &t->alert), ERR_OK);
            }
            if (i < count) {
                assert_int_equal(start(t->stories, &s[i]), ERR_OK);
            }
        }
        assert_string_equal(entry_text(t), due);
        close_telling(t);
    }
}
#define EXPECT(source, due, ...)                                                                   \
    do {                                                                                           \
        const struct started all[] = {__VA_ARGS__};                                                \
        expect((source), all, COUNT(all), (due));                                                  \
    } while (0)
#define NOTHING_FROM(source) "kumi, rdp, from " source ", after 60 failed logons"

static void
entry_names_what_was_started(void **state)
{
    (void)state;
    EXPECT(AWAY, NOTHING_FROM(AWAY) "; then started: explorer.exe, cmd.exe, net.exe (processes: 4)",
           {.image = "\\Device\\HarddiskVolume3\\Windows\\explorer.exe",
            .logon_s = 101,
            .start_s = 102,
            .pid = 40},
           {.image = "C:\\Windows\\System32\\cmd.exe", .logon_s = 101, .start_s = 110, .pid = 44},
           {.image = "cmd.exe", .logon_s = 101, .start_s = 120, .pid = 48},
           {.image = "net.exe", .logon_s = 101, .start_s = 130, .pid = 52});
    /* a later logon from there, and as another account */
    EXPECT(AWAY, NOTHING_FROM(AWAY) "; then started: cmd.exe, net.exe (processes: 2)",
           {.image = "cmd.exe", .logon_s = 101, .start_s = 110, .pid = 44},
           {.image = "net.exe",
            .account = "ACME\\admin",
            .logon_s = 5000,
            .start_s = 5100,
            .pid = 48});
}

/* Several records tell of one start, the later ones better. */
static void
one_start_is_one_process(void **state)
{
    (void)state;
    EXPECT(AWAY, NOTHING_FROM(AWAY) "; then started: WindowsTerminal.exe (processes: 1)",
           {.image = "WindowsTermina", .logon_s = 101, .start_s = 110, .pid = 44},
           {.image = "C:\\WindowsTerminal.exe",
            .logon_s = 101,
            .start_s = 111,
            .pid = 44,
            .was = TIE_STRONG,
            .tie = TIE_EXACT});
    /* the pid again */
    EXPECT(AWAY, NOTHING_FROM(AWAY) "; then started: a.exe, b.exe (processes: 2)",
           {.image = "a.exe", .logon_s = 101, .start_s = 110, .pid = 44},
           {.image = "b.exe", .logon_s = 101, .start_s = 210, .pid = 44});
    /* what a weak tie gave to one logon belongs to another */
    EXPECT(AWAY, NOTHING_FROM(AWAY) "; then started: a.exe (processes: 1)",
           {.image = "a.exe",
            .src = "10.0.0.12",
            .account = "anna",
            .logon_s = 50,
            .start_s = 110,
            .pid = 44,
            .tie = TIE_WEAK},
           {.image = "a.exe",
            .logon_s = 101,
            .start_s = 110,
            .pid = 44,
            .tie = TIE_EXACT,
            .was = TIE_WEAK});
}

static void
others_are_not_named(void **state)
{
    (void)state;
    /* before the entry, from elsewhere, on another computer */
    EXPECT(AWAY, NOTHING_FROM(AWAY), {.image = "a.exe", .logon_s = 50, .start_s = 60, .pid = 40},
           {.image = "b.exe", .src = "10.0.0.11", .logon_s = 101, .start_s = 110, .pid = 44},
           {.image = "c.exe", .logon_s = 101, .start_s = 110, .pid = 48, .host = "PC-B"});
    /* an address inside may be several people's */
    EXPECT("10.0.0.9", NOTHING_FROM("10.0.0.9") "; then started: a.exe (processes: 1)",
           {.image = "a.exe",
            .account = "ACME\\KUMI",
            .src = "10.0.0.9",
            .logon_s = 101,
            .start_s = 110,
            .pid = 40},
           {.image = "b.exe",
            .account = "anna",
            .src = "10.0.0.9",
            .logon_s = 101,
            .start_s = 110,
            .pid = 44});
}

/* The first ones are named, all are counted. */
static void
many_are_counted(void **state)
{
    struct telling *t = open_telling(AWAY);
    char image[64];
    const char *text;

    (void)state;
    assert_int_equal(stories_alert(t->stories, &t->alert), ERR_OK);
    for (uint32_t i = 0; i < 200; i++) {
        struct started s = {.image = image, .logon_s = 101, .start_s = 110 + 10 * i, .pid = 4 * i};

        (void)snprintf(image, sizeof(image), "program-with-a-long-name-%u.exe", i);
        assert_int_equal(start(t->stories, &s), ERR_OK);
    }
    text = entry_text(t);
    assert_non_null(strstr(text, "; then started: program-with-a-long-name-0.exe, program-with-a"));
    assert_non_null(strstr(text, ".exe, ... (processes: 200)"));
    close_telling(t);
}

/* Logons of which something was started are bounded: those of the story stay. */
static void
many_logons_are_bounded(void **state)
{
    struct telling *t = open_telling(AWAY);
    struct started ours = {.image = "cmd.exe", .logon_s = 101, .start_s = 110, .pid = 44};

    (void)state;
    metric_reset_all();
    assert_int_equal(stories_alert(t->stories, &t->alert), ERR_OK);
    assert_int_equal(start(t->stories, &ours), ERR_OK);
    for (uint32_t i = 0; i < 100; i++) {
        struct started s = {.image = "backup.exe",
                            .account = "backup",
                            .src = "10.0.0.20",
                            .logon_s = 200 + 60 * i,
                            .start_s = 201 + 60 * i,
                            .pid = 4 * i};

        assert_int_equal(start(t->stories, &s), ERR_OK);
    }
    assert_true(metric_get(METRIC_STORY_LOGONS_FULL) > 80);
    assert_string_equal(entry_text(t), NOTHING_FROM(AWAY) "; then started: cmd.exe (processes: 1)");
    close_telling(t);
}

static enum err
find_alert(void *ctx, const char *id, struct alert *out)
{
    const struct alert *a = ctx;

    assert_string_equal(a->id, id);
    *out = *a;
    return ERR_OK;
}

/* After a restart the processes were not read anew: the story tells what it told. */
static void
a_restart_forgets_nothing(void **state)
{
    struct telling *t = open_telling(AWAY);
    struct telling *again = open_telling(AWAY);
    struct started s = {.image = "cmd.exe", .logon_s = 101, .start_s = 110, .pid = 44};
    static const char due[] = NOTHING_FROM(AWAY) "; then started: cmd.exe (processes: 1)";
    struct story stored;

    (void)state;
    assert_int_equal(stories_alert(t->stories, &t->alert), ERR_OK);
    assert_int_equal(start(t->stories, &s), ERR_OK);
    assert_string_equal(entry_text(t), due);
    stored = t->story;
    assert_int_equal(stories_adopt(again->stories, &stored, find_alert, &t->alert), ERR_OK);
    again->alert.revision++;
    again->alert.count++;
    assert_int_equal(stories_alert(again->stories, &again->alert), ERR_OK);
    assert_string_equal(entry_text(again), due);
    /* read anew, it is not counted twice */
    assert_int_equal(start(again->stories, &s), ERR_OK);
    assert_string_equal(entry_text(again), due);
    close_telling(again);
    close_telling(t);
}

static enum err
swallow(void *ctx, const struct story *s)
{
    (void)ctx;
    (void)s;
    return ERR_OK;
}

static void
every_allocation_may_fail(void **state)
{
    struct config *cfg;
    struct alert a;
    struct started s = {.image = "cmd.exe", .logon_s = 101, .start_s = 110, .pid = 44};
    enum err err = ERR_NOMEM;

    (void)state;
    make_entry(&a, AWAY);
    set_entered(&a, ENTERED);
    assert_int_equal(config_create(&cfg), ERR_OK);
    for (size_t n = 0; err != ERR_OK; n++) {
        struct stories *stories = NULL;

        mem_fail_after(n);
        err = stories_create(cfg, swallow, NULL, &stories);
        err = err ? err : start(stories, &s);
        err = err ? err : stories_alert(stories, &a);
        err = err ? err : stories_flush(stories);
        mem_fail_after(SIZE_MAX);
        assert_true(err == ERR_OK || err == ERR_NOMEM);
        stories_destroy(stories);
        assert_true(n < 1000);
    }
    config_destroy(cfg);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entry_names_what_was_started), cmocka_unit_test(one_start_is_one_process),
        cmocka_unit_test(others_are_not_named),         cmocka_unit_test(many_are_counted),
        cmocka_unit_test(many_logons_are_bounded),      cmocka_unit_test(a_restart_forgets_nothing),
        cmocka_unit_test(every_allocation_may_fail),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
