/* store: alerts and stories come back as they were put, and a damaged row harms no other. */
#include "test_store_help.h"

#include <sqlite3.h>

#define ROUNDS 60u
#define ALLOCATIONS_MAX 4000u

static const struct rule *
rule_of(uint32_t id)
{
    return id == help_burst.id ? &help_burst : id == help_spray.id ? &help_spray : NULL;
}

/* -- contents from a seed ---------------------------------------------------------------------- */
/* Text that can be told from nothing and fills up to cap - 1 bytes, whole characters only. */
static void
random_text(uint64_t *seed, char *out, size_t cap)
{
    static const char *const pieces[] = {
        "a", "Z", " ", "\"", "\\", "\n", "\x01", "かな", "\xf0\x9f\x90\xa4", "\xed\xa0\x80"};
    size_t want = help_random(seed) % (help_random(seed) % 4 == 0 ? cap : 12);
    size_t len = 0;

    memset(out, 0, cap);
    while (len < want) {
        const char *piece = pieces[help_random(seed) % COUNT(pieces)];

        if (strlen(piece) >= cap - len) {
            break;
        }
        memcpy(out + len, piece, strlen(piece));
        len += strlen(piece);
    }
}

static uint64_t
random_u64(uint64_t *seed)
{
    uint64_t any = (uint64_t)help_random(seed) << 33 ^ (uint64_t)help_random(seed) << 2;

    return help_random(seed) % 3 == 0 ? any : help_random(seed) % 100;
}

static uint64_t
random_time(uint64_t *seed)
{
    return help_random(seed) % 5 == 0 ? 0 : random_u64(seed) % TM_MAX_FT;
}

static void
random_params(uint64_t *seed, struct alert_param *params, size_t *count)
{
    *count = help_random(seed) % (ALERT_PARAMS_MAX + 1);
    for (size_t i = 0; i < *count; i++) {
        (void)snprintf(params[i].name, sizeof(params[i].name), "p%u_%u", (unsigned)i,
                       help_random(seed));
        random_text(seed, params[i].value, sizeof(params[i].value));
    }
}

static void
random_evidence(uint64_t *seed, struct alert *a)
{
    a->evidence_count = help_random(seed) % (ALERT_EVIDENCE_MAX + 1);
    for (size_t i = 0; i < a->evidence_count; i++) {
        struct alert_evidence *e = &a->evidence[i];

        random_text(seed, e->host, sizeof(e->host));
        random_text(seed, e->channel, sizeof(e->channel));
        e->record_id = random_u64(seed);
        e->event_id = help_random(seed) * 2u;
        e->time_ft = random_time(seed);
    }
}

static void
random_alert(uint64_t *seed, struct alert *a)
{
    memset(a, 0, sizeof(*a));
    a->revision = 1 + help_random(seed) * 2u;
    a->rule = help_random(seed) % 2 == 0 ? &help_burst : &help_spray;
    a->severity = (enum severity)(help_random(seed) % SEV_COUNT);
    a->state = help_random(seed) % 2 == 0 ? ALERT_OPEN : ALERT_CLOSED;
    a->retro = help_random(seed) % 2 == 0;
    a->suppressed = help_random(seed) % 2 == 0;
    a->internet = help_random(seed) % 2 == 0;
    random_text(seed, a->host, sizeof(a->host));
    random_text(seed, a->key, sizeof(a->key));
    a->first_ft = random_time(seed);
    a->last_ft = random_time(seed);
    a->count = random_u64(seed);
    a->sources = random_u64(seed);
    a->accounts = random_u64(seed);
    a->hosts = random_u64(seed);
    if (help_random(seed) % 4 != 0) {
        a->source = help_addr(seed);
        a->source_class = addr_classify(&a->source);
    }
    random_text(seed, a->account, sizeof(a->account));
    random_text(seed, a->service, sizeof(a->service));
    random_text(seed, a->adapter, sizeof(a->adapter));
    random_text(seed, a->process, sizeof(a->process));
    random_text(seed, a->file, sizeof(a->file));
    random_text(seed, a->message, sizeof(a->message));
    random_text(seed, a->why_suppressed, sizeof(a->why_suppressed));
    random_params(seed, a->params, &a->param_count);
    random_evidence(seed, a);
    alert_make_id(a);
}

