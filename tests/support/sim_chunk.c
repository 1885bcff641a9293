/* sim_chunk - binary XML: tokens, names, templates and their values. */
#include "sim_chunk.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STRING_BUCKETS 64u
#define TEMPLATE_BUCKETS 32u
#define RECORD_ROOM                                                                                \
    12288u /* a record with both its templates takes no more, but for long texts                   \
            */

enum {
    TOKEN_EOF = 0x00,
    TOKEN_OPEN = 0x01,
    TOKEN_CLOSE_START = 0x02,
    TOKEN_CLOSE_EMPTY = 0x03,
    TOKEN_END = 0x04,
    TOKEN_VALUE = 0x05,
    TOKEN_ATTRIBUTE = 0x06,
    TOKEN_TEMPLATE = 0x0c,
    TOKEN_OPTIONAL = 0x0e,
    TOKEN_FRAGMENT = 0x0f,
    TOKEN_MORE = 0x40,
};

enum {
    TYPE_TEXT = 0x01,
    TYPE_U8 = 0x04,
    TYPE_U16 = 0x06,
    TYPE_U32 = 0x08,
    TYPE_U64 = 0x0a,
    TYPE_BINARY = 0x0e,
    TYPE_GUID = 0x0f,
    TYPE_FILETIME = 0x11,
    TYPE_SID = 0x13,
    TYPE_HEX32 = 0x14,
    TYPE_HEX64 = 0x15,
    TYPE_BINXML = 0x21,
};

static void
die(const char *what)
{
    fprintf(stderr, "sim_chunk: %s\n", what);
    exit(1);
}

/* -- bytes ------------------------------------------------------------------------------------ */

void
sim_chunk_int(uint8_t *to, uint64_t value, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        to[i] = (uint8_t)(value >> (8 * i));
    }
}

static uint32_t
get_u32(const uint8_t *from)
{
    return (uint32_t)from[0] | (uint32_t)from[1] << 8 | (uint32_t)from[2] << 16 |
           (uint32_t)from[3] << 24;
}

static void
put_bytes(struct sim_chunk *c, const void *data, size_t len)
{
    if (len > SIM_CHUNK_LEN - c->at) {
        die("a record is longer than RECORD_ROOM");
    }
    memcpy(c->data + c->at, data, len);
    c->at += (uint32_t)len;
}

static void
put_int(struct sim_chunk *c, uint64_t value, size_t len)
{
    uint8_t bytes[8];

    sim_chunk_int(bytes, value, len);
    put_bytes(c, bytes, len);
}

/* UTF-8 of the BMP as UTF-16LE; returns the number of units. */
static uint32_t
put_utf16(struct sim_chunk *c, const char *text)
{
    const uint8_t *p = (const uint8_t *)text;
    uint32_t units = 0;

    while (*p != 0) {
        uint32_t cp = *p++;

        if (cp >= 0xe0) {
            cp = (cp & 0x0f) << 12 | (uint32_t)(p[0] & 0x3f) << 6 | (uint32_t)(p[1] & 0x3f);
            p += 2;
        } else if (cp >= 0xc0) {
            cp = (cp & 0x1f) << 6 | (uint32_t)(p[0] & 0x3f);
            p += 1;
        }
        put_int(c, cp, 2);
        units++;
    }
    return units;
}

/* -- binary XML ------------------------------------------------------------------------------- */

/* A name is written where it is first used in a chunk, and named by that offset from then on. */
static void
put_name(struct sim_chunk *c, const char *name)
{
    uint32_t hash = 0;

    for (size_t i = 0; i < c->string_count; i++) {
        if (strcmp(c->strings[i].name, name) == 0) {
            put_int(c, c->strings[i].offset, 4);
            return;
        }
    }
    if (c->string_count == SIM_NAMES_MAX || strlen(name) >= sizeof(c->strings[0].name)) {
        die("too many or too long names");
    }
    uint32_t offset = c->at + 4;
    struct sim_known *known = &c->strings[c->string_count++];
    memcpy(known->name, name, strlen(name) + 1);
    known->offset = offset;
    for (const char *p = name; *p != '\0'; p++) {
        hash = hash * 65599 + (uint8_t)*p;
    }
    hash &= 0xffff;
    uint8_t *bucket = c->data + 128 + hash % STRING_BUCKETS * 4;
    put_int(c, offset, 4);
    put_int(c, get_u32(bucket), 4);
    put_int(c, hash, 2);
    put_int(c, strlen(name), 2);
    put_utf16(c, name);
    put_int(c, 0, 2);
    sim_chunk_int(bucket, offset, 4);
}

