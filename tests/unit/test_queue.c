/* test_queue - one thread pushes and takes: room, classes, wrap-around, counts, close. */
#include "test_queue_help.h"

#define FAR_EVENTS QUEUE_EVENTS_MAX /* a bound that no test reaches */

static struct packed one;

/* Pushes events of a kind until one is shed; how many were taken. */
static size_t
fill_with(struct queue *q, enum event_kind kind, size_t len)
{
    size_t count = 0;
    enum err err = ERR_OK;

    while (err == ERR_OK) {
        make_packed(kind, 0, count, len, &one);
        err = queue_push(q, one.bytes, one.len);
        count += err == ERR_OK;
    }
    assert_int_equal(err, ERR_FULL);
    return count;
}

static size_t
drain(struct queue *q)
{
    struct sv packed;
    size_t count = 0;

    while (queue_next(q, &packed)) {
        count++;
    }
    return count;
}

static void
options_are_checked(void **state)
{
    static const struct queue_opts bad[] = {
        {.bytes = 0, .events = 100},
        {.bytes = RING - 1, .events = 100},
        {.bytes = RING / 2, .events = 100},
        {.bytes = RING + 8, .events = 100},
        {.bytes = QUEUE_BYTES_MAX * 2, .events = 100},
        {.bytes = RING, .events = QUEUE_EVENTS_MIN - 1},
        {.bytes = RING, .events = QUEUE_EVENTS_MAX + 1},
    };
    struct queue *q = NULL;

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        assert_int_equal(queue_create(&bad[i], &q), ERR_RANGE);
        assert_null(q);
    }
    queue_destroy(NULL);
}

static void
no_memory_is_an_answer(void **state)
{
    const struct queue_opts opts = {.bytes = RING, .events = 100};
    struct queue *q = NULL;
    size_t n = 0;

    (void)state;
    for (;; n++) {
        enum err err;

        mem_fail_after(n);
        err = queue_create(&opts, &q);
        mem_fail_after(SIZE_MAX);
        if (err == ERR_OK) {
            break;
        }
        assert_int_equal(err, ERR_NOMEM);
        assert_null(q);
    }
    assert_int_equal(n, 5); /* queue, ring, two mutexes, condition */
    mem_fail_after(0);      /* from here on nothing is allocated */
    assert_int_equal(fill_with(q, EV_LOGON_FAILURE, 64), 93);
    assert_non_null(queue_take_shed(q));
    assert_int_equal(drain(q), 93);
    queue_close(q);
    assert_int_equal(queue_wait(q, 0), QUEUE_ENDED);
    assert_int_equal(mem_asked(), 0);
    mem_fail_after(SIZE_MAX);
    queue_destroy(q);
}

static void
only_packed_events_are_taken(void **state)
{
    struct queue *q = open_queue(RING, 100, 0);
    uint8_t bytes[EVENT_PACKED_MAX + 1] = {0};

    (void)state;
    assert_int_equal(queue_push(q, bytes, 0), ERR_FORMAT);
    assert_int_equal(queue_push(q, bytes, 9), ERR_FORMAT);
    assert_int_equal(queue_push(q, bytes, 10), ERR_FORMAT); /* EV_NONE */
    bytes[8] = EV_COUNT;
    assert_int_equal(queue_push(q, bytes, 10), ERR_FORMAT);
    bytes[8] = EV_COUNT - 1;
    assert_int_equal(queue_push(q, bytes, 9), ERR_FORMAT);
    assert_int_equal(queue_push(q, bytes, EVENT_PACKED_MAX + 1), ERR_FORMAT);
    assert_int_equal(bytes_in(q), 0);
    assert_int_equal(queue_push(q, bytes, EVENT_PACKED_MAX), ERR_OK);
    assert_int_equal(bytes_in(q), room_for(EVENT_PACKED_MAX));
    assert_int_equal(drain(q), 1);
    queue_destroy(q);
}

