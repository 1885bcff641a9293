/* test_store_help - what the tests of the store share: files, and contents made from a seed. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "core/mem.h"
#include "core/tm.h"
#include "platform/platform.h"
#include "store/store.h"

#define HELP_START_FT 131801969710000000ULL
#define HELP_ARENA 65536

/* A path where nothing is yet. */
static inline void
help_path(struct buf *out)
{
    buf_init(out, SIZE_MAX);
    assert_int_equal(path_temp_file(out), ERR_OK);
    assert_int_equal(file_delete(buf_str(out)), ERR_OK);
}

static inline void
help_remove(struct buf *path)
{
    assert_int_equal(file_delete(buf_str(path)), ERR_OK);
    buf_fini(path);
}

static inline struct store *
help_open(const struct buf *path, enum store_mode mode)
{
    struct store *s = NULL;

    if (store_open(buf_str(path), mode, &s) != ERR_OK) {
        fail_msg("store_open: %s", store_why());
    }
    assert_string_equal(store_why(), "");
    return s;
}

static inline void
help_finish(struct store *s)
{
    if (store_finish(s) != ERR_OK) {
        fail_msg("store_finish: %s", store_why());
    }
    store_close(s);
}

static inline uint32_t
help_random(uint64_t *seed)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*seed >> 33);
}

struct help_arena {
    char bytes[HELP_ARENA];
    size_t used;
};

/* Any bytes at all: empty texts, NUL, lone surrogates, halves of characters. */
static inline struct sv
help_text(uint64_t *seed, struct help_arena *arena)
{
    static const char *const common[] = {"Security", "PC-A", "", "kumi", "S-1-5-18"};
    static const size_t lens[] = {1, 7, 40, 256, 257, 512, 1000};
    uint32_t pick = help_random(seed) % 10;
    char *p = arena->bytes + arena->used;
    size_t len;

    if (pick < COUNT(common)) {
        return sv_from(common[pick]);
    }
    len = lens[help_random(seed) % COUNT(lens)];
    assert_true(len <= sizeof(arena->bytes) - arena->used);
    for (size_t i = 0; i < len; i++) {
        p[i] = (char)help_random(seed);
    }
    arena->used += len;
    return (struct sv){p, len};
}

static inline struct addr
help_addr(uint64_t *seed)
{
    uint8_t bytes[16];
    uint32_t pick = help_random(seed) % 4;

    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)help_random(seed);
    }
    if (pick == 0) {
        return addr_v4((const uint8_t[4]){203, 0, 113, 7});
    }
    if (pick == 1) {
        return addr_v4(bytes);
    }
    return addr_v6(bytes, pick == 2 ? 0 : help_random(seed));
}

static inline void
help_event(struct event *ev, uint64_t *seed, uint64_t time_ft, struct help_arena *arena)
{
    uint64_t mask = (uint64_t)help_random(seed) << 32 | help_random(seed);
    uint64_t more = help_random(seed);

    event_init(ev, (enum event_kind)(1 + help_random(seed) % (EV_COUNT - 1)), time_ft);
    arena->used = 0;
    for (size_t i = 0; i < EVF_COUNT; i++) {
        void *at = (char *)ev + event_field_info[i].offset;

        if (((i < EVENT_WORD_BITS ? mask >> i : more >> (i - EVENT_WORD_BITS)) & 1) == 0) {
            continue;
        }
        event_mark_field(ev, (unsigned)i);
        switch (event_field_info[i].type) {
        case EVT_STR:
            *(struct sv *)at = help_text(seed, arena);
            break;
        case EVT_U32:
        case EVT_HEX32:
            *(uint32_t *)at = help_random(seed) * 3u;
            break;
        case EVT_ID64:
            *(uint64_t *)at = UINT64_MAX - help_random(seed) % 3;
            break;
        case EVT_TIME:
            *(uint64_t *)at = 1 + help_random(seed) * 1000ull;
            break;
        case EVT_ADDR:
            *(struct addr *)at = help_addr(seed);
            break;
        case EVT_PORT:
            *(uint16_t *)at = (uint16_t)help_random(seed);
            break;
        }
    }
}

