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
    enum severity severity;
    enum logon_service service;
    const struct rule *rule;
    const char *message; /* NULL: the rule's own */
    uint32_t revision;
    uint32_t host;
    uint32_t account_id;
    uint32_t next; /* in its bucket; or the next free slot */
    uint64_t owner;
    uint64_t first_ft, last_ft;
    uint64_t entered_ft; /* of the first success; 0: none */
    uint64_t hold_ft;    /* after last_ft, before idle time begins */
    uint64_t count, next_escalation;
    uint64_t hosts;
    struct addr source;
    char *key;
    char *account;
    const char *extra_name[BOOK_EXTRA_MAX];
    char *extra[BOOK_EXTRA_MAX];
    struct distinct sources, accounts;
    struct distinct keys; /* folds: the alerts folded in */
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

/* Fills *a but for suppression; a->id only when r has one. */
void record_snapshot(const struct record *r, const struct record_names *names, struct alert *a);
