/* store_sink - each output of the pipeline is a put. */
#include "engine/store_sink.h"

static enum err
put_event(void *ctx, const struct event *ev, struct sv packed)
{
    return store_put_packed(ctx, ev, packed);
}

static enum err
put_attempt(void *ctx, const struct attempt *a)
{
    return store_put_attempt(ctx, a);
}

static enum err
put_alert(void *ctx, const struct alert *a)
{
    return store_put_alert(ctx, a);
}

static enum err
put_story(void *ctx, const struct story *s)
{
    return store_put_story(ctx, s);
}

static enum err
put_process(void *ctx, const struct process *p)
{
    return store_put_process(ctx, p);
}

static enum err
put_adapter(void *ctx, const struct net_adapter *a)
{
    return store_put_adapter(ctx, a);
}

struct pipeline_sink
store_sink(struct store *s)
{
    return (struct pipeline_sink){s,         put_event,   put_attempt, put_alert,
                                  put_story, put_process, put_adapter};
}
