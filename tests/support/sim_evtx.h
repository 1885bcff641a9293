/*
 * sim_evtx - writes Windows Event Log files, for tests only.
 *
 * Independent of the readers under test: it includes nothing of evtlog/ or etw/, and two foreign
 * readers must read its files in full. Layout: libyal/libevtx documentation "Windows XML Event Log
 * (EVTX) format".
 *
 * A record is an outer template (System) with the event's data as a nested template, as Windows
 * writes them. Errors end the program: a test tool has nobody to tell but its user.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

enum sim_type {
    SIM_TEXT,
    SIM_U16,
    SIM_U32,
    SIM_U64,
    SIM_HEX32,
    SIM_HEX64,
    SIM_GUID,
    SIM_SID,
    SIM_BYTES
};

struct sim_field {
    const char *name;
    enum sim_type type;
};

/* What every record of one kind shares. Address is its identity: keep it in static storage. */
struct sim_schema {
    const char *provider;
    const char *guid; /* with braces */
    const char *channel;
    uint16_t event_id;
    uint8_t version, level, opcode;
    uint16_t task;
    uint64_t keywords;
    const char *user_data; /* NULL: EventData; else the name of the element inside UserData */
    const struct sim_field *fields;
    size_t field_count;
};

#define SIM_FIELDS_MAX 32
#define SIM_TEXT_MAX 96

struct sim_value {
    uint64_t number;
    char text[SIM_TEXT_MAX]; /* ASCII or UTF-8 of the BMP, lone surrogates too */
    const char *long_text;   /* instead of text, when it is longer; borrowed */
    uint8_t bytes[28];
    size_t byte_len; /* SIM_GUID 16, SIM_SID, SIM_BYTES */
};

struct sim_log;
struct sim_log *sim_log_open(const char *path, const char *computer);
void sim_log_record(struct sim_log *log, const struct sim_schema *schema, uint64_t time_ft,
                    const struct sim_value *values);
uint64_t sim_log_close(struct sim_log *log); /* number of records written */
