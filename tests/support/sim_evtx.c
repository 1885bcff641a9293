/* sim_evtx - EVTX files: header, chunks, string and template tables, templated records. */
#include "sim_evtx.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_LEN 4096u
#define CHUNK_LEN 65536u
#define CHUNK_DATA 512u
#define STRING_BUCKETS 64u
#define TEMPLATE_BUCKETS 32u
#define RECORD_ROOM 12288u /* a record with both its templates never takes more */
#define NAMES_MAX 256u
#define TEMPLATES_MAX 16u

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

struct known {
    const void *key; /* schema of a template */
    char name[64];   /* text of a string */
    uint32_t offset;
};

struct sim_log {
    FILE *file;
    char computer[64];
    uint8_t chunk[CHUNK_LEN];
    uint32_t at; /* next free byte of the chunk */
    uint32_t last_record;
    uint64_t first_id, next_id;
    uint64_t chunks;
    struct known strings[NAMES_MAX];
    size_t string_count;
    struct known outer[TEMPLATES_MAX], inner[TEMPLATES_MAX]; /* by schema */
    size_t outer_count, inner_count;
};

static void
die(const char *what)
{
    fprintf(stderr, "sim_evtx: %s\n", what);
    exit(1);
}

/* -- bytes ------------------------------------------------------------------------------------ */

static void
set_int(uint8_t *to, uint64_t value, size_t len)
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
put_bytes(struct sim_log *log, const void *data, size_t len)
{
    if (len > CHUNK_LEN - log->at) {
        die("a record is longer than RECORD_ROOM");
    }
    memcpy(log->chunk + log->at, data, len);
    log->at += (uint32_t)len;
}

static void
put_int(struct sim_log *log, uint64_t value, size_t len)
{
    uint8_t bytes[8];

    set_int(bytes, value, len);
    put_bytes(log, bytes, len);
}

/* UTF-8 of the BMP as UTF-16LE; returns the number of units. */
static uint32_t
put_utf16(struct sim_log *log, const char *text)
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
        put_int(log, cp, 2);
        units++;
    }
    return units;
}

static uint32_t
crc32_of(uint32_t crc, const uint8_t *data, size_t len)
{
    crc = ~crc;
    for (size_t i = 0; i < len; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ (0xedb88320u & (0u - (crc & 1)));
        }
    }
    return ~crc;
}

/* -- binary XML ------------------------------------------------------------------------------- */

/* A name is written where it is first used in a chunk, and named by that offset from then on. */
static void
put_name(struct sim_log *log, const char *name)
{
    uint32_t hash = 0;

    for (size_t i = 0; i < log->string_count; i++) {
        if (strcmp(log->strings[i].name, name) == 0) {
            put_int(log, log->strings[i].offset, 4);
            return;
        }
    }
    if (log->string_count == NAMES_MAX || strlen(name) >= sizeof(log->strings[0].name)) {
        die("too many or too long names");
    }
    uint32_t offset = log->at + 4;
    struct known *known = &log->strings[log->string_count++];
    memcpy(known->name, name, strlen(name) + 1);
    known->offset = offset;
    for (const char *p = name; *p != '\0'; p++) {
        hash = hash * 65599 + (uint8_t)*p;
    }
    hash &= 0xffff;
    uint8_t *bucket = log->chunk + 128 + hash % STRING_BUCKETS * 4;
    put_int(log, offset, 4);
    put_int(log, get_u32(bucket), 4);
    put_int(log, hash, 2);
    put_int(log, strlen(name), 2);
    put_utf16(log, name);
    put_int(log, 0, 2);
    set_int(bucket, offset, 4);
}

/* Opens an element; returns where its length is to be filled in. */
static uint32_t
open_element(struct sim_log *log, const char *name, int has_attributes)
{
    put_int(log, has_attributes ? TOKEN_OPEN | TOKEN_MORE : TOKEN_OPEN, 1);
    put_int(log, 0xffff, 2);
    uint32_t length_at = log->at;
    put_int(log, 0, 4);
    put_name(log, name);
    return length_at;
}

static void
fill_length(struct sim_log *log, uint32_t length_at)
{
    set_int(log->chunk + length_at, log->at - length_at - 4, 4);
}

static void
close_element(struct sim_log *log, uint32_t length_at)
{
    put_int(log, TOKEN_END, 1);
    fill_length(log, length_at);
}

static void
put_literal(struct sim_log *log, const char *text)
{
    put_int(log, TOKEN_VALUE, 1);
    put_int(log, TYPE_TEXT, 1);
    uint32_t count_at = log->at;
    put_int(log, 0, 2);
    set_int(log->chunk + count_at, put_utf16(log, text), 2);
}

