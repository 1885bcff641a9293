/* test_state_ties - which processes belong to somebody who logged on from elsewhere. */
#include "unit/test_activity.h"

#include "state/ties.h"

#define AWAY "192.31.196.7"
#define SID_KUMI "S-1-5-21-1-2-3-1104"
#define SID_ANNA "S-1-5-21-1-2-3-1105"

/* A record of any kind; what is NULL or 0 is absent. */
struct line {
    uint64_t ms;
    enum event_kind kind;
    uint32_t id, session; /* session 0 of a process: not said */
    const char *src, *account, *sid;
    uint32_t type;
    uint64_t luid, subject_luid;
    uint32_t pid, ppid;
    const char *process, *file, *host;
};

struct tied_test {
    struct config *cfg;
    struct state *st;
    struct buf told;
};

/* "name tie account src" and "(was)" for what was tied before. */
static enum err
on_tied(void *ctx, const struct process *p, enum process_tie was)
{
    static const char *const ties[] = {"none", "weak", "strong", "exact"};
    struct tied_test *t = ctx;
    char src[ADDR_TEXT_MAX];

    assert_non_null(p->origin);
    assert_true(p->origin->tie > TIE_NONE && p->origin->tie >= was);
    if (p->origin->tie == was) {
        return ERR_OK; /* another record of the same start */
    }
    (void)addr_format(&p->origin->src, src);
    buf_put_sv(&t->told, p->image);
    buf_printf(&t->told, " %s ", ties[p->origin->tie]);
    buf_put(&t->told, p->origin->account, p->origin->account_len);
    buf_printf(&t->told, " %s", src);
    buf_puts(&t->told, was == TIE_NONE ? "\n" : " better\n");
    return buf_err(&t->told);
}

static enum err
any_attempt(void *ctx, const struct attempt *a)
{
    (void)ctx;
    (void)a;
    return ERR_OK;
}

static void
set_start(struct event *ev, const struct line *l)
{
    event_set(ev, provider, l->id == 4688 ? SV(AUDITING) : l->id == 1 ? SV(KERNEL) : SV(CLASSIC));
    event_set(ev, process_id, l->pid);
    SET_NUMBER(ev, parent_process_id, l->ppid);
    if (l->id == 1) {
        event_set(ev, process_started, ev->time_ft);
    }
}

static struct event
make(const struct line *l)
{
    struct event ev;
    struct addr a;
    uint16_t port;

    event_init(&ev, l->kind, T0 + l->ms * TM_MS);
    event_set(&ev, host, sv_from(l->host == NULL ? "PC-A" : l->host));
    event_set(&ev, event_id, l->id);
    if (l->src != NULL) {
        assert_int_equal(addr_parse_port(sv_from(l->src), &a, &port), ERR_OK);
        event_set(&ev, src, a);
    }
    SET_TEXT(&ev, account, l->account);
    SET_TEXT(&ev, sid, l->sid);
    SET_NUMBER(&ev, logon_type, l->type);
    SET_NUMBER(&ev, logon_id, l->luid);
    SET_NUMBER(&ev, subject_logon_id, l->subject_luid);
    SET_NUMBER(&ev, session_id, l->session);
    SET_TEXT(&ev, process, l->process);
    SET_TEXT(&ev, service_file, l->file);
    if (l->kind == EV_PROCESS_START || l->kind == EV_PROCESS_RUNDOWN) {
        set_start(&ev, l);
    }
    return ev;
}

static enum err
feed_lines(struct tied_test *t, const struct line *lines, size_t count)
{
    enum err err = state_create(t->cfg, any_attempt, t, &t->st);

    if (err) {
        return err;
    }
    state_on_tied(t->st, on_tied);
    for (size_t i = 0; i < count && !err; i++) {
        struct event ev = make(&lines[i]);
        bool changed;

        err = state_complete(t->st, &ev, &changed);
        err = err ? err : state_event(t->st, &ev);
    }
    return err ? err : state_flush(t->st);
}

static void
expect(const struct line *lines, size_t count, const char *due)
{
    struct tied_test t = {0};

    buf_init(&t.told, SIZE_MAX);
    assert_int_equal(config_create(&t.cfg), ERR_OK);
    assert_int_equal(feed_lines(&t, lines, count), ERR_OK);
    assert_string_equal(buf_str(&t.told), due);
    state_destroy(t.st);
    config_destroy(t.cfg);
    buf_fini(&t.told);
}
#define EXPECT(due, ...)                                                                           \
    do {                                                                                           \
        const struct line lines[] = {__VA_ARGS__};                                                 \
        expect(lines, COUNT(lines), (due));                                                        \
    } while (0)

