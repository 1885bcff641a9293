/* etl_record - one row per header form, and the items behind an EVENT_HEADER. */
#include "etw/etl_record.h"

#include "core/rd.h"

#define MARKER_TRACE 0xC0u   /* top byte of the first four: a trace header */
#define MARKER_MESSAGE 0x90u /* WPP */
#define MARKER_MESSAGE_BITS 0xF0u

#define VERSION_PEBS 0x8000u     /* eight bytes between header and payload */
#define VERSION_COUNTERS 0x0700u /* eight for each of so many */
#define COUNTERS_SHIFT 8

#define FLAG_EXTENDED 0x0001u

#define EXT_HEAD_LEN 8u
#define EXT_MORE 1u

enum shape {
    SHAPE_NONE, /* not known: no size can be told */
    SHAPE_SYSTEM,
    SHAPE_PERFINFO,
    SHAPE_FULL,
    SHAPE_EVENT,
    SHAPE_SKIP_SHORT, /* size at +4, as SYSTEM */
    SHAPE_SKIP_LONG   /* size at +0, as FULL */
};

/* TRACE_HEADER_TYPE_x, by its number. */
static const struct form {
    enum shape shape;
    uint8_t ptr_len;
    uint8_t head_len;
    const char *why; /* it is stepped over */
} forms[] = {
    [1] = {SHAPE_SYSTEM, 4, 0x20, NULL},
    [2] = {SHAPE_SYSTEM, 8, 0x20, NULL},
    [3] = {SHAPE_SKIP_SHORT, 4, 0x18, "compact header"},
    [4] = {SHAPE_SKIP_SHORT, 8, 0x18, "compact header"},
    [10] = {SHAPE_FULL, 4, 0x30, NULL},
    [11] = {SHAPE_SKIP_LONG, 4, 0x48, "instance header"},
    [12] = {SHAPE_SKIP_LONG, 4, 0x08, "timed header"},
    [13] = {SHAPE_SKIP_LONG, 4, 0x08, "error header"},
    [14] = {SHAPE_SKIP_LONG, 4, 0x08, "WNODE header"},
    [15] = {SHAPE_SKIP_LONG, 4, 0x08, "message header"},
    [16] = {SHAPE_PERFINFO, 4, 0x10, NULL},
    [17] = {SHAPE_PERFINFO, 8, 0x10, NULL},
    [18] = {SHAPE_EVENT, 4, 0x50, NULL},
    [19] = {SHAPE_EVENT, 8, 0x50, NULL},
    [20] = {SHAPE_FULL, 8, 0x30, NULL},
    [21] = {SHAPE_SKIP_LONG, 8, 0x48, "instance header"},
};
static const struct form message_form = {SHAPE_SKIP_LONG, 4, 0x08, "WPP message"};

/* A kernel group's MOF class: they share their last eight bytes, but for some. */
#define GUID(a, b, c, ...)                                                                         \
    {                                                                                              \
        {                                                                                          \
            (a) & 0xFF, (a) >> 8 & 0xFF, (a) >> 16 & 0xFF, (a) >> 24 & 0xFF, (b)&0xFF, (b) >> 8,   \
                (c)&0xFF, (c) >> 8, __VA_ARGS__                                                    \
        }                                                                                          \
    }
#define KERNEL(a) GUID(a, 0xFE05, 0x11D0, 0x9D, 0xDA, 0x00, 0xC0, 0x4F, 0xD7, 0xBA, 0x7C)

#define GROUP_PROCESS 3u
#define OPCODE_IMAGE_LOAD 10u

static const struct etw_guid image_class =
    GUID(0x2CB15D1Du, 0x5FC1, 0x11D2, 0xAB, 0xE1, 0x00, 0xA0, 0xC9, 0x11, 0xF5, 0x18);