static void
put_substitution(struct sim_log *log, unsigned index, unsigned type)
{
    put_int(log, TOKEN_OPTIONAL, 1);
    put_int(log, index, 2);
    put_int(log, type, 1);
}

static void
put_attribute(struct sim_log *log, const char *name, int more)
{
    put_int(log, more ? TOKEN_ATTRIBUTE | TOKEN_MORE : TOKEN_ATTRIBUTE, 1);
    put_name(log, name);
}

/* <name>substitution</name> */
static void
put_slot(struct sim_log *log, const char *name, unsigned index, unsigned type)
{
    uint32_t length_at = open_element(log, name, 0);

    put_int(log, TOKEN_CLOSE_START, 1);
    put_substitution(log, index, type);
    close_element(log, length_at);
}

static void
put_text_element(struct sim_log *log, const char *name, const char *text)
{
    uint32_t length_at = open_element(log, name, 0);

    put_int(log, TOKEN_CLOSE_START, 1);
    put_literal(log, text);
    close_element(log, length_at);
}

static uint32_t
open_attributes(struct sim_log *log)
{
    uint32_t at = log->at;

    put_int(log, 0, 4);
    return at;
}

static void
put_provider(struct sim_log *log, const struct sim_schema *schema)
{
    uint32_t length_at = open_element(log, "Provider", 1);
    uint32_t list_at = open_attributes(log);

    put_attribute(log, "Name", 1);
    put_literal(log, schema->provider);
    put_attribute(log, "Guid", 0);
    put_literal(log, schema->guid);
    fill_length(log, list_at);
    put_int(log, TOKEN_CLOSE_EMPTY, 1);
    fill_length(log, length_at);
}

static void
put_execution(struct sim_log *log)
{
    uint32_t length_at = open_element(log, "Execution", 1);
    uint32_t list_at = open_attributes(log);

    put_attribute(log, "ProcessID", 1);
    put_substitution(log, 8, TYPE_U32);
    put_attribute(log, "ThreadID", 0);
    put_substitution(log, 9, TYPE_U32);
    fill_length(log, list_at);
    put_int(log, TOKEN_CLOSE_EMPTY, 1);
    fill_length(log, length_at);
}

static void
put_time_created(struct sim_log *log)
{
    uint32_t length_at = open_element(log, "TimeCreated", 1);
    uint32_t list_at = open_attributes(log);

    put_attribute(log, "SystemTime", 0);
    put_substitution(log, 6, TYPE_FILETIME);
    fill_length(log, list_at);
    put_int(log, TOKEN_CLOSE_EMPTY, 1);
    fill_length(log, length_at);
}

static void
put_system(struct sim_log *log, const struct sim_schema *schema)
{
    uint32_t length_at = open_element(log, "System", 0);

    put_int(log, TOKEN_CLOSE_START, 1);
    put_provider(log, schema);
    put_slot(log, "EventID", 3, TYPE_U16);
    put_slot(log, "Version", 11, TYPE_U8);
    put_slot(log, "Level", 0, TYPE_U8);
    put_slot(log, "Task", 2, TYPE_U16);
    put_slot(log, "Opcode", 1, TYPE_U8);
    put_slot(log, "Keywords", 5, TYPE_HEX64);
    put_time_created(log);
    put_slot(log, "EventRecordID", 10, TYPE_U64);
    put_execution(log);
    put_text_element(log, "Channel", schema->channel);
    put_text_element(log, "Computer", log->computer);
    close_element(log, length_at);
}

/* Index of the value that carries the nested template. */
#define SLOT_DATA 12u

