/* evtx on real recordings: what is in them is known (the data folder's README), and was counted
 * with libevtx as well. */
#include "unit/test_evtx_help.h"

#include "core/tm.h"

#define RDP "Microsoft-Windows-RemoteDesktopServices-RdpCoreTS"
#define RCM "Microsoft-Windows-TerminalServices-RemoteConnectionManager"
#define AUDITING "Microsoft-Windows-Security-Auditing"
#define EVENTLOG "Microsoft-Windows-Eventlog"
#define KINDS_MAX 64

struct kind_count {
    const char *provider;
    uint32_t event_id, version;
    uint64_t in_place, recovered;
};

/* Everything a reader gave of one file. */
struct tally {
    struct evtx_stats stats;
    uint64_t events, unmapped, damaged;
    size_t kind_count;
    struct kind_count kind[KINDS_MAX];
    char provider[KINDS_MAX][128];
    void (*look)(void *ctx, const struct event *ev, bool recovered);
    void *ctx;
};

static void
tally_item(struct tally *t, const struct evtx_item *item)
{
    size_t i = 0;

    while (i < t->kind_count &&
           (t->kind[i].event_id != item->event_id || t->kind[i].version != item->version ||
            !sv_is(item->provider, t->provider[i]))) {
        i++;
    }
    if (i == t->kind_count) {
        assert_true(i < KINDS_MAX && item->provider.len < sizeof(t->provider[0]));
        memcpy(t->provider[i], item->provider.p, item->provider.len);
        t->kind[i].provider = t->provider[i];
        t->kind[i].event_id = item->event_id;
        t->kind[i].version = item->version;
        t->kind_count++;
    }
    t->kind[i].in_place += item->recovered ? 0 : 1;
    t->kind[i].recovered += item->recovered ? 1 : 0;
}

static void
check_event(const struct evtx_item *item)
{
    const struct event *ev = item->event;

    assert_true(event_has(ev, host) && event_has(ev, channel) && event_has(ev, record_id));
    assert_true(sv_eq(ev->host, item->host) && sv_eq(ev->channel, item->channel));
    assert_true(sv_eq(ev->provider, item->provider));
    assert_true(ev->event_id == item->event_id && ev->record_id == item->record_id);
    assert_true(ev->time_ft == item->time_ft && ev->time_ft > TM_UNIX_EPOCH_FT);
}

static void
tally_recording(const char *name, struct tally *t)
{
    struct buf bytes;
    struct log_bytes log;
    struct evtx *r = NULL;
    struct evtx_item item;
    enum err err;

    load_recording(name, &bytes);
    log = (struct log_bytes){(const uint8_t *)bytes.data, bytes.len};
    assert_int_equal(open_bytes(&log, &r), ERR_OK);
    while ((err = evtx_next(r, &item)) == ERR_OK) {
        if (item.kind == EVTX_ITEM_DAMAGED) {
            assert_non_null(item.why);
            t->damaged++;
            continue;
        }
        tally_item(t, &item);
        t->events += item.kind == EVTX_ITEM_EVENT ? 1 : 0;
        t->unmapped += item.kind == EVTX_ITEM_UNMAPPED ? 1 : 0;
        if (item.kind == EVTX_ITEM_EVENT) {
            check_event(&item);
            if (t->look != NULL) {
                t->look(t->ctx, item.event, item.recovered || item.torn);
            }
        }
    }
    assert_int_equal(err, ERR_END);
    t->stats = *evtx_stats(r);
    evtx_close(r);
    buf_fini(&bytes);
}

static void
assert_kinds(const struct tally *t, const struct kind_count *want, size_t count)
{
    uint64_t wanted = 0;

    for (size_t i = 0; i < count; i++) {
        size_t k = 0;

        while (k < t->kind_count &&
               (t->kind[k].event_id != want[i].event_id || t->kind[k].version != want[i].version ||
                strcmp(t->kind[k].provider, want[i].provider) != 0)) {
            k++;
        }
        assert_true(k < t->kind_count);
        assert_int_equal(t->kind[k].in_place, want[i].in_place);
        assert_int_equal(t->kind[k].recovered, want[i].recovered);
        wanted += want[i].in_place + want[i].recovered;
    }
    assert_int_equal(t->kind_count, count);
    assert_int_equal(t->events + t->unmapped, wanted);
}

