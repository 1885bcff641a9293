/* rollup_count - walks old blocks and attempts, and counts by day, computer, kind and outcome. */
#include "store/rollup_count.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>

#include "core/buf.h"
#include "core/event.h"
#include "core/rd.h"
#include "core/tm.h"
#include "store/schema.h"

#define ADD_SQL " ON CONFLICT(day_ft,host,kind,outcome) DO UPDATE SET count=count+excluded.count"

static const char doing[] = "making room in the store";

/* Events of one day, computer and kind that follow each other are one row. */
struct counter {
    sqlite3 *db;
    sqlite3_stmt *add;
    int64_t day_ft;
    enum event_kind kind;
    char host[EVENT_TEXT_MAX];
    size_t host_len;
    int64_t count;
};

static enum err
counter_flush(struct counter *c)
{
    int rc = SQLITE_OK;
    int failed;

    if (c->count == 0) {
        return ERR_OK;
    }
    db_bind_int(c->add, 1, c->day_ft, &rc);
    failed = sqlite3_bind_text64(c->add, 2, c->host, c->host_len, SQLITE_STATIC, SQLITE_UTF8);
    rc = rc == SQLITE_OK ? failed : rc;
    db_bind_text(c->add, 3, sv_from(event_kind_name(c->kind)), &rc);
    db_bind_int(c->add, 4, c->count, &rc);
    c->count = 0;
    return rc == SQLITE_OK ? db_run(c->db, c->add, doing) : why_sqlite(c->db, rc, doing);
}

static enum err
counter_add(struct counter *c, const struct event *ev)
{
    int64_t day_ft = (int64_t)(ev->time_ft - ev->time_ft % TM_DAY);
    struct sv host = event_has(ev, host) ? ev->host : (struct sv){"", 0};
    enum err err;

    if (c->count > 0 && c->day_ft == day_ft && c->kind == ev->kind &&
        sv_eq(host, (struct sv){c->host, c->host_len})) {
        c->count++;
        return ERR_OK;
    }
    err = counter_flush(c);
    c->day_ft = day_ft;
    c->kind = ev->kind;
    c->host_len = host.len < sizeof(c->host) ? host.len : sizeof(c->host);
    memcpy(c->host, host.p, c->host_len);
    c->count = 1;
    return err;
}

/* How many of a block could be counted. */
static enum err
count_block(struct counter *c, struct rd *rd, int64_t *counted)
{
    const uint8_t *packed;
    struct event ev;
    uint32_t len;
    enum err err = ERR_OK;

    *counted = 0;
    while (err == ERR_OK && rd_left(rd) > 0) {
        if (rd_u32(rd, &len) || rd_bytes(rd, len, &packed) || event_unpack(packed, len, &ev)) {
            break;
        }
        err = counter_add(c, &ev);
        ++*counted;
    }
    return err;
}

static enum err
note_unreadable(sqlite3 *db, int64_t time_ft, int64_t lost)
{
    char sql[128];

    (void)snprintf(sql, sizeof(sql),
                   "INSERT INTO health VALUES(NULL,%lld,'events_unreadable',NULL,%lld)",
                   (long long)time_ft, (long long)lost);
    return db_exec(db, sql, doing);
}

static enum err
count_row(struct counter *c, sqlite3_stmt *row, int64_t before_ft)
{
    int64_t expected = sqlite3_column_int64(row, 0);
    const void *data = sqlite3_column_blob(row, 1);
    struct rd rd = rd_make(data, data == NULL ? 0 : (size_t)sqlite3_column_bytes(row, 1));
    int64_t counted = 0;
    enum err err;

    if (data == NULL && sqlite3_errcode(c->db) == SQLITE_NOMEM) {
        return why_sqlite(c->db, SQLITE_NOMEM, doing);
    }
    err = count_block(c, &rd, &counted);
    if (err || counted >= expected) {
        return err;
    }
    return note_unreadable(c->db, before_ft, expected - counted);
}

enum err
rollup_count_events(sqlite3 *db, int64_t before_ft)
{
    struct counter c = {.db = db};
    sqlite3_stmt *rows = NULL;
    int rc = SQLITE_OK;
    enum err err = db_prepare(db, "INSERT INTO daily VALUES(?1,?2,?3,'',?4)" ADD_SQL, &c.add);

    if (err == ERR_OK) {
        err = db_prepare(db,
                         "SELECT count,data FROM event_block WHERE last_ft<?1 "
                         "ORDER BY first_ft,id",
                         &rows);
    }
    if (err == ERR_OK) {
        db_bind_int(rows, 1, before_ft, &rc);
        err = rc == SQLITE_OK ? ERR_OK : why_sqlite(db, rc, doing);
    }
    while (err == ERR_OK) {
        err = db_step(db, rows, doing);
        err = err ? err : count_row(&c, rows, before_ft);
    }
    (void)sqlite3_finalize(rows);
    err = err == ERR_END ? counter_flush(&c) : err;
    (void)sqlite3_finalize(c.add);
    return err;
}

enum err
rollup_count_attempts(sqlite3 *db, int64_t before_ft)
{
    struct buf sql;
    enum err err;

    buf_init(&sql, SCHEMA_SQL_MAX);
    buf_printf(&sql,
               "INSERT INTO daily SELECT a.first_ft-a.first_ft%%%llu AS d,ifnull(%s,'') AS h,"
               "'logon_attempt',%s AS o,count(*) FROM attempt a WHERE a.first_ft<%lld "
               "GROUP BY d,h,o" ADD_SQL,
               (unsigned long long)TM_DAY, schema_column_sql("v_logon_attempts", "host"),
               schema_column_sql("v_logon_attempts", "outcome"), (long long)before_ft);
    err = buf_err(&sql);
    err = err ? why_set(err, "%s: out of memory", doing) : db_exec(db, buf_str(&sql), doing);
    buf_fini(&sql);
    return err;
}
