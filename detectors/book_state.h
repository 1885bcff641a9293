/*
 * book_state - what a book is made of, for book.c and book_adopt.c only.
 */
#pragma once

#include "detectors/book_record.h"

#define BUCKET_COUNT 32768u   /* power of two */
#define BOOK_FOLDS_MAX 20000u /* one a rule and host; more are not kept (counted) */
#define SLOT_MAX (BOOK_OPEN_MAX + BOOK_FOLDS_MAX)
#define CHANNELS_MAX 1024u

/* What one host has open, by rule. */
struct host_row {
    uint32_t open[RULE_COUNT]; /* alerts of their own */
    uint32_t fold[RULE_COUNT]; /* slot of the fold, or BOOK_SLOT_NONE */
};

struct book {
    const struct config *cfg;
    alert_fn fn;
    void *ctx;
    enum err fn_err;
    struct record_names names;
    struct record_budgets budgets;
    struct record **slots; /* [1 .. slot_count]; grows to SLOT_MAX */
    uint32_t *free_slots;  /* stack; as long as slots */
    uint32_t slot_count, slot_cap, free_count;
    uint32_t open_count, fold_count;
    uint32_t unclaimed_count; /* taken from the store, and no detector has met them yet */
    struct host_row *rows;    /* by host id */
    size_t row_count;
    uint32_t buckets[BUCKET_COUNT];
    struct alert scratch;
};

uint32_t book_find(struct book *b, uint32_t host, struct sv key); /* no folds; or none */
MUST_CHECK enum err book_ensure_row(struct book *b, uint32_t host);
/* Takes ownership of r when there is no error. */
MUST_CHECK enum err book_place(struct book *b, struct record *r, uint32_t *out_slot);
void book_release(struct book *b, uint32_t slot);
MUST_CHECK enum err book_send(struct book *b, struct record *r, enum alert_state state);
/* Hands out b->scratch, which is filled in but for suppression. */
MUST_CHECK enum err book_hand_out(struct book *b);
MUST_CHECK enum err book_close(struct book *b, uint32_t slot);
bool book_is_idle(const struct book *b, const struct record *r, uint64_t now_ft);
/* Guessing rules in the order in which one gives way to the next; others stand alone. */
uint32_t book_strength(const struct rule *r);