#define DESKTOP(at, num, from, who) /* LSM 21, 25 */                                               \
    {                                                                                              \
        .ms = (at), .kind = EV_RDP_SESSION, .id = (num), .session = 3, .src = (from),              \
        .account = (who)                                                                           \
    }
#define LOGON(at, kind_, from, who, of, number)                                                    \
    {                                                                                              \
        .ms = (at), .kind = EV_LOGON_SUCCESS, .id = 4624, .type = (kind_), .src = (from),          \
        .account = (who), .sid = (of), .luid = (number)                                            \
    }
#define START(at, in, num, above, what)                                                            \
    {                                                                                              \
        .ms = (at), .kind = EV_PROCESS_START, .id = 1, .session = (in), .pid = (num),              \
        .ppid = (above), .process = (what)                                                         \
    }
#define AUDITED(at, number, num, what)                                                             \
    {                                                                                              \
        .ms = (at), .kind = EV_PROCESS_START, .id = 4688, .subject_luid = (number), .pid = (num),  \
        .process = (what)                                                                          \
    }
#define SERVICES(at)                                                                               \
    {                                                                                              \
        .ms = (at), .kind = EV_PROCESS_RUNDOWN, .id = 1, .pid = 700,                               \
        .process = "C:\\Windows\\System32\\services.exe"                                           \
    }

/* -- terminal sessions ------------------------------------------------------------------------- */

static void
a_session_ties_what_it_starts(void **state)
{
    (void)state;
    EXPECT("cmd.exe strong kumi " AWAY "\n", START(900, 3, 40, 0, "early.exe"),
           DESKTOP(1000, 21, AWAY, "kumi"), START(2000, 3, 50, 0, "cmd.exe"),
           START(2000, 1, 60, 0, "excel.exe"));
    EXPECT("cmd.exe strong kumi " AWAY "\n", DESKTOP(1000, 25, AWAY, "kumi"),
           START(2000, 3, 50, 0, "cmd.exe"));
    /* of another computer, and of nobody from elsewhere */
    EXPECT("", DESKTOP(1000, 21, AWAY, "kumi"),
           {.ms = 2000,
            .kind = EV_PROCESS_START,
            .id = 1,
            .session = 3,
            .pid = 50,
            .process = "cmd.exe",
            .host = "PC-B"});
    EXPECT("", DESKTOP(1000, 21, NULL, "hanako"), START(2000, 3, 50, 0, "cmd.exe"));
}

static void
a_session_ends(void **state)
{
    static const uint32_t ends[] = {23, 24};

    (void)state;
    for (size_t i = 0; i < COUNT(ends); i++) {
        EXPECT("cmd.exe strong kumi " AWAY "\n", DESKTOP(1000, 21, AWAY, "kumi"),
               START(2000, 3, 50, 0, "cmd.exe"),
               {.ms = 3000, .kind = EV_RDP_SESSION, .id = ends[i], .session = 3, .account = "kumi"},
               START(4000, 3, 60, 0, "later.exe"));
    }
    /* whose it is sits down in front of it again */
    EXPECT("", DESKTOP(1000, 25, AWAY, "kumi"), DESKTOP(2000, 25, NULL, "kumi"),
           START(4000, 3, 60, 0, "later.exe"));
    /* the number is given to somebody else */
    EXPECT("later.exe strong anna 10.0.0.12\n", DESKTOP(1000, 21, AWAY, "kumi"),
           DESKTOP(2000, 21, "10.0.0.12", "anna"), START(4000, 3, 60, 0, "later.exe"));
}

/* 21 names the account, the 4624 beside it the SID. */
static void
the_account_makes_it_exact(void **state)
{
    (void)state;
    EXPECT("cmd.exe exact kumi " AWAY "\nconhost.exe strong kumi " AWAY "\n",
           LOGON(900, 10, AWAY, "kumi", SID_KUMI, 0x111), DESKTOP(1000, 21, AWAY, "kumi"),
           {.ms = 2000,
            .kind = EV_PROCESS_START,
            .id = 2,
            .session = 3,
            .pid = 50,
            .process = "cmd.exe",
            .sid = SID_KUMI},
           {.ms = 2000,
            .kind = EV_PROCESS_START,
            .id = 2,
            .session = 3,
            .pid = 54,
            .process = "conhost.exe",
            .sid = "S-1-5-18"});
    /* the record that knows the SID comes second */
    EXPECT("cmd.exe strong kumi " AWAY "\ncmd.exe exact kumi " AWAY " better\n",
           LOGON(900, 10, AWAY, "kumi", SID_KUMI, 0x111), DESKTOP(1000, 21, AWAY, "kumi"),
           START(2000, 3, 50, 0, "cmd.exe"),
           {.ms = 2001,
            .kind = EV_PROCESS_START,
            .id = 2,
            .session = 3,
            .pid = 50,
            .process = "cmd.exe",
            .sid = SID_KUMI});
    /* another's */
    EXPECT("cmd.exe strong kumi " AWAY "\n", LOGON(900, 10, AWAY, "anna", SID_ANNA, 0x111),
           DESKTOP(1000, 21, AWAY, "kumi"),
           {.ms = 2000,
            .kind = EV_PROCESS_START,
            .id = 2,
            .session = 3,
            .pid = 50,
            .process = "cmd.exe",
            .sid = SID_ANNA});
}

