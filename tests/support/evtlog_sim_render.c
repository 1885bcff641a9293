/*
 * evtlog_sim_render - variants and XML of a record, as EvtRender gives them: sizes in bytes, what
 * variants point at behind them in the same buffer. Nothing of the reader's conversions is used.
 */
#include <inttypes.h>
#include <stdio.h>

#include "core/rd.h"
#include "core/tm.h"
#include "core/utf.h"
#include "support/evtlog_sim_log.h"

enum {
    TYPE_NULL = 0,
    TYPE_STRING = 1,
    TYPE_ANSI = 2,
    TYPE_U16 = 6,
    TYPE_U32 = 8,
    TYPE_U64 = 10,
    TYPE_BOOL = 13,
    TYPE_BINARY = 14,
    TYPE_GUID = 15,
    TYPE_SIZET = 16,
    TYPE_FILETIME = 17,
    TYPE_SYSTEMTIME = 18,
    TYPE_SID = 19,
    TYPE_HEX32 = 20,
    TYPE_HEX64 = 21,
    TYPE_ARRAY = 0x80
};

/* -- variants ---------------------------------------------------------------------------------- */

/* A rendering: variants first, then data; counted on when there is no more room. */
struct place {
    uint8_t *buffer;
    size_t cap;
    size_t len;
    struct sim_scratch *scratch;
};

static void
put_variant(struct place *p, size_t i, const struct evtlog_variant *v)
{
    if ((i + 1) * sizeof(*v) <= p->cap) {
        memcpy(p->buffer + i * sizeof(*v), v, sizeof(*v));
    }
}

static const void *
put_data(struct place *p, const void *data, size_t len, size_t zeros)
{
    const uint8_t *at = p->buffer + p->len;
    size_t need = (len + zeros + 7) & ~(size_t)7;

    if (p->len <= p->cap && need <= p->cap - p->len) {
        memset(p->buffer + p->len, 0, need);
        if (len > 0) {
            memcpy(p->buffer + p->len, data, len);
        }
    }
    p->len += need;
    return at;
}

static void
put_value(struct place *p, size_t i, const struct evtlog_sim_value *in)
{
    struct evtlog_variant v = {.type = in == NULL ? TYPE_NULL : in->type};

    if (in == NULL || v.type == TYPE_NULL) {
        put_variant(p, i, &v);
        return;
    }
    if (v.type == TYPE_STRING || v.type == TYPE_ANSI) {
        v.value.data = put_data(p, in->data, in->len, v.type == TYPE_STRING ? 2 : 1);
    } else if (v.type == TYPE_BINARY || v.type == TYPE_GUID || v.type == TYPE_SYSTEMTIME ||
               v.type == TYPE_SID || (v.type & TYPE_ARRAY) != 0) {
        v.value.data = put_data(p, in->data, in->len, 0);
        v.count = in->len;
    } else {
        memcpy(v.value.bytes, in->data, in->len < 8 ? in->len : 8);
    }
    put_variant(p, i, &v);
}

static void
put_text_value(struct place *p, size_t i, struct sv text)
{
    uint16_t *units = p->scratch->units;
    bool cut;
    struct evtlog_sim_value v = {.type = TYPE_STRING, .data = (const uint8_t *)units};

    v.len = 2 * (uint32_t)utf8_to_utf16(text, units, SIM_TEXT_MAX, &cut);
    put_value(p, i, &v);
}

static void
put_number_value(struct place *p, size_t i, uint32_t type, uint64_t number)
{
    struct evtlog_sim_value v = {.type = type, .len = 8, .data = (const uint8_t *)&number};

    put_value(p, i, &v);
}

static uint32_t
placed(const struct place *p, size_t count, struct evtlog_render *out)
{
    out->used = (uint32_t)p->len;
    if (p->len > out->buffer_len) {
        return EVTLOG_INSUFFICIENT_BUFFER;
    }
    out->count = (uint32_t)count;
    return EVTLOG_OK;
}

uint32_t
sim_render_system(const struct evtlog_sim_record *r, struct sim_scratch *scratch,
                  struct evtlog_render *out)
{
    struct place p = {out->buffer, out->buffer_len,
                      EVTLOG_SYSTEM_COUNT * sizeof(struct evtlog_variant), scratch};

