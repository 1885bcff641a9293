/* attempt_writer - attempts as rows of numbers, then as one INSERT of many rows. */
#include "store/attempt_writer.h"

#include <sqlite3.h>

#include "core/event.h"
#include "core/json.h"
#include "core/mem.h"

#define ROWS 16 /* of one INSERT: its own cost is then small beside theirs */
#define SQL_MAX 8192
#define MORE_MAX 4096 /* ATTEMPT_WITNESS_MAX times four numbers */

_Static_assert(ATTEMPT_OUTCOME_COUNT <= 1 << (FACT_WEIGHT - FACT_OUTCOME), "an outcome fits");
_Static_assert(WEIGHT_FULL < 1 << (FACT_SERVICE - FACT_WEIGHT), "a weight fits");
_Static_assert(SERVICE_COUNT <= 1 << (FACT_SCOPE - FACT_SERVICE), "a service fits");
_Static_assert(SCOPE_COUNT <= 1 << (FACT_SRC_INFERRED - FACT_SCOPE), "a scope fits");
_Static_assert(UINT8_MAX < 1 << (FACT_SRC_PORT - FACT_CONFIDENCE), "a confidence fits");

/* In the order of the table, behind its id: what is mostly NULL stands last. */
enum column {
    COLUMN_FIRST_FT,
    COLUMN_HOST,
    COLUMN_FACTS,
    COLUMN_ACCOUNT,
    COLUMN_SRC,
    COLUMN_CHANNEL,
    COLUMN_EVENT_ID,
    COLUMN_RECORD_ID,
    COLUMN_STATUS,
    COLUMN_LOGON_TYPE,
    COLUMN_WORKSTATION,
    COLUMN_LAST_FT,
    COLUMN_WITNESS_FT,
    COLUMN_LOGON_ID,
    COLUMN_ADAPTER,
    COLUMN_MORE, /* text: struct row has it apart */
    COLUMNS
};
#define PLACE_MORE COLUMNS /* texts_id() of the channels of further witnesses */
_Static_assert(PLACE_MORE < TEXTS_PLACES, "each column of texts has a place");

struct row {
    int64_t number[COLUMN_MORE];
    uint32_t has; /* bit per column; all others are NULL */
    struct buf more;
};

struct attempt_writer {
    sqlite3 *db;
    struct texts *texts;
    sqlite3_stmt *insert_one, *insert_all; /* of 1 and of ROWS rows */
    uint32_t bound[ROWS];                  /* columns of insert_all that are not NULL now */
    size_t count;
    struct row rows[ROWS];
};

static enum err
prepare(struct attempt_writer *w, unsigned rows, sqlite3_stmt **out)
{
    struct buf sql;
    enum err err;

    buf_init(&sql, SQL_MAX);
    /* FAIL, not ABORT: after a failure the file is thrown away, or the batch rolled back, so no
     * row is kept to be undone. */
    buf_puts(
        &sql,
        "INSERT OR FAIL INTO attempt(first_ft,host,facts,account,src,channel,event_id,record_id,"
        "status,logon_type,workstation,last_ft,witness_ft,logon_id,adapter,more) "
        "VALUES");
    for (unsigned row = 0; row < rows; row++) {
        buf_puts(&sql, row == 0 ? "(" : ",(");
        for (unsigned column = 0; column < COLUMNS; column++) {
            buf_puts(&sql, column == 0 ? "?" : ",?");
        }
        buf_putc(&sql, ')');
    }
    err = buf_err(&sql);
    err = err ? why_set(err, "opening the store: out of memory")
              : db_prepare(w->db, buf_str(&sql), out);
    buf_fini(&sql);
    return err;
}

enum err
attempt_writer_create(sqlite3 *db, struct texts *texts, struct attempt_writer **out)
{
    struct attempt_writer *w = mem_zalloc(sizeof(*w));
    enum err err;

    *out = NULL;
    if (w == NULL) {
        return why_set(ERR_NOMEM, "opening the store: out of memory");
    }
    w->db = db;
    w->texts = texts;
    for (size_t i = 0; i < ROWS; i++) {
        buf_init(&w->rows[i].more, MORE_MAX);
    }
    err = prepare(w, 1, &w->insert_one);
    if (err) {
        goto done;
    }
    err = prepare(w, ROWS, &w->insert_all);
    if (err) {
        goto done;
    }
    *out = w;
    w = NULL;
done:
    attempt_writer_destroy(w);
    return err;
}