/* -- tokens ------------------------------------------------------------------------------------ */

static void
a_token_names_its_logon(void **state)
{
    (void)state;
    EXPECT("whoami.exe exact kumi " AWAY "\n", LOGON(1000, 3, AWAY, "kumi", SID_KUMI, 0x111),
           AUDITED(2000, 0x111, 50, "whoami.exe"), AUDITED(2000, 0x222, 60, "excel.exe"));
    /* it logged off, another computer's, one from the console, its own over the network */
    EXPECT("", LOGON(1000, 3, AWAY, "kumi", SID_KUMI, 0x111),
           {.ms = 1500, .kind = EV_LOGOFF, .id = 4634, .luid = 0x111},
           AUDITED(2000, 0x111, 50, "whoami.exe"));
    EXPECT("", LOGON(1000, 2, "127.0.0.1", "kumi", SID_KUMI, 0x111),
           LOGON(1000, 3, "127.0.0.1", "kumi", SID_KUMI, 0x112),
           LOGON(1000, 3, NULL, "kumi", SID_KUMI, 0x113), AUDITED(2000, 0x111, 50, "a.exe"),
           AUDITED(2000, 0x112, 54, "b.exe"), AUDITED(2000, 0x113, 58, "c.exe"));
    /* through a tunnel it is a desktop from elsewhere all the same */
    EXPECT("whoami.exe exact kumi 127.0.0.1\n", LOGON(1000, 10, "127.0.0.1", "kumi", SID_KUMI, 5),
           AUDITED(2000, 5, 50, "whoami.exe"));
}

/* -- services ---------------------------------------------------------------------------------- */

static void
a_service_soon_after_a_logon_is_weak(void **state)
{
    (void)state;
    EXPECT("C:\\Windows\\PSEXESVC.exe weak kumi " AWAY "\n", SERVICES(0),
           LOGON(1000, 3, AWAY, "kumi", SID_KUMI, 0x111),
           START(61000, 0, 50, 700, "C:\\Windows\\PSEXESVC.exe"));
    /* later; by another parent; a host of Windows' services; after a logon at the console */
    EXPECT("", SERVICES(0), LOGON(1000, 3, AWAY, "kumi", SID_KUMI, 0x111),
           START(61001, 0, 50, 700, "C:\\Windows\\PSEXESVC.exe"));
    EXPECT("", SERVICES(0), LOGON(1000, 3, AWAY, "kumi", SID_KUMI, 0x111),
           START(2000, 0, 50, 4, "smss.exe"),
           START(2000, 0, 54, 700, "C:\\Windows\\System32\\svchost.exe"));
    EXPECT("", SERVICES(0), LOGON(1000, 2, "127.0.0.1", "kumi", SID_KUMI, 0x111),
           START(2000, 0, 50, 700, "updater.exe"));
    /* one of two: which is not guessed */
    EXPECT("", SERVICES(0), LOGON(1000, 3, AWAY, "kumi", SID_KUMI, 0x111),
           LOGON(1500, 3, "10.0.0.12", "anna", SID_ANNA, 0x222),
           START(2000, 0, 50, 700, "updater.exe"));
}

