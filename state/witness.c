/* witness - the table of witnesses, and one reader for each shape of record. */
#include "state/witness.h"

#include "core/hash.h"
#include "core/metrics.h"
#include "core/utf.h"
#include "state/service.h"
#include "state/status.h"

#define TCPIP SV("Microsoft-Windows-TCPIP")
#define KERNEL_NETWORK SV("Microsoft-Windows-Kernel-Network")
#define NT_TCPIP SV("NT Kernel/TcpIp")
#define SMB_SERVER SV("Microsoft-Windows-SMBServer")

#define TYPE_NETWORK 3
#define TYPE_NETWORK_CLEARTEXT 8
#define TYPE_REMOTE_INTERACTIVE 10
#define TYPE_CACHED_REMOTE_INTERACTIVE 12

/* A wrong password sent from the PC to its own SMB server may be a script as well as a tunnel. */
#define CONFIDENCE_TUNNEL_BY_NTLM 50

#define BIT(TYPE) WITNESS_BIT(WITNESS_##TYPE)

/* Who names the client of NTLM, whatever comes of it. */
#define NTLM_SERVERS (BIT(NTLM_SERVER) | BIT(NTLM_SERVER_WARN))
/* Remote Desktop's own records of a refusal. */
#define RDP_REFUSALS (BIT(RDP_FAILURE) | BIT(RDP_DROP))
#define SESSIONS (BIT(SESSION_LOGON) | BIT(SESSION_RECONNECT) | BIT(RECONNECT))
#define FAILURES_REMOTE (BIT(FAILURE) | BIT(FAILURE_RDP))

/* 1149 beside 4625 of type 10: let in by the network, refused in the session. It never joins
 * another failure, so that a success is not swallowed by the attempt before it. */
static const uint32_t mates[WITNESS_TYPE_COUNT] = {
    [WITNESS_SUCCESS] = BIT(RDP_CONNECT) | BIT(RDP_AUTH) | SESSIONS | NTLM_SERVERS | BIT(SHARE),
    [WITNESS_FAILURE] =
        BIT(NTLM_CHECK) | BIT(RDP_CONNECT) | RDP_REFUSALS | BIT(SMB_FAILURE) | NTLM_SERVERS,
    [WITNESS_FAILURE_RDP] =
        BIT(NTLM_CHECK) | BIT(RDP_CONNECT) | RDP_REFUSALS | BIT(RDP_AUTH) | NTLM_SERVERS,
    [WITNESS_FAILURE_LOCAL] = BIT(NTLM_CHECK),
    [WITNESS_SESSION_LOGON] = BIT(SUCCESS) | BIT(RDP_CONNECT) | BIT(RDP_AUTH) |
                              BIT(SESSION_RECONNECT) | BIT(RECONNECT) | NTLM_SERVERS,
    [WITNESS_SESSION_RECONNECT] = BIT(SUCCESS) | BIT(RDP_CONNECT) | BIT(RDP_AUTH) |
                                  BIT(SESSION_LOGON) | BIT(RECONNECT) | NTLM_SERVERS,
    [WITNESS_KERBEROS_PREAUTH] = BIT(KERBEROS_TICKET),
    [WITNESS_KERBEROS_TICKET] = BIT(KERBEROS_PREAUTH),
    [WITNESS_NTLM_CHECK] = FAILURES_REMOTE | BIT(FAILURE_LOCAL) | BIT(SMB_FAILURE) |
                           BIT(RDP_CONNECT) | RDP_REFUSALS | NTLM_SERVERS,
    [WITNESS_SMB_FAILURE] = BIT(FAILURE) | BIT(NTLM_CHECK) | NTLM_SERVERS,
    [WITNESS_RDP_AUTH] =
        BIT(SUCCESS) | BIT(FAILURE_RDP) | BIT(RDP_CONNECT) | SESSIONS | NTLM_SERVERS,
    [WITNESS_RDP_FAILURE] =
        FAILURES_REMOTE | BIT(NTLM_CHECK) | BIT(RDP_CONNECT) | BIT(RDP_DROP) | NTLM_SERVERS,
    [WITNESS_RDP_DROP] =
        FAILURES_REMOTE | BIT(NTLM_CHECK) | BIT(RDP_CONNECT) | BIT(RDP_FAILURE) | NTLM_SERVERS,
    [WITNESS_RDP_CONNECT] = BIT(SUCCESS) | FAILURES_REMOTE | SESSIONS | BIT(NTLM_CHECK) |
                            BIT(RDP_AUTH) | RDP_REFUSALS | NTLM_SERVERS,
    [WITNESS_SMB_ANONYMOUS] = 0,
    [WITNESS_RECONNECT] = BIT(SUCCESS) | BIT(SESSION_LOGON) | BIT(SESSION_RECONNECT) |
                          BIT(RDP_AUTH) | BIT(RDP_CONNECT) | NTLM_SERVERS,
    [WITNESS_NTLM_SERVER] = BIT(SUCCESS) | FAILURES_REMOTE | SESSIONS | BIT(NTLM_CHECK) |
                            BIT(SMB_FAILURE) | BIT(RDP_AUTH) | RDP_REFUSALS | BIT(RDP_CONNECT) |
                            BIT(NTLM_SERVER_WARN) | BIT(SHARE),
    [WITNESS_NTLM_SERVER_WARN] = BIT(SUCCESS) | FAILURES_REMOTE | SESSIONS | BIT(NTLM_CHECK) |
                                 BIT(SMB_FAILURE) | BIT(RDP_AUTH) | RDP_REFUSALS |
                                 BIT(RDP_CONNECT) | BIT(NTLM_SERVER) | BIT(SHARE),
    [WITNESS_SHARE] = BIT(SUCCESS) | NTLM_SERVERS,
};

