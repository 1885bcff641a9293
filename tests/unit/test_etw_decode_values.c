/* test_etw_decode_values - values that mean "none", ends of connections, texts, SIDs, the header's
 * items, and names of providers. */
#include "unit/test_etw_decode_help.h"

#include "core/mem.h"
#include "etw/catalog.h"

#define KP "Microsoft-Windows-Kernel-Process"
#define KN "Microsoft-Windows-Kernel-Network"
#define TI "Microsoft-Windows-TCPIP"
#define DC "Microsoft-Windows-DNS-Client"
#define NP "NT Kernel/Process"
#define NU "NT Kernel/UdpIp"

static struct payload p;
static struct event ev;
static const char *why;

static int
setup(void **state)
{
    struct etw_decoder *d;

    metric_reset_all();
    memset(&p, 0, sizeof(p));
    p.ptr_len = 8;
    assert_int_equal(etw_decoder_create(&d), ERR_OK);
    *state = d;
    return 0;
}

static int
teardown(void **state)
{
    etw_decoder_destroy(*state);
    return 0;
}

/* -- absent values ----------------------------------------------------------------------------- */

static void
test_zeros_are_absent(void **state)
{
    struct etw_record rec;

    p.len = 28; /* Kernel-Network 11: all zero */
    rec = record_of(KN, 11, 0, &p);
    rec.pid = 0;
    assert_int_equal(decode_exact(*state, rec, &ev, &why), ETW_EVENT);
    assert_false(event_has(&ev, process_id) || event_has(&ev, logger_pid));
    assert_false(event_has(&ev, src) || event_has(&ev, src_port));
    assert_false(event_has(&ev, dst) || event_has(&ev, dst_port));
    assert_true(sv_is(ev.transport, "TCP") && sv_is(ev.action, "received"));

    rec.pid = ETW_NO_ID;
    assert_int_equal(decode_exact(*state, rec, &ev, &why), ETW_EVENT);
    assert_false(event_has(&ev, logger_pid));

    p.len = 22; /* Kernel-Process 1 v0: all zero and an empty name */
    rec = record_of(KP, 1, 0, &p);
    rec.time_ft = 0;
    assert_int_equal(decode_exact(*state, rec, &ev, &why), ETW_EVENT);
    assert_int_equal(ev.time_ft, 0);
    assert_false(event_has(&ev, process_started) || event_has(&ev, parent_process_id));
    assert_false(event_has(&ev, process));
    assert_true(event_has(&ev, session_id) && ev.session_id == 0);
}

static void
test_no_payload(void **state)
{
    struct etw_record rec = record_of(KN, 11, 0, &p);

    rec.payload = NULL;
    assert_int_equal(etw_decode(*state, &rec, &ev, &why), ETW_DAMAGED);
    rec.id = 9;
    assert_int_equal(etw_decode(*state, &rec, &ev, &why), ETW_UNKNOWN);
}

/* Classic Process v4 with that TOKEN_USER, which `sid` builds. */
static enum etw_decoded
decode_classic(struct etw_decoder *d, unsigned opcode, uint32_t session, void (*sid)(void))
{
    p.len = 0;
    put_int(&p, 0xFFFF800011112222u, 8);
    put_int(&p, 820, 4);
    put_int(&p, 4, 4);
    put_int(&p, session, 4);
    put_int(&p, 0x103, 4);
    put_int(&p, 0x1AD000, 8);
    put_int(&p, 0, 4);
    sid();
    put_bytes(&p, "smss.exe", 9);
    put_wstr(&p, "\\SystemRoot\\System32\\smss.exe");
    put_wstr(&p, "");
    put_wstr(&p, "");
    return decode_exact(d, record_of(NP, opcode, 4, &p), &ev, &why);
}

static void
sid_none(void)
{
    put_int(&p, 0, 4);
}

static void
sid_system(void)
{
    put_int(&p, 0xFFFFE48354709E80u, 8);
    put_int(&p, 0, 8);
    put_bytes(&p, "\x01\x01\0\0\0\0\0\x05\x12\0\0\0", 12);
}

static void
sid_without_parts(void)
{
    put_int(&p, 1, 8);
    put_int(&p, 0, 8);
    put_bytes(&p, "\x01\0\xFF\xFF\xFF\xFF\xFF\xFF", 8);
}