static const struct etw_guid groups[] = {
    [0x00] = GUID(0x68FDD900u, 0x4A3E, 0x11D1, 0x84, 0xF4, 0x00, 0x00, 0xF8, 0x04, 0x64, 0xE3),
    [0x01] = KERNEL(0x3D6FA8D4u), /* DiskIo */
    [0x02] = KERNEL(0x3D6FA8D3u), /* PageFault */
    [0x03] = KERNEL(0x3D6FA8D0u), /* Process */
    [0x04] = GUID(0x90CBDC39u, 0x4A3E, 0x11D1, 0x84, 0xF4, 0x00, 0x00, 0xF8, 0x04, 0x64, 0xE3),
    [0x05] = KERNEL(0x3D6FA8D1u), /* Thread */
    [0x06] = GUID(0x9A280AC0u, 0xC8E0, 0x11D1, 0x84, 0xE2, 0x00, 0xC0, 0x4F, 0xB9, 0x98, 0xA2),
    [0x07] = GUID(0x3282FC76u, 0xFEED, 0x498E, 0x8A, 0xA7, 0xE7, 0x0F, 0x45, 0x9D, 0x43, 0x0E),
    [0x08] = GUID(0xBF3A50C5u, 0xA9C9, 0x4988, 0xA0, 0x05, 0x2D, 0xF0, 0xB7, 0xC8, 0x0F, 0x80),
    [0x09] = GUID(0xAE53722Eu, 0xC863, 0x11D2, 0x86, 0x59, 0x00, 0xC0, 0x4F, 0xA3, 0x21, 0xA1),
    [0x0B] = GUID(0x01853A65u, 0x418F, 0x4F36, 0xAE, 0xFC, 0xDC, 0x0F, 0x1D, 0x2F, 0xD2, 0x35),
    [0x0F] = GUID(0xCE1DBFB4u, 0x137E, 0x4DA6, 0x87, 0xB0, 0x3F, 0x59, 0xAA, 0x10, 0x2C, 0xBC),
    [0x14] = GUID(0x2CB15D1Du, 0x5FC1, 0x11D2, 0xAB, 0xE1, 0x00, 0xA0, 0xC9, 0x11, 0xF5, 0x18),
    [0x18] = GUID(0xDEF2FE46u, 0x7BD6, 0x4B80, 0xBD, 0x94, 0xF5, 0x7F, 0xE2, 0x0D, 0x0C, 0xE3),
    [0x1A] = GUID(0x45D8CCCDu, 0x539F, 0x4B72, 0xA8, 0xB7, 0x5C, 0x68, 0x31, 0x42, 0x60, 0x9A),
};

static const struct form *
find_form(const uint8_t *at)
{
    if (at[3] == MARKER_TRACE && at[2] < COUNT(forms) && forms[at[2]].shape != SHAPE_NONE) {
        return &forms[at[2]];
    }
    return (at[3] & MARKER_MESSAGE_BITS) == MARKER_MESSAGE ? &message_form : NULL;
}

static size_t
form_len(const struct form *form, const uint8_t *at)
{
    bool behind = form->shape == SHAPE_SYSTEM || form->shape == SHAPE_PERFINFO ||
                  form->shape == SHAPE_SKIP_SHORT;
    size_t len = rd_le16(at + (behind ? 4 : 0));

    return len < form->head_len ? 0 : len;
}

size_t
etl_record_len(const uint8_t *at)
{
    const struct form *form = find_form(at);

    return form == NULL ? 0 : form_len(form, at);
}

/* -- the forms --------------------------------------------------------------------------------- */

/* A group that has no class in the table: its number in Data1, so that it can still be told. */
static void
set_class(struct etw_record *rec, uint8_t group)
{
    static const struct etw_guid none;

    if (group == GROUP_PROCESS && rec->opcode == OPCODE_IMAGE_LOAD) {
        rec->provider = image_class;
    } else if (group < COUNT(groups) && memcmp(&groups[group], &none, sizeof(none)) != 0) {
        rec->provider = groups[group];
    } else {
        rec->provider = none;
        rec->provider.bytes[0] = group;
    }
}

/* False: the counters' values do not fit. */
static bool
set_payload(struct etw_record *rec, const uint8_t *at, size_t len, size_t head)
{
    uint16_t version = rd_le16(at);

    head += (version & VERSION_PEBS) != 0 ? 8 : 0;
    head += (size_t)((version & VERSION_COUNTERS) >> COUNTERS_SHIFT) * 8;
    if (head > len) {
        return false;
    }
    rec->payload = at + head;
    rec->payload_len = len - head;
    return true;
}

static bool
read_short(const uint8_t *at, const struct form *form, struct etl_record *out,
           struct etw_record *rec)
{
    bool system = form->shape == SHAPE_SYSTEM;

    rec->header = system ? ETW_HEADER_SYSTEM : ETW_HEADER_PERFINFO;
    rec->version = at[0];
    rec->level = 0;
    rec->opcode = at[6];
    rec->tid = system ? rd_le32(at + 0x08) : ETW_NO_ID;
    rec->pid = system ? rd_le32(at + 0x0C) : ETW_NO_ID;
    out->stamp = rd_le64(at + (system ? 0x10 : 0x08));
    out->group = at[7];
    set_class(rec, at[7]);
    return set_payload(rec, at, out->len, form->head_len);
}

