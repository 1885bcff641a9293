/* inlet - lines merged by time: nothing lost, nothing out of order that need not be. */
#include "test_queue_help.h"

#include "engine/inlet.h"
#include "platform/thread.h"

#define PATIENCE_NS UINT64_C(10000000000)
#define SOURCES 6u
#define ITEMS 400u
#define STEP_FT 1000u
#define THREAD_ITEMS 20000u
#define HEAD 40u /* of an item in its line, beside its bytes */

static struct inlet *
create(size_t sources)
{
    struct inlet *in = NULL;

    assert_int_equal(inlet_create(sources, PATIENCE_NS, &in), ERR_OK);
    return in;
}

static enum err
put(struct inlet *in, size_t source, uint64_t number, uint64_t time_ft)
{
    const struct inlet_item item = {.type = INLET_EVENT,
                                    .source = source,
                                    .number = number,
                                    .data = {(const char *)&number, sizeof(number)},
                                    .position = SV("here")};

    return inlet_put(in, &item, time_ft);
}

static void
expect(struct inlet *in, size_t source, uint64_t number, uint64_t now_ns)
{
    struct inlet_item item;

    assert_true(inlet_take(in, now_ns, &item));
    assert_int_equal(item.source, source);
    assert_int_equal(item.number, number);
}

static void
expect_none(struct inlet *in, uint64_t now_ns)
{
    struct inlet_item item;

    assert_false(inlet_take(in, now_ns, &item));
}

static struct inlet_stats
stats(struct inlet *in)
{
    struct inlet_stats out;

    inlet_stats(in, &out);
    return out;
}

/* -- one item ---------------------------------------------------------------------------------- */

static void
an_item_comes_as_it_was_put(void **state)
{
    static const enum inlet_type types[] = {INLET_EVENT, INLET_PASSED, INLET_NOTE};
    struct inlet *in = create(SOURCES);

    (void)state;
    for (size_t i = 0; i < COUNT(types); i++) {
        const struct inlet_item item = {types[i],       2 + i,    7 + (uint32_t)i,
                                        UINT64_MAX - i, SV("da"), SV("position")};
        struct inlet_item out;

        assert_int_equal(inlet_put(in, &item, 5), ERR_OK);
        assert_int_equal(inlet_source_items(in, 2 + i), 1);
        assert_int_equal(stats(in).items, 1);
        assert_int_equal(stats(in).bytes, HEAD + 2 + 8);
        assert_true(inlet_take(in, clock_mono_ns(), &out));
        assert_int_equal(out.type, item.type);
        assert_int_equal(out.source, item.source);
        assert_int_equal(out.note, item.note);
        assert_int_equal(out.number, item.number);
        assert_true(sv_eq(out.data, item.data));
        assert_true(sv_eq(out.position, item.position));
        assert_int_equal(stats(in).items, 0);
        assert_int_equal(stats(in).bytes, 0);
    }
    inlet_destroy(in);
}

static void
sizes_are_checked(void **state)
{
    struct inlet *in = NULL;

    (void)state;
    assert_int_equal(inlet_create(0, PATIENCE_NS, &in), ERR_RANGE);
    assert_int_equal(inlet_create(INLET_SOURCES_MAX + 1, PATIENCE_NS, &in), ERR_RANGE);
    assert_null(in);
    inlet_destroy(create(INLET_SOURCES_MAX));
    inlet_destroy(NULL);
}

/* -- turns ------------------------------------------------------------------------------------- */

static void
nobody_is_awaited_at_first(void **state)
{
    struct inlet *in = create(2);
    uint64_t now_ns = clock_mono_ns();

    (void)state;
    assert_true(inlet_taken_to(in, now_ns) == UINT64_MAX);
    assert_int_equal(put(in, 1, 1, 100), ERR_OK);
    assert_int_equal(inlet_taken_to(in, now_ns), 100);
    expect(in, 1, 1, now_ns);
    expect_none(in, now_ns);
    inlet_destroy(in);
}