static void
sid_15_parts(void)
{
    put_int(&p, 1, 8);
    put_int(&p, 0, 8);
    put_sid(&p, 15, UINT32_MAX);
}

static void
sid_16_parts(void)
{
    put_int(&p, 1, 8);
    put_int(&p, 0, 8);
    put_sid(&p, 16, 1);
}

static void
test_sids(void **state)
{
    assert_int_equal(decode_classic(*state, 1, 0, sid_system), ETW_EVENT);
    assert_true(sv_is(ev.sid, "S-1-5-18"));
    assert_true(sv_is(ev.process, "smss.exe"));
    assert_true(sv_is(ev.command_line, "\\SystemRoot\\System32\\smss.exe"));
    assert_int_equal(decode_classic(*state, 1, 0, sid_none), ETW_EVENT);
    assert_false(event_has(&ev, sid));
    assert_true(sv_is(ev.command_line, "\\SystemRoot\\System32\\smss.exe"));
    assert_int_equal(decode_classic(*state, 1, 0, sid_without_parts), ETW_EVENT);
    assert_true(sv_is(ev.sid, "S-1-281474976710655"));
    assert_int_equal(decode_classic(*state, 1, 0, sid_15_parts), ETW_EVENT);
    assert_int_equal(ev.sid.len, strlen("S-1-5-21") + 14 * strlen("-4294967295"));
    assert_int_equal(decode_classic(*state, 1, 0, sid_16_parts), ETW_DAMAGED);
    assert_string_equal(why, "a SID has too many parts");
    assert_int_equal(ev.kind, EV_ANOMALY);
    assert_false(event_has(&ev, process_id));
}

/* STILL_ACTIVE is no exit code; session 0xFFFFFFFF is none, session 0 is one. */
static void
test_classic_values(void **state)
{
    assert_int_equal(decode_classic(*state, 3, UINT32_MAX, sid_system), ETW_EVENT);
    assert_int_equal(ev.kind, EV_PROCESS_RUNDOWN);
    assert_false(event_has(&ev, status) || event_has(&ev, session_id));
    assert_int_equal(decode_classic(*state, 2, 0, sid_system), ETW_EVENT);
    assert_int_equal(ev.kind, EV_PROCESS_STOP);
    assert_true(event_has(&ev, status) && ev.status == 0x103);
    assert_true(event_has(&ev, session_id) && ev.session_id == 0);
}

/* -- ends of connections ----------------------------------------------------------------------- */

static void
decode_ends(struct etw_decoder *d, const char *provider, unsigned id, const char *daddr,
            const char *saddr)
{
    static const uint8_t rest[24];

    p.len = 0;
    put_int(&p, 1200, 4);
    put_int(&p, 64, 4);
    put_v4(&p, daddr);
    put_v4(&p, saddr);
    put_net(&p, 5355, 2);
    put_net(&p, 50123, 2);
    put_bytes(&p, rest, sizeof(rest));
    assert_int_equal(decode_exact(d, record_of(provider, id, 2, &p), &ev, &why), ETW_EVENT);
    assert_int_equal(ev.process_id, 1200);
}

static void
check_ends(const char *src, unsigned src_port, const char *dst, unsigned dst_port)
{
    char text[ADDR_TEXT_MAX];

    assert_true(event_has(&ev, src) && event_has(&ev, src_port));
    assert_true(event_has(&ev, dst) && event_has(&ev, dst_port));
    (void)addr_format(&ev.src, text);
    assert_string_equal(text, src);
    (void)addr_format(&ev.dst, text);
    assert_string_equal(text, dst);
    assert_int_equal(ev.src_port, src_port);
    assert_int_equal(ev.dst_port, dst_port);
}