void
attempt_writer_destroy(struct attempt_writer *w)
{
    if (w == NULL) {
        return;
    }
    (void)sqlite3_finalize(w->insert_one);
    (void)sqlite3_finalize(w->insert_all);
    for (size_t i = 0; i < ROWS; i++) {
        buf_fini(&w->rows[i].more);
    }
    mem_free(w);
}

/* -- an attempt as a row ---------------------------------------------------------------------- */

static void
set_number(struct row *row, enum column column, uint64_t value)
{
    row->number[column] = (int64_t)value;
    row->has |= 1u << column;
}

/* NULL when it is `absent`. */
static void
set_unless(struct row *row, enum column column, uint64_t value, uint64_t absent)
{
    if (value != absent) {
        set_number(row, column, value);
    }
}

static enum err
set_text(struct attempt_writer *w, struct row *row, enum column column, struct sv text)
{
    if (text.len == 0) {
        return ERR_OK;
    }
    row->has |= 1u << column;
    return texts_id(w->texts, column, text, &row->number[column]);
}

static enum err
set_names(struct attempt_writer *w, struct row *row, const struct attempt *a)
{
    enum err err = set_text(w, row, COLUMN_HOST, a->host);

    if (err == ERR_OK) {
        err = set_text(w, row, COLUMN_WORKSTATION, a->workstation);
    }
    if (err == ERR_OK) {
        err = set_text(w, row, COLUMN_ADAPTER, a->adapter);
    }
    if (err == ERR_OK && addr_is_set(&a->src)) {
        row->has |= 1u << COLUMN_SRC;
        err = texts_addr(w->texts, COLUMN_SRC, &a->src, &row->number[COLUMN_SRC]);
    }
    if (err == ERR_OK && (a->account.len > 0 || a->domain.len > 0)) {
        const struct texts_name name = {a->host, a->domain, a->account};

        row->has |= 1u << COLUMN_ACCOUNT;
        err = texts_account(w->texts, COLUMN_ACCOUNT, &name, &row->number[COLUMN_ACCOUNT]);
    }
    return err;
}

static uint64_t
facts_of(const struct attempt *a)
{
    return (uint64_t)a->outcome << FACT_OUTCOME | (uint64_t)a->weight << FACT_WEIGHT |
           (uint64_t)a->service << FACT_SERVICE | (uint64_t)a->scope << FACT_SCOPE |
           (uint64_t)a->src_inferred << FACT_SRC_INFERRED | (uint64_t)a->nla_only << FACT_NLA_ONLY |
           (uint64_t)a->confidence << FACT_CONFIDENCE | (uint64_t)a->src_port << FACT_SRC_PORT;
}

static void
set_numbers(struct row *row, const struct attempt *a)
{
    set_number(row, COLUMN_FIRST_FT, a->first_ft);
    set_unless(row, COLUMN_LAST_FT, a->last_ft, a->first_ft);
    set_number(row, COLUMN_FACTS, facts_of(a));
    set_unless(row, COLUMN_LOGON_TYPE, a->logon_type, 0);
    set_unless(row, COLUMN_STATUS, a->status, 0);
    set_unless(row, COLUMN_LOGON_ID, a->logon_id, 0);
}

static enum err
put_more(struct attempt_writer *w, struct json *j, const struct attempt_witness *witness)
{
    int64_t channel = 0;
    enum err err = ERR_OK;

    json_arr(j, NULL);
    if (witness->channel.len == 0) {
        json_null(j, NULL);
    } else {
        err = texts_id(w->texts, PLACE_MORE, witness->channel, &channel);
        json_i64(j, NULL, channel);
    }
    json_i64(j, NULL, witness->event_id);
    json_i64(j, NULL, (int64_t)witness->record_id);
    json_i64(j, NULL, (int64_t)witness->time_ft);
    json_arr_end(j);
    return err;
}