static void
the_oldest_goes_once_no_older_one_can_come(void **state)
{
    struct inlet *in = create(2);
    uint64_t now_ns = clock_mono_ns();

    (void)state;
    inlet_wait_for(in, 0, true);
    inlet_wait_for(in, 1, true);
    assert_int_equal(inlet_taken_to(in, now_ns), 0);
    assert_int_equal(put(in, 0, 1, 100), ERR_OK);
    expect_none(in, now_ns);
    inlet_read_to(in, 1, 99, now_ns);
    expect_none(in, now_ns);
    assert_int_equal(inlet_taken_to(in, now_ns), 99);
    assert_int_equal(put(in, 1, 2, 99), ERR_OK);
    expect(in, 1, 2, now_ns);
    expect_none(in, now_ns); /* 1 may bring another of 99 */
    inlet_read_to(in, 1, 100, now_ns);
    expect(in, 0, 1, now_ns);
    inlet_wait_for(in, 0, false);
    assert_int_equal(inlet_taken_to(in, now_ns), 100);
    assert_int_equal(stats(in).late, 0);
    inlet_destroy(in);
}

static void
one_that_ended_holds_up_nobody(void **state)
{
    struct inlet *in = create(2);
    uint64_t now_ns = clock_mono_ns();

    (void)state;
    inlet_wait_for(in, 1, true);
    assert_int_equal(put(in, 0, 1, 100), ERR_OK);
    expect_none(in, now_ns);
    inlet_wait_for(in, 1, false);
    expect(in, 0, 1, now_ns);
    inlet_destroy(in);
}

/* A note is told after the event before it, and before the one behind it. */
static void
notes_follow_the_event_before_them(void **state)
{
    const struct inlet_item note = {.type = INLET_NOTE, .source = 0, .number = 9};
    struct inlet *in = create(2);
    uint64_t now_ns = clock_mono_ns();

    (void)state;
    assert_int_equal(put(in, 0, 1, 100), ERR_OK);
    assert_int_equal(inlet_put(in, &note, 0), ERR_OK);
    assert_int_equal(put(in, 0, 2, 200), ERR_OK);
    assert_int_equal(put(in, 1, 3, 50), ERR_OK);
    assert_int_equal(put(in, 1, 4, 150), ERR_OK);
    expect(in, 1, 3, now_ns);
    expect(in, 0, 1, now_ns);
    expect(in, 0, 9, now_ns);
    expect(in, 1, 4, now_ns);
    expect(in, 0, 2, now_ns);
    assert_int_equal(stats(in).late, 0);
    inlet_destroy(in);
}

static void
one_that_says_nothing_is_not_awaited_for_ever(void **state)
{
    struct inlet *in = create(2);
    uint64_t now_ns;

    (void)state;
    inlet_wait_for(in, 1, true);
    now_ns = clock_mono_ns();
    inlet_read_to(in, 1, 40, now_ns);
    assert_int_equal(put(in, 0, 1, 100), ERR_OK);
    expect_none(in, now_ns + PATIENCE_NS - 1);
    assert_int_equal(inlet_taken_to(in, now_ns + PATIENCE_NS - 1), 40);
    assert_int_equal(inlet_taken_to(in, now_ns + PATIENCE_NS), 100);
    expect(in, 0, 1, now_ns + PATIENCE_NS);
    /* what it brings then is late, and taken first */
    assert_int_equal(put(in, 0, 2, 200), ERR_OK);
    assert_int_equal(put(in, 1, 3, 60), ERR_OK);
    now_ns = clock_mono_ns() + PATIENCE_NS;
    expect(in, 1, 3, now_ns);
    assert_int_equal(stats(in).late, 1);
    expect(in, 0, 2, now_ns);
    assert_int_equal(stats(in).late, 1);
    inlet_destroy(in);
}

/* Another source always has something that is older and waits for a third: the one whose time is
 * far ahead is taken all the same, and its position goes on. */
static void
an_event_of_the_future_waits_no_longer_than_that(void **state)
{
    struct inlet *in = create(3);
    uint64_t now_ns;

    (void)state;
    inlet_wait_for(in, 2, true);
    assert_int_equal(put(in, 0, 1, UINT64_MAX), ERR_OK);
    now_ns = clock_mono_ns() + PATIENCE_NS;
    thread_sleep_ms(20);
    inlet_read_to(in, 2, 40, now_ns); /* it has said something, and not much */
    assert_int_equal(put(in, 1, 2, 100), ERR_OK);
    expect_none(in, now_ns - PATIENCE_NS);
    expect(in, 0, 1, now_ns);
    expect_none(in, now_ns);
    inlet_read_to(in, 2, 100, now_ns);
    expect(in, 1, 2, now_ns);
    assert_int_equal(stats(in).late, 1);
    inlet_destroy(in);
}

