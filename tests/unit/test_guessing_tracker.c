/* The tracker of sources against an obvious model, its limits, and what it forgets. */
#include "detectors_feed.h"

#include "detectors/regular.h"
#include "detectors/tracker.h"

#define SOURCES 60u
#define STEPS 30000u
#define KEEP_S 5000u
#define MEMBERS 9u

static uint64_t seed = 42;

static uint32_t
random_below(uint32_t n)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(seed >> 33) % n;
}

/* Everything that ever happened, source by source. */
struct history {
    uint32_t time[STEPS];
    uint16_t member[STEPS];
    uint32_t count;
};

static struct tracker_key
key_of(uint32_t i)
{
    uint8_t v4[4] = {10, 0, 0, (uint8_t)(i / 4)};
    uint8_t v6[16] = {0x20, 1, 0x0d, 0xb8, [15] = (uint8_t)(i / 4)};
    struct tracker_key key = {.host = (uint16_t)(1 + i % 2)};

    if (i < 4) {
        return (struct tracker_key){.host = (uint16_t)(1 + i)}; /* the unknown source */
    }
    key.src = i % 4 < 2 ? addr_v4(v4) : addr_v6(v6, i % 3);
    key.account = i % 5 == 0 ? 7 : 0;
    return key;
}

static uint32_t
model_within(const struct history *h, uint32_t now, uint32_t window, uint32_t max)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < h->count; i++) {
        n += now - h->time[i] <= window;
    }
    return n < max ? n : max;
}

static uint32_t
model_members(const struct history *h, uint32_t now, uint32_t window)
{
    bool seen[MEMBERS] = {false};
    uint32_t n = 0;

    for (uint32_t i = 0; i < h->count; i++) {
        seen[h->member[i]] = seen[h->member[i]] || now - h->time[i] <= window;
    }
    for (uint32_t i = 1; i < MEMBERS; i++) { /* 0 is nobody */
        n += seen[i];
    }
    return n;
}

static void
check(const struct tracker *t, uint32_t source, const struct history *h, uint32_t now)
{
    static const uint32_t windows[] = {0, 1, 60, 600, KEEP_S};
    static const uint32_t counts[] = {1, 2, 3, 5, 12, 40};

    for (size_t i = 0; i < COUNT(windows); i++) {
        assert_int_equal(tracker_within(t, source, now, windows[i]),
                         model_within(h, now, windows[i], 40));
        assert_int_equal(tracker_members_within(t, source, now, windows[i]),
                         model_members(h, now, windows[i]));
        for (size_t k = 0; k < COUNT(counts); k++) {
            assert_int_equal(tracker_reached(t, source, counts[k], now, windows[i]),
                             model_within(h, now, windows[i], UINT32_MAX) >= counts[k]);
        }
    }
}

static void
equals_the_model_on_random_streams(void **state)
{
    struct tracker_opts opts = {1000, 40, 1000, KEEP_S, 100};
    struct history *h = calloc(SOURCES, sizeof(*h));
    uint64_t per_host[8] = {0}, per_member[MEMBERS] = {0};
    struct tracker *t;
    uint32_t now = 1000000;

    (void)state;
    assert_non_null(h);
    assert_int_equal(tracker_create(&opts, &t), ERR_OK);
    for (uint32_t step = 0; step < STEPS; step++) {
        uint32_t i = random_below(random_below(SOURCES) + 1); /* few are met much more often */
        struct tracker_key key = key_of(i);
        uint16_t member = (uint16_t)random_below(random_below(MEMBERS) + 1);
        uint32_t source;

        now += random_below(4) == 0 ? random_below(9) : 0;
        now += random_below(2000) == 0 ? 4000 : 0;
        assert_int_equal(tracker_add(t, &key, member, now, &source), ERR_OK);
        h[i].time[h[i].count] = now;
        h[i].member[h[i].count++] = member;
        per_host[key.host]++;
        per_member[member]++;
        check(t, source, &h[i], now);
        if (step % 1000 == 0) {
            tracker_sweep(t, now);
        }
    }
    for (uint16_t i = 0; i < 8; i++) {
        assert_int_equal(tracker_host_total(t, i), per_host[i]);
    }
    for (uint16_t i = 0; i < MEMBERS; i++) {
        assert_int_equal(tracker_member_total(t, i), per_member[i]);
    }
    tracker_destroy(t);
    free(h);
}