/* The class of every kind: a new kind must be given one here as well. */
static void
classes_are_known(void **state)
{
    const uint64_t alerts = EV_BIT(EV_ACCOUNT_LOCKOUT) | EV_BIT(EV_ACCOUNT_CHANGE) |
                            EV_BIT(EV_SERVICE_INSTALL) | EV_BIT(EV_LOG_CLEARED) |
                            EV_BIT(EV_AUDIT_CHANGE) | EV_BIT(EV_DEFENDER_EVENT) |
                            EV_BIT(EV_TASK_CHANGE) | EV_BIT(EV_WMI_CONSUMER) |
                            EV_BIT(EV_DEVICE_ARRIVAL) | EV_BIT(EV_ADAPTER_CHANGE);
    const uint64_t logons =
        EV_BIT(EV_LOGON_FAILURE) | EV_BIT(EV_LOGON_SUCCESS) | EV_BIT(EV_LOGON_EXPLICIT) |
        EV_BIT(EV_LOGON_PRIVILEGED) | EV_BIT(EV_LOGOFF) | EV_BIT(EV_CREDENTIAL_CHECK) |
        EV_BIT(EV_RDP_CONNECT) | EV_BIT(EV_RDP_AUTH_FAILURE) | EV_BIT(EV_RDP_AUTH) |
        EV_BIT(EV_RDP_SESSION) | EV_BIT(EV_SMB_AUTH_FAILURE) | EV_BIT(EV_NTLM_AUTH) |
        EV_BIT(EV_LOGON_ATTEMPT) | EV_BIT(EV_ANOMALY);

    (void)state;
    for (unsigned kind = EV_NONE; kind <= EV_COUNT; kind++) {
        enum queue_class expected = (alerts >> kind & 1) != 0   ? QUEUE_ALERT
                                    : (logons >> kind & 1) != 0 ? QUEUE_LOGON
                                                                : QUEUE_TELEMETRY;
        assert_int_equal(queue_class_of((enum event_kind)kind), expected);
    }
}

/* Each class fills its share and no more, of the bytes and of the events. */
static void
each_class_has_its_share(void **state)
{
    struct queue *q = open_queue(RING, FAR_EVENTS, 0);

    (void)state;
    /* 262144 bytes / (248 + 8) = 1024 places: 12/16, 15/16 and all of them */
    assert_int_equal(fill_with(q, EV_PROCESS_START, 248), 768);
    assert_int_equal(bytes_in(q), RING / 16 * 12);
    assert_int_equal(fill_with(q, EV_LOGON_SUCCESS, 248), 192);
    assert_int_equal(fill_with(q, EV_PROCESS_START, 40), 0);
    assert_int_equal(fill_with(q, EV_LOG_CLEARED, 248), 64);
    assert_int_equal(bytes_in(q), RING);
    assert_int_equal(fill_with(q, EV_LOGON_SUCCESS, 40), 0);
    assert_int_equal(fill_with(q, EV_LOG_CLEARED, 40), 0);
    assert_int_equal(shed_of(q, EV_PROCESS_START), 2);
    assert_int_equal(shed_of(q, EV_LOGON_SUCCESS), 2);
    assert_int_equal(shed_of(q, EV_LOG_CLEARED), 2);
    assert_int_equal(shed_of(q, EV_NET_CONNECT), 0);
    assert_int_equal(drain(q), 1024);
    queue_destroy(q);

    q = open_queue(RING, 160, 0);
    assert_int_equal(fill_with(q, EV_DNS_QUERY, 40), 120);
    assert_int_equal(fill_with(q, EV_RDP_AUTH, 40), 30);
    assert_int_equal(fill_with(q, EV_AUDIT_CHANGE, 40), 10);
    assert_int_equal(events_in(q), 160);
    assert_int_equal(bytes_in(q), 160 * room_for(40));
    assert_int_equal(drain(q), 160);
    assert_int_equal(events_in(q), 0);
    /* What logons hold is not there for telemetry. */
    assert_int_equal(fill_with(q, EV_RDP_AUTH, 40), 150);
    assert_int_equal(fill_with(q, EV_DNS_QUERY, 40), 0);
    assert_int_equal(drain(q), 150);
    queue_destroy(q);
}

