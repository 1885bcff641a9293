/* queue_shed - sums of logon failures that the queue could not take. */
#include "engine/queue_shed.h"

#include <string.h>

#include "core/hash.h"

/* What detectors ask of a failure: who, from where, on what, and how far it counts. */
#define KEY_FIELDS                                                                                 \
    (UINT64_C(1) << EVF_host | UINT64_C(1) << EVF_event_id | UINT64_C(1) << EVF_account |          \
     UINT64_C(1) << EVF_domain | UINT64_C(1) << EVF_logon_type | UINT64_C(1) << EVF_status |       \
     UINT64_C(1) << EVF_sub_status | UINT64_C(1) << EVF_src)

bool
queue_shed_kind(enum event_kind kind)
{
    return kind == EV_LOGON_FAILURE || kind == EV_RDP_AUTH_FAILURE || kind == EV_SMB_AUTH_FAILURE ||
           kind == EV_CREDENTIAL_CHECK;
}

bool
queue_shed_is_failure(const struct event *ev)
{
    if (ev->kind == EV_CREDENTIAL_CHECK) { /* says of successes, too */
        return (event_has(ev, status) && ev->status != 0) ||
               (event_has(ev, sub_status) && ev->sub_status != 0);
    }
    return queue_shed_kind(ev->kind);
}

void
queue_shed_clear(struct queue_shed *s)
{
    s->row_count = 0;
    memset(s->rest, 0, sizeof(s->rest));
}

static void
add_to(struct queue_shed_sum *sum, uint64_t time_ft)
{
    sum->first_ft = sum->count == 0 || time_ft < sum->first_ft ? time_ft : sum->first_ft;
    sum->last_ft = sum->count == 0 || time_ft > sum->last_ft ? time_ft : sum->last_ft;
    sum->count++;
}

/* The row of this key, a new one if need be; NULL when there is none left. */
static struct queue_shed_row *
find_row(struct queue_shed *s, const uint8_t *key, size_t len)
{
    uint64_t hash = hash64(key, len);
    struct queue_shed_row *row;

    for (size_t i = 0; i < s->row_count; i++) {
        row = &s->row[i];
        if (s->hash[i] == hash && row->key_len == len && memcmp(row->key, key, len) == 0) {
            return row;
        }
    }
    if (s->row_count == QUEUE_SHED_ROWS) {
        return NULL;
    }
    s->hash[s->row_count] = hash;
    row = &s->row[s->row_count++];
    row->sum = (struct queue_shed_sum){0};
    row->key_len = len;
    memcpy(row->key, key, len);
    return row;
}

void
queue_shed_add(struct queue_shed *s, const struct event *ev)
{
    uint8_t key[QUEUE_SHED_KEY_MAX];
    struct event common = *ev;
    struct queue_shed_row *row = NULL;
    size_t len;

    common.time_ft = 0;
    common.has &= KEY_FIELDS;
    if (event_pack(&common, key, sizeof(key), &len) == ERR_OK) {
        row = find_row(s, key, len);
    }
    add_to(row == NULL ? &s->rest[ev->kind] : &row->sum, ev->time_ft);
}

bool
queue_shed_is_empty(const struct queue_shed *s)
{
    for (size_t kind = 0; kind < EV_COUNT; kind++) {
        if (s->rest[kind].count != 0) {
            return false;
        }
    }
    return s->row_count == 0;
}

bool
queue_shed_next(const struct queue_shed *s, size_t *at, struct event *ev,
                struct queue_shed_sum *sum)
{
    while (*at < s->row_count) {
        const struct queue_shed_row *row = &s->row[(*at)++];

        if (event_unpack(row->key, row->key_len, ev) == ERR_OK) { /* always: it is our packing */
            *sum = row->sum;
            ev->time_ft = sum->first_ft;
            return true;
        }
    }
    while (*at < s->row_count + EV_COUNT) {
        size_t kind = (*at)++ - s->row_count;

        if (s->rest[kind].count != 0) {
            *sum = s->rest[kind];
            event_init(ev, (enum event_kind)kind, sum->first_ft);
            return true;
        }
    }
    return false;
}