static void
random_stage(uint64_t *seed, struct story_stage_facts *f)
{
    f->verdict = (enum stage_verdict)(help_random(seed) % 3);
    f->first_ft = random_time(seed);
    f->last_ft = random_time(seed);
    f->severity = (enum severity)(help_random(seed) % SEV_COUNT);
    f->count = random_u64(seed);
    f->sources = random_u64(seed);
    f->accounts = random_u64(seed);
    random_text(seed, f->message, sizeof(f->message));
    random_params(seed, f->params, &f->param_count);
    f->alert_count = help_random(seed) % (STORY_STAGE_ALERTS_MAX + 1);
    for (size_t i = 0; i < f->alert_count; i++) {
        (void)snprintf(f->alert_id[i], ALERT_ID_MAX, "%08x%08x", help_random(seed),
                       help_random(seed));
    }
    f->alert_total = random_u64(seed);
}

static void
random_story(uint64_t *seed, struct story *st)
{
    memset(st, 0, sizeof(*st));
    (void)snprintf(st->id, sizeof(st->id), "%08x%08x", help_random(seed), help_random(seed));
    st->revision = 1 + help_random(seed);
    random_text(seed, st->host, sizeof(st->host));
    st->state = help_random(seed) % 2 == 0 ? ALERT_OPEN : ALERT_CLOSED;
    st->severity = (enum severity)(help_random(seed) % SEV_COUNT);
    st->first_ft = random_time(seed);
    st->last_ft = random_time(seed);
    random_text(seed, st->first_message, sizeof(st->first_message));
    random_params(seed, st->first_params, &st->first_param_count);
    for (size_t i = 0; i < STAGE_COUNT; i++) {
        random_stage(seed, &st->stage[i]);
    }
}

/* -- what was put and what is given ------------------------------------------------------------ */
struct given {
    struct alert *alerts; /* as put */
    struct story *stories;
    size_t count;
    size_t alerts_seen, stories_seen;
    struct store *write; /* LIVE: written to while it is read */
    enum err answer;
};

static enum err
on_alert(void *ctx, const struct alert *a)
{
    struct given *g = ctx;
    size_t i = 0;

    while (i < g->count && strcmp(g->alerts[i].id, a->id) != 0) {
        i++;
    }
    assert_true(i < g->count);
    if (g->write == NULL || a->revision == g->alerts[i].revision) {
        assert_memory_equal(a, &g->alerts[i], sizeof(*a));
    }
    if (g->write != NULL) { /* closes another one, which is given or was */
        struct alert *other = &g->alerts[(i + 1) % g->count];

        other->revision++;
        other->state = ALERT_CLOSED;
        assert_int_equal(store_put_alert(g->write, other), ERR_OK);
    }
    g->alerts_seen++;
    return g->answer;
}

static enum err
on_story(void *ctx, const struct story *st)
{
    struct given *g = ctx;
    size_t i = 0;

    while (i < g->count && strcmp(g->stories[i].id, st->id) != 0) {
        i++;
    }
    assert_true(i < g->count);
    assert_memory_equal(st, &g->stories[i], sizeof(*st));
    g->stories_seen++;
    return g->answer;
}

static void
given_init(struct given *g, size_t count, uint64_t seed)
{
    *g = (struct given){.count = count};
    g->alerts = mem_array(count, sizeof(*g->alerts));
    g->stories = mem_array(count, sizeof(*g->stories));
    assert_non_null(g->alerts);
    assert_non_null(g->stories);
    for (size_t i = 0; i < count; i++) {
        random_alert(&seed, &g->alerts[i]);
        random_story(&seed, &g->stories[i]);
    }
}

static void
given_fini(struct given *g)
{
    mem_free(g->alerts);
    mem_free(g->stories);
}

static void
put_all(struct store *s, const struct given *g)
{
    for (size_t i = 0; i < g->count; i++) {
        assert_int_equal(store_put_alert(s, &g->alerts[i]), ERR_OK);
        assert_int_equal(store_put_story(s, &g->stories[i]), ERR_OK);
    }
}

/* A finished store of `count` alerts and stories, opened to be read. */
static struct store *
make_store(struct buf *path, const struct given *g)
{
    struct store *s;

    help_path(path);
    s = help_open(path, STORE_NEW);
    put_all(s, g);
    help_finish(s);
    return help_open(path, STORE_READ);
}

static void
each_alert(struct store *s, struct given *g, const struct store_filter *f, enum err expected)
{
    g->alerts_seen = 0;
    assert_int_equal(store_each_alert(s, f, rule_of, on_alert, g), expected);
}

static void
each_story(struct store *s, struct given *g, const struct store_filter *f, enum err expected)
{
    g->stories_seen = 0;
    assert_int_equal(store_each_story(s, f, on_story, g), expected);
}

