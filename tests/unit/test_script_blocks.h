/* test_script_blocks - parts put in, and what was given, as texts of its own. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "core/hash.h"
#include "core/mem.h"
#include "core/metrics.h"
#include "core/utf.h"
#include "state/script_blocks.h"

#define T0 134379648000000000ULL /* 2026-11-01T00:00:00Z */
#define GIVEN_MAX 4096

/* What one event said. Texts are owned. */
struct given {
    uint64_t time_ft, record_id;
    char *object, *host, *script, *whole, *sha256;
    size_t script_len, whole_len; /* of the two texts */
    uint32_t said_len, parts, missing, pid;
    bool has_part;
};

struct harness {
    struct script_blocks *blocks;
    struct given given[GIVEN_MAX];
    size_t count;
    uint64_t next_record;
    enum err fail; /* what the receiver answers */
};

static inline char *
own(bool has, struct sv s)
{
    char *text = malloc(s.len + 1);

    assert_non_null(text);
    if (has && s.len > 0) {
        memcpy(text, s.p, s.len);
    }
    text[has ? s.len : 0] = '\0';
    return text;
}

static inline enum err
on_block(void *ctx, struct event *ev, struct sv whole)
{
    struct harness *h = ctx;
    struct given *g = &h->given[h->count];

    if (h->fail) {
        return h->fail;
    }
    assert_true(h->count < GIVEN_MAX);
    assert_true(h->count == 0 || ev->time_ft >= h->given[h->count - 1].time_ft);
    assert_int_equal(ev->kind, EV_SCRIPT_BLOCK);
    assert_true(event_has(ev, script_len) && event_has(ev, sha256));
    *g = (struct given){
        .time_ft = ev->time_ft,
        .record_id = event_has(ev, record_id) ? ev->record_id : 0,
        .object = own(event_has(ev, object), ev->object),
        .host = own(event_has(ev, host), ev->host),
        .script = own(event_has(ev, script), ev->script),
        .script_len = event_has(ev, script) ? ev->script.len : 0,
        .whole = own(true, whole),
        .whole_len = whole.len,
        .sha256 = own(true, ev->sha256),
        .said_len = ev->script_len,
        .parts = event_has(ev, parts) ? ev->parts : 0,
        .missing = event_has(ev, parts_missing) ? ev->parts_missing : 0,
        .pid = event_has(ev, logger_pid) ? ev->logger_pid : 0,
        .has_part = event_has(ev, part),
    };
    h->count++;
    return ERR_OK;
}

static inline int
harness_setup(void **state)
{
    struct harness *h = calloc(1, sizeof(*h));

    *state = h;
    metric_reset_all();
    return h == NULL || script_blocks_create(on_block, h, &h->blocks) != ERR_OK;
}

static inline void
harness_clear(struct harness *h)
{
    for (size_t i = 0; i < h->count; i++) {
        free(h->given[i].object);
        free(h->given[i].host);
        free(h->given[i].script);
        free(h->given[i].whole);
        free(h->given[i].sha256);
    }
    h->count = 0;
}

static inline int
harness_teardown(void **state)
{
    struct harness *h = *state;

    harness_clear(h);
    script_blocks_destroy(h->blocks);
    free(h);
    return 0;
}

struct put {
    uint64_t at; /* ms behind T0 */
    const char *host, *id;
    uint32_t pid, part, parts;
    struct sv script;
};

static inline struct event
event_of(struct harness *h, const struct put *p)
{
    struct event ev;

    event_init(&ev, EV_SCRIPT_BLOCK, T0 + p->at * (TM_SEC / 1000));
    event_set(&ev, host, sv_from(p->host == NULL ? "PC-A" : p->host));
    event_set(&ev, channel, SV("Microsoft-Windows-PowerShell/Operational"));
    event_set(&ev, record_id, ++h->next_record);
    event_set(&ev, logger_pid, p->pid == 0 ? 4242 : p->pid);
    event_set(&ev, object, sv_from(p->id == NULL ? "id-1" : p->id));
    event_set(&ev, part, p->part);
    event_set(&ev, parts, p->parts);
    if (p->script.len > 0) {
        event_set(&ev, script, p->script);
    }
    return ev;
}

/* As the pipeline does it. */
MUST_CHECK static inline enum err
try_event(struct harness *h, struct event *ev)
{
    enum err err = ERR_OK;

    if (script_blocks_due(h->blocks) < ev->time_ft) {
        err = script_blocks_release(h->blocks, ev->time_ft);
    }
    return err ? err : script_blocks_put(h->blocks, ev);
}

static inline void
put_part(struct harness *h, struct put p)
{
    struct event ev = event_of(h, &p);

    assert_int_equal(try_event(h, &ev), ERR_OK);
}

#define PUT(h, ...) put_part(h, (struct put){__VA_ARGS__})

static inline void
finish(struct harness *h)
{
    assert_int_equal(script_blocks_flush(h->blocks), ERR_OK);
    assert_true(script_blocks_due(h->blocks) == UINT64_MAX);
}

/* The text, its length without gaps and its hash. */
static inline void
expect_text(const struct given *g, const char *text, const char *hashed)
{
    uint8_t bytes[SHA256_LEN];
    char hex[2 * SHA256_LEN + 1];
    struct sha256 hash;

    assert_string_equal(g->script, text);
    assert_int_equal(g->said_len, strlen(hashed));
    sha256_init(&hash);
    sha256_put(&hash, hashed, strlen(hashed));
    sha256_end(&hash, bytes);
    for (size_t i = 0; i < SHA256_LEN; i++) {
        (void)snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
    }
    assert_string_equal(g->sha256, hex);
    assert_false(g->has_part);
}