/* The same times in any order, up to ten minutes late, count as if they had come in order. */
static void
late_times_count_where_they_belong(void **state)
{
    struct tracker_opts opts = {1000, 40, 1000, KEEP_S, 100};
    uint32_t now = 1000000;

    (void)state;
    for (uint32_t round = 0; round < 300; round++) {
        struct history h = {.count = 0};
        struct tracker_key key = key_of(round % SOURCES);
        struct tracker *t;

        assert_int_equal(tracker_create(&opts, &t), ERR_OK);
        for (uint32_t step = 0; step < 39; step++) {
            uint32_t late = random_below(3) == 0 ? random_below(600) : 0, source;

            now += random_below(90);
            h.time[h.count] = now - late;
            h.member[h.count] = (uint16_t)random_below(MEMBERS);
            assert_int_equal(tracker_add(t, &key, h.member[h.count], now - late, &source), ERR_OK);
            h.count++;
            assert_int_equal(tracker_last(t, source), tracker_times(t, source, &late)[late - 1]);
            check(t, source, &h, now);
        }
        tracker_destroy(t);
        now += 10000;
    }
}

/* What was counted before the clock went back has just happened, and grows old from there. */
static void
a_clock_set_back_makes_no_window_longer(void **state)
{
    struct tracker_opts opts = {1000, 40, 10, KEEP_S, 100};
    struct tracker_key key = key_of(9);
    struct tracker *t;
    uint32_t source;

    (void)state;
    assert_int_equal(tracker_create(&opts, &t), ERR_OK);
    for (uint16_t i = 0; i < 4; i++) {
        assert_int_equal(tracker_add(t, &key, (uint16_t)(1 + i), 5000000, &source), ERR_OK);
    }
    assert_int_equal(tracker_add(t, &key, 1, 5000000 - 86400, &source), ERR_OK);
    assert_int_equal(tracker_last(t, source), 5000000 - 86400);
    assert_int_equal(tracker_within(t, source, 5000000 - 86400, 10), 5);
    assert_int_equal(tracker_members_within(t, source, 5000000 - 86400, 10), 4);
    assert_int_equal(tracker_add(t, &key, 1, 5000000 - 83000, &source), ERR_OK);
    assert_int_equal(tracker_within(t, source, 5000000 - 83000, 600), 1);
    assert_int_equal(tracker_members_within(t, source, 5000000 - 83000, 600), 1);
    tracker_destroy(t);
}

/* When the list is full, what is older than all of it changes nothing. */
static void
too_late_for_a_full_list(void **state)
{
    struct tracker_opts opts = {1000, 3, 10, KEEP_S, 100};
    struct tracker_key key = key_of(5);
    struct tracker *t;
    uint32_t source, count;

    (void)state;
    assert_int_equal(tracker_create(&opts, &t), ERR_OK);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(tracker_add(t, &key, 1, 1000 + 100 * i, &source), ERR_OK);
    }
    assert_int_equal(tracker_add(t, &key, 1, 900, &source), ERR_OK);
    assert_int_equal(tracker_times(t, source, &count)[0], 1000);
    assert_int_equal(tracker_add(t, &key, 1, 1050, &source), ERR_OK);
    assert_int_equal(tracker_times(t, source, &count)[0], 1050);
    assert_int_equal(count, 3);
    tracker_destroy(t);
}