static void
read_full(const uint8_t *at, const struct form *form, struct etl_record *out,
          struct etw_record *rec)
{
    rec->header = ETW_HEADER_FULL;
    rec->version = at[6];
    rec->level = at[5];
    rec->opcode = at[4];
    rec->tid = rd_le32(at + 0x08);
    rec->pid = rd_le32(at + 0x0C);
    out->stamp = rd_le64(at + 0x10);
    memcpy(&rec->provider, at + 0x18, sizeof(rec->provider));
    rec->payload = at + form->head_len;
    rec->payload_len = out->len - form->head_len;
}

/* Readers differ on whether an item's first or last number is its length; where they disagree the
 * length of the data is right. False: the items do not end within the record. */
static bool
read_items(struct etw_record *rec, struct rd *rd)
{
    bool more = true;

    while (more) {
        const uint8_t *head, *data;
        size_t len, padding;

        if (rd_bytes(rd, EXT_HEAD_LEN, &head)) {
            return false;
        }
        len = rd_le16(head + 6);
        if (rd_bytes(rd, len, &data)) {
            return false;
        }
        padding = (8 - len % 8) % 8;
        if (rd_skip(rd, padding)) {
            return false;
        }
        etw_record_add_item(rec, rd_le16(head + 2), data, len);
        more = (rd_le16(head + 4) & EXT_MORE) != 0;
    }
    return true;
}

static bool
read_event(const uint8_t *at, const struct form *form, struct etl_record *out,
           struct etw_record *rec)
{
    struct rd rd = {at, out->len, form->head_len};
    uint16_t flags = rd_le16(at + 4);

    rec->header = ETW_HEADER_EVENT;
    rec->tid = rd_le32(at + 0x08);
    rec->pid = rd_le32(at + 0x0C);
    out->stamp = rd_le64(at + 0x10);
    memcpy(&rec->provider, at + 0x18, sizeof(rec->provider));
    rec->version = at[0x2A];
    rec->level = at[0x2C];
    rec->opcode = at[0x2D];
    rec->keyword = rd_le64(at + 0x30);
    etw_record_set_flags(rec, flags, rd_le16(at + 0x28));
    if ((flags & FLAG_EXTENDED) != 0 && !read_items(rec, &rd)) {
        return false;
    }
    rec->payload = at + rd.pos;
    rec->payload_len = rd_left(&rd);
    return true;
}

/* -- one record -------------------------------------------------------------------------------- */

static void
unsound(struct etl_record *out, const char *why)
{
    out->kind = ETL_RECORD_UNSOUND;
    out->why = why;
}

static bool
is_tail(const uint8_t *at, size_t left)
{
    uint32_t first = left < sizeof(first) ? 0 : rd_le32(at);

    return left < ETL_RECORD_HEAD_MIN || first == 0 || first == UINT32_MAX;
}

/* What only some forms say. */
static void
record_init(struct etw_record *rec, const struct form *form)
{
    rec->time_ft = 0;
    rec->ptr_len = form->ptr_len;
    rec->classic = true;
    rec->keyword = 0;
    rec->sid = NULL;
    rec->sid_len = 0;
    rec->has_session = false;
    rec->session_id = 0;
    rec->start_key = 0;
}

static void
read_form(const uint8_t *at, const struct form *form, struct etl_record *out,
          struct etw_record *rec)
{
    bool sound = true;

    out->kind = ETL_RECORD_GIVEN;
    out->group = ETL_GROUP_NONE;
    record_init(rec, form);
    if (form->shape == SHAPE_EVENT) {
        sound = read_event(at, form, out, rec);
    } else if (form->shape == SHAPE_FULL) {
        read_full(at, form, out, rec);
        rec->id = rec->opcode;
    } else {
        sound = read_short(at, form, out, rec);
        rec->id = rec->opcode;
    }
    if (!sound) {
        unsound(out, "what stands before the payload does not fit its record");
    }
}

void
etl_record_read(const uint8_t *at, size_t left, struct etl_record *out, struct etw_record *rec)
{
    const struct form *form;

    if (is_tail(at, left)) {
        out->kind = ETL_RECORD_TAIL;
        return;
    }
    form = find_form(at);
    out->len = form == NULL ? 0 : form_len(form, at);
    if (out->len == 0) {
        unsound(out, form == NULL ? "this is no record" : "a record is shorter than its header");
    } else if (out->len > left) {
        out->len = 0;
        unsound(out, "a record reaches beyond its buffer");
    } else if (form->why != NULL) {
        out->kind = ETL_RECORD_SKIPPED;
        out->why = form->why;
    } else {
        read_form(at, form, out, rec);
    }
}
