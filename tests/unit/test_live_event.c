/* live_event - variants are believed only as far as they lie in what was rendered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/mem.h"
#include "core/tm.h"
#include "evtlog/live_event.h"

#define BUFFER_LEN 2048
#define VARIANT sizeof(struct evtlog_variant)

struct rendering {
    uint8_t *buffer; /* an allocation of its own: what is read beyond it is seen */
    size_t used;
    struct live_rendered r;
};

static void
begin(struct rendering *x, size_t count)
{
    x->buffer = mem_zalloc(BUFFER_LEN);
    assert_non_null(x->buffer);
    x->used = count * VARIANT;
    x->r = (struct live_rendered){x->buffer, BUFFER_LEN, count};
}

static void
end(struct rendering *x)
{
    mem_free(x->buffer);
}

static void
put(struct rendering *x, size_t i, struct evtlog_variant v)
{
    memcpy(x->buffer + i * VARIANT, &v, VARIANT);
}

static void
put_number(struct rendering *x, size_t i, uint32_t type, uint64_t number)
{
    put(x, i, (struct evtlog_variant){.value.number = number, .type = type});
}

/* Bytes behind the variants; count as the variant says it. */
static void
put_bytes(struct rendering *x, size_t i, uint32_t type, const void *data, size_t len)
{
    memcpy(x->buffer + x->used, data, len);
    put(x, i,
        (struct evtlog_variant){
            .value.data = x->buffer + x->used, .count = (uint32_t)len, .type = type});
    x->used += len;
}

static void
put_text(struct rendering *x, size_t i, const char *ascii)
{
    uint16_t units[64] = {0};
    size_t len = strlen(ascii);

    for (size_t k = 0; k < len; k++) {
        units[k] = (uint8_t)ascii[k];
    }
    put_bytes(x, i, EVTX_STRING, units, 2 * (len + 1));
}

static void
test_values_by_type(void **state)
{
    static const uint8_t sid[] = {1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0};
    struct rendering x;
    struct evtx_value v;
    uint64_t number;
    char text[64];

    (void)state;
    begin(&x, 6);
    put_text(&x, 0, "kumi");
    put_number(&x, 1, EVTX_U16, 0xffff00001234);
    put_bytes(&x, 2, EVTX_SID, sid, sizeof(sid));
    put_bytes(&x, 3, EVTX_BINARY, "\1\2\3", 3);
    put_number(&x, 4, EVTX_NULL, 0);
    put_number(&x, 5, EVTX_SIZET, 0x1a4);
    assert_true(live_value(&x.r, 0, &v));
    assert_int_equal(v.len, 8);
    assert_int_equal(evtx_value_text(&v, text, sizeof(text), NULL), 4);
    assert_memory_equal(text, "kumi", 4);
    assert_true(live_value(&x.r, 1, &v));
    assert_true(evtx_value_u64(&v, &number));
    assert_int_equal(number, 0x1234);
    assert_true(live_value(&x.r, 2, &v));
    assert_int_equal(evtx_value_text(&v, text, sizeof(text), NULL), 8);
    assert_memory_equal(text, "S-1-5-18", 8);
    assert_true(live_value(&x.r, 3, &v));
    assert_int_equal(v.len, 3);
    assert_false(live_value(&x.r, 4, &v));
    assert_true(live_value(&x.r, 5, &v));
    assert_true(evtx_value_u64(&v, &number));
    assert_int_equal(number, 0x1a4);
    assert_false(live_value(&x.r, 6, &v));
    end(&x);
}

static void
test_what_points_elsewhere_is_not_read(void **state)
{
    static const uint8_t elsewhere[16] = {1, 15};
    struct rendering x;
    struct evtx_value v;

    (void)state;
    begin(&x, 4);
    put(&x, 0, (struct evtlog_variant){.value.data = elsewhere, .type = EVTX_SID});
    put(&x, 1, (struct evtlog_variant){.value.data = NULL, .type = EVTX_STRING});
    put(&x, 2, (struct evtlog_variant){.value.data = x.buffer + BUFFER_LEN, .type = EVTX_STRING});
    put_number(&x, 3, EVTX_STRING | EVTX_ARRAY, (uint64_t)(uintptr_t)(x.buffer + 64));
    for (size_t i = 0; i < 4; i++) {
        assert_false(live_value(&x.r, i, &v));
    }
    x.r.count = SIZE_MAX;
    assert_false(live_value(&x.r, BUFFER_LEN / VARIANT, &v));
    assert_false(live_value(&x.r, SIZE_MAX - 1, &v));
    end(&x);
}