/* Room is free again at the next call, not before: what is looked at stays. */
static void
room_comes_back_at_the_next_call(void **state)
{
    struct queue *q = open_queue(RING, FAR_EVENTS, 0);
    struct sv packed;

    (void)state;
    assert_int_equal(fill_with(q, EV_LOG_CLEARED, 248), 1024);
    make_packed(EV_LOG_CLEARED, 1, 0, 248, &one);
    assert_true(queue_next(q, &packed));
    assert_int_equal(queue_push(q, one.bytes, one.len), ERR_FULL);
    assert_true(queue_next(q, &packed));
    assert_int_equal(queue_push(q, one.bytes, one.len), ERR_OK);
    assert_int_equal(queue_push(q, one.bytes, one.len), ERR_FULL);
    assert_int_equal(queue_wait(q, 0), QUEUE_READY);
    assert_int_equal(queue_push(q, one.bytes, one.len), ERR_OK);
    assert_int_equal(drain(q), 1024);
    queue_destroy(q);
}

static void
expect_same(struct queue *q, const struct packed *p)
{
    struct sv packed;

    assert_true(queue_next(q, &packed));
    assert_int_equal(packed.len, p->len);
    assert_memory_equal(packed.p, p->bytes, p->len);
}

/* Pushes and takes until the next record starts at an offset; *pos: where it would start now. */
static void
advance_to(struct queue *q, uint64_t offset, uint64_t *pos)
{
    while (*pos % RING != offset) {
        uint64_t left = (RING + offset - *pos % RING) % RING;
        size_t len = left > 4200 ? 4096 : left > 120 ? 56 : (size_t)left - 8;

        if (left < 48) {
            len = 4096; /* no record is so small: once more around */
        }
        make_packed(EV_LOG_CLEARED, 0, *pos, len, &one);
        assert_int_equal(queue_push(q, one.bytes, one.len), ERR_OK);
        expect_same(q, &one);
        *pos += room_for(len);
    }
}

/* Records of every number of units are cut by the end of the ring behind each of their units. */
static void
records_wrap_at_every_offset(void **state)
{
    struct queue *q = open_queue(RING, FAR_EVENTS, 0);
    uint64_t pos = 0;

    (void)state;
    for (size_t len = 40; len <= 200; len += 5) {
        for (uint64_t cut = 0; cut <= room_for(len); cut += 8) {
            advance_to(q, (RING - cut) % RING, &pos);
            make_packed(EV_LOG_CLEARED, 0, pos, len, &one);
            assert_int_equal(queue_push(q, one.bytes, one.len), ERR_OK);
            expect_same(q, &one);
            pos += room_for(len);
            assert_int_equal(drain(q), 0);
            assert_int_equal(bytes_in(q), 0);
        }
    }
    queue_destroy(q);
}

/* -- close --------------------------------------------------------------------------------------
 */

static void
closed_is_closed(void **state)
{
    struct queue *q = open_queue(RING, 100, 0);
    struct sv packed;

    (void)state;
    assert_int_equal(queue_wait(q, 0), QUEUE_TIMEOUT);
    assert_int_equal(queue_wait(q, clock_mono_ns()), QUEUE_TIMEOUT);
    make_packed(EV_LOGON_FAILURE, 1, 1, 40, &one);
    assert_int_equal(queue_push(q, one.bytes, one.len), ERR_OK);
    queue_close(q);
    queue_close(q);
    assert_int_equal(queue_push(q, one.bytes, one.len), ERR_CANCELLED);
    assert_int_equal(shed_of(q, EV_LOGON_FAILURE), 0);
    assert_int_equal(queue_wait(q, THREAD_FOREVER), QUEUE_READY);
    assert_true(queue_next(q, &packed));
    assert_int_equal(queue_wait(q, THREAD_FOREVER), QUEUE_ENDED);
    assert_false(queue_next(q, &packed));
    assert_int_equal(queue_wait(q, 0), QUEUE_ENDED);
    queue_destroy(q);

    q = open_queue(RING, 16, 0); /* closed while it is full, with counts to take */
    assert_int_equal(fill_with(q, EV_LOGON_FAILURE, 40), 15);
    queue_close(q);
    assert_int_equal(queue_push(q, one.bytes, one.len), ERR_CANCELLED);
    assert_int_equal(shed_of(q, EV_LOGON_FAILURE), 1);
    assert_int_equal(drain(q), 15);
    assert_int_equal(queue_wait(q, THREAD_FOREVER), QUEUE_READY);
    assert_non_null(queue_take_shed(q));
    assert_null(queue_take_shed(q));
    assert_int_equal(queue_wait(q, THREAD_FOREVER), QUEUE_ENDED);
    queue_destroy(q);
}