/* saddr is the local end, but for what a group received: there it is the sender. */
static void
test_groups(void **state)
{
    struct etw_decoder *d = *state;

    decode_ends(d, KN, 43, "10.0.0.7", "10.0.0.2");
    check_ends("10.0.0.7", 5355, "10.0.0.2", 50123);
    decode_ends(d, KN, 43, "224.0.0.252", "10.0.0.7");
    check_ends("10.0.0.7", 50123, "224.0.0.252", 5355);
    decode_ends(d, KN, 43, "239.255.255.250", "10.0.0.7");
    check_ends("10.0.0.7", 50123, "239.255.255.250", 5355);
    decode_ends(d, KN, 43, "255.255.255.255", "10.0.0.7");
    check_ends("10.0.0.7", 50123, "255.255.255.255", 5355);
    decode_ends(d, KN, 43, "240.0.0.1", "10.0.0.7");
    check_ends("240.0.0.1", 5355, "10.0.0.7", 50123);
    decode_ends(d, KN, 43, "10.0.0.255", "10.0.0.7"); /* a broadcast or a computer: not told */
    check_ends("10.0.0.255", 5355, "10.0.0.7", 50123);
    decode_ends(d, KN, 59, "ff02::1:3", "fe80::7");
    check_ends("fe80::7", 50123, "ff02::1:3", 5355);
    decode_ends(d, KN, 59, "fe80::9", "fe80::7");
    check_ends("fe80::9", 5355, "fe80::7", 50123);
    decode_ends(d, NU, 11, "224.0.0.251", "10.0.0.7");
    check_ends("10.0.0.7", 50123, "224.0.0.251", 5355);
    decode_ends(d, NU, 27, "ff02::fb", "fe80::7");
    check_ends("fe80::7", 50123, "ff02::fb", 5355);
    decode_ends(d, KN, 42, "224.0.0.252", "10.0.0.7"); /* sent */
    check_ends("224.0.0.252", 5355, "10.0.0.7", 50123);
    decode_ends(d, KN, 11, "224.0.0.252", "10.0.0.7"); /* TCP: nonsense stays what it is */
    check_ends("224.0.0.252", 5355, "10.0.0.7", 50123);
}

/* An end without a value stays without one when both change places. */
static void
test_group_without_sender(void **state)
{
    p.len = 0;
    put_int(&p, 1200, 4);
    put_int(&p, 64, 4);
    put_v4(&p, "224.0.0.252");
    put_v4(&p, "0.0.0.0");
    put_net(&p, 5355, 2);
    put_net(&p, 0, 2);
    put_int(&p, 0, 8);
    assert_int_equal(decode_exact(*state, record_of(KN, 43, 0, &p), &ev, &why), ETW_EVENT);
    assert_false(event_has(&ev, src) || event_has(&ev, src_port));
    assert_true(event_has(&ev, dst) && event_has(&ev, dst_port) && ev.dst_port == 5355);
}

/* TCPIP 1033 with these bytes as its local address, given with this length. */
static enum etw_decoded
decode_local(struct etw_decoder *d, const void *bytes, size_t len, uint64_t told)
{
    struct addr remote;

    assert_int_equal(addr_parse(SV("192.0.2.9"), &remote), ERR_OK);
    p.len = 0;
    put_int(&p, told, 4);
    put_bytes(&p, bytes, len);
    put_sockaddr(&p, &remote, 443);
    put_int(&p, 0, 4);
    put_int(&p, 1200, 4);
    put_int(&p, 1, 4);
    put_int(&p, 0, 8);
    return decode_exact(d, record_of(TI, 1033, 0, &p), &ev, &why);
}

static void
test_sockaddrs(void **state)
{
    static const char none[] = "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    static const char hyper_v[] = "\x22\0\xC0\1\2\3\4\5\6\7\x08\x09\x0A\x0B\x0C\x0D";
    static const char v4[] = "\x02\0\x0D\x3D\x0A\0\0\2\0\0\0\0\0\0\0\0";
    static const char mapped[] =
        "\x17\0\x0D\x3D\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xFF\xFF\x0A\0\0\2\0\0\0";
    struct etw_decoder *d = *state;

    assert_int_equal(decode_local(d, v4, 16, 16), ETW_EVENT);
    check_ends("192.0.2.9", 443, "10.0.0.2", 3389);
    assert_true(event_has(&ev, status) && ev.status == 0);
    assert_int_equal(decode_local(d, mapped, 28, 28), ETW_EVENT);
    check_ends("192.0.2.9", 443, "10.0.0.2", 3389);

    assert_int_equal(decode_local(d, none, 0, 0), ETW_EVENT);
    assert_false(event_has(&ev, dst) || event_has(&ev, dst_port));
    assert_true(event_has(&ev, src) && ev.src_port == 443);
    assert_int_equal(decode_local(d, none, 16, 16), ETW_EVENT);
    assert_false(event_has(&ev, dst));
    assert_int_equal(decode_local(d, hyper_v, 16, 16), ETW_EVENT);
    assert_false(event_has(&ev, dst));
    assert_int_equal(decode_local(d, v4, 1, 1), ETW_EVENT);
    assert_false(event_has(&ev, dst));

    assert_int_equal(decode_local(d, v4, 7, 7), ETW_DAMAGED);
    assert_string_equal(why, "an address is shorter than its family says");
    assert_int_equal(decode_local(d, mapped, 27, 27), ETW_DAMAGED);
    assert_int_equal(decode_local(d, v4, 16, 0xFFFFFFFFu), ETW_DAMAGED);
    assert_string_equal(why, "the payload ends within its fields");
    assert_int_equal(decode_local(d, v4, 16, 0x80000010u), ETW_DAMAGED);
}

