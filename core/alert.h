/*
 * alert - what a detector concludes: one growing record per finding.
 *
 * Identity: id = first 16 hex digits of SHA-256(host, rule, key, first seen), fixed when the alert
 * opens; an upgrade to a stronger rule keeps it. Every change that is sent on is a snapshot with a
 * higher revision. Sentence: a message id of messages/ with parameters, rendered when shown.
 * Memory: fixed size, no pointers except constants; may be copied with '='.
 */
#pragma once

#include "core/addr.h"
#include "core/buf.h"

#define ALERT_ID_MAX 17
#define ALERT_HOST_MAX 256
#define ALERT_KEY_MAX 320
#define ALERT_ACCOUNT_MAX 256
#define ALERT_TEXT_MAX 512
#define ALERT_EVIDENCE_MAX 8 /* the first four and the last four records */
#define ALERT_PARAMS_MAX 12

enum severity { SEV_INFORMATIONAL, SEV_LOW, SEV_MEDIUM, SEV_HIGH, SEV_CRITICAL, SEV_COUNT };
const char *severity_name(enum severity s); /* "informational" ... "critical" */
MUST_CHECK enum err severity_find(struct sv name, enum severity *out);

enum alert_state { ALERT_OPEN, ALERT_CLOSED };

/* A rule as it is documented (docs/DETECTIONS.md is generated from these). */
struct rule {
    uint32_t id;        /* 2000 */
    const char *name;   /* "logon.burst" */
    const char *attack; /* ATT&CK technique ids, blank separated: "T1110.001 T1021.001" */
    const char *meaning;
    enum severity severity; /* default */
};

struct alert_evidence {
    char host[ALERT_HOST_MAX];
    char channel[128];
    uint64_t record_id; /* 0 when the source has none */
    uint32_t event_id;
    uint64_t time_ft;
};

/* One named value of the sentence: text as it came (escaped when shown). */
struct alert_param {
    char name[24];
    char value[ALERT_ACCOUNT_MAX];
};

struct alert {
    char id[ALERT_ID_MAX];
    uint32_t revision;       /* 1, 2, ... */
    const struct rule *rule; /* the strongest so far */
    enum severity severity;
    enum alert_state state;
    bool retro;      /* found in history, not live */
    bool suppressed; /* stored and counted, not sent */
    char host[ALERT_HOST_MAX];
    char key[ALERT_KEY_MAX]; /* what makes it this alert: source, account, ... */
    uint64_t first_ft, last_ft;
    uint64_t count;     /* what is counted is the rule's: attempts, connections */
    uint64_t sources;   /* distinct, exact; 0 = not counted */
    uint64_t accounts;  /* distinct, exact; 0 = not counted */
    uint64_t hosts;     /* distinct, exact; 0 = one */
    struct addr source; /* when there is one */
    enum addr_class source_class;
    bool internet;
    char account[ALERT_ACCOUNT_MAX];
    char service[16];  /* "rdp", "smb", ... */
    char adapter[128]; /* adapter of arrival, when known */
    char process[ALERT_TEXT_MAX];
    char file[ALERT_TEXT_MAX];
    char message[48]; /* message name in messages/, e.g. "ALERT_LOGON_BURST" */
    size_t param_count;
    struct alert_param params[ALERT_PARAMS_MAX];
    size_t evidence_count;
    struct alert_evidence evidence[ALERT_EVIDENCE_MAX];
    char why_suppressed[ALERT_TEXT_MAX];
};

/* Fills a->id from host, key, rule and first_ft. */
void alert_make_id(struct alert *a);
/* Adds or replaces a parameter; over-long values are cut between characters. */
void alert_param(struct alert *a, const char *name, struct sv value);
/* A number as people read it, "20,113"; *out is NUL-terminated. */
#define ALERT_NUMBER_MAX 28
void alert_number(uint64_t value, char out[ALERT_NUMBER_MAX]);
/* Keeps the first four and the last four. */
void alert_add_evidence(struct alert *a, const struct alert_evidence *e);
