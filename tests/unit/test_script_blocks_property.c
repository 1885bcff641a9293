/* script_blocks - blocks of several computers and processes, their parts shuffled, left out and
 * doubled: whatever comes, nothing is lost, told twice or out of order. */
#include "unit/test_script_blocks.h"

#define ROUNDS 2000
#define BLOCKS 24
#define PARTS_MAX 6

static uint64_t seed;

static uint32_t
rnd(uint32_t below)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(seed >> 33) % below;
}

struct block {
    char id[16];
    const char *host;
    uint32_t pid, parts;
};

/* One record. */
struct step {
    size_t block, part;
};

static size_t
plan(struct block *blocks, struct step *steps, uint32_t lose)
{
    static const char *const hosts[] = {"PC-A", "PC-B", "PC-C"};
    size_t count = 0;

    for (size_t i = 0; i < BLOCKS; i++) {
        struct block *b = &blocks[i];

        /* few ids, so that pids and ids have a second life on other computers */
        *b = (struct block){.host = hosts[i % 3], .pid = 1 + rnd(2), .parts = 1 + rnd(PARTS_MAX)};
        (void)snprintf(b->id, sizeof(b->id), "id-%u", (unsigned)(i / 3));
        for (size_t k = 0; k < b->parts; k++) {
            uint32_t times = rnd(100) < lose ? 0 : rnd(10) == 0 ? 2 : 1;

            steps[count] = steps[count + 1] = (struct step){i, k};
            count += times;
        }
    }
    return count;
}

/* Of one part; no two are equal, and none has another's inside. */
static size_t
text_of(size_t block, size_t part, char out[32])
{
    return (size_t)snprintf(out, 32, "<%u.%u>", (unsigned)block, (unsigned)part);
}

static void
swap(struct step *steps, size_t a, size_t b)
{
    struct step kept = steps[a];

    steps[a] = steps[b];
    steps[b] = kept;
}

/* distance: how far a part may move; 0 leaves the order as it is. */
static void
shuffle(struct step *steps, size_t count, uint32_t distance)
{
    for (size_t i = 0; i + 1 < count && distance > 0; i++) {
        size_t with = i + rnd(distance);

        swap(steps, i, with < count ? with : count - 1);
    }
}

static bool
is_of(const struct given *g, const struct block *b)
{
    return strcmp(g->object, b->id) == 0 && strcmp(g->host, b->host) == 0 && g->pid == b->pid &&
           (g->parts == 0 ? 1 : g->parts) == b->parts;
}

static size_t
times_in(const char *text, const char *what)
{
    size_t count = 0;

    for (const char *at = strstr(text, what); at != NULL; at = strstr(at + 1, what)) {
        count++;
    }
    return count;
}

/* Every part that was put is told at least once, at most as often as it was put, in an event of
 * its block; parts stand in the order of their numbers. */
static void
check_parts(const struct harness *h, const struct block *blocks, const struct step *steps,
            size_t count)
{
    for (size_t i = 0; i < BLOCKS; i++) {
        for (size_t k = 0; k < blocks[i].parts; k++) {
            size_t put = 0, told = 0;
            char text[32];

            (void)text_of(i, k, text);
            for (size_t n = 0; n < count; n++) {
                put += steps[n].block == i && steps[n].part == k;
            }
            for (size_t n = 0; n < h->count; n++) {
                size_t times = times_in(h->given[n].whole, text);

                assert_true(times <= 1);
                assert_true(times == 0 || is_of(&h->given[n], &blocks[i]));
                told += times;
            }
            assert_true(put > 0 ? told >= 1 && told <= put : told == 0);
        }
    }
}

static void
check_given(const struct given *g)
{
    size_t kept = times_in(g->whole, "<");
    size_t gaps = times_in(g->whole, SCRIPT_GAP);
    unsigned long last = 0;

    assert_int_equal(kept + g->missing, g->parts == 0 ? 1 : g->parts);
    assert_true(g->missing == 0 ? gaps == 0 : gaps >= 1 && gaps <= kept + 1);
    assert_int_equal(g->whole_len, g->said_len + gaps * strlen(SCRIPT_GAP));
    assert_true(g->record_id > 0 && !g->has_part);
    for (const char *at = strchr(g->whole, '.'); at != NULL; at = strchr(at + 1, '.')) {
        char *end;
        unsigned long number = strtoul(at + 1, &end, 10);

        if (end > at + 1) { /* not the dots of a gap */
            assert_true(number + 1 > last);
            last = number + 1;
        }
    }
}