/* The one byte of an address is the payload's last. */
static void
test_sockaddr_at_the_end(void **state)
{
    put_int(&p, 0, 4);
    put_int(&p, 1, 4);
    put_int(&p, 2, 1);
    assert_int_equal(decode_exact(*state, record_of(TI, 1033, 0, &p), &ev, &why), ETW_DAMAGED);
    assert_string_equal(why, "the payload ends within its fields");
}

/* -- texts ------------------------------------------------------------------------------------- */

static void
put_units(size_t count, uint16_t unit)
{
    for (size_t i = 0; i < count; i++) {
        put_int(&p, unit, 2);
    }
}

static void
test_long_texts(void **state)
{
    put_units(600, 'q');
    put_int(&p, 0, 2);
    put_int(&p, 28, 4);
    put_int(&p, 0, 8);
    put_int(&p, 9003, 4);
    put_units(600, 0x3042); /* three bytes each */
    put_int(&p, 0, 2);
    assert_int_equal(decode_exact(*state, record_of(DC, 3008, 0, &p), &ev, &why), ETW_EVENT);
    assert_int_equal(ev.query.len, EVENT_TEXT_MAX);
    assert_int_equal(ev.answers.len, EVENT_TEXT_MAX / 3 * 3);
    assert_true(ev.query.p[511] == 'q' && sv_starts_with(ev.answers, SV("\xE3\x81\x82")));
    assert_int_equal(ev.status, 9003);
    assert_int_equal(metric_get(METRIC_TEXTS_CUT), 2);
}

static void
test_long_command_line(void **state)
{
    p.len = 24;
    put_int(&p, 0, 4);
    memset(p.bytes + p.len, 'n', 600); /* longer than any real name */
    p.len += 600;
    put_int(&p, 0, 1);
    put_units(20000, 'c');
    put_int(&p, 0, 2);
    assert_int_equal(decode_exact(*state, record_of(NP, 1, 2, &p), &ev, &why), ETW_EVENT);
    assert_int_equal(ev.process.len, EVENT_TEXT_MAX);
    assert_int_equal(ev.command_line.len, EVENT_LONG_TEXT_MAX);
    assert_true(ev.process.p[511] == 'n' && ev.command_line.p[8191] == 'c');
    assert_int_equal(metric_get(METRIC_TEXTS_CUT), 2);
}

/* A NUL may stand at any place of the words that are looked at together. */
static void
test_text_lengths(void **state)
{
    for (size_t len = 0; len < 40; len++) {
        p.len = 0;
        put_units(len, 0x0100 | 'x'); /* bytes of 0x01 and none of 0 */
        put_int(&p, 0, 2);
        put_int(&p, 1, 4);
        put_int(&p, 0, 8);
        put_int(&p, 0, 4);
        put_units(len, 'y');
        assert_int_equal(decode_exact(*state, record_of(DC, 3008, 0, &p), &ev, &why),
                         len == 0 ? ETW_DAMAGED : ETW_EVENT);
        if (len > 0) {
            assert_int_equal(ev.query.len, 2 * len);
            assert_int_equal(ev.answers.len, len);
        }
    }
}