uint32_t
witness_mates(enum witness_type type)
{
    return mates[type];
}

bool
witness_only_joins(enum witness_type type)
{
    return type == WITNESS_RECONNECT || type == WITNESS_SHARE;
}

bool
witness_same_account(const struct witness *a, const struct witness *b)
{
    if (a->user_hash == 0 || a->user_hash != b->user_hash) {
        return false;
    }
    return !a->has_domain || !b->has_domain || a->account_hash == b->account_hash;
}

/* Names of no account: empty, or a dash. */
static struct sv
name_of(struct sv text)
{
    text = sv_trim(text);
    return sv_eq(text, SV("-")) ? (struct sv){NULL, 0} : text;
}

static uint8_t
keep(struct sv text, char *out, size_t cap)
{
    struct sv kept = utf8_cut(text, cap);

    if (kept.len < text.len) {
        metric_add(METRIC_TEXTS_CUT, 1);
    }
    if (kept.len > 0) {
        memcpy(out, kept.p, kept.len);
    }
    return (uint8_t)kept.len;
}

static uint64_t
nonzero(uint64_t hash)
{
    return hash == 0 ? 1 : hash;
}

static void
take_account(const struct event *ev, struct witness *w)
{
    struct sv account = event_has(ev, account) ? name_of(ev->account) : (struct sv){NULL, 0};
    struct sv domain = event_has(ev, domain) ? name_of(ev->domain) : (struct sv){NULL, 0};
    struct sv host = event_has(ev, host) ? ev->host : (struct sv){NULL, 0};
    char key[ACCOUNT_KEY_MAX];
    const char *slash;
    size_t len;
    size_t user_at;

    if (account.len == 0) {
        return;
    }
    w->account_len = keep(account, w->account, sizeof(w->account));
    w->domain_len = keep(domain, w->domain, sizeof(w->domain));
    len = account_key(account, domain, host, key);
    if (len == 0) {
        return;
    }
    slash = memchr(key, '\\', len);
    user_at = slash == NULL ? 0 : (size_t)(slash - key) + 1;
    w->has_domain = slash != NULL;
    w->user_hash = nonzero(hash64(key + user_at, len - user_at));
    w->account_hash = nonzero(hash64(key, len));
}

