/*
 * texts - repeated texts of rows as numbers: computers, channels, addresses, accounts.
 *
 * A text gets a row in table `text`, an account one in table `account`, when it is first met. The
 * latest TEXTS_MAX are remembered; when that many, or TEXTS_BYTES_MAX bytes, are, all are forgotten
 * and may be stored a second time: one text may have several numbers, so compare texts, never
 * numbers. Nothing depends on hash values. What is longer than TEXTS_LEN_MAX is not remembered.
 *
 * Memory: fixed, allocated by texts_create().
 */
#pragma once

#include "core/addr.h"
#include "store/db.h"

#define TEXTS_MAX 32768u
#define TEXTS_BYTES_MAX (2u * 1024 * 1024)
#define TEXTS_LEN_MAX 256u

struct texts;
/* Borrows db, which must have the tables. */
MUST_CHECK enum err texts_create(struct sqlite3 *db, struct texts **out);
void texts_destroy(struct texts *t);
/* `place` < TEXTS_PLACES names the column: the text that stood there last is looked at first, for
 * most columns hardly ever change. It makes no difference to the answer. */
#define TEXTS_PLACES 32u
MUST_CHECK enum err texts_id(struct texts *t, size_t place, struct sv text, int64_t *out);
/* A row of table `account`: the name as logged and its key (account_key()) on this computer. */
struct texts_name {
    struct sv host, domain, account;
};
MUST_CHECK enum err texts_account(struct texts *t, size_t place, const struct texts_name *name,
                                  int64_t *out);
/* In a store that is written live: texts_mark() after each commit; texts_revert() after a rollback
 * takes back what was remembered since; texts_forget() when rows may have been deleted. */
void texts_mark(struct texts *t);
void texts_revert(struct texts *t);
void texts_forget(struct texts *t);
/* The number of the address's RFC 5952 text. */
MUST_CHECK enum err texts_addr(struct texts *t, size_t place, const struct addr *a, int64_t *out);