static void
assert_clean(const struct tally *t, uint64_t records, uint64_t chunks)
{
    assert_int_equal(t->stats.records, records);
    assert_int_equal(t->events + t->unmapped, records);
    assert_int_equal(t->damaged, 0);
    assert_int_equal(t->stats.records_damaged, 0);
    assert_int_equal(t->stats.records_recovered, 0);
    assert_int_equal(t->stats.records_stale, 0);
    assert_int_equal(t->stats.chunks, chunks);
    assert_int_equal(t->stats.chunks_damaged, 0);
    assert_false(t->stats.header_damaged);
}

/* -- smb-guessing-security -----------------------------------------------------------------------
 */

struct smb {
    uint64_t bad_password, disabled, no_user, other;
    uint64_t accounts[2];
    uint64_t bad_port;
};

static void
look_smb(void *ctx, const struct event *ev, bool recovered)
{
    static const uint8_t source[4] = {192, 168, 198, 149};
    struct smb *s = ctx;
    struct addr want = addr_v4(source);

    assert_false(recovered);
    assert_int_equal(ev->kind, EV_LOGON_FAILURE);
    assert_true(event_has(ev, src) && addr_eq(&ev->src, &want));
    assert_true(event_has(ev, logon_type));
    assert_int_equal(ev->logon_type, 3);
    assert_true(sv_is(ev->channel, "Security") && sv_is(ev->host, "DESKTOP-M5SN04R"));
    assert_true(sv_is(ev->logon_process, "NtLmSsp ") && sv_is(ev->auth_package, "NTLM"));
    assert_true(event_has(ev, domain) && sv_is(ev->sid, "S-1-0-0"));
    assert_true(event_has(ev, workstation) && event_has(ev, status) && event_has(ev, logger_pid));
    assert_false(event_has(ev, subject_account) || event_has(ev, process) ||
                 event_has(ev, process_id) || event_has(ev, subject_logon_id));
    s->bad_password += ev->sub_status == 0xC000006A ? 1 : 0;
    s->disabled += ev->sub_status == 0xC0000072 ? 1 : 0;
    s->no_user += ev->sub_status == 0xC0000064 ? 1 : 0;
    s->accounts[0] += sv_is(ev->account, "Administrator") ? 1 : 0;
    s->accounts[1] += sv_is(ev->account, "JcDfcZTc") ? 1 : 0;
    s->bad_port += event_has(ev, src_port) && ev->src_port > 1024 ? 0 : 1;
}

static void
test_smb_guessing(void **state)
{
    static const struct kind_count want[] = {{AUDITING, 4625, 0, 3561, 0}};
    struct smb s = {0};
    struct tally t = {.look = look_smb, .ctx = &s};

    (void)state;
    tally_recording("smb-guessing-security.evtx", &t);
    assert_clean(&t, 3561, 34);
    assert_false(t.stats.dirty);
    assert_kinds(&t, want, COUNT(want));
    assert_int_equal(s.bad_password, 3558);
    assert_int_equal(s.disabled, 2);
    assert_int_equal(s.no_user, 1);
    assert_int_equal(s.accounts[0] + s.accounts[1], 3561);
    assert_int_equal(s.accounts[1], 1);
    assert_int_equal(s.bad_port, 0);
}

/* -- rdp-internet-2018-corets --------------------------------------------------------------------
 */

struct corets {
    uint64_t top_131, top_140, udp, tcp, without_source;
    uint64_t first_ft, last_ft;
};