/* An end in the middle of a character, or a text in the middle without its end, is damage. */
static void
test_unended_texts(void **state)
{
    put_wstr(&p, "name");
    put_int(&p, 1, 4);
    put_int(&p, 0, 8);
    put_int(&p, 0, 4);
    put_units(3, 'y');
    put_int(&p, 'z', 1);
    assert_int_equal(decode_exact(*state, record_of(DC, 3008, 0, &p), &ev, &why), ETW_DAMAGED);
    p.len = 0;
    put_units(30, 'y');
    assert_int_equal(decode_exact(*state, record_of(DC, 3008, 0, &p), &ev, &why), ETW_DAMAGED);
    p.len = 48;
    put_bytes(&p, "logman.exe", 10); /* the last, without NUL */
    assert_int_equal(decode_exact(*state, record_of(KP, 2, 0, &p), &ev, &why), ETW_EVENT);
    assert_true(sv_is(ev.process, "logman.exe"));
}

static void
test_foreign_texts(void **state)
{
    p.len = 48;
    put_bytes(&p, "na\xEFve.exe", 10);
    assert_int_equal(decode_exact(*state, record_of(KP, 2, 0, &p), &ev, &why), ETW_EVENT);
    assert_true(sv_is(ev.process, "na\xEF\xBF\xBDve.exe"));
    assert_true(utf8_valid(ev.process));
    p.len = 20;
    put_int(&p, 'a', 2);
    put_int(&p, 0xD83D, 2); /* half of a pair */
    put_int(&p, 0, 2);
    assert_int_equal(decode_exact(*state, record_of(KP, 1, 0, &p), &ev, &why), ETW_EVENT);
    assert_true(sv_is(ev.process, "a\xED\xA0\xBD"));
}

/* -- items of the header ----------------------------------------------------------------------- */

static const uint8_t header_sid[] = {1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 32, 2, 0, 0};

static struct etw_record
with_items(struct etw_record rec)
{
    rec.sid = header_sid;
    rec.sid_len = sizeof(header_sid);
    rec.has_session = true;
    rec.session_id = 3;
    rec.start_key = 0x0004000000000123u;
    return rec;
}

static void
test_items_of_the_process(void **state)
{
    put_wstr(&p, "example.org");
    put_int(&p, 28, 4);
    put_int(&p, 0, 8);
    put_int(&p, 0, 4);
    put_wstr(&p, "::ffff:192.0.2.1;");
    assert_int_equal(decode_exact(*state, with_items(record_of(DC, 3008, 0, &p)), &ev, &why),
                     ETW_EVENT);
    assert_int_equal(ev.process_id, LOGGER);
    assert_true(sv_is(ev.sid, "S-1-5-32-544"));
    assert_true(event_has(&ev, session_id) && ev.session_id == 3);
    assert_true(event_has(&ev, process_start_key) && ev.process_start_key == 0x0004000000000123u);
    assert_true(sv_is(ev.query, "example.org") && sv_is(ev.answers, "::ffff:192.0.2.1;"));
}

/* Another process was interrupted: what the header says of it is not said of ours. */
static void
test_items_of_another(void **state)
{
    decode_ends(*state, KN, 12, "192.0.2.1", "10.0.0.2");
    assert_int_equal(decode_exact(*state, with_items(record_of(KN, 12, 0, &p)), &ev, &why),
                     ETW_EVENT);
    assert_int_equal(ev.process_id, 1200);
    assert_int_equal(ev.logger_pid, LOGGER);
    assert_false(event_has(&ev, sid) || event_has(&ev, subject_sid));
    assert_false(event_has(&ev, session_id) || event_has(&ev, process_start_key));
}

/* The parent logs the start of a process. */
static void
test_items_of_the_parent(void **state)
{
    put_int(&p, 1200, 4);
    put_int(&p, T0, 8);
    put_int(&p, LOGGER, 4);
    put_int(&p, 1, 4);
    put_wstr(&p, "x");
    assert_int_equal(decode_exact(*state, with_items(record_of(KP, 1, 0, &p)), &ev, &why),
                     ETW_EVENT);
    assert_false(event_has(&ev, sid) || event_has(&ev, process_start_key));
    assert_true(sv_is(ev.subject_sid, "S-1-5-32-544"));
    assert_int_equal(ev.session_id, 1);
    assert_int_equal(ev.parent_process_id, LOGGER);
}

/* What the payload says stays. */
static void
test_items_yield(void **state)
{
    struct etw_record rec;

    assert_int_equal(decode_classic(*state, 2, 7, sid_system), ETW_EVENT);
    rec = with_items(record_of(NP, 2, 4, &p));
    rec.pid = 820;
    assert_int_equal(decode_exact(*state, rec, &ev, &why), ETW_EVENT);
    assert_true(sv_is(ev.sid, "S-1-5-18") && ev.session_id == 7);
    assert_true(event_has(&ev, process_start_key));
}

