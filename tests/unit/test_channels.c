/* channels - every mapped event is asked for once, nothing else is, within the limits of XPath. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/tm.h"
#include "evtlog/channels.h"
#include "evtlog/evtmap.h"

static bool
is_asked_in(const struct channel *c, const struct evtmap_row *row)
{
    for (size_t s = 0; s < c->count; s++) {
        for (size_t i = 0; i < c->selects[s].count; i++) {
            if (c->selects[s].ids[i] == row->event_id &&
                sv_eq_nocase(sv_from(c->selects[s].provider), sv_from(row->provider))) {
                return true;
            }
        }
    }
    return false;
}

/* Where the map says that Windows logs it. */
static void
test_events_are_asked_for_in_their_channel(void **state)
{
    (void)state;
    for (size_t i = 0; evtmap_row(i) != NULL; i++) {
        for (size_t c = 0; c < CHANNEL_COUNT; c++) {
            if (is_asked_in(&channel_all[c], evtmap_row(i))) {
                assert_string_equal(channel_all[c].path, evtmap_row(i)->channel);
            }
        }
    }
}

static unsigned
times_asked(const struct evtmap_row *row)
{
    unsigned times = 0;

    for (size_t c = 0; c < CHANNEL_COUNT; c++) {
        for (size_t s = 0; s < channel_all[c].count; s++) {
            const struct channel_select *select = &channel_all[c].selects[s];

            for (size_t i = 0; i < select->count; i++) {
                times += select->ids[i] == row->event_id &&
                         sv_eq_nocase(sv_from(select->provider), sv_from(row->provider));
            }
        }
    }
    return times;
}

static void
test_every_mapped_event_is_asked_for_once(void **state)
{
    (void)state;
    for (size_t i = 0; evtmap_row(i) != NULL; i++) {
        const struct evtmap_row *row = evtmap_row(i);

        if (times_asked(row) != 1) {
            print_message("%s %u: %u times\n", row->provider, row->event_id, times_asked(row));
        }
        assert_int_equal(times_asked(row), 1);
        assert_non_null(channel_find_select(sv_from(row->provider), row->event_id));
    }
}

static void
test_nothing_else_is_asked_for(void **state)
{
    (void)state;
    for (size_t c = 0; c < CHANNEL_COUNT; c++) {
        for (size_t s = 0; s < channel_all[c].count; s++) {
            const struct channel_select *select = &channel_all[c].selects[s];

            for (size_t i = 0; i < select->count; i++) {
                assert_non_null(evtmap_find(sv_from(select->provider), select->ids[i]));
            }
        }
    }
    assert_null(channel_find_select(SV("Microsoft-Windows-Security-Auditing"), 4663));
    assert_null(channel_find_select(SV("Other"), 4625));
}

static unsigned
blobs_of(const struct evtmap_row *row)
{
    unsigned blobs = 0;

    for (size_t f = 0; f < row->count; f++) {
        blobs += row->fields[f].conv == EVTMAP_SOCKADDR;
    }
    return blobs;
}

/* Values that are blobs are rendered as XML, which shows all their bytes. */
static void
test_blobs_are_rendered_as_xml(void **state)
{
    unsigned blobs = 0;

    (void)state;
    for (size_t i = 0; evtmap_row(i) != NULL; i++) {
        const struct evtmap_row *row = evtmap_row(i);

        if (blobs_of(row) > 0) {
            assert_int_equal(channel_find_select(sv_from(row->provider), row->event_id)->render,
                             CHANNEL_XML);
            blobs++;
        }
    }
    assert_int_equal(blobs, 2);
}

static void
test_names_are_unique(void **state)
{
    unsigned security = 0;

    (void)state;
    for (size_t a = 0; a < CHANNEL_COUNT; a++) {
        security += strcmp(channel_all[a].path, "Security") == 0;
        for (size_t b = a + 1; b < CHANNEL_COUNT; b++) {
            assert_string_not_equal(channel_all[a].name, channel_all[b].name);
        }
    }
    assert_int_equal(security, 2);
}

static void
test_a_query(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 65536);
    channel_query(&channel_all[7], 0, &b);
    assert_string_equal(
        buf_str(&b),
        "<QueryList><Query Id=\"0\"><Select Path=\"System\">*[System[Provider[@Name='Service "
        "Control "
        "Manager'] and (EventID=7045)]]</Select><Select Path=\"System\">*[System[Provider[@Name="
        "'Microsoft-Windows-Eventlog'] and (EventID=104)]]</Select></Query></QueryList>");
    buf_clear(&b);
    channel_query(&channel_all[3], TM_UNIX_EPOCH_FT, &b);
    assert_string_equal(
        buf_str(&b), "<QueryList><Query Id=\"0\"><Select Path=\"Microsoft-Windows-TerminalServices-"
                     "RemoteConnectionManager/Operational\">*[System[Provider[@Name='Microsoft-"
                     "Windows-TerminalServices-RemoteConnectionManager'] and TimeCreated["
                     "@SystemTime&gt;='1970-01-01T00:00:00.0000000Z'] and (EventID=261 or "
                     "EventID=1149)]]</Select></Query></QueryList>");
    buf_fini(&b);
}

static unsigned
ids_of(const struct channel *c)
{
    unsigned ids = 0;

    for (size_t r = 0; r < CHANNEL_COUNT; r++) {
        for (size_t s = 0; s < channel_all[r].count; s++) {
            ids += &channel_all[r] == c || c->collector ? (unsigned)channel_all[r].selects[s].count
                                                        : 0;
        }
    }
    return ids;
}

/* Comparisons between one <Select> and the next. */
static void
test_queries_keep_to_the_limits(void **state)
{
    struct buf b;

    (void)state;
    buf_init(&b, 65536);
    for (size_t c = 0; c < CHANNEL_COUNT; c++) {
        unsigned ids = 0;

        buf_clear(&b);
        channel_query(&channel_all[c], TM_UNIX_EPOCH_FT, &b);
        assert_int_equal(buf_err(&b), ERR_OK);
        for (char *at = strstr(b.data, "<Select"); at != NULL; at = strstr(at + 1, "<Select")) {
            const char *end = strstr(at, "</Select>");
            unsigned expressions = 2;

            assert_int_equal(strncmp(at + 14, channel_all[c].path, strlen(channel_all[c].path)), 0);
            for (const char *id = strstr(at, "EventID="); id != NULL && id < end;
                 id = strstr(id + 1, "EventID=")) {
                expressions++;
                ids++;
            }
            assert_in_range(expressions, 3, CHANNEL_EXPRESSIONS_MAX);
        }
        assert_int_equal(ids, ids_of(&channel_all[c]));
    }
    buf_fini(&b);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_mapped_event_is_asked_for_once),
        cmocka_unit_test(test_events_are_asked_for_in_their_channel),
        cmocka_unit_test(test_nothing_else_is_asked_for),
        cmocka_unit_test(test_blobs_are_rendered_as_xml),
        cmocka_unit_test(test_names_are_unique),
        cmocka_unit_test(test_a_query),
        cmocka_unit_test(test_queries_keep_to_the_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
