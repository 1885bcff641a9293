/*
 * attempt - one attempt to log on to a computer, joined from what several sources saw of it.
 *
 * Rules (DESIGN "Logon truth"): at most one witness of each (provider, id); keys join only
 * different kinds, one to one, nearest in time; counting starts with the first witness.
 * Memory: texts are borrowed for the call that hands the attempt over.
 */
#pragma once

#include "core/addr.h"
#include "core/sv.h"

/* Eight that saw the attempt, and five that saw its connection come in. */
#define ATTEMPT_WITNESS_MAX 13

enum attempt_outcome {
    ATTEMPT_CONNECT, /* reached the service; no authentication was seen */
    ATTEMPT_FAILURE, /* credentials were refused */
    ATTEMPT_REFUSED, /* the password was right, the logon was refused all the same */
    ATTEMPT_SUCCESS,
    ATTEMPT_OUTCOME_COUNT
};
const char *attempt_outcome_name(enum attempt_outcome o); /* "connect", "failure", ... */

/* How a failure counts (windows-telemetry 4.2): never, but not toward logon.distributed, fully. */
enum attempt_weight { WEIGHT_NONE, WEIGHT_WEAK, WEIGHT_FULL };

enum logon_service {
    SERVICE_UNKNOWN,
    SERVICE_RDP,
    SERVICE_SMB,
    SERVICE_WINRM,
    SERVICE_SSH,
    SERVICE_MSSQL,
    SERVICE_KDC,
    SERVICE_HTTP,
    SERVICE_OTHER,
    SERVICE_COUNT
};
const char *logon_service_name(enum logon_service s);

enum source_scope {
    SCOPE_NONE,     /* no source known */
    SCOPE_LOCAL,    /* console, service, loopback: never counts */
    SCOPE_OWN,      /* remote logon evidence from loopback or the PC's own address: a tunnel */
    SCOPE_INTERNAL, /* private, company prefixes, VPN */
    SCOPE_RELAY,    /* config logon.relays */
    SCOPE_GATEWAY,  /* the adapter's gateway: a router that rewrites sources */
    SCOPE_INTERNET,
    SCOPE_COUNT
};
const char *source_scope_name(enum source_scope s);

struct attempt_witness {
    struct sv channel;
    uint32_t event_id;
    uint64_t record_id;
    uint64_t time_ft;
};

struct attempt {
    uint64_t first_ft, last_ft; /* of its witnesses */
    uint32_t host_id;           /* state's ids; 0 = table full */
    uint32_t account_id;        /* 0 = none or table full; same account key, same id */
    struct sv host;
    struct sv account; /* as the best witness spelt it */
    struct sv domain;
    struct sv workstation;
    enum attempt_outcome outcome;
    enum attempt_weight weight;
    enum logon_service service;
    enum source_scope scope;
    struct addr src;
    uint16_t src_port;
    bool src_inferred;  /* the record had none; another witness gave it */
    uint8_t confidence; /* percent, of what was inferred; 100 = stated */
    bool nla_only; /* success known from 1149 alone: "authenticated (1149 only, no session seen)" */
    uint32_t logon_type; /* 0 = not known */
    uint32_t status;     /* the code that says why; 0 = none */
    uint64_t logon_id;   /* LUID of a success; 0 = not known */
    struct sv adapter;   /* of arrival; empty = not known */
    uint32_t witness_count;
    struct attempt_witness witness[ATTEMPT_WITNESS_MAX];
};