    for (size_t i = 0; i < EVTLOG_SYSTEM_COUNT; i++) {
        put_value(&p, i, NULL);
    }
    put_text_value(&p, EVTLOG_SYSTEM_PROVIDER, r->provider);
    put_number_value(&p, EVTLOG_SYSTEM_EVENT_ID, TYPE_U16, r->event_id);
    put_number_value(&p, EVTLOG_SYSTEM_TIME, TYPE_FILETIME, r->time_ft);
    put_number_value(&p, EVTLOG_SYSTEM_RECORD_ID, TYPE_U64, r->record_id);
    put_number_value(&p, EVTLOG_SYSTEM_PROCESS_ID, TYPE_U32, r->pid);
    put_text_value(&p, EVTLOG_SYSTEM_CHANNEL, r->channel);
    put_text_value(&p, EVTLOG_SYSTEM_COMPUTER, r->computer);
    put_number_value(&p, EVTLOG_SYSTEM_VERSION, 4, r->version);
    return placed(&p, EVTLOG_SYSTEM_COUNT, out);
}

uint32_t
sim_render_values(const struct evtlog_sim_record *r, const char (*names)[SIM_PATH_MAX],
                  size_t count, struct evtlog_render *out)
{
    struct place p = {out->buffer, out->buffer_len, count * sizeof(struct evtlog_variant), NULL};

    for (size_t i = 0; i < count; i++) {
        const struct evtlog_sim_value *found = NULL;

        for (size_t k = 0; r->wrapper.len == 0 && found == NULL && k < r->count; k++) {
            if (sv_eq(r->values[k].name, sv_from(names[i]))) {
                found = &r->values[k];
            }
        }
        put_value(&p, i, found);
    }
    return placed(&p, count, out);
}

/* -- XML --------------------------------------------------------------------------------------- */

static void
put(struct xml *x, const char *text, size_t len)
{
    if (len <= SIM_XML_MAX - x->len) {
        memcpy(x->text + x->len, text, len);
        x->len += len;
    }
}

static void
put_str(struct xml *x, const char *text)
{
    put(x, text, strlen(text));
}

static void
put_escaped(struct xml *x, struct sv s)
{
    for (size_t i = 0; i < s.len; i++) {
        switch (s.p[i]) {
        case '<':
            put_str(x, "&lt;");
            break;
        case '>':
            put_str(x, "&gt;");
            break;
        case '&':
            put_str(x, "&amp;");
            break;
        case '"':
            put_str(x, "&quot;");
            break;
        case '\'':
            put_str(x, "&apos;");
            break;
        default:
            put(x, s.p + i, 1);
            break;
        }
    }
}

static void
put_utf16(struct xml *x, const uint8_t *data, size_t len)
{
    size_t units = 0;
    bool cut;

    while (units + 2 <= len && (data[units] != 0 || data[units + 1] != 0)) {
        units += 2;
    }
    put_escaped(
        x, (struct sv){x->value, utf16le_to_utf8(data, units, x->value, sizeof(x->value), &cut)});
}

static void
put_hex_bytes(struct xml *x, const uint8_t *data, size_t len)
{
    char digits[4];

    for (size_t i = 0; i < len; i++) {
        put(x, digits, (size_t)snprintf(digits, sizeof(digits), "%02X", data[i]));
    }
}

static void
put_sid(struct xml *x, const uint8_t *data)
{
    char text[32];

    put(x, text, (size_t)snprintf(text, sizeof(text), "S-%u-%u", data[0], data[7]));
    for (size_t i = 0; i < data[1]; i++) {
        put(x, text, (size_t)snprintf(text, sizeof(text), "-%" PRIu32, rd_le32(data + 8 + 4 * i)));
    }
}

static void
put_guid(struct xml *x, const uint8_t *d)
{
    char text[48];
    int len = snprintf(text, sizeof(text), "{%08" PRIX32 "-%04X-%04X-", rd_le32(d),
                       (unsigned)rd_le16(d + 4), (unsigned)rd_le16(d + 6));

    put(x, text, (size_t)len);
    put_hex_bytes(x, d + 8, 2);
    put_str(x, "-");
    put_hex_bytes(x, d + 10, 6);
    put_str(x, "}");
}

