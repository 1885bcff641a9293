/* store_events - gives stored events back as they were put. */
#include "core/mem.h"
#include "store/block_reader.h"
#include "store/handle.h"

struct store_events {
    struct block_reader *reader;
    char *host;      /* a copy */
    size_t host_len; /* 0: all */
    uint64_t left;   /* of the limit */
    bool ended;
};

/* An unknown kind is no event's. */
static struct block_range
range_of(const struct store_filter *f)
{
    struct block_range range = BLOCK_RANGE_ALL;
    enum event_kind kind = event_kind_find(f->kind);

    if (f->since_ft != 0) {
        range.since_ft = (int64_t)f->since_ft;
    }
    if (f->until_ft != 0) {
        range.until_ft = (int64_t)f->until_ft - 1;
    }
    if (f->kind.len > 0) {
        range.kinds = kind == EV_NONE ? 0 : EV_BIT(kind);
    }
    return range;
}

enum err
store_events_open(struct store *s, const struct store_filter *f, struct store_events **out)
{
    struct store_events *e = mem_zalloc(sizeof(*e));
    struct block_range range = range_of(f);
    enum err err;

    *out = NULL;
    why_clear();
    if (e == NULL) {
        return why_set(ERR_NOMEM, "reading the store: out of memory");
    }
    e->left = f->limit == 0 ? UINT64_MAX : f->limit;
    e->host = mem_strndup(f->host.p, f->host.len);
    e->host_len = f->host.len;
    if (e->host == NULL) {
        err = why_set(ERR_NOMEM, "reading the store: out of memory");
        goto done;
    }
    err = block_reader_open(s->db, &range, &e->reader);
    if (err) {
        goto done;
    }
    *out = e;
    e = NULL;
done:
    store_events_close(e);
    return err;
}

void
store_events_close(struct store_events *e)
{
    if (e != NULL) {
        block_reader_close(e->reader);
        mem_free(e->host);
        mem_free(e);
    }
}

static bool
is_of_host(const struct store_events *e, const struct event *ev)
{
    return e->host_len == 0 ||
           (event_has(ev, host) && sv_eq(ev->host, (struct sv){e->host, e->host_len}));
}

enum err
store_events_next(struct store_events *e, struct event *out)
{
    int64_t number;
    enum err err;

    why_clear();
    if (e->ended || e->left == 0) {
        return ERR_END;
    }
    do {
        err = block_reader_next(e->reader, out, &number);
    } while (err == ERR_OK && !is_of_host(e, out));
    e->left--;
    e->ended = err != ERR_OK;
    return err;
}

enum err
store_span(struct store *s, uint64_t *first_ft, uint64_t *last_ft)
{
    int64_t first = 0;
    int64_t last = 0;
    enum err err;

    why_clear();
    err = db_int(s->db, "SELECT min(first_ft) FROM event_block", &first);
    if (err == ERR_OK) {
        err = db_int(s->db, "SELECT max(last_ft) FROM event_block", &last);
    }
    if (err == ERR_OK) {
        *first_ft = (uint64_t)first;
        *last_ft = (uint64_t)last;
    }
    return err;
}