/* Opens an element; returns where its length is to be filled in. */
static uint32_t
open_element(struct sim_chunk *c, const char *name, int has_attributes)
{
    put_int(c, has_attributes ? TOKEN_OPEN | TOKEN_MORE : TOKEN_OPEN, 1);
    put_int(c, 0xffff, 2);
    uint32_t length_at = c->at;
    put_int(c, 0, 4);
    put_name(c, name);
    return length_at;
}

static void
fill_length(struct sim_chunk *c, uint32_t length_at)
{
    sim_chunk_int(c->data + length_at, c->at - length_at - 4, 4);
}

static void
close_element(struct sim_chunk *c, uint32_t length_at)
{
    put_int(c, TOKEN_END, 1);
    fill_length(c, length_at);
}

static void
put_literal(struct sim_chunk *c, const char *text)
{
    put_int(c, TOKEN_VALUE, 1);
    put_int(c, TYPE_TEXT, 1);
    uint32_t count_at = c->at;
    put_int(c, 0, 2);
    sim_chunk_int(c->data + count_at, put_utf16(c, text), 2);
}

static void
put_substitution(struct sim_chunk *c, unsigned index, unsigned type)
{
    put_int(c, TOKEN_OPTIONAL, 1);
    put_int(c, index, 2);
    put_int(c, type, 1);
}

static void
put_attribute(struct sim_chunk *c, const char *name, int more)
{
    put_int(c, more ? TOKEN_ATTRIBUTE | TOKEN_MORE : TOKEN_ATTRIBUTE, 1);
    put_name(c, name);
}

/* <name>substitution</name> */
static void
put_slot(struct sim_chunk *c, const char *name, unsigned index, unsigned type)
{
    uint32_t length_at = open_element(c, name, 0);

    put_int(c, TOKEN_CLOSE_START, 1);
    put_substitution(c, index, type);
    close_element(c, length_at);
}

static void
put_text_element(struct sim_chunk *c, const char *name, const char *text)
{
    uint32_t length_at = open_element(c, name, 0);

    put_int(c, TOKEN_CLOSE_START, 1);
    put_literal(c, text);
    close_element(c, length_at);
}

static uint32_t
open_attributes(struct sim_chunk *c)
{
    uint32_t at = c->at;

    put_int(c, 0, 4);
    return at;
}

static void
put_provider(struct sim_chunk *c, const struct sim_schema *schema)
{
    uint32_t length_at = open_element(c, "Provider", 1);
    uint32_t list_at = open_attributes(c);

    put_attribute(c, "Name", 1);
    put_literal(c, schema->provider);
    put_attribute(c, "Guid", 0);
    put_literal(c, schema->guid);
    fill_length(c, list_at);
    put_int(c, TOKEN_CLOSE_EMPTY, 1);
    fill_length(c, length_at);
}

static void
put_execution(struct sim_chunk *c)
{
    uint32_t length_at = open_element(c, "Execution", 1);
    uint32_t list_at = open_attributes(c);

    put_attribute(c, "ProcessID", 1);
    put_substitution(c, 8, TYPE_U32);
    put_attribute(c, "ThreadID", 0);
    put_substitution(c, 9, TYPE_U32);
    fill_length(c, list_at);
    put_int(c, TOKEN_CLOSE_EMPTY, 1);
    fill_length(c, length_at);
}

static void
put_time_created(struct sim_chunk *c)
{
    uint32_t length_at = open_element(c, "TimeCreated", 1);
    uint32_t list_at = open_attributes(c);

    put_attribute(c, "SystemTime", 0);
    put_substitution(c, 6, TYPE_FILETIME);
    fill_length(c, list_at);
    put_int(c, TOKEN_CLOSE_EMPTY, 1);
    fill_length(c, length_at);
}

static void
put_system(struct sim_chunk *c, const struct sim_schema *schema)
{
    uint32_t length_at = open_element(c, "System", 0);

    put_int(c, TOKEN_CLOSE_START, 1);
    put_provider(c, schema);
    put_slot(c, "EventID", 3, TYPE_U16);
    put_slot(c, "Version", 11, TYPE_U8);
    put_slot(c, "Level", 0, TYPE_U8);
    put_slot(c, "Task", 2, TYPE_U16);
    put_slot(c, "Opcode", 1, TYPE_U8);
    put_slot(c, "Keywords", 5, TYPE_HEX64);
    put_time_created(c);
    put_slot(c, "EventRecordID", 10, TYPE_U64);
    put_execution(c);
    put_text_element(c, "Channel", schema->channel);
    put_text_element(c, "Computer", c->computer);
    close_element(c, length_at);
}