static void
put_outer_tree(struct sim_log *log, const struct sim_schema *schema)
{
    uint32_t length_at = open_element(log, "Event", 1);
    uint32_t list_at = open_attributes(log);

    put_attribute(log, "xmlns", 0);
    put_literal(log, "http://schemas.microsoft.com/win/2004/08/events/event");
    fill_length(log, list_at);
    put_int(log, TOKEN_CLOSE_START, 1);
    put_system(log, schema);
    put_substitution(log, SLOT_DATA, TYPE_BINXML);
    close_element(log, length_at);
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
put_named_data(struct sim_log *log, const struct sim_field *field, unsigned index)
{
    uint32_t length_at = open_element(log, "Data", 1);
    uint32_t list_at = open_attributes(log);

    put_attribute(log, "Name", 0);
    put_literal(log, field->name);
    fill_length(log, list_at);
    put_int(log, TOKEN_CLOSE_START, 1);
    put_substitution(log, index, wire_type(field->type));
    close_element(log, length_at);
}

static void
put_inner_tree(struct sim_log *log, const struct sim_schema *schema)
{
    uint32_t outer_at = open_element(log, schema->user_data ? "UserData" : "EventData", 0);
    uint32_t inner_at = 0;

    put_int(log, TOKEN_CLOSE_START, 1);
    if (schema->user_data != NULL) {
        inner_at = open_element(log, schema->user_data, 0);
        put_int(log, TOKEN_CLOSE_START, 1);
    }
    for (unsigned i = 0; i < schema->field_count; i++) {
        if (schema->user_data != NULL) {
            put_slot(log, schema->fields[i].name, i, wire_type(schema->fields[i].type));
        } else {
            put_named_data(log, &schema->fields[i], i);
        }
    }
    if (schema->user_data != NULL) {
        close_element(log, inner_at);
    }
    close_element(log, outer_at);
}

static void
put_fragment_header(struct sim_log *log)
{
    static const uint8_t header[] = {TOKEN_FRAGMENT, 1, 1, 0};

    put_bytes(log, header, sizeof(header));
}

/* A template instance up to its values; the definition follows where it is first used. */
static void
put_template(struct sim_log *log, struct known *table, size_t *count,
             const struct sim_schema *schema,
             void (*tree)(struct sim_log *, const struct sim_schema *))
{
    uint32_t id = 0x51u + schema->event_id * 2u + (tree == put_inner_tree ? 1u : 0u) +
                  (uint32_t)strlen(schema->provider) * 65537u;
    uint32_t offset = 0;

    for (size_t i = 0; i < *count; i++) {
        offset = table[i].key == schema ? table[i].offset : offset;
    }
    put_fragment_header(log);
    put_int(log, TOKEN_TEMPLATE, 1);
    put_int(log, 1, 1);
    put_int(log, id, 4);
    if (offset != 0) {
        put_int(log, offset, 4);
        return;
    }
    if (*count == TEMPLATES_MAX) {
        die("too many templates");
    }
    offset = log->at + 4;
    table[(*count)++] = (struct known){.key = schema, .offset = offset};
    uint8_t *bucket = log->chunk + 384 + id % TEMPLATE_BUCKETS * 4;
    put_int(log, offset, 4);
    put_int(log, get_u32(bucket), 4);
    put_int(log, id, 4);
    put_int(log, 0x4b616e61726953ull, 8);
    put_int(log, 0x1d, 4);
    uint32_t length_at = log->at;
    put_int(log, 0, 4);
    put_fragment_header(log);
    tree(log, schema);
    put_int(log, TOKEN_EOF, 1);
    fill_length(log, length_at);
    set_int(bucket, offset, 4);
}

/* -- values ----------------------------------------------------------------------------------- */

static uint32_t
put_value(struct sim_log *log, enum sim_type type, const struct sim_value *value)
{
    uint32_t start = log->at;

    switch (type) {
    case SIM_TEXT:
        put_utf16(log, value->text);
        break;
    case SIM_U16:
        put_int(log, value->number, 2);
        break;
    case SIM_U32:
    case SIM_HEX32:
        put_int(log, value->number, 4);
        break;
    case SIM_U64:
    case SIM_HEX64:
        put_int(log, value->number, 8);
        break;
    case SIM_GUID:
    case SIM_SID:
    case SIM_BYTES:
        put_bytes(log, value->bytes, value->byte_len);
        break;
    }
    return log->at - start;
}

/* Room for `count` descriptors; returns where they begin. */
static uint32_t
put_descriptors(struct sim_log *log, uint32_t count)
{
    put_int(log, count, 4);
    uint32_t at = log->at;
    for (uint32_t i = 0; i < count; i++) {
        put_int(log, 0, 4);
    }
    return at;
}

static void
describe(struct sim_log *log, uint32_t descriptors, uint32_t index, uint32_t len, unsigned type)
{
    uint8_t *d = log->chunk + descriptors + 4 * index;

    set_int(d, len, 2);
    d[2] = (uint8_t)type;
}

static void
put_inner(struct sim_log *log, const struct sim_schema *schema, const struct sim_value *values)
{
    put_template(log, log->inner, &log->inner_count, schema, put_inner_tree);
    uint32_t descriptors = put_descriptors(log, (uint32_t)schema->field_count);
    for (uint32_t i = 0; i < schema->field_count; i++) {
        enum sim_type type = schema->fields[i].type;
        uint32_t len = put_value(log, type, &values[i]);

        describe(log, descriptors, i, len, wire_type(type));
    }
    put_int(log, TOKEN_EOF, 1);
}

static void
put_outer(struct sim_log *log, const struct sim_schema *schema, uint64_t time_ft,
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
        {time_ft, 8, TYPE_FILETIME},
        {0, 0, 0},
        {712, 4, TYPE_U32},
        {1816, 4, TYPE_U32},
        {log->next_id, 8, TYPE_U64},
        {schema->version, 1, TYPE_U8},
    };

    put_template(log, log->outer, &log->outer_count, schema, put_outer_tree);
    uint32_t descriptors = put_descriptors(log, SLOT_DATA + 1);
    for (uint32_t i = 0; i < SLOT_DATA; i++) {
        put_int(log, slots[i].number, slots[i].len);
        describe(log, descriptors, i, slots[i].len, slots[i].type);
    }
    uint32_t start = log->at;
    put_inner(log, schema, values);
    describe(log, descriptors, SLOT_DATA, log->at - start, TYPE_BINXML);
    put_int(log, TOKEN_EOF, 1);
}

