/* tracer - from the simulated ETW into the inlet: order, joins, what is shed, what is left out. */
#include "test_tracer_help.h"

#include "platform/thread.h"

/* -- a fork tree ------------------------------------------------------------------------------- */

static enum err
on_event(void *ctx, const struct event *ev, struct sv packed)
{
    (void)ctx;
    (void)ev;
    (void)packed;
    return ERR_OK;
}

static enum err
on_attempt(void *ctx, const struct attempt *a)
{
    (void)ctx;
    (void)a;
    return ERR_OK;
}

static enum err
on_alert(void *ctx, const struct alert *a)
{
    (void)ctx;
    (void)a;
    return ERR_OK;
}

static enum err
on_story(void *ctx, const struct story *s)
{
    (void)ctx;
    (void)s;
    return ERR_OK;
}

static enum err
on_process(void *ctx, const struct process *p)
{
    struct bench *b = ctx;
    char line[64];

    (void)snprintf(line, sizeof(line), "cmd.exe /c step %u", p->pid);
    b->processes++;
    b->with_command_line += sv_eq(p->command_line, sv_from(line));
    b->exact += p->sequence == p->pid && sv_eq(p->sid, SV("S-1-5-18"));
    return ERR_OK;
}

static enum err
on_adapter(void *ctx, const struct net_adapter *a)
{
    (void)ctx;
    (void)a;
    return ERR_OK;
}

/* 4,000 processes in bursts, each told twice, by two sessions, on whatever processor. */
static void
every_process_of_a_fork_tree_has_its_command_line(void **state)
{
    const struct pipeline_sink sink = {NULL,     on_event,   on_attempt, on_alert,
                                       on_story, on_process, on_adapter};
    struct bench *b = make(&(struct how){0});
    struct pipeline_sink ours = sink;
    struct config *cfg = NULL;
    uint64_t seed = test_seed();

    (void)state;
    ours.ctx = b;
    assert_int_equal(config_create(&cfg), ERR_OK);
    assert_int_equal(pipeline_create(cfg, &ours, &b->pipeline), ERR_OK);
    for (uint32_t i = 0; i < PROCESSES; i++) {
        uint64_t now_ft = clock_now_ft();

        write_classic(b, (unsigned)(next_random(&seed) % 2), FIRST_PID + i, now_ft);
        write_start(b, (unsigned)(next_random(&seed) % 2), FIRST_PID + i, now_ft + TM_SEC / 1000);
        if (i % BURST == BURST - 1) {
            thread_sleep_ms(20);
        }
        take_all(b);
    }
    take_until(b, (size_t)2 * PROCESSES);
    assert_int_equal(pipeline_finish(b->pipeline), ERR_OK);
    assert_int_equal(b->processes, PROCESSES);
    assert_int_equal(b->with_command_line, PROCESSES);
    assert_int_equal(b->exact, PROCESSES);
    assert_int_equal(b->out_of_order, 0);
    pipeline_destroy(b->pipeline);
    config_destroy(cfg);
    finish(b);
}

/* No system logger is left: it is said, and the line is asked of who still runs, and marked. */
static void
without_the_system_logger_processes_are_asked(void **state)
{
    struct bench *b = make(&(struct how){.no_system_logger = true});
    struct tracer_stats stats;
    bool said = false;

    (void)state;
    write_start(b, 0, FIRST_PID, clock_now_ft());
    write_start(b, 0, FIRST_PID + 1, clock_now_ft());
    take_until(b, 2);
    assert_int_equal(b->late_lines, 1);
    tracer_stats(b->tracer, &stats);
    assert_int_equal(stats.late_lines, 1);
    for (size_t i = 0; i < b->notes; i++) {
        said = said || (b->note[i].session == ETW_SESSION_SYSTEM &&
                        b->note[i].status.state == ETW_STATE_FULL);
    }
    assert_true(said);
    finish(b);
}

/* -- more than there is room for --------------------------------------------------------------- */

/* Nobody takes: everything that was sent is delivered later, or counted as shed. */
static void
what_is_sent_is_delivered_or_shed(void **state)
{
    const uint32_t sent = 60000;
    struct bench *b = make(&(struct how){.queue_bytes = QUEUE_BYTES_MIN * 2});
    struct tracer_stats stats;
    struct etw_sim_counts counts;
    uint64_t from_ns;

    (void)state;
    for (uint32_t i = 0; i < sent; i++) {
        write_start(b, i % 2, FIRST_PID + i, clock_now_ft());
        if (i % 400 == 0) { /* the session itself loses nothing */
            (void)etw_sim_drain(b->sim, 10000);
        }
    }
    thread_sleep_ms(1500); /* the last buffers are flushed */
    (void)etw_sim_drain(b->sim, 10000);
    assert_true(etw_sim_get_counts(b->sim, "Kanari-Process", &counts));
    assert_int_equal(counts.lost + counts.in_lost_buffers, 0);
    from_ns = clock_mono_ns();
    do {
        take_all(b);
        tracer_stats(b->tracer, &stats);
        thread_sleep_ms(5);
    } while (b->events + stats.queue.shed[EV_PROCESS_START] < sent &&
             clock_mono_ns() - from_ns < LONG_NS);
    assert_true(stats.queue.shed[EV_PROCESS_START] > 0);
    assert_int_equal(b->by_kind[EV_PROCESS_START] + stats.queue.shed[EV_PROCESS_START], sent);
    finish(b);
}

/* What the channel brings is not taken twice; while it cannot be read, this is the only telling. */
static void
what_a_channel_delivers_is_left_to_it(void **state)
{
    struct bench *b = make(&(struct how){0});
    struct tracer_stats stats;
    size_t smb = 0;

    (void)state;
    while (strcmp(channel_all[smb].path, "Microsoft-Windows-SMBServer/Security") != 0) {
        smb++;
    }
    write_refused(b, 0);
    write_refused(b, 1);
    take_until(b, 1);
    tracer_channel_delivers(b->tracer, smb, false);
    write_refused(b, 1);
    take_until(b, 2);
    assert_int_equal(b->by_kind[EV_SMB_AUTH_FAILURE] + b->by_kind[EV_ANOMALY], 2);
    tracer_stats(b->tracer, &stats);
    assert_int_equal(stats.left, 1);
    finish(b);
}

int
main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_process_of_a_fork_tree_has_its_command_line),
        cmocka_unit_test(without_the_system_logger_processes_are_asked),
        cmocka_unit_test(what_is_sent_is_delivered_or_shed),
        cmocka_unit_test(what_a_channel_delivers_is_left_to_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
