/* store_alerts - gives stored alerts and stories back as the structs that were put. */
#include <sqlite3.h>

#include "core/mem.h"
#include "core/tm.h"
#include "store/handle.h"
#include "store/row_json.h"
#include "store/rows.h"

#define TEXT_MAX (16u * 1024 * 1024)
#define READING "reading the store"

static const char *const alert_sql =
    "SELECT id,revision,rule_id,severity_level,state,retro,suppressed,why_suppressed,host,key,"
    "first_ft,last_ft,count,sources,accounts,hosts,source,source_class,internet,account,service,"
    "adapter,process,file,message,params,evidence FROM alert WHERE id=?1";
static const char *const story_sql =
    "SELECT id,revision,host,state,severity_level,first_ft,last_ft,first_message,first_params,"
    "stages FROM story WHERE id=?1";

/* One kind of row being read, id by id. */
struct reading {
    struct store *store;
    sqlite3_stmt *stmt;
    struct buf text; /* a column's JSON, changed while it is read */
    store_rule_fn rule_of;
};

/* -- columns, left to right -------------------------------------------------------------------- */
struct row {
    sqlite3_stmt *stmt;
    int at;
    bool damaged;
};

static uint64_t
next_u64(struct row *row, uint64_t max)
{
    uint64_t value = (uint64_t)sqlite3_column_int64(row->stmt, row->at++);

    row->damaged = row->damaged || value > max;
    return value;
}

static struct sv
next_text(struct row *row)
{
    return db_text(row->stmt, row->at++);
}

static void
next_copy(struct row *row, char *out, size_t cap)
{
    row_text(out, cap, next_text(row));
}

static bool
next_bool(struct row *row)
{
    return next_u64(row, 1) != 0;
}

static enum alert_state
next_state(struct row *row)
{
    struct sv name = next_text(row);
    bool is_open = sv_eq(name, SV("open"));

    row->damaged = row->damaged || (!is_open && !sv_eq(name, SV("closed")));
    return is_open ? ALERT_OPEN : ALERT_CLOSED;
}

static void
next_source(struct row *row, struct alert *a)
{
    struct sv source = next_text(row);
    struct sv name = next_text(row);
    int class = ADDR_CLASS_NONE;

    if (source.len == 0) {
        return;
    }
    row->damaged = row->damaged || addr_parse(source, &a->source) != ERR_OK;
    while (class < ADDR_CLASS_SPECIAL &&
           !sv_eq(name, sv_from(addr_class_name((enum addr_class) class)))) {
        class ++;
    }
    a->source_class = (enum addr_class) class;
}

static struct buf *
next_json(struct row *row, struct buf *text)
{
    buf_clear(text);
    buf_put_sv(text, next_text(row));
    return text;
}

static void
note(struct row *row, enum err err, enum err *out)
{
    row->damaged = row->damaged || err == ERR_FORMAT;
    if (err && err != ERR_FORMAT && !*out) {
        *out = err;
    }
}

/* -- rows -------------------------------------------------------------------------------------- */
static void
read_alert_head(struct row *row, struct alert *a)
{
    a->severity = (enum severity)next_u64(row, SEV_COUNT - 1);
    a->state = next_state(row);
    a->retro = next_bool(row);
    a->suppressed = next_bool(row);
    next_copy(row, a->why_suppressed, sizeof(a->why_suppressed));
    next_copy(row, a->host, sizeof(a->host));
    next_copy(row, a->key, sizeof(a->key));
    a->first_ft = next_u64(row, TM_MAX_FT);
    a->last_ft = next_u64(row, TM_MAX_FT);
    a->count = next_u64(row, UINT64_MAX);
    a->sources = next_u64(row, UINT64_MAX);
    a->accounts = next_u64(row, UINT64_MAX);
    a->hosts = next_u64(row, UINT64_MAX);
}

/* Why a row cannot be given; the store itself is sound. */
static enum err
damaged(const char *what, const char *id)
{
    return why_set(ERR_FORMAT, "the store's %s %.16s is damaged", what, id);
}

