/* live_status - what a running sensor says of itself: its coverage, its sources, its state. */
#include <assert.h>
#include <sqlite3.h>

#include "core/utf.h"
#include "store/live.h"
#include "store/status.h"

static const struct {
    enum store_status_type type;
    const char *name, *meaning;
} facts[STATUS_COUNT] = {
#define STATUS(NAME, TYPE, name, meaning) {STATUS_##TYPE, name, meaning},
#include "store/status_names.h"
#undef STATUS
};

struct sv
store_status_name(enum store_status s)
{
    assert((size_t)s < STATUS_COUNT);
    return sv_from(facts[s].name);
}

enum store_status_type
store_status_type(enum store_status s)
{
    assert((size_t)s < STATUS_COUNT);
    return facts[s].type;
}

const char *
store_status_meaning(enum store_status s)
{
    assert((size_t)s < STATUS_COUNT);
    return facts[s].meaning;
}

enum store_status
store_status_find(struct sv name)
{
    size_t i = 0;

    while (i < STATUS_COUNT && !sv_eq(sv_from(facts[i].name), name)) {
        i++;
    }
    return (enum store_status)i;
}

static void
bind_known(sqlite3_stmt *stmt, int at, uint64_t value, int *rc)
{
    if (value == UINT64_MAX) {
        db_bind_null(stmt, at, rc);
    } else {
        db_bind_int(stmt, at, (int64_t)value, rc);
    }
}

static enum err
begin(struct store *s)
{
    why_clear();
    return s->mode == STORE_LIVE ? live_check(s) : handle_check(s, STORE_LIVE);
}

static enum err
check_name(struct sv name)
{
    return name.len > 0 && name.len <= STORE_NAME_MAX
               ? ERR_OK
               : why_set(ERR_RANGE, "a source or a fact has too long a name, or none");
}

enum err
live_watched(struct store *s, const struct coverage *c)
{
    sqlite3_stmt *stmt = s->live->put[LIVE_WATCHED];
    int rc = SQLITE_OK;

    live_bind_text(stmt, 1, c->host, &rc);
    live_bind_text(stmt, 2, c->source, &rc);
    db_bind_int(stmt, 3, (int64_t)c->from_ft, &rc);
    db_bind_text(stmt, 4, sv_from(coverage_state_name(c->state)), &rc);
    db_bind_int(stmt, 5, (int64_t)c->to_ft, &rc);
    db_bind_text(stmt, 6, sv_from(coverage_why_name(c->why)), &rc);
    db_bind_int(stmt, 7, (int64_t)c->records, &rc);
    db_bind_set(stmt, 8, c->first_id, &rc);
    db_bind_set(stmt, 9, c->last_id, &rc);
    return live_run(s, LIVE_WATCHED, rc);
}

static void
bind_counts(sqlite3_stmt *stmt, const struct store_source *source, int *rc)
{
    db_bind_int(stmt, 8, (int64_t)source->records, rc);
    db_bind_int(stmt, 9, (int64_t)source->events, rc);
    db_bind_int(stmt, 10, (int64_t)source->unreadable, rc);
    db_bind_int(stmt, 11, (int64_t)source->gaps, rc);
    db_bind_int(stmt, 12, (int64_t)source->lost, rc);
    bind_known(stmt, 13, source->per_minute, rc);
    db_bind_set(stmt, 14, source->last_record_ft, rc);
    db_bind_set(stmt, 15, source->last_read_ft, rc);
    bind_known(stmt, 16, source->backlog, rc);
    db_bind_set(stmt, 17, source->since_ft, rc);
    db_bind_int(stmt, 18, (int64_t)source->updated_ft, rc);
}

enum err
store_put_source(struct store *s, const struct store_source *source)
{
    sqlite3_stmt *stmt;
    int rc = SQLITE_OK;
    enum err err = begin(s);

    if (err) {
        return err;
    }
    stmt = s->live->put[LIVE_SOURCE];
    live_bind_text(stmt, 1, source->name, &rc);
    db_bind_text(stmt, 2, source->channel, &rc);
    db_bind_int(stmt, 3, source->optional, &rc);
    live_bind_text(stmt, 4, source->state, &rc);
    db_bind_int(stmt, 5, source->code, &rc);
    db_bind_text(stmt, 6, source->call, &rc);
    db_bind_text(stmt, 7, source->advice, &rc);
    bind_counts(stmt, source, &rc);
    err = check_name(source->name);
    return put_end(s, err ? err : live_run(s, LIVE_SOURCE, rc));
}

enum err
store_put_status(struct store *s, struct sv name, struct sv value, uint64_t now_ft)
{
    sqlite3_stmt *stmt;
    int rc = SQLITE_OK;
    enum err err = begin(s);

    if (err) {
        return err;
    }
    stmt = s->live->put[LIVE_STATUS];
    live_bind_text(stmt, 1, name, &rc);
    live_bind_text(stmt, 2, utf8_cut(value, STORE_VALUE_MAX), &rc);
    db_bind_int(stmt, 3, (int64_t)now_ft, &rc);
    err = check_name(name);
    return put_end(s, err ? err : live_run(s, LIVE_STATUS, rc));
}