/* -- chunks and the file ---------------------------------------------------------------------- */

static void
chunk_begin(struct sim_log *log)
{
    memset(log->chunk, 0, sizeof(log->chunk));
    log->at = CHUNK_DATA;
    log->first_id = log->next_id;
    log->string_count = 0;
    log->outer_count = 0;
    log->inner_count = 0;
}

static void
chunk_write(struct sim_log *log)
{
    uint8_t *c = log->chunk;

    memcpy(c, "ElfChnk", 8);
    set_int(c + 8, log->first_id, 8);
    set_int(c + 16, log->next_id - 1, 8);
    set_int(c + 24, log->first_id, 8);
    set_int(c + 32, log->next_id - 1, 8);
    set_int(c + 40, 128, 4);
    set_int(c + 44, log->last_record, 4);
    set_int(c + 48, log->at, 4);
    set_int(c + 52, crc32_of(0, c + CHUNK_DATA, log->at - CHUNK_DATA), 4);
    uint32_t crc = crc32_of(0, c, 120);
    set_int(c + 124, crc32_of(crc, c + 128, CHUNK_DATA - 128), 4);
    if (fwrite(c, 1, CHUNK_LEN, log->file) != CHUNK_LEN) {
        die("cannot write");
    }
    log->chunks++;
}

static void
header_write(struct sim_log *log)
{
    uint8_t h[HEADER_LEN] = {0};

    memcpy(h, "ElfFile", 8);
    set_int(h + 16, log->chunks == 0 ? 0 : log->chunks - 1, 8);
    set_int(h + 24, log->next_id, 8);
    set_int(h + 32, 128, 4);
    set_int(h + 36, 1, 2);
    set_int(h + 38, 3, 2);
    set_int(h + 40, HEADER_LEN, 2);
    set_int(h + 42, log->chunks, 2);
    set_int(h + 124, crc32_of(0, h, 120), 4);
    if (fseek(log->file, 0, SEEK_SET) != 0 || fwrite(h, 1, HEADER_LEN, log->file) != HEADER_LEN) {
        die("cannot write");
    }
}

struct sim_log *
sim_log_open(const char *path, const char *computer)
{
    struct sim_log *log = calloc(1, sizeof(*log));

    if (log == NULL || strlen(computer) >= sizeof(log->computer)) {
        die("no memory, or a computer name too long");
    }
    memcpy(log->computer, computer, strlen(computer) + 1);
    log->file = fopen(path, "wb");
    if (log->file == NULL) {
        die("cannot create the log file");
    }
    log->next_id = 1;
    header_write(log);
    chunk_begin(log);
    return log;
}

void
sim_log_record(struct sim_log *log, const struct sim_schema *schema, uint64_t time_ft,
               const struct sim_value *values)
{
    if (CHUNK_LEN - log->at < RECORD_ROOM) {
        chunk_write(log);
        chunk_begin(log);
    }
    uint32_t start = log->at;
    log->last_record = start;
    put_int(log, 0x2a2a, 4);
    put_int(log, 0, 4);
    put_int(log, log->next_id, 8);
    put_int(log, time_ft, 8);
    put_outer(log, schema, time_ft, values);
    uint32_t len = log->at - start + 4;
    put_int(log, len, 4);
    set_int(log->chunk + start + 4, len, 4);
    log->next_id++;
}

uint64_t
sim_log_close(struct sim_log *log)
{
    uint64_t count = log->next_id - 1;

    if (log->next_id > log->first_id) {
        chunk_write(log);
    }
    header_write(log);
    if (fclose(log->file) != 0) {
        die("cannot write");
    }
    free(log);
    return count;
}
