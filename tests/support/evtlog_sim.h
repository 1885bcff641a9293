/*
 * evtlog_sim - the Windows Event Log behind struct evtlog_api, for tests: documented behaviour,
 * errors and limits, on a log that is a file.
 *
 * Its log file only grows: entries of any process, appended whole (evtlog_sim_append()), found by
 * the simulator when evtlog_sim_poll() or a call looks. Record numbers are given in the order of
 * the file, per log.
 *
 * What it does, the page that says so, and the test that uses it (pages: win32/api/winevt/ unless
 * another is named; tests: tests/unit/):
 *
 * EvtSubscribe: behind a bookmark; its event gone: strict NOT_FOUND, else behind the one next to it
 *     ne-winevt-evt_subscribe_flags               test_subscription: overwritten, cleared
 * EvtSubscribe: oldest first; structured query; signal and bookmark as flags demand
 *     nf-winevt-evtsubscribe                      test_subscription: order
 * EvtSubscribe: unknown channel 15007, denied 5, bad query 15001, over 32 expressions 15026
 *     win32/wes/windows-event-log-error-constants, queryschema-querytype   test_subscription:
 * states EvtNext: batch, NO_MORE_ITEMS, nothing in a failed call; at most 1024 nf-winevt-evtnext,
 * [MS-EVEN6] 3.1.4.10      test_subscription: order EvtNext: STALE when records it has not given
 * are gone, until it is opened anew windows-event-log-error-constants           test_subscription:
 * rolls over while open EvtNext: over 2 MB RPC_S_INVALID_BOUND, and the position has moved
 *     github.com/elastic/beats/issues/3076        test_subscription: large records
 * EvtRender: INSUFFICIENT_BUFFER and the bytes needed; variants, what they point at behind them
 *     nf-winevt-evtrender, ns-winevt-evt_variant  test_subscription: buffers grow
 * EvtRender: values by path, NULL when not there, never of UserData; System in its order
 *     nf-winevt-evtrender, ne-winevt-evt_system_property_id   test_live_same: same events
 * EvtCreateBookmark, EvtUpdateBookmark: [MS-EVEN6] 2.2.14; MALFORMED_XML_TEXT
 *     nf-winevt-evtcreatebookmark                 test_subscription: bad position
 * EvtClose: closes the children too; a closed handle is INVALID_HANDLE
 *     nf-winevt-evtclose                          all: nothing left open
 * EvtGetChannelConfigProperty: enabled            test_subscription: states
 * EvtGetLogInfo: oldest record number and count
 *     ne-winevt-evt_log_property_id               test_subscription: overwritten
 * The service restarted: every handle INVALID_HANDLE, while it is down RPC_S_SERVER_UNAVAILABLE
 *     github.com/wazuh/wazuh/issues/3792          test_subscription: service restarts
 * Any code at the n-th call of any function       test_subscription_faults
 */
#pragma once

#include "core/buf.h"
#include "evtlog/evtlog_api.h"

#define EVTLOG_SIM_VALUES_MAX 64

/* A named value of a record; types as enum evtx_type, strings UTF-16LE. */
struct evtlog_sim_value {
    struct sv name;
    uint32_t type;
    uint32_t len;
    const uint8_t *data;
};

struct evtlog_sim_record {
    struct sv log; /* the channel it is stored in */
    struct sv provider, channel, computer;
    struct sv wrapper; /* element inside UserData; empty: EventData */
    uint64_t time_ft;
    uint64_t record_id; /* 0: its number in the log */
    uint32_t pid;
    uint16_t event_id, version;
    size_t count;
    struct evtlog_sim_value values[EVTLOG_SIM_VALUES_MAX];
};

/* Appends to a log file, which is made when it is missing. False: it could not. */
bool evtlog_sim_append(const char *path, const struct evtlog_sim_record *record);
/* The log is emptied; its numbers go on, or (anew) begin at 1. */
bool evtlog_sim_append_clear(const char *path, struct sv log, bool anew);
/* A record with one text value, "TargetUserName" = "user<n>". */
bool evtlog_sim_append_failure(const char *path, uint64_t time_ft, unsigned n);

enum evtlog_sim_call {
    EVTLOG_SIM_SUBSCRIBE,
    EVTLOG_SIM_NEXT,
    EVTLOG_SIM_RENDER,
    EVTLOG_SIM_CREATE_CONTEXT,
    EVTLOG_SIM_CREATE_BOOKMARK,
    EVTLOG_SIM_UPDATE_BOOKMARK,
    EVTLOG_SIM_OPEN_CONFIG,
    EVTLOG_SIM_GET_CONFIG,
    EVTLOG_SIM_OPEN_LOG,
    EVTLOG_SIM_GET_LOG_INFO,
    EVTLOG_SIM_SIGNAL_CREATE,
    EVTLOG_SIM_CLOSE,
    EVTLOG_SIM_CALLS
};

struct evtlog_sim;
struct evtlog_sim *evtlog_sim_create(const char *path); /* NULL: out of memory */
/* Returns how many handles were left open, and how often a dead one was used. */
size_t evtlog_sim_destroy(struct evtlog_sim *sim);
const struct evtlog_api *evtlog_sim_api(struct evtlog_sim *sim);
/* Reads what was appended and sets the signals of those who wait for it. */
void evtlog_sim_poll(struct evtlog_sim *sim);
bool evtlog_sim_is_set(const void *signal);

/* A log exists once it has a record or is named here. */
struct evtlog_sim_channel {
    struct sv path;
    bool denied, disabled, absent;
    uint64_t capacity; /* records it holds before the oldest go; 0: any */
};
void evtlog_sim_set_channel(struct evtlog_sim *sim, const struct evtlog_sim_channel *c);
void evtlog_sim_set_down(struct evtlog_sim *sim, bool down); /* all handles die */
/* Looks at the file no more, which costs allocations. */
void evtlog_sim_set_frozen(struct evtlog_sim *sim, bool frozen);
void evtlog_sim_set_batch_bytes(struct evtlog_sim *sim, size_t max);
/* No value is found by its path: the data have to be read from XML. */
void evtlog_sim_set_no_values(struct evtlog_sim *sim, bool none);
void evtlog_sim_set_no_items_code(struct evtlog_sim *sim, uint32_t code);

/* The n-th call from now (0: the next) and `times - 1` more fail. */
void evtlog_sim_fail(struct evtlog_sim *sim, enum evtlog_sim_call call, unsigned n, unsigned times,
                     uint32_t code);
size_t evtlog_sim_open_handles(const struct evtlog_sim *sim);
unsigned evtlog_sim_calls(const struct evtlog_sim *sim, enum evtlog_sim_call call);
