/* test_state - events in one line each, and attempts as one line each, for the tests of state/. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/buf.h"
#include "core/config.h"
#include "core/mem.h"
#include "core/metrics.h"
#include "core/tm.h"
#include "state/state.h"

#define T0 (UINT64_C(132223104000000000)) /* 2020-01-01 */

/* A record by its event id; what is NULL or 0 is absent. */
struct step {
    uint64_t ms; /* after T0 */
    uint32_t id;
    const char *src; /* "ip" or "ip:port" */
    const char *account;
    uint32_t code; /* status, or sub_status behind C000006D of a 4625 */
    uint32_t type; /* logon type */
    const char *host;
    const char *domain;
    const char *process; /* without one, 4624 and 4625 of type 3 are NTLM */
    const char *sid;
    const char *transport;
    const char *workstation;
};

/* All attempts as text: "service outcome scope source account (ids of witnesses)". */
struct outcome {
    struct buf text;
    uint64_t count;
    uint64_t by_outcome[ATTEMPT_OUTCOME_COUNT];
    uint64_t last_first_ft;
    bool ordered;
    uint64_t fail_at; /* the receiver fails from this call on; 0 = never */
};

static enum event_kind
kind_of(uint32_t id)
{
    static const struct {
        uint32_t id;
        enum event_kind kind;
    } kinds[] = {
        {4625, EV_LOGON_FAILURE},    {4624, EV_LOGON_SUCCESS},    {4771, EV_CREDENTIAL_CHECK},
        {4768, EV_CREDENTIAL_CHECK}, {4776, EV_CREDENTIAL_CHECK}, {131, EV_RDP_CONNECT},
        {261, EV_RDP_CONNECT},       {139, EV_RDP_AUTH_FAILURE},  {140, EV_RDP_AUTH_FAILURE},
        {1149, EV_RDP_AUTH},         {21, EV_RDP_SESSION},        {24, EV_RDP_SESSION},
        {25, EV_RDP_SESSION},        {4778, EV_RDP_SESSION},      {551, EV_SMB_AUTH_FAILURE},
        {1009, EV_SMB_AUTH_FAILURE}, {4022, EV_NTLM_AUTH},        {4023, EV_NTLM_AUTH},
        {5140, EV_SHARE_ACCESS},
    };

    for (size_t i = 0; i < COUNT(kinds); i++) {
        if (kinds[i].id == id) {
            return kinds[i].kind;
        }
    }
    return EV_NONE;
}

static struct sv
channel_of(uint32_t id)
{
    enum event_kind kind = kind_of(id);

    if (kind == EV_RDP_CONNECT || kind == EV_RDP_AUTH_FAILURE) {
        return SV("RdpCoreTS");
    }
    if (kind == EV_RDP_AUTH) {
        return SV("RCM");
    }
    return kind == EV_SMB_AUTH_FAILURE ? SV("SMBServer/Security") : SV("Security");
}

static void
set_code(struct event *ev, const struct step *s)
{
    if (s->id == 4625) {
        event_set(ev, status, s->code == 0xC0000234u ? s->code : 0xC000006Du);
        event_set(ev, sub_status, s->code == 0xC0000234u ? 0 : s->code);
    } else if (s->id == 551 || s->id == 4771 || s->id == 139 || s->code != 0) {
        event_set(ev, status, s->code);
    }
}

