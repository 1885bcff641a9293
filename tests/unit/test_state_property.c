/* state: any mixture of true attempts, each seen by some of its witnesses, comes out as itself. */
#include "unit/test_state.h"

#include <stdio.h>
#include <stdlib.h>

#define ATTEMPTS 2000
#define WITNESSES_MAX 4
#define SPAN_MS 20000 /* 100 attempts a second: hundreds wait at once */

struct truth {
    char src[ADDR_TEXT_MAX];
    char src_port[ADDR_TEXT_MAX + 8];
    char account[16];
    enum logon_service service;
    enum attempt_outcome outcome;
    uint32_t seen;
};

struct world {
    struct truth truth[ATTEMPTS];
    struct event events[ATTEMPTS * WITNESSES_MAX];
    size_t event_count;
    uint64_t random;
    size_t attempts;
    size_t wrong;
    uint64_t last_first_ft;
};

static uint32_t
below(struct world *w, uint32_t n)
{
    w->random ^= w->random << 13;
    w->random ^= w->random >> 7;
    w->random ^= w->random << 17;
    return (uint32_t)(w->random >> 33) % n;
}

/* One way to be seen: records that may be missing, and those of which one must be there. */
struct way {
    enum logon_service service;
    enum attempt_outcome outcome;
    uint32_t ids[WITNESSES_MAX];
    uint32_t type;      /* of 4624 and 4625 */
    bool logon_port;    /* 4624 and 4625 know the port */
    uint32_t must_have; /* bits of ids: at least one of them */
    uint32_t needs;     /* bits of ids that come only with must_have's first */
};

static const struct way ways[] = {
    /* 4776 knows the account alone: it needs the 4625 to be tied to the rest. */
    {SERVICE_RDP, ATTEMPT_FAILURE, {4625, 140, 131, 4776}, 3, false, 2, 8},
    {SERVICE_SMB, ATTEMPT_FAILURE, {4625, 551, 4776, 4022}, 3, true, 3, 0},
    {SERVICE_RDP, ATTEMPT_SUCCESS, {4624, 1149, 21, 131}, 3, false, 6, 0},
    {SERVICE_KDC, ATTEMPT_FAILURE, {4771, 4771, 4771, 4771}, 0, false, 1, 14},
    {SERVICE_RDP, ATTEMPT_CONNECT, {131, 131, 131, 131}, 0, false, 1, 14},
};

static uint32_t
some_witnesses(struct world *w, const struct way *way)
{
    uint32_t set = 0;

    while ((set & way->must_have) == 0) {
        set = 1 + below(w, (1u << WITNESSES_MAX) - 1);
        if ((set & 1) == 0 || way->ids[1] == way->ids[0]) {
            set &= ~way->needs;
        }
    }
    return set;
}

static void
make_attempt(struct world *w, size_t i)
{
    const struct way *way = &ways[below(w, COUNT(ways))];
    struct truth *t = &w->truth[i];
    uint32_t set = some_witnesses(w, way);
    uint64_t start = below(w, SPAN_MS);

    t->service = way->service;
    t->outcome = way->outcome;
    (void)snprintf(t->src, sizeof(t->src), "10.7.%u.%u", (unsigned)(i / 256), (unsigned)(i % 256));
    (void)snprintf(t->src_port, sizeof(t->src_port), "%s:%u", t->src, 1024 + below(w, 60000));
    (void)snprintf(t->account, sizeof(t->account), "u%u", (unsigned)i);
    for (uint32_t k = 0; k < WITNESSES_MAX; k++) {
        uint32_t id = way->ids[k];
        bool is_logon = id == 4624 || id == 4625;
        bool has_port = id == 131 || id == 551 || (is_logon && way->logon_port);
        struct step s = {.ms = start + below(w, 1001), .id = id, .code = 0xC000006Au};
        if ((set >> k & 1) == 0) {
            continue;
        }
        s.src = id == 4776 ? NULL : has_port ? t->src_port : t->src;
        s.account = id == 131 || id == 140 ? NULL : t->account;
        s.type = is_logon ? way->type : 0;
        s.code = id == 4771 ? 0x18 : id == 139 ? 0 : s.code;
        w->events[w->event_count] = event_of(&s, w->event_count + 1);
        w->event_count++;
    }
}

static int
compare(const void *a, const void *b)
{
    return event_cmp(a, b);
}

static enum err
check_attempt(void *ctx, const struct attempt *a)
{
    struct world *w = ctx;
    size_t i = (size_t)a->src.bytes[2] * 256 + a->src.bytes[3];
    bool right = i < ATTEMPTS && a->src.bytes[0] == 10 && a->first_ft >= w->last_first_ft;

    w->attempts++;
    w->last_first_ft = a->first_ft;
    if (right) {
        struct truth *t = &w->truth[i];
        right = a->service == t->service && a->outcome == t->outcome && t->seen == 0 &&
                !a->src_inferred && (a->account.len == 0 || sv_eq(a->account, sv_from(t->account)));
        t->seen++;
    }
    w->wrong += right ? 0 : 1;
    return ERR_OK;
}

static void
test_every_attempt_once(void **state)
{
    struct world *w = mem_zalloc(sizeof(*w));
    struct config *cfg = make_config("{\"rdp.nla\": true}");

    (void)state;
    assert_non_null(w);
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct state *st = NULL;
        memset(w, 0, sizeof(*w));
        w->random = seed * UINT64_C(0x9E3779B97F4A7C15);
        for (size_t i = 0; i < ATTEMPTS; i++) {
            make_attempt(w, i);
        }
        qsort(w->events, w->event_count, sizeof(w->events[0]), compare);
        assert_int_equal(state_create(cfg, check_attempt, w, &st), ERR_OK);
        for (size_t i = 0; i < w->event_count; i++) {
            assert_int_equal(state_event(st, &w->events[i]), ERR_OK);
        }
        assert_int_equal(state_flush(st), ERR_OK);
        state_destroy(st);
        assert_int_equal(w->attempts, ATTEMPTS);
        assert_int_equal(w->wrong, 0);
    }
    config_destroy(cfg);
    mem_free(w);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_attempt_once)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