static void
look_corets(void *ctx, const struct event *ev, bool recovered)
{
    static const uint8_t bytes[4] = {212, 92, 115, 217};
    struct corets *c = ctx;
    struct addr top = addr_v4(bytes);
    bool is_top = addr_eq(&ev->src, &top);

    assert_false(recovered);
    c->top_131 += ev->event_id == 131 && is_top ? 1 : 0;
    c->top_140 += ev->event_id == 140 && is_top ? 1 : 0;
    c->tcp += event_has(ev, transport) && sv_is(ev->transport, "TCP") ? 1 : 0;
    c->without_source += event_has(ev, src) ? 0 : 1;
    assert_int_equal(event_has(ev, src_port), ev->event_id == 131);
    c->first_ft = c->first_ft == 0 || ev->time_ft < c->first_ft ? ev->time_ft : c->first_ft;
    c->last_ft = ev->time_ft > c->last_ft ? ev->time_ft : c->last_ft;
}

/* Two chunks are torn: a page of each is from a later use of the chunk. The records in place are
 * what the README counts, the two across the tears among them; the 65 behind the tears have ids
 * of other chunks. */
static void
test_rdp_internet_corets(void **state)
{
    static const struct kind_count want[] = {
        {RDP, 148, 0, 398, 0}, {RDP, 72, 0, 379, 0},  {RDP, 103, 0, 129, 0}, {RDP, 140, 0, 126, 0},
        {RDP, 131, 0, 126, 0}, {RDP, 65, 0, 124, 0},  {RDP, 145, 0, 124, 0}, {RDP, 141, 0, 124, 0},
        {RDP, 102, 0, 124, 0}, {RDP, 143, 0, 119, 0}, {RDP, 226, 0, 118, 0}, {RDP, 227, 0, 15, 0},
        {RDP, 228, 0, 1, 0},   {RDP, 142, 0, 1, 0},   {RDP, 132, 0, 1, 0},   {RDP, 107, 0, 1, 0},
    };
    struct corets c = {0};
    struct tally t = {.look = look_corets, .ctx = &c};

    (void)state;
    tally_recording("rdp-internet-2018-corets.evtx", &t);
    assert_kinds(&t, want, COUNT(want));
    assert_int_equal(t.stats.records, 1912);
    assert_int_equal(t.events + t.unmapped, 1910);
    assert_int_equal(t.stats.records_damaged, 2);
    assert_int_equal(t.stats.records_recovered, 0);
    assert_int_equal(t.stats.records_stale, 65);
    assert_int_equal(t.stats.chunks, 16);
    assert_int_equal(t.stats.chunks_damaged, 2);
    assert_int_equal(t.damaged, 4); /* two chunks, two records */
    assert_true(t.stats.dirty);
    assert_int_equal(c.top_131, 16);
    assert_int_equal(c.top_140, 17);
    assert_int_equal(c.tcp, 126);
    assert_int_equal(c.without_source, 0);
    assert_int_equal((c.last_ft - c.first_ft) / TM_HOUR, 135); /* 5 1/2 days */
}

/* -- rdp-internet-2018-rcm -----------------------------------------------------------------------
 */

struct rcm {
    uint64_t mpowers, administrator, capital_administrator, a;
    uint64_t without_source, torn;
};

static void
look_rcm(void *ctx, const struct event *ev, bool recovered)
{
    struct rcm *c = ctx;

    if (ev->event_id == 261) {
        bool has_listener = event_has(ev, text);

        assert_true(has_listener ? sv_is(ev->text, "RDP-Tcp") : recovered);
        c->torn += has_listener ? 0 : 1;
        return;
    }
    c->mpowers += sv_is(ev->account, "mpowers") && sv_is(ev->domain, "MAGNETIC-DESKTO") ? 1 : 0;
    c->administrator += sv_is(ev->account, "administrator") && !event_has(ev, domain) ? 1 : 0;
    c->capital_administrator += sv_is(ev->account, "Administrator") ? 1 : 0;
    c->a += sv_is(ev->account, "A") ? 1 : 0;
    c->without_source += event_has(ev, src) ? 0 : 1;
}

/* Two chunks are torn. In place stand 1,774 records and one across a tear: the README's count. 21
 * of the same chunk stand behind its tears. */