static inline struct event
event_of(const struct step *s, uint64_t record_id)
{
    struct event ev;

    event_init(&ev, kind_of(s->id), T0 + s->ms * TM_MS);
    event_set(&ev, event_id, s->id);
    event_set(&ev, record_id, record_id);
    event_set(&ev, channel, channel_of(s->id));
    event_set(&ev, host, sv_from(s->host == NULL ? "PC-A" : s->host));
    if (s->src != NULL) {
        struct addr a;
        uint16_t port;
        assert_int_equal(addr_parse_port(sv_from(s->src), &a, &port), ERR_OK);
        event_set(&ev, src, a);
        if (port != 0) {
            event_set(&ev, src_port, port);
        }
    }
    set_code(&ev, s);
    if (s->account != NULL) {
        event_set(&ev, account, sv_from(s->account));
    }
    if (s->domain != NULL) {
        event_set(&ev, domain, sv_from(s->domain));
    }
    if (s->type != 0) {
        event_set(&ev, logon_type, s->type);
    }
    if (s->process != NULL) {
        event_set(&ev, process, sv_from(s->process));
    } else if (s->type == 3) {
        event_set(&ev, logon_process, SV("NtLmSsp "));
    }
    if (s->sid != NULL) {
        event_set(&ev, sid, sv_from(s->sid));
    }
    if (s->transport != NULL) {
        event_set(&ev, transport, sv_from(s->transport));
    }
    if (s->workstation != NULL) {
        event_set(&ev, workstation, sv_from(s->workstation));
    }
    return ev;
}

static inline void
put_attempt(struct buf *out, const struct attempt *a)
{
    static const char *const weights[] = {"", "~", "!"}; /* none, weak, full */
    char src[ADDR_TEXT_MAX];

    (void)addr_format(&a->src, src);
    buf_puts(out, logon_service_name(a->service));
    buf_putc(out, ' ');
    buf_puts(out, attempt_outcome_name(a->outcome));
    buf_puts(out, weights[a->weight]);
    buf_puts(out, a->nla_only ? "(1149) " : " ");
    buf_puts(out, source_scope_name(a->scope));
    buf_putc(out, ' ');
    buf_puts(out, addr_is_set(&a->src) ? src : "-");
    if (a->src_port != 0) {
        buf_putc(out, ':');
        buf_put_u64(out, a->src_port);
    }
    buf_puts(out, a->src_inferred ? "? " : " ");
    buf_put_sv(out, a->account.len == 0 ? SV("-") : a->account);
    buf_putc(out, ' ');
    buf_put_u64(out, a->confidence);
    buf_puts(out, "% (");
    for (uint32_t i = 0; i < a->witness_count; i++) {
        buf_puts(out, i == 0 ? "" : " ");
        buf_put_u64(out, a->witness[i].event_id);
    }
    buf_puts(out, ")\n");
}

static inline enum err
on_attempt(void *ctx, const struct attempt *a)
{
    struct outcome *o = ctx;

    o->count++;
    if (o->fail_at != 0 && o->count >= o->fail_at) {
        return ERR_IO;
    }
    o->ordered = o->ordered && a->first_ft >= o->last_first_ft;
    o->last_first_ft = a->first_ft;
    o->by_outcome[a->outcome]++;
    put_attempt(&o->text, a);
    return ERR_OK;
}

static inline void
outcome_init(struct outcome *o)
{
    memset(o, 0, sizeof(*o));
    buf_init(&o->text, 64 * 1024 * 1024);
    o->ordered = true;
}

static inline struct config *
make_config(const char *json)
{
    struct config *cfg = NULL;
    char why[CONFIG_WHY_MAX] = "";

    if (config_parse(sv_from(json == NULL ? "{}" : json), &cfg, why)) {
        fail_msg("config: %s", why);
    }
    return cfg;
}

static inline enum err
feed(struct state *st, const struct step *steps, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct event ev = event_of(&steps[i], i + 1);
        enum err err = state_event(st, &ev);
        if (err) {
            return err;
        }
    }
    return ERR_OK;
}

/* Everything in, everything out. */
static inline void
run(const struct config *cfg, const struct step *steps, size_t count, struct outcome *o)
{
    struct state *st = NULL;

    outcome_init(o);
    assert_int_equal(state_create(cfg, on_attempt, o, &st), ERR_OK);
    assert_int_equal(feed(st, steps, count), ERR_OK);
    assert_int_equal(state_flush(st), ERR_OK);
    state_destroy(st);
}
