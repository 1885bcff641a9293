/*
 * decode_field - reads a payload step by step into the fields of an event.
 */
#pragma once

#include "core/rd.h"
#include "etw/decode_row.h"

#define ETW_SID_PARTS_MAX 15
#define ETW_TOO_SHORT "the payload ends within its fields"

/* Room for the texts of one event: a row has one command line at most, and few others. */
#define ETW_TEXT_LEN (EVENT_LONG_TEXT_MAX + 8 * EVENT_TEXT_MAX)
struct etw_text {
    size_t len;
    char bytes[ETW_TEXT_LEN];
};

struct etw_payload {
    struct rd rd;
    size_t ptr_len;
    struct etw_text *text;
    struct event *ev;
};

/* NULL, or why the payload cannot be: a constant phrase. Steps before that one have set their
 * fields. The event's fields are all zero before. */
const char *etw_payload_read(struct etw_payload *p, const struct etw_step *steps, size_t count);

/* "S-1-..." of a SID whose length was proven. */
struct sv etw_sid_text(struct etw_text *text, const uint8_t *sid);

/* One step of them that reads a text, a GUID or a SID; the last one of a row may lack its NUL. */
const char *etw_text_read(struct etw_payload *p, struct etw_step step, bool last);

/* Steps of addresses. */
const char *etw_flow_v4_read(struct etw_payload *p);
const char *etw_flow_v6_read(struct etw_payload *p);
const char *etw_sockaddr_read(struct etw_payload *p, struct etw_step step);