static void
test_rdp_internet_rcm(void **state)
{
    static const struct kind_count want[] = {{RCM, 261, 0, 1770, 21}, {RCM, 1149, 0, 5, 0}};
    struct rcm c = {0};
    struct tally t = {.look = look_rcm, .ctx = &c};

    (void)state;
    tally_recording("rdp-internet-2018-rcm.evtx", &t);
    assert_kinds(&t, want, COUNT(want));
    assert_int_equal(t.stats.records, 1775 + 21);
    assert_int_equal(t.stats.records_damaged, 0);
    assert_int_equal(t.stats.records_recovered, 21);
    assert_int_equal(t.stats.chunks_damaged, 2);
    assert_int_equal(t.damaged, 2);
    assert_int_equal(c.torn, 1);
    assert_int_equal(c.mpowers, 2);
    assert_int_equal(c.administrator, 1);
    assert_int_equal(c.capital_administrator, 1);
    assert_int_equal(c.a, 1);
    assert_int_equal(c.without_source, 0);
}

/* -- rdp-131-burst-templateless ------------------------------------------------------------------
 */

#define HOSTS 11

struct burst {
    size_t host_count;
    char host[HOSTS][64];
    uint64_t records[HOSTS];
    uint64_t first_ft, last_ft;
};

static void
look_burst(void *ctx, const struct event *ev, bool recovered)
{
    static const uint8_t bytes[4] = {10, 23, 123, 11};
    struct burst *b = ctx;
    struct addr source = addr_v4(bytes);
    size_t i = 0;

    assert_false(recovered);
    assert_int_equal(ev->kind, EV_RDP_CONNECT);
    assert_true(addr_eq(&ev->src, &source) && event_has(ev, src_port));
    assert_true(sv_is(ev->transport, "TCP") && sv_is(ev->channel, RDP "/Operational"));
    while (i < b->host_count && !sv_is(ev->host, b->host[i])) {
        i++;
    }
    if (i == b->host_count) {
        assert_true(i < HOSTS && ev->host.len < sizeof(b->host[0]));
        memcpy(b->host[b->host_count++], ev->host.p, ev->host.len);
    }
    b->records[i]++;
    b->first_ft = b->first_ft == 0 || ev->time_ft < b->first_ft ? ev->time_ft : b->first_ft;
    b->last_ft = ev->time_ft > b->last_ft ? ev->time_ft : b->last_ft;
}

static void
test_templateless(void **state)
{
    static const struct kind_count want[] = {{RDP, 131, 0, 154, 0}};
    struct burst b = {0};
    struct tally t = {.look = look_burst, .ctx = &b};

    (void)state;
    tally_recording("rdp-131-burst-templateless.evtx", &t);
    assert_clean(&t, 154, 3);
    assert_kinds(&t, want, COUNT(want));
    assert_int_equal(b.host_count, HOSTS);
    for (size_t i = 0; i < HOSTS; i++) {
        assert_int_equal(b.records[i], 14);
    }
    assert_int_equal((b.last_ft - b.first_ft) / TM_SEC, 3);
}

/* -- kerberos-4771-guessing ----------------------------------------------------------------------
 */

static void
look_kerberos(void *ctx, const struct event *ev, bool recovered)
{
    static const uint8_t bytes[4] = {10, 23, 123, 11};
    struct addr source = addr_v4(bytes);
    uint64_t *count = ctx;

    assert_false(recovered);
    assert_int_equal(ev->kind, EV_CREDENTIAL_CHECK);
    assert_true(event_has(ev, status));
    assert_int_equal(ev->status, 0x18);
    assert_true(addr_eq(&ev->src, &source)); /* logged as ::ffff:10.23.123.11 */
    assert_true(sv_is(ev->account, "admin-hacker") && sv_is(ev->service_name, "krbtgt/OFFSEC.LAN"));
    assert_true(sv_is(ev->host, "rootdc1.offsec.lan"));
    assert_true(sv_is(ev->sid, "S-1-5-21-4230534742-2542757381-3142984815-1147"));
    (*count)++;
}