/* However long it takes: what has been put is merged with what is still to come. */
static void
one_that_is_still_at_it_is_awaited(void **state)
{
    struct inlet *in = create(2);
    uint64_t now_ns = clock_mono_ns();
    uint64_t late_ns = now_ns + 5 * PATIENCE_NS; /* it has taken so long to get there */

    (void)state;
    inlet_wait_for(in, 0, true);
    inlet_wait_for(in, 1, true);
    assert_int_equal(put(in, 0, 1, 100), ERR_OK);
    assert_int_equal(put(in, 0, 2, 300), ERR_OK);
    assert_int_equal(put(in, 1, 3, 200), ERR_OK);
    expect(in, 0, 1, late_ns);
    expect(in, 1, 3, late_ns);
    inlet_wait_for(in, 1, true); /* says nothing new */
    expect_none(in, now_ns + PATIENCE_NS - 1);
    assert_int_equal(put(in, 1, 4, 250), ERR_OK);
    expect(in, 1, 4, late_ns);
    inlet_read_to(in, 1, 260, late_ns);
    expect(in, 0, 2, late_ns); /* has waited for too long, for one that has nothing more */
    inlet_destroy(in);
}

/* -- against a model --------------------------------------------------------------------------- */

struct model {
    uint64_t time_ft[SOURCES][ITEMS]; /* as each source will put them */
    size_t put[SOURCES], taken[SOURCES];
    uint64_t last_ft;
    size_t total;
};

static void
model_make(struct model *m, uint64_t *seed)
{
    *m = (struct model){0};
    for (size_t s = 0; s < SOURCES; s++) {
        uint64_t time_ft = 1;

        for (size_t i = 0; i < ITEMS; i++) {
            time_ft += next_random(seed) % (next_random(seed) % 8 == 0 ? STEP_FT : 3);
            m->time_ft[s][i] = time_ft;
        }
    }
}

/* Says something true: up to what is put next, or less. */
static void
say(struct inlet *in, struct model *m, size_t s, uint64_t *seed)
{
    uint64_t to_ft = m->put[s] < ITEMS ? m->time_ft[s][m->put[s]] : UINT64_MAX;

    inlet_read_to(in, s, to_ft - next_random(seed) % 2, clock_mono_ns());
}

/* Takes one: of its source the next one, and nothing older than what was taken or may come. */
static bool
take_one(struct inlet *in, struct model *m)
{
    struct inlet_item item;
    uint64_t number;

    if (!inlet_take(in, clock_mono_ns(), &item)) {
        return false;
    }
    memcpy(&number, item.data.p, sizeof(number));
    assert_int_equal(number, item.number);
    assert_int_equal(item.number, m->taken[item.source]);
    assert_true(m->time_ft[item.source][item.number] >= m->last_ft);
    m->last_ft = m->time_ft[item.source][item.number];
    m->taken[item.source]++;
    m->total++;
    for (size_t s = 0; s < SOURCES; s++) { /* what was left behind is not older */
        assert_true(m->taken[s] == ITEMS || m->time_ft[s][m->taken[s]] >= m->last_ft);
    }
    return true;
}

static void
run_model(uint64_t seed)
{
    struct model *m = mem_alloc(sizeof(*m));
    struct inlet *in = create(SOURCES);

    assert_non_null(m);
    model_make(m, &seed);
    for (size_t s = 0; s < SOURCES; s++) {
        inlet_wait_for(in, s, true);
    }
    while (m->total < SOURCES * ITEMS) {
        size_t s = next_random(&seed) % SOURCES;

        switch (next_random(&seed) % 4) {
        case 0:
            if (m->put[s] < ITEMS) {
                assert_int_equal(put(in, s, m->put[s], m->time_ft[s][m->put[s]]), ERR_OK);
                m->put[s]++;
            }
            break;
        case 1:
            say(in, m, s, &seed);
            break;
        default:
            (void)take_one(in, m);
        }
    }
    expect_none(in, clock_mono_ns());
    assert_int_equal(stats(in).items, 0);
    assert_int_equal(stats(in).late, 0);
    inlet_destroy(in);
    mem_free(m);
}

static void
any_interleaving_comes_out_in_order(void **state)
{
    uint64_t rounds = test_is_soak() ? 500 : 20;

    (void)state;
    for (uint64_t i = 0; i < rounds; i++) {
        run_model(test_seed() * 1000 + i);
    }
}

