/*
 * decode - an ETW record to an event, by a table of (provider, id, version) rows. The same rows
 * serve live sessions and files.
 *
 * A row lists the payload's fields in order: they are packed, without alignment. A payload longer
 * than its row is accepted; a version newer than the known ones is read as the newest known one
 * (new versions append) and counted (METRIC_ETW_VERSIONS_NEWER).
 * Memory:  nothing is allocated. Texts of the event live in the decoder until its next call, or
 *          with the record.
 * Sets:    time, kind, provider, event_id, version, logger_pid and what the payload says. Host,
 *          channel and record_id are the caller's.
 * Addresses: src is the remote and dst the local end. Where a layout names no ends (Kernel-Network
 *          and its classic twin), saddr is taken as local, but for datagrams that a group received:
 *          there it is who sent them. state/ puts that right where it knows better.
 * Header:  its account, session and start key are taken when its process is the one meant; of a
 *          process that starts, its account is who started it (subject_sid).
 */
#pragma once

#include "core/event.h"
#include "etw/record.h"

enum etw_decoded {
    ETW_EVENT,   /* *ev is filled */
    ETW_UNKNOWN, /* no row: Kanari does not read this kind */
    ETW_DAMAGED  /* the payload ends within its fields, or one of them cannot be */
};

struct etw_decoder;
MUST_CHECK enum err etw_decoder_create(struct etw_decoder **out);
void etw_decoder_destroy(struct etw_decoder *d);
/* *why (ETW_DAMAGED) is a constant phrase; ev then holds what is known of the header, as
 * EV_ANOMALY. */
enum etw_decoded etw_decode(struct etw_decoder *d, const struct etw_record *rec, struct event *ev,
                            const char **why);

/*
 * The Event Log channel that delivers this record too, or NULL: the provider writes it to that
 * channel, and every session that enables the provider gets it as well. One route for each record:
 * whoever reads the channel (a live subscription, or its .evtx of the same computer beside the
 * trace) must not take the record from ETW, or one refused logon counts twice. Where the channel is
 * off, denied or not there to read, the record is the only telling and is taken.
 * Called before etw_decode(); costs one look-up. Borrowed for ever. NULL also for records without a
 * row.
 */
const char *etw_channel_of(const struct etw_decoder *d, const struct etw_record *rec);

/* "Microsoft-Windows-Kernel-Network", "NT Kernel/Process"; NULL for providers not in the catalog.
 * Names far more providers than there are rows for: the tally of a file shows them. */
const char *etw_provider_name(const struct etw_guid *guid);

/* The rows, for the page in docs/ and the tests. */
struct etw_row_info {
    const char *provider;
    struct etw_guid guid;
    uint16_t id;
    uint8_t version;
    enum event_kind kind;
    const char *action; /* what the row sets it to, or NULL */
    const char *proof;  /* name of the recording that proves the layout, or NULL: documented only */
    const char *channel; /* as etw_channel_of() */
    size_t payload_min;  /* bytes of the shortest whole payload in a 64-bit record */
    uint64_t fields;     /* bits of the fields it may set, beside those of every record */
};
size_t etw_row_count(void);
struct etw_row_info etw_row(size_t i);