/* Puts the records step_ms apart. */
static void
run(struct harness *h, const struct block *blocks, const struct step *steps, size_t count,
    uint32_t step_ms)
{
    uint64_t at = 0;

    for (size_t n = 0; n < count; n++) {
        const struct block *b = &blocks[steps[n].block];
        char text[32];
        size_t len = text_of(steps[n].block, steps[n].part, text);

        at += step_ms == 0 ? 0 : rnd(step_ms);
        PUT(h, .at = at, .host = b->host, .id = b->id, .pid = b->pid,
            .part = (uint32_t)steps[n].part + 1, .parts = b->parts, .script = {text, len});
    }
    finish(h);
}

static void
test_whatever_comes(void **state)
{
    static const struct {
        uint32_t lose, distance, step_ms;
    } ways[] = {
        {0, 0, 0},     {0, 8, 10},   {0, 200, 10},    {30, 0, 10},
        {30, 20, 400}, {0, 8, 4000}, {50, 200, 4000}, {90, 200, 0},
    };
    struct harness *h = *state;
    struct block blocks[BLOCKS];
    struct step steps[BLOCKS * PARTS_MAX * 2 + 2];

    seed = 1;
    for (int round = 0; round < ROUNDS; round++) {
        size_t way = (size_t)round % COUNT(ways);
        size_t count = plan(blocks, steps, ways[way].lose);

        shuffle(steps, count, ways[way].distance);
        run(h, blocks, steps, count, ways[way].step_ms);
        check_parts(h, blocks, steps, count);
        for (size_t n = 0; n < h->count; n++) {
            check_given(&h->given[n]);
        }
        harness_clear(h);
    }
}

/* Gives each block an id of its own, and each part one record. */
static size_t
each_once(struct block *blocks, struct step *steps)
{
    size_t count = 0;

    for (size_t i = 0; i < BLOCKS; i++) {
        (void)snprintf(blocks[i].id, sizeof(blocks[i].id), "id-%u", (unsigned)i);
        for (size_t k = 0; k < blocks[i].parts; k++) {
            steps[count++] = (struct step){i, k};
        }
    }
    return count;
}

static void
check_each_once(const struct harness *h, const struct block *blocks)
{
    size_t told[BLOCKS] = {0};

    assert_int_equal(h->count, BLOCKS);
    for (size_t n = 0; n < h->count; n++) {
        check_given(&h->given[n]);
        assert_int_equal(h->given[n].missing, 0);
        for (size_t i = 0; i < BLOCKS; i++) {
            told[i] += is_of(&h->given[n], &blocks[i]);
        }
    }
    for (size_t i = 0; i < BLOCKS; i++) {
        assert_int_equal(told[i], 1);
    }
}

/* Nothing lost and all within the wait: each block is told once, whole, whatever the order. */
static void
test_all_there(void **state)
{
    struct harness *h = *state;
    struct block blocks[BLOCKS];
    struct step steps[BLOCKS * PARTS_MAX * 2 + 2];

    seed = 2;
    for (int round = 0; round < ROUNDS; round++) {
        size_t count;

        (void)plan(blocks, steps, 0);
        count = each_once(blocks, steps);
        shuffle(steps, count, 1000);
        run(h, blocks, steps, count, 30);
        check_each_once(h, blocks);
        harness_clear(h);
    }
    assert_int_equal(metric_get(METRIC_SCRIPTS_INCOMPLETE), 0);
    assert_int_equal(metric_get(METRIC_EVENTS_DUPLICATE), 0);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_whatever_comes, harness_setup, harness_teardown),
        cmocka_unit_test_setup_teardown(test_all_there, harness_setup, harness_teardown),
    };

    return cmocka_run_group_tests_name("script_blocks_property", tests, NULL, NULL);
}
