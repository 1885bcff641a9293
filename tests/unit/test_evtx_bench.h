/* test_evtx_bench - a log built by hand, and a reader on it, for one test. */
#pragma once

#include "unit/test_evtx_help.h"

#include "evtlog/evtx_chunk.h"
#include "support/binxml_build.h"

#define T0 132000000000000000u

/* One log built by hand and what a reader gave of it. */
struct bench {
    struct bx b;
    uint8_t file[BX_FILE_LEN + EVTX_CHUNK_LEN];
    struct log_bytes log;
    struct evtx *reader;
};

static inline int
setup(void **state)
{
    struct bench *t = mem_zalloc(sizeof(*t));

    if (t == NULL) {
        return -1;
    }
    bx_init(&t->b);
    *state = t;
    return 0;
}

static inline int
teardown(void **state)
{
    struct bench *t = *state;

    evtx_close(t->reader);
    mem_free(t);
    return 0;
}

static inline void
open_bench(struct bench *t, size_t len)
{
    evtx_close(t->reader);
    t->reader = NULL;
    t->log = (struct log_bytes){t->file, len};
    assert_int_equal(open_bytes(&t->log, &t->reader), ERR_OK);
}

static inline void
seal_and_open(struct bench *t)
{
    bx_file(&t->b, t->file);
    open_bench(t, BX_FILE_LEN);
}

static inline struct evtx_item
next_item(struct bench *t, enum evtx_item_kind kind)
{
    struct evtx_item item = {0};

    assert_int_equal(evtx_next(t->reader, &item), ERR_OK);
    assert_int_equal(item.kind, kind);
    return item;
}

static inline const struct event *
next_event(struct bench *t)
{
    return next_item(t, EVTX_ITEM_EVENT).event;
}

static inline void
assert_end(struct bench *t)
{
    struct evtx_item item;

    assert_int_equal(evtx_next(t->reader, &item), ERR_END);
    assert_int_equal(evtx_next(t->reader, &item), ERR_END);
}

static inline void
close_event(struct bx *b)
{
    bx_token(b, BX_CLOSE); /* Event */
    bx_token(b, BX_END);
}

static inline void
plain_record(struct bx *b)
{
    bx_record_begin(b, T0);
    bx_fragment(b);
    bx_event_open(b, "Nobody", "7", 0);
    close_event(b);
    bx_record_end(b);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