static void
who_installed_a_service_is_its_owner(void **state)
{
    static const struct line install = {.ms = 5000,
                                        .kind = EV_SERVICE_INSTALL,
                                        .id = 4697,
                                        .subject_luid = 0x111,
                                        .file = "\"C:\\Windows\\sqhost.exe\" -watchdog"};

    (void)state;
    EXPECT("C:\\Windows\\sqhost.exe strong kumi " AWAY "\n", SERVICES(0),
           LOGON(1000, 10, AWAY, "kumi", SID_KUMI, 0x111), install,
           START(600000, 0, 50, 700, "C:\\Windows\\sqhost.exe"),
           START(600000, 0, 54, 700, "C:\\Windows\\other.exe"));
    /* started by hand, or before it was a service; installed by somebody else */
    EXPECT("", SERVICES(0), LOGON(1000, 10, AWAY, "kumi", SID_KUMI, 0x111),
           START(4000, 0, 46, 700, "C:\\Windows\\sqhost.exe"), install,
           START(600000, 0, 50, 4, "C:\\Windows\\sqhost.exe"));
    EXPECT("", SERVICES(0), LOGON(1000, 10, AWAY, "kumi", SID_KUMI, 0x222), install,
           START(600000, 0, 50, 700, "C:\\Windows\\sqhost.exe"));
    /* 7045 says no logon: soon after one over the network it is weak, whenever it is started */
    EXPECT("C:\\Windows\\x.exe weak kumi " AWAY "\n", SERVICES(0),
           LOGON(1000, 3, AWAY, "kumi", SID_KUMI, 0x111),
           {.ms = 5000, .kind = EV_SERVICE_INSTALL, .id = 7045, .file = "C:\\Windows\\x.exe"},
           START(600000, 0, 50, 700, "C:\\Windows\\x.exe"));
}

/* -- trees ------------------------------------------------------------------------------------- */

static void
children_are_tied_as_their_parents(void **state)
{
    (void)state;
    EXPECT("svc.exe weak kumi " AWAY "\ncmd.exe weak kumi " AWAY "\nnet.exe weak kumi " AWAY "\n",
           SERVICES(0), LOGON(1000, 3, AWAY, "kumi", SID_KUMI, 0x111),
           START(2000, 0, 50, 700, "svc.exe"), START(90000, 0, 54, 50, "cmd.exe"),
           START(95000, 0, 58, 54, "net.exe"), START(95000, 0, 62, 4, "smss.exe"));
    /* what a child knows better counts for it and below it */
    EXPECT("svc.exe weak kumi " AWAY "\ncmd.exe exact kumi " AWAY "\nnet.exe exact kumi " AWAY "\n",
           SERVICES(0), LOGON(1000, 3, AWAY, "kumi", SID_KUMI, 0x111),
           START(2000, 0, 50, 700, "svc.exe"),
           {.ms = 3000,
            .kind = EV_PROCESS_START,
            .id = 4688,
            .subject_luid = 0x111,
            .pid = 54,
            .ppid = 50,
            .process = "cmd.exe"},
           START(95000, 0, 58, 54, "net.exe"));
}

/* -- late records ------------------------------------------------------------------------------ */

/* The channel lags: what has started since is tied when the logon comes, below it too. */
static void
a_late_logon_ties_what_has_started(void **state)
{
    (void)state;
    EXPECT("cmd.exe strong kumi " AWAY "\nnet.exe strong kumi " AWAY "\n",
           START(900, 3, 40, 0, "early.exe"), START(2000, 3, 50, 0, "cmd.exe"),
           START(2500, 1, 60, 0, "excel.exe"), START(3000, 3, 54, 50, "net.exe"),
           DESKTOP(1000, 21, AWAY, "kumi"));
    EXPECT("cmd.exe exact kumi " AWAY "\n", AUDITED(2000, 0x111, 50, "cmd.exe"),
           LOGON(1000, 3, AWAY, "kumi", SID_KUMI, 0x111));
}

/* -- any order --------------------------------------------------------------------------------- */

/* Rows of processes as they leave: "pid tie". */
static enum err
on_row(void *ctx, const struct process *p)
{
    struct tied_test *t = ctx;

    buf_printf(&t->told, "%u %u\n", p->pid, p->origin == NULL ? 0u : (unsigned)p->origin->tie);
    return buf_err(&t->told);
}

static void
rows_of(const struct line *lines, size_t count, struct buf *out)
{
    struct tied_test t = {0};

    buf_init(&t.told, SIZE_MAX);
    assert_int_equal(config_create(&t.cfg), ERR_OK);
    assert_int_equal(state_create(t.cfg, any_attempt, &t, &t.st), ERR_OK);
    state_on_process(t.st, on_row);
    for (size_t i = 0; i < count; i++) {
        struct event ev = make(&lines[i]);

        assert_int_equal(state_event(t.st, &ev), ERR_OK);
    }
    assert_int_equal(state_flush(t.st), ERR_OK);
    state_destroy(t.st);
    config_destroy(t.cfg);
    *out = t.told;
}