static void
put_number(struct xml *x, const struct evtlog_sim_value *v)
{
    uint64_t number = 0;
    char text[TM_TEXT_MAX + 8];
    int len;

    memcpy(&number, v->data, v->len < 8 ? v->len : 8);
    if (v->type == TYPE_HEX32 || v->type == TYPE_HEX64 || v->type == TYPE_SIZET) {
        len = snprintf(text, sizeof(text), "0x%" PRIx64, number);
    } else if (v->type == TYPE_FILETIME) {
        len = (int)tm_format(number, text);
    } else if (v->type == TYPE_BOOL) {
        len = snprintf(text, sizeof(text), "%s", number != 0 ? "true" : "false");
    } else if (v->type % 2 == 1 && v->type < 11) { /* signed */
        unsigned shift = 64 - 8 * v->len;

        len = snprintf(text, sizeof(text), "%" PRId64, (int64_t)(number << shift) >> shift);
    } else {
        len = snprintf(text, sizeof(text), "%" PRIu64, number);
    }
    put(x, text, (size_t)len);
}

static void
put_value_text(struct xml *x, const struct evtlog_sim_value *v)
{
    switch (v->type) {
    case TYPE_NULL:
        break;
    case TYPE_STRING:
        put_utf16(x, v->data, v->len);
        break;
    case TYPE_ANSI:
        put_escaped(x, (struct sv){(const char *)v->data, v->len});
        break;
    case TYPE_BINARY:
        put_hex_bytes(x, v->data, v->len);
        break;
    case TYPE_GUID:
        put_guid(x, v->data);
        break;
    case TYPE_SID:
        put_sid(x, v->data);
        break;
    default:
        put_number(x, v);
        break;
    }
}

static void
put_system(struct xml *x, const struct evtlog_sim_record *r)
{
    char text[512];
    char time[TM_TEXT_MAX];

    (void)tm_format(r->time_ft, time);
    put_str(x, "<System><Provider Name='");
    put_escaped(x, r->provider);
    put(x, text,
        (size_t)snprintf(text, sizeof(text),
                         "'/><EventID>%u</EventID><Version>%u</Version><Level>0</Level>"
                         "<TimeCreated SystemTime='%s'/><EventRecordID>%" PRIu64
                         "</EventRecordID><Correlation/><Execution ProcessID='%" PRIu32
                         "' ThreadID='4'/><Channel>",
                         r->event_id, r->version, time, r->record_id, r->pid));
    put_escaped(x, r->channel);
    put_str(x, "</Channel><Computer>");
    put_escaped(x, r->computer);
    put_str(x, "</Computer><Security/></System>");
}

static void
put_datum(struct xml *x, const struct evtlog_sim_value *v, bool user)
{
    put_str(x, user ? "<" : "<Data Name='");
    put_escaped(x, v->name);
    put_str(x, user ? ">" : "'>");
    put_value_text(x, v);
    put_str(x, "</");
    put_escaped(x, user ? v->name : SV("Data"));
    put_str(x, ">");
}

static uint32_t
give_text(struct sv utf8, struct sim_scratch *scratch, struct evtlog_render *out)
{
    uint16_t *units = scratch->units;
    bool cut;
    size_t count = utf8_to_utf16(utf8, units, SIM_XML_MAX - 1, &cut);

    units[count++] = 0;
    out->used = (uint32_t)(2 * count);
    out->count = 0;
    if (out->used > out->buffer_len) {
        return EVTLOG_INSUFFICIENT_BUFFER;
    }
    memcpy(out->buffer, units, out->used);
    return EVTLOG_OK;
}

uint32_t
sim_render_xml(const struct evtlog_sim_record *r, struct sim_scratch *scratch,
               struct evtlog_render *out)
{
    struct xml *x = &scratch->xml;
    bool user = r->wrapper.len > 0;

    x->len = 0;
    put_str(x, "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'>");
    put_system(x, r);
    put_str(x, user ? "<UserData><" : "<EventData");
    put_escaped(x, r->wrapper);
    put_str(x, user ? " xmlns='Event_NS'>" : ">");
    for (size_t i = 0; i < r->count; i++) {
        put_datum(x, &r->values[i], user);
    }
    put_str(x, user ? "</" : "</EventData>");
    put_escaped(x, r->wrapper);
    put_str(x, user ? "></UserData></Event>" : "</Event>");
    return give_text((struct sv){x->text, x->len}, scratch, out);
}

uint32_t
sim_render_text(const char *utf8, struct sim_scratch *scratch, struct evtlog_render *out)
{
    return give_text(sv_from(utf8), scratch, out);
}
