/* store_put - writes events, attempts, coverage and health: the hot half of the writer. */
#include <sqlite3.h>

#include "core/buf.h"
#include "store/handle.h"

#define SQL_MAX 4096
#define EVENT_FIELD_AT 3 /* parameter of field 0: behind time and kind */
#define WITNESS_STEP 8   /* rows of `witness` that belong to one attempt */
_Static_assert(ATTEMPT_WITNESS_MAX <= WITNESS_STEP, "each witness has an id of its own");

/* Columns of texts, numbered for texts_id(): event fields, its kind, then the other tables. */
enum { PLACE_KIND = EVF_COUNT, PLACE_ATTEMPT, PLACE_WITNESS = PLACE_ATTEMPT + 24, PLACE_END = 96 };
_Static_assert(PLACE_WITNESS + 8 <= PLACE_END && PLACE_END <= TEXTS_PLACES, "places do not meet");

/* Each statement is `before`, so many parameters, `behind`. Alerts and stories come as ever newer
 * snapshots; an older one that comes late changes nothing. */
static const struct {
    const char *before;
    int parameters;
    const char *behind;
} statements[PUT_COUNT] = {
    [PUT_EVENT] = {"INSERT INTO event VALUES(NULL,", EVENT_FIELD_AT - 1 + EVF_COUNT, ")"},
    [PUT_ATTEMPT] = {"INSERT INTO attempt VALUES(NULL,", 20, ")"},
    [PUT_WITNESS] = {"INSERT INTO witness VALUES(", 5, ")"},
    [PUT_ALERT] = {"REPLACE INTO alert SELECT ", 30,
                   " WHERE NOT EXISTS(SELECT 1 FROM alert WHERE id=?1 AND revision>?2)"},
    [PUT_STORY] = {"REPLACE INTO story SELECT ", 11,
                   " WHERE NOT EXISTS(SELECT 1 FROM story WHERE id=?1 AND revision>?2)"},
    [PUT_COVERAGE] = {"INSERT INTO coverage VALUES(NULL,", 8, ")"},
    [PUT_HEALTH] = {"INSERT INTO health VALUES(NULL,", 4, ")"},
};

enum err
put_prepare(struct store *s)
{
    struct buf sql;
    enum err err = ERR_OK;

    buf_init(&sql, SQL_MAX);
    for (size_t i = 0; i < PUT_COUNT && err == ERR_OK; i++) {
        buf_clear(&sql);
        buf_puts(&sql, statements[i].before);
        for (int at = 1; at <= statements[i].parameters; at++) {
            buf_printf(&sql, at == 1 ? "?%d" : ",?%d", at);
        }
        buf_puts(&sql, statements[i].behind);
        err = buf_err(&sql);
        err = err ? why_set(err, "opening the store: out of memory")
                  : db_prepare(s->db, buf_str(&sql), &s->put[i]);
    }
    buf_fini(&sql);
    return err;
}

enum err
put_begin(struct store *s)
{
    why_clear();
    return handle_check(s, STORE_NEW);
}

enum err
put_run(struct store *s, enum put what, int bind_rc)
{
    enum err err;

    if (bind_rc != SQLITE_OK) {
        err = why_sqlite(s->db, bind_rc, "writing to the store");
    } else {
        err = db_run(s->db, s->put[what], "writing to the store");
    }
    return put_end(s, err);
}

enum err
put_end(struct store *s, enum err err)
{
    s->failed = err;
    return err;
}

/* -- events ---------------------------------------------------------------------------------- */

static const void *
field_at(const struct event *ev, size_t field)
{
    return (const char *)ev + event_field_info[field].offset;
}

/* Texts and addresses as numbers into `text`, the rest as they are. */
static enum err
field_number(struct store *s, const struct event *ev, size_t field, int64_t *out)
{
    const void *at = field_at(ev, field);

    switch (event_field_info[field].type) {
    case EVT_STR:
        return texts_id(s->texts, field, *(const struct sv *)at, out);
    case EVT_ADDR:
        return texts_addr(s->texts, field, at, out);
    case EVT_U32:
    case EVT_HEX32:
        *out = *(const uint32_t *)at;
        return ERR_OK;
    case EVT_ID64:
        *out = (int64_t) * (const uint64_t *)at;
        return ERR_OK;
    case EVT_PORT:
        *out = *(const uint16_t *)at;
        return ERR_OK;
    }
    return why_set(ERR_INTERNAL, "an event field of no known type");
}

static enum err
bind_fields(struct store *s, const struct event *ev, int *rc)
{
    sqlite3_stmt *stmt = s->put[PUT_EVENT];
    uint64_t stale = s->event_bound & ~ev->has;

    for (int i = 0; i < EVF_COUNT; i++) {
        if ((ev->has >> i & 1) != 0) {
            int64_t number = 0;
            enum err err = field_number(s, ev, (size_t)i, &number);

            if (err) {
                return err;
            }
            db_bind_int(stmt, EVENT_FIELD_AT + i, number, rc);
        } else if ((stale >> i & 1) != 0) {
            db_bind_null(stmt, EVENT_FIELD_AT + i, rc);
        }
    }
    s->event_bound = ev->has;
    return ERR_OK;
}

enum err
store_put_event(struct store *s, const struct event *ev)
{
    int64_t kind = 0;
    int rc = SQLITE_OK;
    enum err err = put_begin(s);

    if (err) {
        return err;
    }
    err = texts_id(s->texts, PLACE_KIND, sv_from(event_kind_name(ev->kind)), &kind);
    if (err == ERR_OK) {
        err = bind_fields(s, ev, &rc);
    }
    if (err) {
        return put_end(s, err);
    }
    db_bind_int(s->put[PUT_EVENT], 1, (int64_t)ev->time_ft, &rc);
    db_bind_int(s->put[PUT_EVENT], 2, kind, &rc);
    return put_run(s, PUT_EVENT, rc);
}