static void
test_kerberos(void **state)
{
    static const struct kind_count want[] = {{AUDITING, 4771, 0, 54, 0}};
    uint64_t count = 0;
    struct tally t = {.look = look_kerberos, .ctx = &count};

    (void)state;
    tally_recording("kerberos-4771-guessing.evtx", &t);
    assert_clean(&t, 54, 1);
    assert_kinds(&t, want, COUNT(want));
    assert_int_equal(count, 54);
}

/* -- benign-security -----------------------------------------------------------------------------
 */

struct benign {
    uint64_t failures_console, success[12], cleared, processes, explicit_loopback;
};

static void
look_benign(void *ctx, const struct event *ev, bool recovered)
{
    static const uint8_t bytes[16] = {[15] = 1};
    struct benign *b = ctx;
    struct addr loopback = addr_v6(bytes, 0);

    assert_false(recovered);
    if (ev->kind == EV_LOGON_FAILURE) {
        b->failures_console += ev->logon_type == 2 && addr_eq(&ev->src, &loopback) ? 1 : 0;
    } else if (ev->kind == EV_LOGON_SUCCESS) {
        assert_true(event_has(ev, logon_type) && ev->logon_type < COUNT(b->success));
        assert_true(event_has(ev, logon_id) && event_has(ev, sid) && event_has(ev, account));
        b->success[ev->logon_type]++;
    } else if (ev->kind == EV_LOG_CLEARED) {
        b->cleared += sv_is(ev->subject_account, "test") &&
                              sv_is(ev->subject_domain, "TESTCOMPUTER") &&
                              ev->subject_logon_id == 170294
                          ? 1
                          : 0;
    } else if (ev->kind == EV_PROCESS_START) {
        assert_true(event_has(ev, process) && event_has(ev, process_id));
        b->processes++;
    } else if (ev->kind == EV_LOGON_EXPLICIT) {
        assert_true(event_has(ev, subject_account) && event_has(ev, target_server));
        b->explicit_loopback +=
            event_has(ev, src) && addr_classify(&ev->src) == ADDR_CLASS_LOOPBACK;
    }
}

static void
test_benign(void **state)
{
    static const struct kind_count want[] = {
        {AUDITING, 4624, 2, 197, 0}, {AUDITING, 4627, 0, 194, 0}, {AUDITING, 4672, 0, 184, 0},
        {AUDITING, 4799, 0, 44, 0},  {AUDITING, 4776, 0, 23, 0},  {AUDITING, 4625, 0, 15, 0},
        {AUDITING, 4719, 0, 14, 0},  {AUDITING, 4648, 0, 12, 0},  {AUDITING, 4798, 0, 11, 0},
        {AUDITING, 4688, 2, 11, 0},  {AUDITING, 4634, 0, 8, 0},   {AUDITING, 5061, 0, 5, 0},
        {AUDITING, 5058, 1, 5, 0},   {AUDITING, 5059, 1, 4, 0},   {AUDITING, 4616, 1, 3, 0},
        {AUDITING, 5038, 0, 1, 0},   {AUDITING, 5033, 0, 1, 0},   {AUDITING, 5024, 0, 1, 0},
        {AUDITING, 4902, 0, 1, 0},   {AUDITING, 4826, 0, 1, 0},   {AUDITING, 4696, 0, 1, 0},
        {AUDITING, 4608, 0, 1, 0},   {EVENTLOG, 1102, 0, 1, 0},   {EVENTLOG, 1101, 0, 1, 0},
    };
    struct benign b = {0};
    struct tally t = {.look = look_benign, .ctx = &b};

    (void)state;
    tally_recording("benign-security.evtx", &t);
    assert_clean(&t, 739, 10);
    assert_true(t.stats.dirty);
    assert_kinds(&t, want, COUNT(want));
    assert_int_equal(b.failures_console, 15);
    assert_int_equal(b.cleared, 1);
    assert_int_equal(b.processes, 11);
    assert_int_equal(b.explicit_loopback, 9);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_smb_guessing),     cmocka_unit_test(test_rdp_internet_corets),
        cmocka_unit_test(test_rdp_internet_rcm), cmocka_unit_test(test_templateless),
        cmocka_unit_test(test_kerberos),         cmocka_unit_test(test_benign),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