/* -- tests ------------------------------------------------------------------------------------- */
static void
every_field_comes_back(void **state)
{
    struct store_filter all = {0};
    struct alert one;
    struct buf path;
    struct given g;
    struct store *s;

    (void)state;
    given_init(&g, ROUNDS, 7);
    s = make_store(&path, &g);
    each_alert(s, &g, &all, ERR_OK);
    each_story(s, &g, &all, ERR_OK);
    assert_int_equal(g.alerts_seen, ROUNDS);
    assert_int_equal(g.stories_seen, ROUNDS);
    for (size_t i = 0; i < ROUNDS; i++) {
        assert_int_equal(store_alert(s, sv_from(g.alerts[i].id), rule_of, &one), ERR_OK);
        assert_memory_equal(&one, &g.alerts[i], sizeof(one));
    }
    store_close(s);
    help_remove(&path);
    given_fini(&g);
}

static const struct rule *
no_rule(uint32_t id)
{
    (void)id;
    return NULL;
}

static void
filters_and_refusals(void **state)
{
    struct store_filter f = {.open_only = true};
    size_t open_alerts = 0, open_stories = 0;
    struct alert one;
    struct buf path;
    struct given g;
    struct store *s;

    (void)state;
    given_init(&g, ROUNDS, 8);
    for (size_t i = 0; i < ROUNDS; i++) {
        open_alerts += g.alerts[i].state == ALERT_OPEN;
        open_stories += g.stories[i].state == ALERT_OPEN;
    }
    s = make_store(&path, &g);
    each_alert(s, &g, &f, ERR_OK);
    each_story(s, &g, &f, ERR_OK);
    assert_int_equal(g.alerts_seen, open_alerts);
    assert_int_equal(g.stories_seen, open_stories);
    f.limit = 3;
    each_alert(s, &g, &f, ERR_OK);
    assert_int_equal(g.alerts_seen, 3);
    g.answer = ERR_CANCELLED; /* ends the reading */
    each_alert(s, &g, &f, ERR_CANCELLED);
    each_story(s, &g, &f, ERR_CANCELLED);
    assert_int_equal(g.alerts_seen, 1);
    assert_int_equal(g.stories_seen, 1);
    g.alerts_seen = 0;
    assert_int_equal(store_each_alert(s, &f, no_rule, on_alert, &g), ERR_OK);
    assert_int_equal(g.alerts_seen, 0);
    assert_int_equal(store_alert(s, sv_from(g.alerts[0].id), no_rule, &one), ERR_UNSUPPORTED);
    assert_int_equal(store_alert(s, SV("0123456789abcdef"), rule_of, &one), ERR_NOTFOUND);
    assert_int_equal(store_alert(s, SV("0123456789abcdef0"), rule_of, &one), ERR_NOTFOUND);
    store_close(s);
    s = help_open(&path, STORE_EDIT);
    each_alert(s, &g, &f, ERR_USAGE);
    assert_int_equal(store_each_story(s, &f, on_story, &g), ERR_USAGE);
    assert_int_equal(store_alert(s, SV("0"), rule_of, &one), ERR_USAGE);
    store_close(s);
    help_remove(&path);
    given_fini(&g);
}

static void
a_live_store_may_be_written_meanwhile(void **state)
{
    struct store_filter all = {0};
    struct buf path;
    struct given g;
    struct store *s;

    (void)state;
    given_init(&g, 20, 9);
    help_path(&path);
    s = help_open(&path, STORE_LIVE);
    assert_int_equal(store_begin(s), ERR_OK);
    put_all(s, &g);
    assert_int_equal(store_commit(s, NULL, 0), ERR_OK);
    each_story(s, &g, &all, ERR_OK);
    assert_int_equal(g.stories_seen, 20);
    g.write = s;
    assert_int_equal(store_begin(s), ERR_OK);
    each_alert(s, &g, &all, ERR_OK);
    assert_int_equal(store_commit(s, NULL, 0), ERR_OK);
    assert_int_equal(g.alerts_seen, 20);
    store_close(s);
    help_remove(&path);
    given_fini(&g);
}