/* -- attempts -------------------------------------------------------------------------------- */

/* A row being bound: the first failure is kept, the rest of the row does nothing. */
struct row {
    struct store *s;
    sqlite3_stmt *stmt;
    size_t place; /* of its first column */
    int at;
    int rc;
    enum err err;
};

static void
row_text(struct row *r, struct sv text)
{
    int64_t id = 0;

    r->at++;
    if (text.len == 0) {
        db_bind_null(r->stmt, r->at, &r->rc);
    } else if (r->err == ERR_OK) {
        r->err = texts_id(r->s->texts, r->place + (size_t)r->at, text, &id);
        db_bind_int(r->stmt, r->at, id, &r->rc);
    }
}

static void
row_name(struct row *r, const char *name)
{
    row_text(r, sv_from(name));
}

static void
row_addr(struct row *r, const struct addr *a)
{
    int64_t id = 0;

    r->at++;
    if (!addr_is_set(a)) {
        db_bind_null(r->stmt, r->at, &r->rc);
    } else if (r->err == ERR_OK) {
        r->err = texts_addr(r->s->texts, r->place + (size_t)r->at, a, &id);
        db_bind_int(r->stmt, r->at, id, &r->rc);
    }
}

static void
row_int(struct row *r, uint64_t value)
{
    db_bind_int(r->stmt, ++r->at, (int64_t)value, &r->rc);
}

static void
row_set(struct row *r, uint64_t value)
{
    db_bind_set(r->stmt, ++r->at, value, &r->rc);
}

static enum err
row_run(struct row *r, enum put what)
{
    return r->err ? put_end(r->s, r->err) : put_run(r->s, what, r->rc);
}

static void
row_account(struct row *r, const struct attempt *a)
{
    char key[ACCOUNT_KEY_MAX];
    size_t len = 0;

    if (a->account.len > 0) {
        len = account_key(a->account, a->domain, a->host, key);
    }
    row_text(r, a->account);
    row_text(r, a->domain);
    row_text(r, (struct sv){key, len});
}

static enum err
put_witness(struct store *s, uint64_t id, const struct attempt_witness *w)
{
    struct row r = {.s = s, .stmt = s->put[PUT_WITNESS], .place = PLACE_WITNESS};

    row_int(&r, id);
    row_text(&r, w->channel);
    row_int(&r, w->event_id);
    row_int(&r, w->record_id);
    row_int(&r, w->time_ft);
    return row_run(&r, PUT_WITNESS);
}

static enum err
put_attempt_row(struct store *s, const struct attempt *a)
{
    struct row r = {.s = s, .stmt = s->put[PUT_ATTEMPT], .place = PLACE_ATTEMPT};

    row_int(&r, a->first_ft);
    row_int(&r, a->last_ft);
    row_text(&r, a->host);
    row_account(&r, a);
    row_text(&r, a->workstation);
    row_name(&r, attempt_outcome_name(a->outcome));
    row_int(&r, (uint64_t)a->weight);
    row_name(&r, logon_service_name(a->service));
    row_name(&r, source_scope_name(a->scope));
    row_addr(&r, &a->src);
    row_set(&r, a->src_port);
    row_int(&r, a->src_inferred);
    row_int(&r, a->confidence);
    row_int(&r, a->nla_only);
    row_set(&r, a->logon_type);
    row_set(&r, a->status);
    row_set(&r, a->logon_id);
    row_text(&r, a->adapter);
    return row_run(&r, PUT_ATTEMPT);
}

enum err
store_put_attempt(struct store *s, const struct attempt *a)
{
    uint64_t id;
    enum err err = put_begin(s);

    if (err) {
        return err;
    }
    err = put_attempt_row(s, a);
    id = WITNESS_STEP * (uint64_t)sqlite3_last_insert_rowid(s->db);
    for (uint32_t i = 0; i < a->witness_count && i < ATTEMPT_WITNESS_MAX && err == ERR_OK; i++) {
        err = put_witness(s, id + i, &a->witness[i]);
    }
    return err;
}

/* -- coverage and health ---------------------------------------------------------------------- */

enum err
store_put_coverage(struct store *s, const struct coverage *c)
{
    sqlite3_stmt *stmt;
    int rc = SQLITE_OK;
    enum err err = put_begin(s);

    if (err) {
        return err;
    }
    stmt = s->put[PUT_COVERAGE];
    db_bind_text(stmt, 1, c->host, &rc);
    db_bind_text(stmt, 2, c->source, &rc);
    db_bind_set(stmt, 3, c->from_ft, &rc);
    db_bind_set(stmt, 4, c->to_ft, &rc);
    db_bind_text(stmt, 5, sv_from(coverage_state_name(c->state)), &rc);
    db_bind_int(stmt, 6, (int64_t)c->records, &rc);
    db_bind_set(stmt, 7, c->first_id, &rc);
    db_bind_set(stmt, 8, c->last_id, &rc);
    return put_run(s, PUT_COVERAGE, rc);
}

enum err
store_put_health(struct store *s, uint64_t time_ft, struct sv name, struct sv object,
                 uint64_t value)
{
    sqlite3_stmt *stmt;
    int rc = SQLITE_OK;
    enum err err = put_begin(s);

    if (err) {
        return err;
    }
    stmt = s->put[PUT_HEALTH];
    db_bind_set(stmt, 1, time_ft, &rc);
    db_bind_text(stmt, 2, name, &rc);
    db_bind_text(stmt, 3, object, &rc);
    db_bind_int(stmt, 4, (int64_t)value, &rc);
    return put_run(s, PUT_HEALTH, rc);
}