/* The event as it is kept: event_pack() cuts texts. Its texts live until the next call. */
static inline void
help_cut(struct event *ev)
{
    static uint8_t packed[EVENT_PACKED_MAX];
    size_t len = 0;

    assert_int_equal(event_pack(ev, packed, sizeof(packed), &len), ERR_OK);
    assert_int_equal(event_unpack(packed, len, ev), ERR_OK);
}

static inline struct attempt
help_attempt(uint64_t time_ft, const char *host, const char *account, uint8_t last_byte)
{
    return (struct attempt){
        .first_ft = time_ft,
        .last_ft = time_ft + TM_SEC,
        .host = sv_from(host),
        .account = sv_from(account),
        .outcome = ATTEMPT_FAILURE,
        .weight = WEIGHT_FULL,
        .service = SERVICE_RDP,
        .scope = SCOPE_INTERNET,
        .src = addr_v4((const uint8_t[4]){203, 0, 113, last_byte}),
        .src_port = 50000,
        .confidence = 100,
        .logon_type = 3,
        .status = 0xC000006A,
        .witness_count = 1,
        .witness = {{SV("Security"), 4625, 77, time_ft}},
    };
}

static const struct rule help_burst = {2000, "logon.burst", "T1110.001", "", SEV_MEDIUM};
static const struct rule help_spray = {2002, "logon.spray", "T1110.003", "", SEV_HIGH};

static inline void
help_alert(struct alert *a, const struct rule *rule, const char *host, uint64_t last_ft)
{
    *a = (struct alert){
        .revision = 1,
        .rule = rule,
        .severity = rule->severity,
        .first_ft = HELP_START_FT,
        .last_ft = last_ft,
        .count = 12,
        .sources = 1,
        .source = addr_v4((const uint8_t[4]){203, 0, 113, 7}),
        .source_class = ADDR_CLASS_GLOBAL,
        .internet = true,
        .message = "ALERT_LOGON_BURST",
    };
    (void)snprintf(a->host, sizeof(a->host), "%s", host);
    (void)snprintf(a->key, sizeof(a->key), "%s|203.0.113.7", rule->name);
    alert_make_id(a);
    alert_param(a, "count", SV("12"));
    alert_param(a, "source", SV("203.0.113.7"));
    alert_add_evidence(
        a, &(struct alert_evidence){"PC-A", "Security", 18446744073709551615u, 4625, last_ft});
}

static inline struct cell
help_cell(const struct rows *r, const char *name)
{
    for (size_t i = 0; i < rows_columns(r); i++) {
        if (strcmp(rows_name(r, i), name) == 0) {
            return rows_cell(r, i);
        }
    }
    fail_msg("no column %s", name);
    return (struct cell){CELL_NULL, 0, 0, {NULL, 0}};
}

static inline void
help_is_text(const struct rows *r, const char *name, const char *expected)
{
    struct cell cell = help_cell(r, name);

    assert_int_equal(cell.type, CELL_TEXT);
    assert_int_equal(cell.text.len, strlen(expected));
    assert_memory_equal(cell.text.p, expected, cell.text.len);
}

static inline void
help_is_int(const struct rows *r, const char *name, int64_t expected)
{
    struct cell cell = help_cell(r, name);

    assert_int_equal(cell.type, CELL_INT);
    assert_true(cell.i == expected);
}

static inline struct rows *
help_rows(struct store *s, enum store_rows what, const struct store_filter *f)
{
    struct rows *r = NULL;

    if (store_rows(s, what, f, &r) != ERR_OK) {
        fail_msg("store_rows: %s", store_why());
    }
    return r;
}

static inline size_t
help_count(struct store *s, enum store_rows what, const struct store_filter *f)
{
    struct rows *r = help_rows(s, what, f);
    size_t count = 0;
    enum err err;

    while ((err = rows_next(r)) == ERR_OK) {
        count++;
    }
    assert_int_equal(err, ERR_END);
    assert_int_equal(rows_next(r), ERR_END);
    rows_close(r);
    return count;
}
