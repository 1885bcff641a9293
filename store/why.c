/* why - the sentence behind store_why(), and SQLite's codes as ours. */
#include "store/why.h"

#include <sqlite3.h>
#include <stdarg.h>
#include <stdio.h>

#include "store/store.h"

static _Thread_local char sentence[WHY_MAX];

const char *
store_why(void)
{
    return sentence;
}

void
why_clear(void)
{
    sentence[0] = '\0';
}

enum err
why_set(enum err err, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    (void)vsnprintf(sentence, sizeof(sentence), fmt, args); /* a cut sentence is fine */
    va_end(args);
    return err;
}

/* An I/O error that is really something else says so only in the extended code. */
static enum err
io_err(int rc)
{
    switch (rc) {
    case SQLITE_IOERR_NOMEM:
        return ERR_NOMEM;
    case SQLITE_IOERR_ACCESS:
        return ERR_ACCESS;
    case SQLITE_IOERR_CORRUPTFS:
        return ERR_FORMAT;
    default:
        return ERR_IO;
    }
}

static enum err
translate(int rc)
{
    switch (rc & 0xff) {
    case SQLITE_OK:
        return ERR_OK;
    case SQLITE_NOMEM:
        return ERR_NOMEM;
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
        return ERR_ACCESS;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL: /* lost a race for the locks of the journal too often */
        return ERR_BUSY;
    case SQLITE_FULL:
        return ERR_FULL;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
        return ERR_FORMAT;
    case SQLITE_TOOBIG:
    case SQLITE_RANGE:
        return ERR_RANGE;
    case SQLITE_INTERRUPT:
        return ERR_CANCELLED;
    case SQLITE_IOERR:
        return io_err(rc);
    default:
        return ERR_INTERNAL;
    }
}

enum err
why_sqlite(struct sqlite3 *db, int rc, const char *doing)
{
    enum err err = translate(rc);

    if (err == ERR_FORMAT) {
        return why_set(err, "%s: the store is damaged: %s (%d)", doing, sqlite3_errstr(rc), rc);
    }
    if (err == ERR_FULL) {
        return why_set(err, "%s: no room: the disk is full or the store reached its size cap",
                       doing);
    }
    if (err == ERR_BUSY) {
        return why_set(err, "%s: another program is writing to the store", doing);
    }
    /* The connection's own text says more than the code, as long as it is about this code. */
    if (err == ERR_INTERNAL && db != NULL) {
        return why_set(err, "%s: %s (%d)", doing, sqlite3_errmsg(db), rc);
    }
    return why_set(err, "%s: %s (%d)", doing, sqlite3_errstr(rc), rc);
}
