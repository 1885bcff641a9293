/*
 * book_record - one open alert as the book keeps it: compact, texts on the heap, and how it turns
 * into the struct alert that others see. Private to the book.
 */
#pragma once

#include "core/intern.h"
#include "detectors/book.h"
#include "detectors/distinct.h"

#define RECORD_EDGE_MAX (ALERT_EVIDENCE_MAX / 2) /* evidence kept from each end */
#define RECORD_KEY_FOLD "*"
#define RECORD_MESSAGE_MAX 48 /* as in struct alert */
#define RECORD_NAME_MAX 24    /* as in struct alert_param */

/* Names that many alerts share. */
struct record_names {
    struct intern *hosts;
    struct intern *channels;
    uint32_t last_channel; /* records of one channel come in rows */
};

/* Room that all open alerts share. */
struct record_budgets {
    struct distinct_budget values; /* distinct sources and accounts */
    struct distinct_budget keys;   /* alerts that were folded */
};

struct record_evidence {
    uint64_t record_id;
    uint64_t time_ft;
    uint32_t host; /* ids in record_names */
    uint32_t channel;
    uint32_t event_id;
};

struct record {
    char id[ALERT_ID_MAX];
    bool folds;
    bool internet;
    bool success;
    bool account_final;
    bool account_many; /* more than one: none is shown */
    bool dirty;
    bool stored;    /* the store has it as open, under this id */
    bool unclaimed; /* only the store knew it, and no detector has met it again yet */
    enum severity severity;
    enum logon_service service;
    const struct rule *rule;
    char message[RECORD_MESSAGE_MAX]; /* "": the rule's own */
    uint32_t revision;
    uint32_t host;
    uint32_t account_id;
    uint32_t next; /* in its bucket; or the next free slot */
    uint64_t owner;
    uint64_t first_ft, last_ft;
    uint64_t entered_ft; /* of the first success; 0: none */
    uint64_t seen_ft;    /* when idle time begins, but for rule_hold() */
    uint64_t count, next_escalation;
    uint64_t hosts;
    struct addr source;
    char *key;
    char *account;
    char extra_name[BOOK_EXTRA_MAX][RECORD_NAME_MAX]; /* "": none */
    char *extra[BOOK_EXTRA_MAX];
    struct distinct sources, accounts;
    struct distinct keys; /* folds: the alerts folded in */
    /* Not fewer than these: what was stored is known by its number only. */
    uint64_t source_floor, account_floor, key_floor;
    struct book_stored only_stored; /* zeros: this book saw all of it */
    uint64_t evidence_count;
    struct record_evidence first[RECORD_EDGE_MAX];
    struct record_evidence last[RECORD_EDGE_MAX]; /* ring, by evidence_count */
};

MUST_CHECK enum err record_create(const struct finding *f, bool folds,
                                  struct record_budgets *budgets, struct record **out);
void record_destroy(struct record *r);

/* Adds a finding (all but rule and severity). *out_send: it is worth a snapshot at once. */
MUST_CHECK enum err record_add(struct record *r, struct record_names *names,
                               const struct finding *f, bool *out_send);

void record_say(struct record *r, const char *message); /* NULL: the rule's own sentence */
/* Replaces *out. */
MUST_CHECK enum err record_keep_text(struct sv text, size_t cap, char **out);

/* -- record_stored.c --------------------------------------------------------------------------- */
/* A record of what the store knows of an alert, by its rule, host and key only; then record_take().
 */
MUST_CHECK enum err record_restore(const struct alert *a, struct record_budgets *budgets,
                                   struct record **out);
/* Takes over what the stored alert knows better: all of it when it has another id, which becomes
 * the record's, or when the record is new. Severity only grows; `words`: the rule is the stored one
 * too. */
MUST_CHECK enum err record_take(struct record *r, struct record_names *names, const struct alert *a,
                                bool words);
/* Before it: the record knows nothing but who was met. */
void record_forget(struct record *r, const struct alert *a);
/* Is one known whose password was right? */
bool record_alert_entered(const struct alert *a);

/* Fills *a but for suppression; a->id only when r has one. */
void record_snapshot(const struct record *r, const struct record_names *names, struct alert *a);