/* -- bounds ------------------------------------------------------------------------------------ */

static enum err
put_len(struct inlet *in, enum inlet_type type, size_t len)
{
    static const char bytes[EVENT_PACKED_MAX] = {1};
    const struct inlet_item item = {.type = type, .source = 0, .data = {bytes, len}};

    return inlet_put(in, &item, 1);
}

static size_t
fill(struct inlet *in, enum inlet_type type, size_t len)
{
    size_t count = 0;
    enum err err;

    while ((err = put_len(in, type, len)) == ERR_OK) {
        count++;
    }
    assert_int_equal(err, ERR_FULL);
    return count;
}

static void
full_is_said_and_notes_have_room_of_their_own(void **state)
{
    const size_t len = 1000;
    struct inlet *in = create(2);
    struct inlet_item item;
    size_t events, notes;

    (void)state;
    events = fill(in, INLET_EVENT, len);
    assert_int_equal(events, INLET_BYTES_MAX / (HEAD + len));
    notes = fill(in, INLET_NOTE, len);
    assert_int_equal(events + notes, (INLET_BYTES_MAX + INLET_NOTES_MAX) / (HEAD + len));
    assert_true(stats(in).bytes <= INLET_BYTES_MAX + INLET_NOTES_MAX);
    /* events do not take the room of the notes, which is there by now */
    for (size_t i = 0; i < notes; i++) {
        assert_int_equal(put_len(in, INLET_EVENT, len), ERR_FULL);
        assert_true(inlet_take(in, clock_mono_ns(), &item));
    }
    assert_int_equal(put_len(in, INLET_EVENT, len), ERR_FULL);
    assert_true(inlet_take(in, clock_mono_ns(), &item));
    assert_int_equal(put_len(in, INLET_EVENT, len), ERR_OK);
    assert_int_equal(inlet_source_items(in, 0), events);
    assert_int_equal(put(in, 1, 1, 1), ERR_OK); /* the others have room */
    inlet_destroy(in);
}

static void
any_single_event_has_room(void **state)
{
    struct inlet *in = create(1);
    struct inlet_item item;

    (void)state;
    assert_true(fill(in, INLET_EVENT, EVENT_PACKED_MAX) >= 7);
    assert_true(inlet_take(in, clock_mono_ns(), &item));
    assert_int_equal(item.data.len, EVENT_PACKED_MAX);
    assert_int_equal(put_len(in, INLET_EVENT, EVENT_PACKED_MAX), ERR_OK);
    inlet_destroy(in);
}

/* A source that is read on after ERR_FULL loses nothing and doubles nothing. */
static void
nothing_is_lost_when_it_is_full(void **state)
{
    struct inlet *in = create(1);
    struct inlet_item item;
    uint64_t seed = test_seed(), next = 0, taken = 0, full = 0, due = 150000;

    (void)state;
    while (taken < due) {
        uint64_t burst = next_random(&seed) % 60000;
        enum err err = ERR_OK;

        while (next < due && burst-- > 0 && !err) {
            err = put(in, 0, next, next / 3);
            next += !err;
        }
        assert_true(!err || err == ERR_FULL);
        full += err == ERR_FULL;
        burst = next_random(&seed) % 40000;
        while (burst-- > 0 && inlet_take(in, clock_mono_ns(), &item)) {
            assert_int_equal(item.number, taken);
            taken++;
        }
    }
    assert_true(full > 0);
    inlet_destroy(in);
}

static void
memory_may_run_out_at_any_allocation(void **state)
{
    struct inlet *in = NULL;
    struct inlet_item item;
    size_t n = 0;
    enum err err;

    (void)state;
    do {
        mem_fail_after(n++);
        err = inlet_create(2, PATIENCE_NS, &in);
    } while (err == ERR_NOMEM);
    mem_fail_after(SIZE_MAX);
    assert_int_equal(err, ERR_OK);
    assert_true(n > 2);
    for (uint64_t i = 0; i < 40; i++) { /* a line that grows */
        enum err first;

        mem_fail_after(0);
        first = put_len(in, INLET_EVENT, 2000);
        mem_fail_after(SIZE_MAX);
        assert_true(!first || first == ERR_NOMEM);
        if (first) {
            assert_int_equal(inlet_source_items(in, 0), i);
            assert_int_equal(put_len(in, INLET_EVENT, 2000), ERR_OK);
        }
    }
    mem_fail_after(0);
    expect_none(in, clock_mono_ns()); /* it stays where it is */
    mem_fail_after(SIZE_MAX);
    for (size_t i = 0; i < 40; i++) {
        assert_true(inlet_take(in, clock_mono_ns(), &item));
        assert_int_equal(item.data.len, 2000);
    }
    expect_none(in, clock_mono_ns());
    inlet_destroy(in);
}