static enum err
no_memory(enum err err)
{
    return err ? why_set(err, READING ": out of memory") : ERR_OK;
}

/* ERR_UNSUPPORTED: its rule is none that the caller knows. */
static enum err
read_alert(struct reading *r, struct alert *a)
{
    struct row row = {r->stmt, 0, false};
    enum err err = ERR_OK;

    memset(a, 0, sizeof(*a));
    next_copy(&row, a->id, sizeof(a->id));
    a->revision = (uint32_t)next_u64(&row, UINT32_MAX);
    a->rule = r->rule_of((uint32_t)next_u64(&row, UINT32_MAX));
    if (a->rule == NULL) {
        return why_set(ERR_UNSUPPORTED, "the store's alert %s has a rule that is not known", a->id);
    }
    read_alert_head(&row, a);
    next_source(&row, a);
    a->internet = next_bool(&row);
    next_copy(&row, a->account, sizeof(a->account));
    next_copy(&row, a->service, sizeof(a->service));
    next_copy(&row, a->adapter, sizeof(a->adapter));
    next_copy(&row, a->process, sizeof(a->process));
    next_copy(&row, a->file, sizeof(a->file));
    next_copy(&row, a->message, sizeof(a->message));
    note(&row, row_params(next_json(&row, &r->text), a->params, &a->param_count), &err);
    note(&row, row_evidence(next_json(&row, &r->text), a), &err);
    if (!err && row.damaged) {
        return damaged("alert", a->id);
    }
    return no_memory(err);
}

static enum err
read_story(struct reading *r, struct story *st)
{
    struct row row = {r->stmt, 0, false};
    enum err err = ERR_OK;

    memset(st, 0, sizeof(*st));
    next_copy(&row, st->id, sizeof(st->id));
    st->revision = (uint32_t)next_u64(&row, UINT32_MAX);
    next_copy(&row, st->host, sizeof(st->host));
    st->state = next_state(&row);
    st->severity = (enum severity)next_u64(&row, SEV_COUNT - 1);
    st->first_ft = next_u64(&row, TM_MAX_FT);
    st->last_ft = next_u64(&row, TM_MAX_FT);
    next_copy(&row, st->first_message, sizeof(st->first_message));
    note(&row, row_params(next_json(&row, &r->text), st->first_params, &st->first_param_count),
         &err);
    note(&row, row_stages(next_json(&row, &r->text), st), &err);
    if (!err && row.damaged) {
        return damaged("story", st->id);
    }
    return no_memory(err);
}

/* -- one by one -------------------------------------------------------------------------------- */
static enum err
reading_open(struct store *s, const char *sql, struct reading *out)
{
    *out = (struct reading){.store = s};
    buf_init(&out->text, TEXT_MAX);
    if (s->mode != STORE_LIVE) {
        enum err err = handle_check(s, STORE_READ);
        if (err) {
            return err;
        }
    }
    return db_prepare(s->db, sql, &out->stmt);
}

static void
reading_close(struct reading *r)
{
    (void)sqlite3_finalize(r->stmt);
    buf_fini(&r->text);
}

/* The row of an id is at hand; ERR_NOTFOUND. It is held until the statement is reset. */
static enum err
reading_find(struct reading *r, const char *id)
{
    int rc = SQLITE_OK;
    enum err err;

    db_bind_text(r->stmt, 1, sv_from(id), &rc);
    err = rc == SQLITE_OK ? db_step(r->store->db, r->stmt, READING)
                          : why_sqlite(r->store->db, rc, READING);
    return err == ERR_END ? why_set(ERR_NOTFOUND, "the store has no %.16s", id) : err;
}

static enum err
take_alert(struct reading *r, const char *id, struct alert *out)
{
    enum err err = reading_find(r, id);

    err = err ? err : read_alert(r, out);
    (void)sqlite3_reset(r->stmt);
    return err;
}