/* -- decoder and names ------------------------------------------------------------------------- */

static void
test_no_memory(void **state)
{
    struct etw_decoder *d = NULL;

    (void)state;
    mem_fail_after(0);
    assert_int_equal(etw_decoder_create(&d), ERR_NOMEM);
    mem_fail_after(SIZE_MAX);
    assert_null(d);
    etw_decoder_destroy(NULL);
}

static void
test_names(void **state)
{
    static const struct {
        const char *guid, *name;
    } known[] = {
        {"{22fb2cd6-0e7b-422b-a0c7-2fad1fd0e716}", KP},
        {"{7dd42a49-5329-4832-8dfd-43d979153a88}", KN},
        {"{2f07e2ee-15db-40f1-90ef-9d7ba282188a}", TI},
        {"{1c95126e-7eea-49a9-a3fe-a378b03ddb4d}", DC},
        {"{3d6fa8d0-fe05-11d0-9dda-00c04fd7ba7c}", NP},
        {"{3d6fa8d1-fe05-11d0-9dda-00c04fd7ba7c}", "NT Kernel/Thread"},
        {"{2cb15d1d-5fc1-11d2-abe1-00a0c911f518}", "NT Kernel/Image"},
        {"{68fdd900-4a3e-11d1-84f4-0000f80464e3}", "NT Kernel/EventTrace"},
        {"{9a280ac0-c8e0-11d1-84e2-00c04fb998a2}", "NT Kernel/TcpIp"},
        {"{bf3a50c5-a9c9-4988-a005-2df0b7c80f80}", NU},
        {"{e13c0d23-ccbc-4e12-931b-d9cc2eee27e4}", "Microsoft-Windows-DotNETRuntime"},
        {"{a669021c-c450-4609-a035-5af59af4df18}", "Microsoft-Windows-DotNETRuntimeRundown"},
        {"{54849625-5478-4994-a5ba-3e3b0328c30d}", "Microsoft-Windows-Security-Auditing"},
    };
    size_t found = 0;

    (void)state;
    for (size_t i = 0; i < etw_provider_count; i++) {
        char text[ETW_GUID_TEXT_MAX], before[ETW_GUID_TEXT_MAX];
        struct etw_guid guid = etw_providers[i].guid;

        (void)etw_guid_format(&guid, text);
        assert_ptr_equal(etw_provider_name(&guid), etw_providers[i].name);
        for (size_t k = 0; k < COUNT(known); k++) {
            found += strcmp(text, known[k].guid) == 0 &&
                     strcmp(etw_providers[i].name, known[k].name) == 0;
        }
        if (i > 0) { /* the search needs the order, and the first numbers to differ */
            (void)etw_guid_format(&etw_providers[i - 1].guid, before);
            assert_true(memcmp(before, text, 9) < 0);
        }
        guid.bytes[15] ^= 1;
        assert_null(etw_provider_name(&guid));
    }
    assert_int_equal(found, COUNT(known));
}

static void
test_no_name(void **state)
{
    struct etw_guid guid;

    (void)state;
    memset(&guid, 0, sizeof(guid));
    assert_null(etw_provider_name(&guid));
    memset(&guid, 0xFF, sizeof(guid));
    assert_null(etw_provider_name(&guid));
}

#define WITH_DECODER(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int
main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_DECODER(test_zeros_are_absent),
        WITH_DECODER(test_no_payload),
        WITH_DECODER(test_sids),
        WITH_DECODER(test_classic_values),
        WITH_DECODER(test_groups),
        WITH_DECODER(test_group_without_sender),
        WITH_DECODER(test_sockaddrs),
        WITH_DECODER(test_sockaddr_at_the_end),
        WITH_DECODER(test_long_texts),
        WITH_DECODER(test_long_command_line),
        WITH_DECODER(test_text_lengths),
        WITH_DECODER(test_unended_texts),
        WITH_DECODER(test_foreign_texts),
        WITH_DECODER(test_items_of_the_process),
        WITH_DECODER(test_items_of_another),
        WITH_DECODER(test_items_of_the_parent),
        WITH_DECODER(test_items_yield),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_no_name),
    };

    return cmocka_run_group_tests_name("etw_decode_values", tests, NULL, NULL);
}
