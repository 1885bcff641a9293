/* event_names - writes and compares the numbers of fields and kinds. */
#include "store/event_names.h"

#include <sqlite3.h>

#include "core/event.h"

static const char *
field_name(unsigned number)
{
    return number < EVF_COUNT ? event_field_info[number].name : "";
}

static const char *
kind_name(unsigned number)
{
    return number < EV_COUNT ? event_kind_name((enum event_kind)number) : "";
}

static const struct list {
    unsigned count;
    const char *(*name)(unsigned number); /* "" beyond count */
    const char *insert, *select;
} lists[] = {
    {EVF_COUNT, field_name, "INSERT INTO event_field(number,name) VALUES(?1,?2)",
     "SELECT number,name FROM event_field ORDER BY number"},
    {EV_COUNT, kind_name, "INSERT INTO event_kind(number,name) VALUES(?1,?2)",
     "SELECT number,name FROM event_kind ORDER BY number"},
};

static enum err
write_list(sqlite3 *db, const struct list *list)
{
    sqlite3_stmt *stmt = NULL;
    enum err err = db_prepare(db, list->insert, &stmt);

    for (unsigned i = 0; i < list->count && err == ERR_OK; i++) {
        int rc = SQLITE_OK;

        db_bind_int(stmt, 1, i, &rc);
        db_bind_text(stmt, 2, sv_from(list->name(i)), &rc);
        err = rc == SQLITE_OK ? db_run(db, stmt, "creating the store")
                              : why_sqlite(db, rc, "creating the store");
    }
    (void)sqlite3_finalize(stmt);
    return err;
}

enum err
event_names_write(sqlite3 *db)
{
    enum err err = ERR_OK;

    for (size_t i = 0; i < COUNT(lists) && err == ERR_OK; i++) {
        err = write_list(db, &lists[i]);
    }
    return err;
}

static enum err
check_list(sqlite3 *db, const struct list *list)
{
    sqlite3_stmt *stmt = NULL;
    enum err err = db_prepare(db, list->select, &stmt);

    for (unsigned i = 0; err == ERR_OK; i++) {
        err = db_step(db, stmt, "reading the store");
        if (err == ERR_OK && (i >= list->count || sqlite3_column_int64(stmt, 0) != (int64_t)i ||
                              !sv_eq(db_text(stmt, 1), sv_from(list->name(i))))) {
            err = why_set(ERR_FORMAT, "the events of this store were written by another version of "
                                      "Kanari, which numbers their fields otherwise");
        }
    }
    (void)sqlite3_finalize(stmt);
    return err == ERR_END ? ERR_OK : err;
}

enum err
event_names_check(sqlite3 *db)
{
    enum err err = ERR_OK;

    for (size_t i = 0; i < COUNT(lists) && err == ERR_OK; i++) {
        err = check_list(db, &lists[i]);
    }
    return err;
}
