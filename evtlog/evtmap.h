/*
 * evtmap - names by mapping: (provider, event id) -> event kind and named data -> event fields.
 * One table for files and live subscriptions. Never localised text.
 *
 * A row lists data names as the record's XML has them ("TargetUserName"), the event field and how
 * the value is read (text, number, address, "ip:port", SOCKADDR bytes, SID). docs/EVTX.md is made
 * from the rows.
 */
#pragma once

#include "core/event.h"

enum evtmap_conv {
    EVTMAP_TEXT, /* "-" and "" are absent */
    EVTMAP_U32,  /* binary, decimal or 0x text */
    EVTMAP_HEX32,
    EVTMAP_ID64,
    EVTMAP_ADDR,        /* "ip"; anything else is absent */
    EVTMAP_LOCAL,       /* "LOCAL" is kept as text, anything else is absent */
    EVTMAP_ADDRPORT,    /* "ip:port" -> field and field + 1 (its port) */
    EVTMAP_SOCKADDR,    /* SOCKADDR bytes -> field and its port */
    EVTMAP_PORT,        /* 0 and "-" are absent */
    EVTMAP_SID,         /* binary or text -> S-1-… */
    EVTMAP_ACCOUNT,     /* "DOMAIN\user" -> domain and account when split */
    EVTMAP_SCRIPT,      /* text as it is: "-" is a text too */
    EVTMAP_MOF_QUERY,   /* of the MOF text that stands in `script` already: the filter's query */
    EVTMAP_MOF_COMMAND, /* likewise: what the consumer runs */
};

struct evtmap_field {
    const char *name; /* EventData Name=, or UserData element */
    enum event_field field;
    enum evtmap_conv conv;
};

/* What a row takes of System besides what every event has. */
enum evtmap_system {
    EVTMAP_LEVEL = 1,  /* Level -> level */
    EVTMAP_USER = 2,   /* Security/UserID -> sid */
    EVTMAP_LOGGER = 4, /* Execution/ProcessID -> process_id: the event is about who logged it */
};

/* Names compare exactly: the record's XML is case-sensitive. One name may feed several fields, next
 * to each other. */
struct evtmap_row {
    const char *provider;
    uint32_t event_id;
    enum event_kind kind;
    const char *channel; /* where Windows writes it; whichever it comes from, it is read */
    const char *proof;   /* a recording whose records of it tests read; NULL: documentation only */
    const char *action;  /* the event's `action`; NULL: the record's, or none */
    unsigned system;     /* enum evtmap_system */
    const struct evtmap_field *fields;
    size_t count;
};
#define EVTMAP_FIELDS(list) .fields = (list), .count = COUNT(list)

/* NULL when unmapped. Provider names compare with ASCII case folded. Threads: any. */
const struct evtmap_row *evtmap_find(struct sv provider, uint32_t event_id);

/* All rows, by number: for documentation and tests. NULL beyond the last. */
const struct evtmap_row *evtmap_row(size_t number);

/* The rows, in the files that hold them. */
struct evtmap_table {
    const struct evtmap_row *rows;
    size_t count;
};
extern const struct evtmap_table evtmap_security; /* Security-Auditing, cleared logs, services */
extern const struct evtmap_table evtmap_remote;   /* Remote Desktop, SMB server, NTLM */
extern const struct evtmap_table evtmap_defender;
extern const struct evtmap_table evtmap_persist; /* scheduled tasks, WMI consumers, PowerShell */
extern const struct evtmap_table evtmap_devices; /* devices, modems, networks */