/* -- a model ------------------------------------------------------------------------------------
 */

#define MODEL_EVENTS 300u

struct model {
    struct queue *q;
    uint64_t bytes, events;
    uint64_t shed[EV_COUNT];
    uint64_t next, oldest; /* numbers of events, in order of acceptance */
    struct {
        enum event_kind kind;
        size_t len;
    } in[1024];
    uint64_t looked_at; /* bytes of the event that the consumer has in its hands */
};

static void
model_push(struct model *m, enum event_kind kind, size_t len)
{
    static const uint64_t shares[QUEUE_CLASSES] = {12, 15, 16};
    uint64_t share = shares[queue_class_of(kind)];
    bool fits =
        m->bytes + room_for(len) <= RING * share / 16 && m->events + 1 <= MODEL_EVENTS * share / 16;

    make_packed(kind, 0, m->next, len, &one);
    assert_int_equal(queue_push(m->q, one.bytes, one.len), fits ? ERR_OK : ERR_FULL);
    if (!fits) {
        m->shed[kind]++;
        return;
    }
    m->in[m->next % COUNT(m->in)].kind = kind;
    m->in[m->next % COUNT(m->in)].len = len;
    m->next++;
    m->bytes += room_for(len);
    m->events++;
}

static void
model_take(struct model *m)
{
    struct sv packed;
    bool found = queue_next(m->q, &packed);

    if (m->looked_at > 0) {
        m->bytes -= m->looked_at;
        m->events--;
        m->looked_at = 0;
    }
    assert_int_equal(found, m->oldest < m->next);
    if (found) {
        size_t i = (size_t)(m->oldest % COUNT(m->in));

        make_packed(m->in[i].kind, 0, m->oldest, m->in[i].len, &one);
        assert_int_equal(packed.len, one.len);
        assert_memory_equal(packed.p, one.bytes, one.len);
        m->looked_at = room_for(one.len);
        m->oldest++;
    }
}

/* Random pushes and takes, long and short, many and few: every answer is the model's. KANARI_SOAK
 * makes it longer. */
static void
answers_are_the_models(void **state)
{
    static const enum event_kind kinds[] = {EV_NET_CONNECT,   EV_PROCESS_START,    EV_DNS_QUERY,
                                            EV_LOGON_FAILURE, EV_CREDENTIAL_CHECK, EV_LOG_CLEARED};
    static struct model m;
    uint64_t seed = test_seed();
    uint32_t steps = test_is_soak() ? 2000000 : 60000;

    (void)state;
    memset(&m, 0, sizeof(m));
    m.q = open_queue(RING, MODEL_EVENTS, 0);
    for (uint32_t i = 0; i < steps; i++) {
        bool filling = i / 1000 % 2 == 0;
        bool large = i / 4000 % 2 == 0;

        if (next_random(&seed) % 4 < (filling ? 3u : 1u)) {
            size_t len = 40 + next_random(&seed) % (large ? 2000 : 100);
            model_push(&m, kinds[next_random(&seed) % COUNT(kinds)], len);
        } else {
            model_take(&m);
        }
        assert_int_equal(bytes_in(m.q), m.bytes);
        assert_int_equal(events_in(m.q), m.events);
    }
    for (size_t kind = 0; kind < EV_COUNT; kind++) {
        assert_int_equal(shed_of(m.q, (enum event_kind)kind), m.shed[kind]);
    }
    assert_true(m.shed[EV_NET_CONNECT] > 0 && m.shed[EV_LOGON_FAILURE] > 0);
    queue_destroy(m.q);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_are_checked),
        cmocka_unit_test(no_memory_is_an_answer),
        cmocka_unit_test(only_packed_events_are_taken),
        cmocka_unit_test(classes_are_known),
        cmocka_unit_test(each_class_has_its_share),
        cmocka_unit_test(room_comes_back_at_the_next_call),
        cmocka_unit_test(records_wrap_at_every_offset),
        cmocka_unit_test(closed_is_closed),
        cmocka_unit_test(answers_are_the_models),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