static void
take_common(const struct event *ev, enum witness_type type, struct witness *w)
{
    memset(w, 0, sizeof(*w));
    w->time_ft = ev->time_ft;
    w->type = (uint8_t)type;
    w->service_confidence = 100;
    w->record_id = event_has(ev, record_id) ? ev->record_id : 0;
    w->event_id = event_has(ev, event_id) ? ev->event_id : 0;
    if (event_has(ev, src) && addr_classify(&ev->src) != ADDR_CLASS_NONE) {
        w->src = ev->src;
        w->src_port = event_has(ev, src_port) ? ev->src_port : 0;
    }
    take_account(ev, w);
    if (event_has(ev, workstation)) {
        w->workstation_len = keep(name_of(ev->workstation), w->workstation, sizeof(w->workstation));
    }
}

static void
set_meaning(struct witness *w, struct status_meaning m)
{
    w->status = m.code;
    w->weight = (uint8_t)m.weight;
    w->says = m.outcome == ATTEMPT_REFUSED   ? SAYS_REFUSED
              : m.outcome == ATTEMPT_CONNECT ? SAYS_CONNECT
                                             : SAYS_FAILURE;
}

static uint32_t
code_of(const struct event *ev)
{
    return status_effective(event_has(ev, status) ? ev->status : 0,
                            event_has(ev, sub_status) ? ev->sub_status : 0);
}

/* 4624 and 4625 agree on these; 0 (no type given) is remote for a failure, which must not be
 * lost, and nothing for a success, which must be proven. */
static bool
is_local_type(uint32_t logon_type)
{
    switch (logon_type) {
    case 0:
    case TYPE_NETWORK:
    case TYPE_NETWORK_CLEARTEXT:
    case TYPE_REMOTE_INTERACTIVE:
    case TYPE_CACHED_REMOTE_INTERACTIVE:
        return false;
    default:
        return true;
    }
}

static bool
is_rdp_type(uint32_t logon_type)
{
    return logon_type == TYPE_REMOTE_INTERACTIVE || logon_type == TYPE_CACHED_REMOTE_INTERACTIVE;
}

static bool
is_machine_account(struct sv account)
{
    return account.len > 0 && account.p[account.len - 1] == '$';
}

static bool
read_failure(const struct event *ev, struct witness *w)
{
    uint32_t logon_type = event_has(ev, logon_type) ? ev->logon_type : 0;
    struct service_guess guess = service_of_logon(ev);
    enum witness_type type = is_local_type(logon_type) ? WITNESS_FAILURE_LOCAL
                             : is_rdp_type(logon_type) ? WITNESS_FAILURE_RDP
                                                       : WITNESS_FAILURE;
    bool plain_ntlm = service_is_plain_ntlm(ev);

    take_common(ev, type, w);
    set_meaning(w, status_nt(code_of(ev)));
    w->logon_type = logon_type;
    w->service = (uint8_t)guess.service;
    w->service_confidence = guess.confidence;
    w->sourceless = plain_ntlm && !addr_is_set(&w->src);
    if (type == WITNESS_FAILURE_LOCAL) {
        w->service = SERVICE_OTHER;
        w->service_confidence = 100;
    } else if (type == WITNESS_FAILURE_RDP) {
        w->tunnel_confidence = 100;
    } else if (plain_ntlm && !is_machine_account((struct sv){w->account, w->account_len})) {
        w->tunnel_confidence = CONFIDENCE_TUNNEL_BY_NTLM;
    }
    return true;
}

/* Accounts whose logon gets nobody in: anonymous, SYSTEM and services, window manager, font
 * driver, Guest. */
static bool
is_nobody(const struct event *ev)
{
    static const char *const sids[] = {"S-1-5-7", "S-1-5-18", "S-1-5-19", "S-1-5-20"};
    static const char *const names[] = {"ANONYMOUS LOGON", "SYSTEM", "LOCAL SERVICE",
                                        "NETWORK SERVICE", "Guest"};
    struct sv sid = event_has(ev, sid) ? ev->sid : (struct sv){NULL, 0};

    for (size_t i = 0; i < COUNT(sids); i++) {
        if (sv_eq_nocase(sid, sv_from(sids[i]))) {
            return true;
        }
    }
    if (sv_glob(sid, SV("S-1-5-90-*")) || sv_glob(sid, SV("S-1-5-96-*")) ||
        sv_glob(sid, SV("S-1-5-21-*-501"))) {
        return true;
    }
    for (size_t i = 0; i < COUNT(names) && event_has(ev, account); i++) {
        if (sv_eq_nocase(ev->account, sv_from(names[i]))) {
            return true;
        }
    }
    return false;
}