static void
test_lengths_end_with_the_buffer(void **state)
{
    struct rendering x;
    struct evtx_value v;

    (void)state;
    begin(&x, 5);
    memset(x.buffer + BUFFER_LEN - 8, 'a', 8); /* no NUL */
    put(&x, 0,
        (struct evtlog_variant){.value.data = x.buffer + BUFFER_LEN - 8, .type = EVTX_STRING});
    put(&x, 1,
        (struct evtlog_variant){.value.data = x.buffer + BUFFER_LEN - 1, .type = EVTX_STRING});
    put(&x, 2,
        (struct evtlog_variant){
            .value.data = x.buffer + BUFFER_LEN - 8, .count = 9, .type = EVTX_BINARY});
    put(&x, 3, (struct evtlog_variant){.value.data = x.buffer + BUFFER_LEN - 1, .type = EVTX_SID});
    put(&x, 4, (struct evtlog_variant){.value.data = x.buffer + BUFFER_LEN - 8, .type = EVTX_GUID});
    assert_true(live_value(&x.r, 0, &v));
    assert_int_equal(v.len, 8);
    for (size_t i = 1; i < 5; i++) {
        assert_true(live_value(&x.r, i, &v));
        assert_int_equal(v.len, 0);
    }
    end(&x);
}

static void
put_system(struct rendering *x, uint64_t time_ft)
{
    begin(x, EVTLOG_SYSTEM_COUNT);
    put_text(x, EVTLOG_SYSTEM_PROVIDER, "Microsoft-Windows-Security-Auditing");
    put_number(x, EVTLOG_SYSTEM_EVENT_ID, EVTX_U16, 4625);
    put_number(x, EVTLOG_SYSTEM_TIME, EVTX_FILETIME, time_ft);
    put_number(x, EVTLOG_SYSTEM_RECORD_ID, EVTX_U64, 7);
    put_number(x, EVTLOG_SYSTEM_PROCESS_ID, EVTX_U32, 568);
    put_text(x, EVTLOG_SYSTEM_CHANNEL, "Security");
    put_text(x, EVTLOG_SYSTEM_COMPUTER, "PC-A");
    put_number(x, EVTLOG_SYSTEM_VERSION, EVTX_U8, 2);
}

static void
test_system_makes_the_event(void **state)
{
    static struct live_event e;
    struct rendering x;

    (void)state;
    put_system(&x, TM_UNIX_EPOCH_FT);
    assert_int_equal(live_event_begin(&e, &x.r), ERR_OK);
    assert_non_null(e.row);
    assert_int_equal(e.event.kind, EV_LOGON_FAILURE);
    assert_int_equal(e.event.time_ft, TM_UNIX_EPOCH_FT);
    assert_int_equal(e.event.record_id, 7);
    assert_int_equal(e.event.event_id, 4625);
    assert_int_equal(e.event.version, 2);
    assert_int_equal(e.event.logger_pid, 568);
    assert_true(sv_eq(e.event.host, SV("PC-A")));
    assert_true(sv_eq(e.event.channel, SV("Security")));
    x.r.count--;
    assert_int_equal(live_event_begin(&e, &x.r), ERR_FORMAT);
    assert_null(e.row);
    x.r.count++;
    put_number(&x, EVTLOG_SYSTEM_PROVIDER, EVTX_NULL, 0);
    assert_int_equal(live_event_begin(&e, &x.r), ERR_FORMAT);
    end(&x);
    put_system(&x, UINT64_MAX);
    put_number(&x, EVTLOG_SYSTEM_EVENT_ID, EVTX_U16, 4663);
    assert_int_equal(live_event_begin(&e, &x.r), ERR_OK);
    assert_null(e.row);
    assert_int_equal(e.system.time_ft, 0);
    end(&x);
}

/* Where one value is an array, XML has to be asked: it alone shows the items. */
static void
test_data(void **state)
{
    static struct live_event e;
    const char *names[LIVE_NAMES_MAX];
    struct rendering x;
    size_t count;

    (void)state;
    put_system(&x, TM_UNIX_EPOCH_FT);
    assert_int_equal(live_event_begin(&e, &x.r), ERR_OK);
    end(&x);
    count = live_names(e.row, names);
    assert_int_equal(count, e.row->count);
    assert_string_equal(names[1], "TargetUserName");
    begin(&x, count);
    put_text(&x, 1, "kumi");
    assert_int_equal(live_event_values(&e, &x.r), 1);
    assert_true(sv_eq(e.event.account, SV("kumi")));
    assert_false(event_has(&e.event, domain));
    put_number(&x, 2, EVTX_STRING | EVTX_ARRAY, 0);
    assert_int_equal(live_event_values(&e, &x.r), 0);
    end(&x);
    begin(&x, count);
    assert_int_equal(live_event_values(&e, &x.r), 0);
    x.r.count = 0;
    assert_int_equal(live_event_values(&e, &x.r), 0);
    end(&x);
}

static void
test_a_name_is_asked_for_once(void **state)
{
    const struct evtmap_row *row =
        evtmap_find(SV("Microsoft-Windows-TerminalServices-LocalSessionManager"), 21);
    const char *names[LIVE_NAMES_MAX];

    (void)state;
    assert_int_equal(row->count, 4);
    assert_int_equal(live_names(row, names), 3);
    assert_string_equal(names[2], "Address");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values_by_type),
        cmocka_unit_test(test_what_points_elsewhere_is_not_read),
        cmocka_unit_test(test_lengths_end_with_the_buffer),
        cmocka_unit_test(test_system_makes_the_event),
        cmocka_unit_test(test_data),
        cmocka_unit_test(test_a_name_is_asked_for_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