/* Index of the value that carries the nested template. */
#define SLOT_DATA 12u

static void
put_outer_tree(struct sim_chunk *c, const struct sim_schema *schema)
{
    uint32_t length_at = open_element(c, "Event", 1);
    uint32_t list_at = open_attributes(c);

    put_attribute(c, "xmlns", 0);
    put_literal(c, "http://schemas.microsoft.com/win/2004/08/events/event");
    fill_length(c, list_at);
    put_int(c, TOKEN_CLOSE_START, 1);
    put_system(c, schema);
    put_substitution(c, SLOT_DATA, TYPE_BINXML);
    close_element(c, length_at);
}

static unsigned
wire_type(enum sim_type type)
{
    static const uint8_t types[] = {
        [SIM_TEXT] = TYPE_TEXT, [SIM_U16] = TYPE_U16,     [SIM_U32] = TYPE_U32,
        [SIM_U64] = TYPE_U64,   [SIM_HEX32] = TYPE_HEX32, [SIM_HEX64] = TYPE_HEX64,
        [SIM_GUID] = TYPE_GUID, [SIM_SID] = TYPE_SID,     [SIM_BYTES] = TYPE_BINARY,
    };
    return types[type];
}

static void
put_named_data(struct sim_chunk *c, const struct sim_field *field, unsigned index)
{
    uint32_t length_at = open_element(c, "Data", 1);
    uint32_t list_at = open_attributes(c);

    put_attribute(c, "Name", 0);
    put_literal(c, field->name);
    fill_length(c, list_at);
    put_int(c, TOKEN_CLOSE_START, 1);
    put_substitution(c, index, wire_type(field->type));
    close_element(c, length_at);
}

static void
put_inner_tree(struct sim_chunk *c, const struct sim_schema *schema)
{
    uint32_t outer_at = open_element(c, schema->user_data ? "UserData" : "EventData", 0);
    uint32_t inner_at = 0;

    put_int(c, TOKEN_CLOSE_START, 1);
    if (schema->user_data != NULL) {
        inner_at = open_element(c, schema->user_data, 0);
        put_int(c, TOKEN_CLOSE_START, 1);
    }
    for (unsigned i = 0; i < schema->field_count; i++) {
        if (schema->user_data != NULL) {
            put_slot(c, schema->fields[i].name, i, wire_type(schema->fields[i].type));
        } else {
            put_named_data(c, &schema->fields[i], i);
        }
    }
    if (schema->user_data != NULL) {
        close_element(c, inner_at);
    }
    close_element(c, outer_at);
}

static void
put_fragment_header(struct sim_chunk *c)
{
    static const uint8_t header[] = {TOKEN_FRAGMENT, 1, 1, 0};

    put_bytes(c, header, sizeof(header));
}

/* A template instance up to its values; the definition follows where it is first used. */
static void
put_template(struct sim_chunk *c, struct sim_known *table, size_t *count,
             const struct sim_schema *schema,
             void (*tree)(struct sim_chunk *, const struct sim_schema *))
{
    uint32_t id = 0x51u + schema->event_id * 2u + (tree == put_inner_tree ? 1u : 0u) +
                  (uint32_t)strlen(schema->provider) * 65537u;
    uint32_t offset = 0;

    for (size_t i = 0; i < *count; i++) {
        offset = table[i].key == schema ? table[i].offset : offset;
    }
    put_fragment_header(c);
    put_int(c, TOKEN_TEMPLATE, 1);
    put_int(c, 1, 1);
    put_int(c, id, 4);
    if (offset != 0) {
        put_int(c, offset, 4);
        return;
    }
    if (*count == SIM_TEMPLATES_MAX) {
        die("too many templates");
    }
    offset = c->at + 4;
    table[(*count)++] = (struct sim_known){.key = schema, .offset = offset};
    uint8_t *bucket = c->data + 384 + id % TEMPLATE_BUCKETS * 4;
    put_int(c, offset, 4);
    put_int(c, get_u32(bucket), 4);
    put_int(c, id, 4);
    put_int(c, 0x4b616e61726953ull, 8);
    put_int(c, 0x1d, 4);
    uint32_t length_at = c->at;
    put_int(c, 0, 4);
    put_fragment_header(c);
    tree(c, schema);
    put_int(c, TOKEN_EOF, 1);
    fill_length(c, length_at);
    sim_chunk_int(bucket, offset, 4);
}

/* -- values ----------------------------------------------------------------------------------- */

