/*
 * evtx_value - one typed value of binary XML, as text or as a number.
 *
 * Types and layouts: libyal/libevtx documentation; [MS-EVEN6] 2.2.17. A value borrows its bytes,
 * which are foreign: lengths are checked against the type before anything is read.
 */
#pragma once

#include "core/sv.h"

enum evtx_type {
    EVTX_NULL = 0x00,
    EVTX_STRING = 0x01, /* UTF-16LE */
    EVTX_ANSI = 0x02,
    EVTX_I8 = 0x03,
    EVTX_U8 = 0x04,
    EVTX_I16 = 0x05,
    EVTX_U16 = 0x06,
    EVTX_I32 = 0x07,
    EVTX_U32 = 0x08,
    EVTX_I64 = 0x09,
    EVTX_U64 = 0x0a,
    EVTX_FLOAT = 0x0b,
    EVTX_DOUBLE = 0x0c,
    EVTX_BOOL = 0x0d,
    EVTX_BINARY = 0x0e,
    EVTX_GUID = 0x0f,
    EVTX_SIZET = 0x10, /* 4 or 8 bytes */
    EVTX_FILETIME = 0x11,
    EVTX_SYSTEMTIME = 0x12,
    EVTX_SID = 0x13,
    EVTX_HEX32 = 0x14,
    EVTX_HEX64 = 0x15,
    EVTX_XML = 0x21, /* a fragment of binary XML */
    EVTX_ARRAY = 0x80,
    EVTX_UTF8 = 0x100, /* text that was put together here; never in a file */
};

struct evtx_value {
    unsigned type; /* enum evtx_type, perhaps with EVTX_ARRAY */
    const uint8_t *data;
    size_t len;
};

/* As people read it: numbers decimal, Hex32/64 and pointers 0x…, GUID {…}, SID S-1-…, times
 * ISO 8601, binary as hex digits; items of arrays behind ", ". A text ends at its first NUL.
 * Nothing for NULL, for XML and for a length that does not fit the type. *cut (may be NULL) is set
 * when cap was too small. Returns the length; no NUL is written. */
size_t evtx_value_text(const struct evtx_value *v, char *out, size_t cap, bool *cut);

/* An integer, pointer, bool or time as a number, or text that is one (decimal, 0x…, negative
 * decimal as two's complement). False when it is none. */
bool evtx_value_u64(const struct evtx_value *v, uint64_t *out);

/* A FILETIME of a FILETIME, SYSTEMTIME or ISO 8601 text value; false when it is none. */
bool evtx_value_time(const struct evtx_value *v, uint64_t *out_ft);

/* Bytes of one item of a type with a fixed size, else 0. */
size_t evtx_type_len(unsigned type);
