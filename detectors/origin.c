/* origin - keys and common facts of attempts. */
#include "detectors/origin.h"

#include "core/tm.h"

bool
origin_known(const struct attempt *a)
{
    switch (a->scope) {
    case SCOPE_INTERNAL:
    case SCOPE_RELAY:
    case SCOPE_GATEWAY:
    case SCOPE_INTERNET:
        return addr_is_set(&a->src);
    case SCOPE_NONE:
    case SCOPE_LOCAL:
    case SCOPE_OWN:
    case SCOPE_COUNT:
        break;
    }
    return false;
}

/* Without an address only the logon type or the service says that it came over a wire. */
bool
origin_unknown_remote(const struct attempt *a)
{
    bool remote_type = a->logon_type == 3 || a->logon_type == 8 || a->logon_type == 10;
    bool remote_service = a->service != SERVICE_UNKNOWN && a->service != SERVICE_OTHER;

    return a->scope == SCOPE_NONE && (remote_type || remote_service);
}

bool
origin_is_internet(const struct attempt *a)
{
    return a->scope == SCOPE_INTERNET;
}

uint32_t
origin_seconds(uint64_t t_ft)
{
    uint64_t s;

    if (t_ft < TM_UNIX_EPOCH_FT) {
        return 0;
    }
    s = (t_ft - TM_UNIX_EPOCH_FT) / TM_SEC;
    return s > UINT32_MAX ? UINT32_MAX : (uint32_t)s;
}

uint64_t
origin_time(uint32_t seconds)
{
    return TM_UNIX_EPOCH_FT + seconds * TM_SEC;
}

static uint16_t
id16(uint32_t id)
{
    return id > UINT16_MAX ? 0 : (uint16_t)id;
}

struct tracker_key
origin_key(const struct attempt *a)
{
    struct tracker_key key = {.src = a->src, .host = id16(a->host_id)};

    if (a->scope == SCOPE_RELAY) {
        key.account = id16(a->account_id);
    }
    return key;
}

static size_t
put(char *out, size_t at, struct sv text)
{
    size_t room = ALERT_KEY_MAX - 1 - at;
    size_t len = text.len > room ? room : text.len;

    if (len > 0) {
        memcpy(out + at, text.p, len);
    }
    return at + len;
}

static size_t
put_account(struct sv account, struct sv domain, struct sv host, char *out, size_t at)
{
    char key[ACCOUNT_KEY_MAX];
    size_t len = account_key(account, domain, host, key);

    at = put(out, at, SV("account:"));
    return put(out, at, (struct sv){key, len});
}

struct sv
origin_key_text(const struct attempt *a, struct sv prefix, char out[ALERT_KEY_MAX])
{
    char address[ADDR_TEXT_MAX];
    size_t at = put(out, 0, prefix);

    at = put(out, at, a->scope == SCOPE_RELAY ? SV("relay:") : SV("source:"));
    if (addr_is_set(&a->src)) {
        addr_format(&a->src, address);
        at = put(out, at, sv_from(address));
    } else {
        at = put(out, at, SV("unknown"));
    }
    if (a->scope == SCOPE_RELAY) {
        at = put(out, at, SV(" "));
        at = put_account(a->account, a->domain, a->host, out, at);
    }
    return (struct sv){out, at};
}

struct sv
origin_account_text(const struct attempt *a, struct sv prefix, char out[ALERT_KEY_MAX])
{
    size_t at = put(out, 0, prefix);

    return (struct sv){out, put_account(a->account, a->domain, a->host, out, at)};
}

struct sv
origin_event_key(const struct event *ev, struct sv prefix, char out[ALERT_KEY_MAX])
{
    size_t at = put(out, 0, prefix);

    return (struct sv){out, put_account(ev->account, ev->domain, ev->host, out, at)};
}

struct finding
origin_finding(const struct attempt *a, const struct rule *rule, struct sv key)
{
    return (struct finding){
        .rule = rule,
        .severity = rule->severity,
        .host = a->host,
        .key = key,
        .time_ft = a->first_ft,
        .count = 1,
        .internet = origin_is_internet(a),
        .source = a->src,
        .account = a->account,
        .account_id = a->account_id,
        .service = a->service,
        .attempt = a,
    };
}

struct finding
origin_event(const struct event *ev, const struct rule *rule, struct sv key)
{
    return (struct finding){
        .rule = rule,
        .severity = rule->severity,
        .host = ev->host,
        .key = key,
        .time_ft = ev->time_ft,
        .count = 1,
        .account = ev->account,
        .event = ev,
    };
}
