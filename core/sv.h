/*
 * sv - a borrowed view of bytes, usually UTF-8 text; never assumed to end in NUL.
 *
 * Memory: borrows; a header that hands one out says until when it lives.
 * {NULL, 0} is the absent text. Lengths are bytes.
 */
#pragma once

#include <string.h>

#include "core/err.h"

struct sv {
    const char *p;
    size_t len;
};

#define SV(literal) ((struct sv){(literal), sizeof(literal) - 1})

static inline struct sv
sv_from(const char *text)
{
    return (struct sv){text, text == NULL ? 0 : strlen(text)};
}

static inline bool
sv_eq(struct sv a, struct sv b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

/* Bytewise order; a prefix comes first. <0, 0, >0. */
int sv_cmp(struct sv a, struct sv b);

/* Equality with ASCII case folded. */
bool sv_eq_nocase(struct sv a, struct sv b);

bool sv_starts_with(struct sv s, struct sv prefix);

/* Without ASCII white space at both ends. */
struct sv sv_trim(struct sv s);

/* '*' any run, '?' any one byte; ASCII case folded. Linear in s for each '*'. */
bool sv_glob(struct sv s, struct sv pattern);

/* Whole text as an unsigned number: decimal, or hex behind 0x. ERR_FORMAT, ERR_RANGE. */
MUST_CHECK enum err sv_u64(struct sv s, uint64_t *out);