/* Logons and services may come anywhere among the starts of the next seconds. */
static void
late_by_any_number_of_records(void **state)
{
    static const struct line lines[] = {
        SERVICES(0),
        LOGON(1000, 10, AWAY, "kumi", SID_KUMI, 0x111),
        DESKTOP(1001, 21, AWAY, "kumi"),
        {.ms = 1002,
         .kind = EV_SERVICE_INSTALL,
         .id = 4697,
         .subject_luid = 0x111,
         .file = "C:\\Windows\\x.exe"},
        START(1003, 3, 50, 0, "cmd.exe"),
        START(1004, 1, 54, 0, "excel.exe"),
        START(1005, 0, 58, 700, "C:\\Windows\\x.exe"),
        START(1006, 0, 62, 58, "net.exe"),
        START(1007, 0, 66, 54, "other.exe"),
    };
    struct line mixed[COUNT(lines)];
    struct buf due, got;

    (void)state;
    rows_of(lines, COUNT(lines), &due);
    assert_string_equal(buf_str(&due), "50 2\n54 0\n58 2\n62 2\n66 0\n700 0\n");
    for (size_t from = 1; from <= 3; from++) {
        for (size_t to = from + 1; to < COUNT(lines); to++) {
            if (from == 1 && to > 2) {
                continue; /* what it installed needs the logon first: one log, in order */
            }
            memcpy(mixed, lines, sizeof(lines));
            memmove(&mixed[from], &mixed[from + 1], (to - from) * sizeof(mixed[0]));
            mixed[to] = lines[from];
            rows_of(mixed, COUNT(mixed), &got);
            assert_string_equal(buf_str(&got), buf_str(&due));
            buf_fini(&got);
        }
    }
    buf_fini(&due);
}

/* -- bounds ------------------------------------------------------------------------------------ */

static void
too_many_logons_are_counted(void **state)
{
    struct tied_test t = {0};
    struct line l = LOGON(1000, 3, AWAY, "kumi", SID_KUMI, 1);

    (void)state;
    metric_reset_all();
    buf_init(&t.told, SIZE_MAX);
    assert_int_equal(config_create(&t.cfg), ERR_OK);
    assert_int_equal(state_create(t.cfg, any_attempt, &t, &t.st), ERR_OK);
    for (uint32_t i = 0; i < LOGONS_MAX + 7; i++) {
        struct event ev;

        l.luid = i + 1;
        ev = make(&l);
        assert_int_equal(state_event(t.st, &ev), ERR_OK);
    }
    assert_int_equal(metric_get(METRIC_LOGONS_FULL), 7);
    state_destroy(t.st);
    config_destroy(t.cfg);
    buf_fini(&t.told);
}

static void
each_allocation_fails_in_turn(void **state)
{
    static const struct line lines[] = {
        SERVICES(0),
        LOGON(1000, 10, AWAY, "kumi", SID_KUMI, 0x111),
        DESKTOP(1000, 21, AWAY, "kumi"),
        {.ms = 5000,
         .kind = EV_SERVICE_INSTALL,
         .id = 4697,
         .subject_luid = 0x111,
         .file = "C:\\Windows\\x.exe"},
        START(6000, 0, 50, 700, "C:\\Windows\\x.exe"),
        START(6000, 3, 54, 0, "cmd.exe"),
    };
    bool whole = false;

    (void)state;
    for (size_t n = 0; !whole; n++) {
        struct tied_test t = {0};
        enum err err;

        assert_true(n < 1000);
        buf_init(&t.told, SIZE_MAX);
        assert_int_equal(config_create(&t.cfg), ERR_OK);
        mem_fail_after(n);
        err = feed_lines(&t, lines, COUNT(lines));
        mem_fail_after(SIZE_MAX);
        assert_true(err == ERR_OK || err == ERR_NOMEM);
        whole = err == ERR_OK;
        state_destroy(t.st);
        config_destroy(t.cfg);
        buf_fini(&t.told);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_ties_what_it_starts),
        cmocka_unit_test(a_session_ends),
        cmocka_unit_test(the_account_makes_it_exact),
        cmocka_unit_test(a_token_names_its_logon),
        cmocka_unit_test(a_service_soon_after_a_logon_is_weak),
        cmocka_unit_test(who_installed_a_service_is_its_owner),
        cmocka_unit_test(children_are_tied_as_their_parents),
        cmocka_unit_test(a_late_logon_ties_what_has_started),
        cmocka_unit_test(late_by_any_number_of_records),
        cmocka_unit_test(too_many_logons_are_counted),
        cmocka_unit_test(each_allocation_fails_in_turn),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