static enum err
take_story(struct reading *r, const char *id, struct story *out)
{
    enum err err = reading_find(r, id);

    err = err ? err : read_story(r, out);
    (void)sqlite3_reset(r->stmt);
    return err;
}

enum err
store_alert(struct store *s, struct sv id, store_rule_fn rule_of, struct alert *out)
{
    char text[ALERT_ID_MAX] = "";
    struct alert *a;
    struct reading r;
    enum err err;

    why_clear();
    if (id.len >= sizeof(text)) {
        return why_set(ERR_NOTFOUND, "the store has no such alert");
    }
    row_text(text, sizeof(text), id);
    a = mem_alloc(sizeof(*a));
    if (a == NULL) {
        return no_memory(ERR_NOMEM);
    }
    err = reading_open(s, alert_sql, &r);
    r.rule_of = rule_of;
    err = err ? err : take_alert(&r, text, a);
    if (!err) {
        *out = *a;
    }
    reading_close(&r);
    mem_free(a);
    return err;
}

/* -- all --------------------------------------------------------------------------------------- */
/* What goes through a list of ids: the receiver of either kind. */
struct giving {
    struct reading reading;
    store_alert_fn alert_fn; /* or */
    store_story_fn story_fn;
    void *ctx;
    void *item; /* struct alert or struct story */
    enum err damage;
};

/* A row that is damaged does not keep the others from being given; neither does one that went
 * meanwhile. */
static enum err
give(struct giving *g, const char *id)
{
    enum err err = g->alert_fn != NULL ? take_alert(&g->reading, id, g->item)
                                       : take_story(&g->reading, id, g->item);

    if (err == ERR_FORMAT) {
        g->damage = err;
        return ERR_OK;
    }
    if (err == ERR_NOTFOUND || err == ERR_UNSUPPORTED) {
        return ERR_OK;
    }
    if (err) {
        return err;
    }
    return g->alert_fn != NULL ? g->alert_fn(g->ctx, g->item) : g->story_fn(g->ctx, g->item);
}

/* The ids first: what the receiver writes meanwhile changes nothing in what is given. */
static enum err
give_all(struct giving *g, enum store_rows what, const struct store_filter *f)
{
    struct buf ids;
    enum err err;

    buf_init(&ids, SIZE_MAX);
    err = rows_ids(g->reading.store, what, f, &ids);
    for (size_t at = 0; at < ids.len && !err; at += ALERT_ID_MAX) {
        err = give(g, ids.data + at);
    }
    buf_fini(&ids);
    if (err) {
        return err;
    }
    return g->damage ? why_set(g->damage, "the store has %s that are damaged",
                               what == ROWS_ALERTS ? "alerts" : "stories")
                     : ERR_OK;
}

enum err
store_each_alert(struct store *s, const struct store_filter *f, store_rule_fn rule_of,
                 store_alert_fn fn, void *ctx)
{
    struct giving g = {.alert_fn = fn, .ctx = ctx};
    enum err err;

    why_clear();
    g.item = mem_alloc(sizeof(struct alert));
    if (g.item == NULL) {
        return no_memory(ERR_NOMEM);
    }
    err = reading_open(s, alert_sql, &g.reading);
    g.reading.rule_of = rule_of;
    err = err ? err : give_all(&g, ROWS_ALERTS, f);
    reading_close(&g.reading);
    mem_free(g.item);
    return err;
}

enum err
store_each_story(struct store *s, const struct store_filter *f, store_story_fn fn, void *ctx)
{
    struct giving g = {.story_fn = fn, .ctx = ctx};
    enum err err;

    why_clear();
    g.item = mem_alloc(sizeof(struct story));
    if (g.item == NULL) {
        return no_memory(ERR_NOMEM);
    }
    err = reading_open(s, story_sql, &g.reading);
    err = err ? err : give_all(&g, ROWS_STORIES, f);
    reading_close(&g.reading);
    mem_free(g.item);
    return err;
}