static uint32_t
put_value(struct sim_chunk *c, enum sim_type type, const struct sim_value *value)
{
    uint32_t start = c->at;

    switch (type) {
    case SIM_TEXT:
        put_utf16(c, value->long_text != NULL ? value->long_text : value->text);
        break;
    case SIM_U16:
        put_int(c, value->number, 2);
        break;
    case SIM_U32:
    case SIM_HEX32:
        put_int(c, value->number, 4);
        break;
    case SIM_U64:
    case SIM_HEX64:
        put_int(c, value->number, 8);
        break;
    case SIM_GUID:
    case SIM_SID:
    case SIM_BYTES:
        put_bytes(c, value->bytes, value->byte_len);
        break;
    }
    return c->at - start;
}

/* Room for `count` descriptors; returns where they begin. */
static uint32_t
put_descriptors(struct sim_chunk *c, uint32_t count)
{
    put_int(c, count, 4);
    uint32_t at = c->at;
    for (uint32_t i = 0; i < count; i++) {
        put_int(c, 0, 4);
    }
    return at;
}

static void
describe(struct sim_chunk *c, uint32_t descriptors, uint32_t index, uint32_t len, unsigned type)
{
    uint8_t *d = c->data + descriptors + 4 * index;

    sim_chunk_int(d, len, 2);
    d[2] = (uint8_t)type;
}

static void
put_inner(struct sim_chunk *c, const struct sim_schema *schema, const struct sim_value *values)
{
    put_template(c, c->inner, &c->inner_count, schema, put_inner_tree);
    uint32_t descriptors = put_descriptors(c, (uint32_t)schema->field_count);
    for (uint32_t i = 0; i < schema->field_count; i++) {
        enum sim_type type = schema->fields[i].type;
        uint32_t len = put_value(c, type, &values[i]);

        describe(c, descriptors, i, len, wire_type(type));
    }
    put_int(c, TOKEN_EOF, 1);
}

static void
put_outer(struct sim_chunk *c, const struct sim_schema *schema, const struct sim_stamp *stamp,
          const struct sim_value *values)
{
    const struct {
        uint64_t number;
        uint8_t len, type;
    } slots[SLOT_DATA] = {
        {schema->level, 1, TYPE_U8},
        {schema->opcode, 1, TYPE_U8},
        {schema->task, 2, TYPE_U16},
        {schema->event_id, 2, TYPE_U16},
        {0, 0, 0},
        {schema->keywords, 8, TYPE_HEX64},
        {stamp->time_ft, 8, TYPE_FILETIME},
        {0, 0, 0},
        {712, 4, TYPE_U32},
        {1816, 4, TYPE_U32},
        {stamp->id, 8, TYPE_U64},
        {schema->version, 1, TYPE_U8},
    };

    put_template(c, c->outer, &c->outer_count, schema, put_outer_tree);
    uint32_t descriptors = put_descriptors(c, SLOT_DATA + 1);
    for (uint32_t i = 0; i < SLOT_DATA; i++) {
        put_int(c, slots[i].number, slots[i].len);
        describe(c, descriptors, i, slots[i].len, slots[i].type);
    }
    uint32_t start = c->at;
    put_inner(c, schema, values);
    describe(c, descriptors, SLOT_DATA, c->at - start, TYPE_BINXML);
    put_int(c, TOKEN_EOF, 1);
}

/* -- records ---------------------------------------------------------------------------------- */

void
sim_chunk_clear(struct sim_chunk *c)
{
    const char *computer = c->computer;

    *c = (struct sim_chunk){.at = SIM_CHUNK_DATA, .computer = computer};
}

int
sim_chunk_has_room(const struct sim_chunk *c, const struct sim_schema *schema,
                   const struct sim_value *values)
{
    size_t room = RECORD_ROOM;

    for (size_t i = 0; i < schema->field_count; i++) {
        room += values[i].long_text != NULL ? 2 * strlen(values[i].long_text) : 0;
    }
    return room <= SIM_CHUNK_LEN - c->at;
}

void
sim_chunk_record(struct sim_chunk *c, const struct sim_schema *schema,
                 const struct sim_stamp *stamp, const struct sim_value *values)
{
    uint32_t start = c->at;

    c->last_record = start;
    put_int(c, 0x2a2a, 4);
    put_int(c, 0, 4);
    put_int(c, stamp->id, 8);
    put_int(c, stamp->time_ft, 8);
    put_outer(c, schema, stamp, values);
    uint32_t len = c->at - start + 4;
    put_int(c, len, 4);
    sim_chunk_int(c->data + start + 4, len, 4);
}