static bool
read_success(const struct event *ev, struct witness *w)
{
    struct service_guess guess = service_of_logon(ev);

    if (!event_has(ev, logon_type) || ev->logon_type == 0 || is_local_type(ev->logon_type) ||
        is_nobody(ev)) {
        return false;
    }
    take_common(ev, WITNESS_SUCCESS, w);
    w->says = SAYS_SUCCESS;
    w->logon_type = ev->logon_type;
    w->logon_id = event_has(ev, logon_id) ? ev->logon_id : 0;
    w->service = (uint8_t)guess.service;
    w->service_confidence = guess.confidence;
    w->tunnel_confidence = is_rdp_type(ev->logon_type) ? 100 : 0;
    return true;
}

static bool
read_credential_check(const struct event *ev, struct witness *w)
{
    uint32_t code = code_of(ev);

    switch (event_has(ev, event_id) ? ev->event_id : 0) {
    case 4771:
        take_common(ev, WITNESS_KERBEROS_PREAUTH, w);
        set_meaning(w, status_kerberos(code));
        w->service = SERVICE_KDC;
        return true;
    case 4768:
        take_common(ev, WITNESS_KERBEROS_TICKET, w);
        set_meaning(w, status_kerberos(code));
        w->service = SERVICE_KDC;
        return code != 0;
    case 4776:
        take_common(ev, WITNESS_NTLM_CHECK, w);
        set_meaning(w, status_nt(code));
        return code != 0;
    default:
        return false;
    }
}

static bool
read_rdp(const struct event *ev, enum witness_type type, struct witness *w)
{
    take_common(ev, type, w);
    w->service = SERVICE_RDP;
    w->tunnel_confidence = 100;
    w->says = SAYS_CONNECT;
    return addr_is_set(&w->src);
}

static bool
read_rdp_connect(const struct event *ev, struct witness *w)
{
    if (event_has(ev, transport) && sv_eq_nocase(ev->transport, SV("UDP"))) {
        return false;
    }
    return read_rdp(ev, WITNESS_RDP_CONNECT, w);
}

static bool
read_rdp_refusal(const struct event *ev, struct witness *w)
{
    bool dropped = event_has(ev, event_id) && ev->event_id == 139;
    bool sourced = read_rdp(ev, dropped ? WITNESS_RDP_DROP : WITNESS_RDP_FAILURE, w);

    set_meaning(w, dropped ? status_rdp(code_of(ev)) : status_nt(code_of(ev)));
    return sourced;
}

static bool
read_rdp_auth(const struct event *ev, struct witness *w)
{
    bool sourced = read_rdp(ev, WITNESS_RDP_AUTH, w);

    if (w->account_len > 0) {
        w->says = SAYS_AUTHORIZED;
    }
    return sourced;
}

static bool
read_rdp_session(const struct event *ev, struct witness *w)
{
    bool sourced;

    switch (event_has(ev, event_id) ? ev->event_id : 0) {
    case 21:
        sourced = read_rdp(ev, WITNESS_SESSION_LOGON, w);
        w->says = SAYS_SUCCESS;
        return sourced;
    case 25:
        sourced = read_rdp(ev, WITNESS_SESSION_RECONNECT, w);
        w->says = SAYS_SUCCESS;
        return sourced;
    case 4778:
        sourced = read_rdp(ev, WITNESS_RECONNECT, w);
        w->says = SAYS_NOTHING;
        return sourced;
    default:
        return false;
    }
}