static enum err
set_witnesses(struct attempt_writer *w, struct row *row, const struct attempt *a)
{
    struct json j;
    enum err err;

    if (a->witness_count == 0) {
        return ERR_OK;
    }
    set_number(row, COLUMN_EVENT_ID, a->witness[0].event_id);
    set_number(row, COLUMN_RECORD_ID, a->witness[0].record_id);
    set_unless(row, COLUMN_WITNESS_FT, a->witness[0].time_ft, a->first_ft);
    err = set_text(w, row, COLUMN_CHANNEL, a->witness[0].channel);
    if (err || a->witness_count == 1) {
        return err;
    }
    row->has |= 1u << COLUMN_MORE;
    buf_clear(&row->more);
    json_init(&j, &row->more, false);
    json_arr(&j, NULL);
    for (uint32_t i = 1; i < a->witness_count && i < ATTEMPT_WITNESS_MAX && err == ERR_OK; i++) {
        err = put_more(w, &j, &a->witness[i]);
    }
    json_arr_end(&j);
    return err || !buf_err(&row->more)
               ? err
               : why_set(buf_err(&row->more), "writing to the store: out of memory");
}

enum err
attempt_writer_put(struct attempt_writer *w, const struct attempt *a)
{
    struct row *row = &w->rows[w->count];
    enum err err;

    row->has = 0;
    set_numbers(row, a);
    err = set_names(w, row, a);
    if (err == ERR_OK) {
        err = set_witnesses(w, row, a);
    }
    if (err) {
        return err;
    }
    w->count++;
    return w->count < ROWS ? ERR_OK : attempt_writer_flush(w);
}

/* -- rows into the table ---------------------------------------------------------------------- */

/* `stale` are the columns that the statement has a value for and the row has none. */
static void
bind_row(sqlite3_stmt *stmt, int before, const struct row *row, uint32_t stale, int *rc)
{
    for (int column = 0; column < COLUMN_MORE; column++) {
        if ((row->has >> column & 1) != 0) {
            db_bind_int(stmt, before + column + 1, row->number[column], rc);
        } else if ((stale >> column & 1) != 0) {
            db_bind_null(stmt, before + column + 1, rc);
        }
    }
    if ((row->has >> COLUMN_MORE & 1) != 0) {
        db_bind_text(stmt, before + COLUMN_MORE + 1, buf_sv(&row->more), rc);
    } else if ((stale >> COLUMN_MORE & 1) != 0) {
        db_bind_null(stmt, before + COLUMN_MORE + 1, rc);
    }
}

static enum err
run(struct attempt_writer *w, sqlite3_stmt *stmt, int bind_rc)
{
    return bind_rc == SQLITE_OK ? db_run(w->db, stmt, "writing to the store")
                                : why_sqlite(w->db, bind_rc, "writing to the store");
}

static enum err
write_all(struct attempt_writer *w)
{
    int rc = SQLITE_OK;

    for (int i = 0; i < ROWS; i++) {
        const struct row *row = &w->rows[i];

        bind_row(w->insert_all, i * COLUMNS, row, w->bound[i] & ~row->has, &rc);
        w->bound[i] = row->has;
    }
    return run(w, w->insert_all, rc);
}

static enum err
write_one(struct attempt_writer *w, const struct row *row)
{
    int rc = SQLITE_OK;

    bind_row(w->insert_one, 0, row, ~row->has, &rc);
    return run(w, w->insert_one, rc);
}

enum err
attempt_writer_flush(struct attempt_writer *w)
{
    enum err err = ERR_OK;

    if (w->count == ROWS) {
        err = write_all(w);
    } else {
        for (size_t i = 0; i < w->count && err == ERR_OK; i++) {
            err = write_one(w, &w->rows[i]);
        }
    }
    w->count = 0;
    return err;
}

void
attempt_writer_clear(struct attempt_writer *w)
{
    w->count = 0;
}