static void
run_sql(const struct buf *path, const char *sql)
{
    sqlite3 *db = NULL;

    assert_int_equal(sqlite3_open(buf_str(path), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

struct damage {
    const char *table, *column, *value; /* SQL */
};

static void
damage_one(const struct buf *path, const struct damage *d)
{
    char sql[256];

    (void)snprintf(sql, sizeof(sql),
                   "UPDATE %s SET %s=%s WHERE id=(SELECT id FROM %s ORDER BY id LIMIT 1)", d->table,
                   d->column, d->value, d->table);
    run_sql(path, sql);
}

static void
a_damaged_row_is_told_and_left_out(void **state)
{
    static const struct damage damages[] = {
        {"alert", "params", "''"},
        {"alert", "params", "'[]'"},
        {"alert", "params", "'{\"a\":1}'"},
        {"alert", "params", "'{\"a\":\"1\"'"},
        {"alert", "params", "'{\"a\":\"1\"} x'"},
        {"alert", "params", "'{\"a_name_of_24_characters_\":\"1\"}'"},
        {"alert", "params", "x'00'"},
        {"alert", "evidence", "'{}'"},
        {"alert", "evidence", "'[1]'"},
        {"alert", "evidence", "'[{\"host\":\"a\"},3]'"},
        {"alert", "evidence", "'[{\"what\":\"a\"}]'"},
        {"alert", "evidence", "'[{\"event_id\":4294967296}]'"},
        {"alert", "evidence", "'[{\"record_id\":7}]'"},
        {"alert", "evidence", "'[{\"time\":\"yesterday\"}]'"},
        {"alert", "evidence", "'[{},{},{},{},{},{},{},{},{}]'"},
        {"alert", "state", "'half'"},
        {"alert", "severity_level", "9"},
        {"alert", "revision", "-1"},
        {"alert", "first_ft", "-5"},
        {"alert", "source", "'nowhere'"},
        {"alert", "retro", "2"},
        {"story", "stages", "'[]'"},
        {"story", "stages", "replace(stages, 'GUESS', 'GUEST')"},
        {"story", "stages", "replace(stages, '\"verdict\"', '\"verdikt\"')"},
        {"story", "stages", "substr(stages, 1, length(stages) - 40)"},
        {"story", "stages",
         "replace(stages, '\"alerts\":[', '\"alerts\":[\"0123456789abcdefg\",')"},
        {"story", "first_params", "'{\"a\":null}'"},
        {"story", "last_ft", "9223372036854775807"},
    };
    struct store_filter all = {0};

    (void)state;
    for (size_t i = 0; i < COUNT(damages); i++) {
        bool is_alert = strcmp(damages[i].table, "alert") == 0;
        struct buf path;
        struct given g;
        struct store *s;

        given_init(&g, 4, 10 + i);
        s = make_store(&path, &g);
        store_close(s);
        damage_one(&path, &damages[i]);
        s = help_open(&path, STORE_READ);
        each_alert(s, &g, &all, is_alert ? ERR_FORMAT : ERR_OK);
        each_story(s, &g, &all, is_alert ? ERR_OK : ERR_FORMAT);
        assert_int_equal(g.alerts_seen, is_alert ? 3 : 4);
        assert_int_equal(g.stories_seen, is_alert ? 4 : 3);
        store_close(s);
        help_remove(&path);
        given_fini(&g);
    }
}

/* Texts that another program made longer are cut, and too long an id is nobody's. */
static void
long_texts_are_cut(void **state)
{
    struct store_filter all = {0};
    struct alert one;
    struct buf path;
    struct given g;
    struct store *s;

    (void)state;
    given_init(&g, 2, 5);
    s = make_store(&path, &g);
    store_close(s);
    run_sql(&path, "UPDATE alert SET account=replace(printf('%300d', 1), ' ', 'x'),"
                   "params='{\"a\":\"'||replace(printf('%400d', 1), ' ', 'x')||'\"}'");
    s = help_open(&path, STORE_READ);
    assert_int_equal(store_alert(s, sv_from(g.alerts[0].id), rule_of, &one), ERR_OK);
    assert_int_equal(strlen(one.account), ALERT_ACCOUNT_MAX - 1);
    assert_int_equal(strlen(one.params[0].value), ALERT_ACCOUNT_MAX - 1);
    store_close(s);
    run_sql(&path, "UPDATE alert SET id=id||'0'");
    s = help_open(&path, STORE_READ);
    each_alert(s, &g, &all, ERR_OK);
    assert_int_equal(g.alerts_seen, 0);
    store_close(s);
    help_remove(&path);
    given_fini(&g);
}

static void
out_of_memory_in_turn(void **state)
{
    struct store_filter all = {0};
    struct buf path;
    struct given g;
    struct store *s;
    enum err err = ERR_NOMEM;

    (void)state;
    given_init(&g, 3, 11);
    s = make_store(&path, &g);
    for (size_t n = 0; n < ALLOCATIONS_MAX && err == ERR_NOMEM; n++) {
        mem_fail_after(n);
        err = store_each_alert(s, &all, rule_of, on_alert, &g);
        err = err ? err : store_each_story(s, &all, on_story, &g);
        mem_fail_after(SIZE_MAX);
    }
    assert_int_equal(err, ERR_OK);
    store_close(s);
    help_remove(&path);
    given_fini(&g);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_comes_back),
        cmocka_unit_test(filters_and_refusals),
        cmocka_unit_test(a_live_store_may_be_written_meanwhile),
        cmocka_unit_test(a_damaged_row_is_told_and_left_out),
        cmocka_unit_test(long_texts_are_cut),
        cmocka_unit_test(out_of_memory_in_turn),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