static struct tracker_key
numbered(uint32_t i)
{
    uint8_t bytes[4] = {10, (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i};

    return (struct tracker_key){.src = addr_v4(bytes), .host = 1};
}

static uint32_t
add(struct tracker *t, uint32_t i, uint32_t now)
{
    struct tracker_key key = numbered(i);
    uint32_t source;

    assert_int_equal(tracker_add(t, &key, 1, now, &source), ERR_OK);
    return source;
}

static bool
knows(const struct tracker *t, uint32_t i)
{
    struct tracker_key key = numbered(i);

    return tracker_find(t, &key) != TRACKER_NONE;
}

static void
the_oldest_make_room_but_not_the_held(void **state)
{
    struct tracker_opts opts = {1000, 4, 4, 1000000, 5000};
    struct tracker *t;
    uint32_t evicted = 1000 / 64 + 1;
    uint64_t before = metric_get(METRIC_SOURCES_EVICTED);

    (void)state;
    assert_int_equal(tracker_create(&opts, &t), ERR_OK);
    for (uint32_t i = 0; i < 1000; i++) {
        uint32_t source = add(t, i, 1000000 + (i * 7) % 1000);

        if (i == 0) { /* the oldest of all */
            tracker_mark(t, source, 9);
        }
    }
    assert_int_equal(tracker_count(t), 1000);
    add(t, 5000, 1001000);
    assert_int_equal(tracker_count(t), 1001 - evicted);
    assert_int_equal(metric_get(METRIC_SOURCES_EVICTED) - before, evicted);
    for (uint32_t i = 0; i < 1000; i++) {
        uint32_t age_rank = (i * 7) % 1000;

        assert_int_equal(knows(t, i), i == 0 || age_rank > evicted);
    }
    assert_int_equal(tracker_host_total(t, 1), 1001);
    tracker_destroy(t);
}

static void
full_of_held_sources_counts_in_totals_only(void **state)
{
    struct tracker_opts opts = {1000, 4, 4, 1000000, 5000};
    struct tracker_key key = numbered(5000);
    struct tracker *t;
    uint32_t source;

    (void)state;
    assert_int_equal(tracker_create(&opts, &t), ERR_OK);
    for (uint32_t i = 0; i < 1000; i++) {
        tracker_mark(t, add(t, i, 1000000), 1);
    }
    assert_int_equal(tracker_add(t, &key, 3, 1000001, &source), ERR_FULL);
    assert_int_equal(tracker_add(t, &key, 3, 1000002, &source), ERR_FULL);
    assert_int_equal(tracker_host_total(t, 1), 1002);
    assert_int_equal(tracker_member_total(t, 3), 2);
    assert_int_equal(tracker_count(t), 1000);
    assert_int_equal(tracker_add(t, &key, 3, 1005001, &source), ERR_OK); /* held no more */
    assert_true(knows(t, 5000));
    tracker_destroy(t);
}

static void
sweeping_keeps_the_index_sound(void **state)
{
    struct tracker_opts opts = {100000, 4, 4, 100, 50};
    struct tracker *t;

    (void)state;
    assert_int_equal(tracker_create(&opts, &t), ERR_OK);
    for (uint32_t i = 0; i < 20000; i++) {
        add(t, i, 1000 + i % 300);
    }
    tracker_sweep(t, 1300); /* those of 1200 and later stay */
    for (uint32_t i = 0; i < 20000; i++) {
        assert_int_equal(knows(t, i), i % 300 >= 200);
    }
    for (uint32_t i = 0; i < 20000; i++) {
        add(t, i, 1300);
    }
    assert_int_equal(tracker_count(t), 20000);
    tracker_sweep(t, 1401);
    assert_int_equal(tracker_count(t), 0);
    tracker_destroy(t);
}

static void
spent_sources_start_again(void **state)
{
    struct tracker_opts opts = {1000, 60, 60, 100000, 50};
    struct tracker *t;
    uint32_t source = 0, count;
    uint16_t members[8];

    (void)state;
    assert_int_equal(tracker_create(&opts, &t), ERR_OK);
    for (uint16_t i = 1; i <= 5; i++) {
        struct tracker_key key = numbered(1);

        assert_int_equal(tracker_add(t, &key, i, 1000u + i, &source), ERR_OK);
    }
    tracker_mark(t, source, 3);
    tracker_flag(t, source, 1);
    assert_int_equal(tracker_members(t, source, members, 8), 5);
    assert_int_equal(members[0], 1);
    tracker_spend(t, source);
    assert_int_equal(tracker_marked(t, source), 0);
    assert_int_equal(tracker_flags(t, source), 0);
    assert_int_equal(tracker_times(t, source, &count)[0], 1005);
    assert_int_equal(count, 1);
    assert_int_equal(tracker_members(t, source, members, 8), 1);
    assert_int_equal(members[0], 5);
    tracker_destroy(t);
}

static void
every_allocation_may_fail(void **state)
{
    struct tracker_opts opts = {100000, 60, 60, 100000, 50};
    bool done = false;

    (void)state;
    for (size_t n = 0; !done; n++) {
        struct tracker *t = NULL;
        uint32_t source;
        enum err err;

        mem_fail_after(n);
        err = tracker_create(&opts, &t);
        for (uint32_t i = 0; i < 4000 && err == ERR_OK; i++) {
            struct tracker_key key = key_of(i % 40);

            key.account = (uint16_t)(i % 1000);
            err = tracker_add(t, &key, (uint16_t)(i % 7), 1000 + i, &source);
        }
        done = err == ERR_OK;
        assert_true(done || err == ERR_NOMEM);
        tracker_destroy(t);
    }
    mem_fail_after(SIZE_MAX);
}

static void
pace(uint32_t *times, uint32_t count, uint32_t step, uint32_t jitter)
{
    uint32_t now = 1000;

    for (uint32_t i = 0; i < count; i++) {
        times[i] = now;
        now += step + (i * 7) % (jitter + 1);
    }
}

static void
regular_means_like_a_machine(void **state)
{
    uint32_t times[64];

    (void)state;
    pace(times, 10, 900, 0);
    assert_true(regular_pace(times, 10));
    assert_false(regular_pace(times, 9));
    pace(times, 40, 900, 45); /* within 5 % */
    assert_true(regular_pace(times, 40));
    pace(times, 40, 900, 600);
    assert_false(regular_pace(times, 40));
    pace(times, 40, 30, 0); /* faster than once a minute */
    assert_false(regular_pace(times, 40));
    pace(times, 20, 900, 0);
    times[19] += 30000; /* one night */
    assert_true(regular_pace(times, 20));
    times[18] += 7000;
    times[17] += 3000;
    assert_false(regular_pace(times, 20));
    for (uint32_t i = 0; i < 60; i++) { /* two failures a try */
        times[i] = 1000 + i / 2 * 600 + i % 2;
    }
    assert_true(regular_pace(times, 60));
    for (uint32_t i = 0; i < 60; i++) { /* five */
        times[i] = 1000 + i / 5 * 600 + i % 5;
    }
    assert_false(regular_pace(times, 60));
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equals_the_model_on_random_streams),
        cmocka_unit_test(late_times_count_where_they_belong),
        cmocka_unit_test(a_clock_set_back_makes_no_window_longer),
        cmocka_unit_test(too_late_for_a_full_list),
        cmocka_unit_test(the_oldest_make_room_but_not_the_held),
        cmocka_unit_test(full_of_held_sources_counts_in_totals_only),
        cmocka_unit_test(sweeping_keeps_the_index_sound),
        cmocka_unit_test(spent_sources_start_again),
        cmocka_unit_test(every_allocation_may_fail),
        cmocka_unit_test(regular_means_like_a_machine),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