static bool
read_smb_failure(const struct event *ev, struct witness *w)
{
    bool anonymous = event_has(ev, event_id) && ev->event_id == 1009;
    uint32_t code;

    take_common(ev, anonymous ? WITNESS_SMB_ANONYMOUS : WITNESS_SMB_FAILURE, w);
    w->service = SERVICE_SMB;
    w->tunnel_confidence = 100;
    if (anonymous) {
        w->says = SAYS_CONNECT; /* it gave no credentials that could be wrong */
        return addr_is_set(&w->src);
    }
    /* Status says why; what it was translated to (sub_status) is what the client was told. */
    code = event_has(ev, status) && ev->status != 0 ? ev->status : code_of(ev);
    set_meaning(w, status_nt(code));
    return addr_is_set(&w->src) || w->account_len > 0;
}

static bool
read_ntlm_server(const struct event *ev, struct witness *w)
{
    bool warned = event_has(ev, event_id) && ev->event_id == 4023;

    take_common(ev, warned ? WITNESS_NTLM_SERVER_WARN : WITNESS_NTLM_SERVER, w);
    return addr_is_set(&w->src);
}

/* From loopback, or with one address at both ends: who connected sits on the computer itself. */
static bool
is_from_itself(const struct event *ev)
{
    return addr_classify(&ev->src) == ADDR_CLASS_LOOPBACK ||
           (event_has(ev, dst) && addr_eq(&ev->src, &ev->dst));
}

/* A computer that opens its own shares is everyday; its own desktop over the network is not. */
static bool
read_arrival(const struct event *ev, enum witness_type type, enum logon_service service,
             struct witness *w)
{
    take_common(ev, type, w);
    if (service == SERVICE_UNKNOWN || !addr_is_set(&w->src) || w->src_port == 0) {
        return false;
    }
    w->service = (uint8_t)service;
    w->says = SAYS_NOTHING;
    w->src_is_own = is_from_itself(ev);
    w->tunnel_confidence = service == SERVICE_RDP ? 100 : 0;
    return true;
}

static bool
read_accept(const struct event *ev, struct witness *w)
{
    enum logon_service service = service_of_port(event_has(ev, dst_port) ? ev->dst_port : 0);

    if (event_has(ev, status) && ev->status != 0) {
        return false; /* it came to nothing */
    }
    if (sv_eq(ev->provider, SMB_SERVER)) {
        return read_arrival(ev, WITNESS_SMB_CONNECTION, SERVICE_SMB, w);
    }
    if (sv_eq(ev->provider, TCPIP)) {
        return read_arrival(ev, WITNESS_ACCEPT_TCPIP, service, w);
    }
    if (sv_eq(ev->provider, KERNEL_NETWORK)) {
        return read_arrival(ev, WITNESS_ACCEPT_NETWORK, service, w);
    }
    return sv_eq(ev->provider, NT_TCPIP) && read_arrival(ev, WITNESS_ACCEPT_KERNEL, service, w);
}

static bool
read_share(const struct event *ev, struct witness *w)
{
    if (sv_eq(ev->provider, SMB_SERVER)) {
        return event_has(ev, event_id) && ev->event_id == 552 &&
               read_arrival(ev, WITNESS_SMB_SESSION, SERVICE_SMB, w);
    }
    take_common(ev, WITNESS_SHARE, w);
    w->service = SERVICE_SMB;
    return addr_is_set(&w->src) && w->src_port != 0;
}

static const struct {
    enum event_kind kind;
    bool (*read)(const struct event *ev, struct witness *w);
} readers[] = {
    {EV_LOGON_FAILURE, read_failure},
    {EV_LOGON_SUCCESS, read_success},
    {EV_CREDENTIAL_CHECK, read_credential_check},
    {EV_RDP_CONNECT, read_rdp_connect},
    {EV_RDP_AUTH_FAILURE, read_rdp_refusal},
    {EV_RDP_AUTH, read_rdp_auth},
    {EV_RDP_SESSION, read_rdp_session},
    {EV_SMB_AUTH_FAILURE, read_smb_failure},
    {EV_NTLM_AUTH, read_ntlm_server},
    {EV_SHARE_ACCESS, read_share},
    {EV_NET_ACCEPT, read_accept},
};

bool
witness_from_event(const struct event *ev, struct witness *out)
{
    for (size_t i = 0; i < COUNT(readers); i++) {
        if (readers[i].kind == ev->kind) {
            return readers[i].read(ev, out);
        }
    }
    return false;
}
