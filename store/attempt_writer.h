/*
 * attempt_writer - collects attempts and writes them as rows of table `attempt`, many at a time.
 *
 * Rows:    most attempts have one witness, whose channel, event_id and record_id stand in the row;
 *          others follow in `more`, a JSON array of [channel, event_id, record_id, time_ft]. Texts
 *          are numbers into `text`, accounts into `account`. last_ft and witness_ft are NULL when
 *          they are first_ft. Small values share the integer `facts`, see FACT_... below; the view
 *          v_logon_attempts takes it apart.
 * Why:     SQLite's price is by row and by column; so packed, a row costs a third.
 * Errors:  all have set store_why().
 */
#pragma once

#include "core/attempt.h"
#include "store/texts.h"

/* Where in `facts` a value begins, in bits. store/columns_list.h has the same numbers. */
enum {
    FACT_OUTCOME = 0,
    FACT_WEIGHT = 2,
    FACT_SERVICE = 4,
    FACT_SCOPE = 8,
    FACT_SRC_INFERRED = 11,
    FACT_NLA_ONLY = 12,
    FACT_CONFIDENCE = 13,
    FACT_SRC_PORT = 21, /* 16 bits; 0 is none */
};

struct attempt_writer;
/* Borrows both. */
MUST_CHECK enum err attempt_writer_create(struct sqlite3 *db, struct texts *texts,
                                          struct attempt_writer **out);
void attempt_writer_destroy(struct attempt_writer *w);
MUST_CHECK enum err attempt_writer_put(struct attempt_writer *w, const struct attempt *a);
/* Writes what is collected: before the store is finished, or a batch is committed. */
MUST_CHECK enum err attempt_writer_flush(struct attempt_writer *w);
/* Forgets what is collected. */
void attempt_writer_clear(struct attempt_writer *w);