/* -- waiting, and two threads ------------------------------------------------------------------ */

static void
waiting_ends_for_a_reason(void **state)
{
    const uint64_t soon_ns = UINT64_C(30000000);
    struct inlet *in = create(2);
    uint64_t from_ns = clock_mono_ns();

    (void)state;
    inlet_wait(in, from_ns + soon_ns);
    assert_true(clock_mono_ns() >= from_ns + soon_ns);
    inlet_wake(in);
    inlet_wait(in, THREAD_FOREVER);
    assert_int_equal(put(in, 0, 1, 1), ERR_OK);
    inlet_wait(in, THREAD_FOREVER);
    inlet_wait_for(in, 1, true);
    inlet_wait(in, THREAD_FOREVER);
    inlet_read_to(in, 1, 5, clock_mono_ns()); /* what waits may go now */
    inlet_wait(in, THREAD_FOREVER);
    inlet_destroy(in);
}

struct putter {
    struct inlet *in;
    uint64_t full, failed;
};
/* Two sources in turn, their times one apart; each says how far it is. */
static void
put_all(void *ctx)
{
    struct putter *p = ctx;

    for (uint64_t i = 0; i < THREAD_ITEMS; i++) {
        enum err err = put(p->in, i % 2, i, i + 1);

        while (err == ERR_FULL) {
            p->full++;
            thread_sleep_ms(1);
            err = put(p->in, i % 2, i, i + 1);
        }
        p->failed += err != ERR_OK;
        if (i % 64 == 0) {
            inlet_read_to(p->in, (i + 1) % 2, i + 2, clock_mono_ns());
        }
    }
    inlet_wait_for(p->in, 0, false);
    inlet_wait_for(p->in, 1, false);
}

static void
one_puts_while_another_takes(void **state)
{
    static const struct thread_opts opts = {.name = "putter"};
    struct putter p = {.in = create(2)};
    struct thread *t = NULL;
    uint64_t taken = 0;

    (void)state;
    inlet_wait_for(p.in, 0, true);
    inlet_wait_for(p.in, 1, true);
    assert_int_equal(thread_start(&opts, put_all, &p, &t), ERR_OK);
    while (taken < THREAD_ITEMS) {
        struct inlet_item item;

        if (!inlet_take(p.in, clock_mono_ns(), &item)) {
            inlet_wait(p.in, clock_mono_ns() + UINT64_C(1000000000));
            continue;
        }
        assert_int_equal(item.number, taken);
        assert_int_equal(item.source, taken % 2);
        assert_true(sv_eq(item.position, SV("here")));
        taken++;
    }
    thread_join(t);
    assert_int_equal(p.failed, 0);
    assert_int_equal(stats(p.in).items, 0);
    assert_int_equal(stats(p.in).late, 0);
    inlet_destroy(p.in);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_item_comes_as_it_was_put),
        cmocka_unit_test(sizes_are_checked),
        cmocka_unit_test(nobody_is_awaited_at_first),
        cmocka_unit_test(the_oldest_goes_once_no_older_one_can_come),
        cmocka_unit_test(one_that_ended_holds_up_nobody),
        cmocka_unit_test(notes_follow_the_event_before_them),
        cmocka_unit_test(one_that_says_nothing_is_not_awaited_for_ever),
        cmocka_unit_test(an_event_of_the_future_waits_no_longer_than_that),
        cmocka_unit_test(one_that_is_still_at_it_is_awaited),
        cmocka_unit_test(any_interleaving_comes_out_in_order),
        cmocka_unit_test(full_is_said_and_notes_have_room_of_their_own),
        cmocka_unit_test(any_single_event_has_room),
        cmocka_unit_test(nothing_is_lost_when_it_is_full),
        cmocka_unit_test(memory_may_run_out_at_any_allocation),
        cmocka_unit_test(waiting_ends_for_a_reason),
        cmocka_unit_test(one_puts_while_another_takes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
