/* fuzz_state - any sequence of events through state/: bounded, ordered, one witness of each kind.
 * Eight bytes make one event: delay, id, source, port, account, code, logon type, computer. */
#include <stdlib.h>

#include "core/config.h"
#include "core/tm.h"
#include "state/state.h"

#define BYTES_PER_EVENT 8
#define T0 (UINT64_C(132223104000000000)) /* 2020-01-01 */

static const struct {
    enum event_kind kind;
    uint32_t id;
} ids[] = {
    {EV_LOGON_FAILURE, 4625},    {EV_LOGON_SUCCESS, 4624}, {EV_CREDENTIAL_CHECK, 4776},
    {EV_CREDENTIAL_CHECK, 4771}, {EV_RDP_CONNECT, 131},    {EV_RDP_AUTH_FAILURE, 139},
    {EV_RDP_AUTH_FAILURE, 140},  {EV_RDP_AUTH, 1149},      {EV_RDP_SESSION, 21},
    {EV_RDP_SESSION, 25},        {EV_RDP_SESSION, 4778},   {EV_SMB_AUTH_FAILURE, 551},
    {EV_SMB_AUTH_FAILURE, 1009}, {EV_NTLM_AUTH, 4022},     {EV_NTLM_AUTH, 4023},
    {EV_SHARE_ACCESS, 5140},     {EV_LOG_CLEARED, 1102},
};

struct seen {
    size_t witnesses;
};

static void
check(bool ok)
{
    if (!ok) {
        abort();
    }
}

static enum err
on_attempt(void *ctx, const struct attempt *a)
{
    struct seen *seen = ctx;

    check(a->witness_count >= 1 && a->witness_count <= ATTEMPT_WITNESS_MAX);
    check(a->first_ft == a->witness[0].time_ft && a->first_ft <= a->last_ft);
    check(a->last_ft - a->first_ft <= 60 * TM_SEC && a->confidence <= 100);
    for (uint32_t i = 0; i < a->witness_count; i++) {
        for (uint32_t k = i + 1; k < a->witness_count; k++) {
            check(a->witness[i].event_id != a->witness[k].event_id);
        }
    }
    seen->witnesses += a->witness_count;
    return ERR_OK;
}

static struct event
make_event(const uint8_t *b, uint64_t time_ft, uint64_t record_id)
{
    static const char *const accounts[] = {"", "-", "bob", "ACME\\bob", "kumi@acme", "PC-A$"};
    static const uint32_t codes[] = {0, 0xC000006A, 0xC000006D, 0xC0000071, 0x18, 0x8009030C};
    static const uint32_t types[] = {0, 2, 3, 3, 5, 8, 10};
    static const char *const computers[] = {"PC-A", "PC-B", "PC-C"};
    const uint8_t v4[4] = {(uint8_t)(b[2] % 2 == 0 ? 127 : 11), 0, 0, (uint8_t)(b[2] % 5)};
    struct event ev;

    event_init(&ev, ids[b[1] % COUNT(ids)].kind, time_ft);
    event_set(&ev, event_id, ids[b[1] % COUNT(ids)].id);
    event_set(&ev, record_id, record_id);
    event_set(&ev, host, sv_from(computers[b[7] % COUNT(computers)]));
    event_set(&ev, account, sv_from(accounts[b[4] % COUNT(accounts)]));
    event_set(&ev, status, codes[b[5] % COUNT(codes)]);
    event_set(&ev, logon_type, types[b[6] % COUNT(types)]);
    if (b[6] % 2 == 0) {
        event_set(&ev, logon_process, SV("NtLmSsp"));
    }
    if (b[2] % 5 != 4) {
        event_set(&ev, src, addr_v4(v4));
    }
    if (b[3] % 4 != 0) {
        event_set(&ev, src_port, (uint16_t)(b[3] % 4));
    }
    return ev;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static struct config *cfg;
    struct seen seen = {0};
    struct state *st = NULL;
    uint64_t now = T0;
    size_t count = len / BYTES_PER_EVENT;

    if (cfg == NULL) {
        check(config_create(&cfg) == ERR_OK);
        cfg->max_pending = 256;
    }
    check(state_create(cfg, on_attempt, &seen, &st) == ERR_OK);
    for (size_t i = 0; i < count; i++) {
        const uint8_t *b = data + i * BYTES_PER_EVENT;
        struct event ev;
        /* Steps of 0 to 6 s; one value sets the clock back by a minute. */
        now = b[0] == 255 ? now - TM_MIN : now + b[0] / 40 * TM_SEC;
        ev = make_event(b, now, i + 1);
        check(state_event(st, &ev) == ERR_OK);
    }
    check(state_flush(st) == ERR_OK);
    check(seen.witnesses <= count);
    state_destroy(st);
    return 0;
}
