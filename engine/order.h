/*
 * order - puts any number of events in event_cmp() order within bounded memory.
 *
 * Events are packed into runs of ORDER_RUN_LEN; a full run is sorted and spilled; the end is a
 * merge of all runs. The same record met twice comes out once.
 */
#pragma once

#include "core/event.h"

#define ORDER_RUN_LEN (32u * 1024 * 1024)

struct order;
MUST_CHECK enum err order_create(size_t run_len, struct order **out); /* 0 = ORDER_RUN_LEN */
void order_destroy(struct order *o);
MUST_CHECK enum err order_put(struct order *o, const struct event *ev);
/* After the last put: the events in order; ERR_END after the last. Views until the next call. */
MUST_CHECK enum err order_next(struct order *o, struct event *out);
/* The event given last as event_pack() made it: whoever keeps it packed need not pack it again.
 * Until the next call. */
struct sv order_packed(const struct order *o);
uint64_t order_duplicates(const struct order *o);
