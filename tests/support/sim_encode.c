/* sim_encode - the records behind each attempt, in the channels and layouts of Windows. */
#include "sim_encode.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "platform/platform.h"
#include "sim_evtx.h"
#include "sim_ip.h"

#define MILLISECOND 10000ull
#define AUDIT_SUCCESS 0x8020000000000000ull
#define AUDIT_FAILURE 0x8010000000000000ull

enum channel { SECURITY, RDPCORETS, SMBSERVER, SESSIONS, CHANNELS };

static const char *const file_names[CHANNELS] = {
    "Security.evtx",
    "Microsoft-Windows-RemoteDesktopServices-RdpCoreTS%4Operational.evtx",
    "Microsoft-Windows-SMBServer%4Security.evtx",
    "Microsoft-Windows-TerminalServices-LocalSessionManager%4Operational.evtx",
};

static void
make_dir(const char *path)
{
    enum err err = dir_make(path);

    if (err && err != ERR_EXISTS) {
        fprintf(stderr, "sim_encode: cannot make %s\n", path);
        exit(1);
    }
}

/* -- schemas ---------------------------------------------------------------------------------- */

static const struct sim_field fields_4624[] = {
    {"SubjectUserSid", SIM_SID},
    {"SubjectUserName", SIM_TEXT},
    {"SubjectDomainName", SIM_TEXT},
    {"SubjectLogonId", SIM_HEX64},
    {"TargetUserSid", SIM_SID},
    {"TargetUserName", SIM_TEXT},
    {"TargetDomainName", SIM_TEXT},
    {"TargetLogonId", SIM_HEX64},
    {"LogonType", SIM_U32},
    {"LogonProcessName", SIM_TEXT},
    {"AuthenticationPackageName", SIM_TEXT},
    {"WorkstationName", SIM_TEXT},
    {"LogonGuid", SIM_GUID},
    {"TransmittedServices", SIM_TEXT},
    {"LmPackageName", SIM_TEXT},
    {"KeyLength", SIM_U32},
    {"ProcessId", SIM_HEX64},
    {"ProcessName", SIM_TEXT},
    {"IpAddress", SIM_TEXT},
    {"IpPort", SIM_TEXT},
    {"ImpersonationLevel", SIM_TEXT},
    {"RestrictedAdminMode", SIM_TEXT},
    {"TargetOutboundUserName", SIM_TEXT},
    {"TargetOutboundDomainName", SIM_TEXT},
    {"VirtualAccount", SIM_TEXT},
    {"TargetLinkedLogonId", SIM_HEX64},
    {"ElevatedToken", SIM_TEXT},
};
static const struct sim_field fields_4625[] = {
    {"SubjectUserSid", SIM_SID},
    {"SubjectUserName", SIM_TEXT},
    {"SubjectDomainName", SIM_TEXT},
    {"SubjectLogonId", SIM_HEX64},
    {"TargetUserSid", SIM_SID},
    {"TargetUserName", SIM_TEXT},
    {"TargetDomainName", SIM_TEXT},
    {"Status", SIM_HEX32},
    {"FailureReason", SIM_TEXT},
    {"SubStatus", SIM_HEX32},
    {"LogonType", SIM_U32},
    {"LogonProcessName", SIM_TEXT},
    {"AuthenticationPackageName", SIM_TEXT},
    {"WorkstationName", SIM_TEXT},
    {"TransmittedServices", SIM_TEXT},
    {"LmPackageName", SIM_TEXT},
    {"KeyLength", SIM_U32},
    {"ProcessId", SIM_HEX64},
    {"ProcessName", SIM_TEXT},
    {"IpAddress", SIM_TEXT},
    {"IpPort", SIM_TEXT},
};
static const struct sim_field fields_4634[] = {
    {"TargetUserSid", SIM_SID},   {"TargetUserName", SIM_TEXT}, {"TargetDomainName", SIM_TEXT},
    {"TargetLogonId", SIM_HEX64}, {"LogonType", SIM_U32},
};
static const struct sim_field fields_4697[] = {
    {"SubjectUserSid", SIM_SID},   {"SubjectUserName", SIM_TEXT}, {"SubjectDomainName", SIM_TEXT},
    {"SubjectLogonId", SIM_HEX64}, {"ServiceName", SIM_TEXT},     {"ServiceFileName", SIM_TEXT},
    {"ServiceType", SIM_HEX32},    {"ServiceStartType", SIM_U32}, {"ServiceAccount", SIM_TEXT},
};
static const struct sim_field fields_21[] = {
    {"User", SIM_TEXT}, {"SessionID", SIM_U32}, {"Address", SIM_TEXT}};
static const struct sim_field fields_23[] = {{"User", SIM_TEXT}, {"SessionID", SIM_U32}};
static const struct sim_field fields_131[] = {{"ConnType", SIM_TEXT}, {"ClientIP", SIM_TEXT}};
static const struct sim_field fields_140[] = {{"IPString", SIM_TEXT}};
static const struct sim_field fields_551[] = {
    {"SessionGUID", SIM_GUID},       {"ConnectionGUID", SIM_GUID},     {"Status", SIM_HEX32},
    {"TranslatedStatus", SIM_HEX32}, {"ClientAddressLength", SIM_U32}, {"ClientAddress", SIM_BYTES},
    {"SessionId", SIM_HEX64},        {"UserNameLength", SIM_U16},      {"UserName", SIM_TEXT},
    {"ClientNameLength", SIM_U16},   {"ClientName", SIM_TEXT},
};

#define SECURITY_SCHEMA(id, ver, task_, kw, fields_)                                               \
    {                                                                                              \
        .provider = "Microsoft-Windows-Security-Auditing",                                         \
        .guid = "{54849625-5478-4994-A5BA-3E3B0328C30D}", .channel = "Security", .event_id = (id), \
        .version = (ver), .task = (task_), .keywords = (kw), .fields = (fields_),                  \
        .field_count = COUNT(fields_)                                                              \
    }
#define RDP_SCHEMA(id, level_, opcode_, fields_)                                                   \
    {                                                                                              \
        .provider = "Microsoft-Windows-RemoteDesktopServices-RdpCoreTS",                           \
        .guid = "{1139C61B-B549-4251-8ED3-27250A1EDEC8}",                                          \
        .channel = "Microsoft-Windows-RemoteDesktopServices-RdpCoreTS/Operational",                \
        .event_id = (id), .level = (level_), .opcode = (opcode_), .task = 4,                       \
        .keywords = 0x4000000000000000ull, .fields = (fields_), .field_count = COUNT(fields_)      \
    }

#define SESSION_SCHEMA(id, fields_)                                                                \
    {                                                                                              \
        .provider = "Microsoft-Windows-TerminalServices-LocalSessionManager",                      \
        .guid = "{5D896912-022D-40AA-A3A8-4FA5515C76D7}",                                          \
        .channel = "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational",           \
        .event_id = (id), .level = 4, .keywords = 0x1000000000000000ull, .user_data = "EventXML",  \
        .fields = (fields_), .field_count = COUNT(fields_)                                         \
    }

static const struct sim_schema schema_4624 =
    SECURITY_SCHEMA(4624, 2, 12544, AUDIT_SUCCESS, fields_4624);
static const struct sim_schema schema_4625 =
    SECURITY_SCHEMA(4625, 0, 12544, AUDIT_FAILURE, fields_4625);
static const struct sim_schema schema_4634 =
    SECURITY_SCHEMA(4634, 0, 12545, AUDIT_SUCCESS, fields_4634);
static const struct sim_schema schema_4697 =
    SECURITY_SCHEMA(4697, 0, 12289, AUDIT_SUCCESS, fields_4697);
static const struct sim_schema schema_21 = SESSION_SCHEMA(21, fields_21);
static const struct sim_schema schema_23 = SESSION_SCHEMA(23, fields_23);
static const struct sim_schema schema_131 = RDP_SCHEMA(131, 4, 15, fields_131);
static const struct sim_schema schema_140 = RDP_SCHEMA(140, 3, 14, fields_140);
static const struct sim_schema schema_551 = {
    .provider = "Microsoft-Windows-SMBServer",
    .guid = "{D48CE617-33A2-4BC3-A5C7-11AA4F29619E}",
    .channel = "Microsoft-Windows-SMBServer/Security",
    .event_id = 551,
    .version = 1,
    .level = 2,
    .task = 551,
    .keywords = 0x8000000000000008ull,
    .fields = fields_551,
    .field_count = COUNT(fields_551),
};

/* -- values ----------------------------------------------------------------------------------- */

/* Fills values by field name, so that a layout above may change without a second list. */
static struct sim_value *
value_of(const struct sim_schema *schema, struct sim_value *values, const char *name)
{
    for (size_t i = 0; i < schema->field_count; i++) {
        if (strcmp(schema->fields[i].name, name) == 0) {
            return &values[i];
        }
    }
    fprintf(stderr, "sim_encode: no field %s\n", name);
    exit(1);
}

static void
set_text(const struct sim_schema *schema, struct sim_value *values, const char *name,
         const char *text)
{
    struct sim_value *v = value_of(schema, values, name);

    snprintf(v->text, sizeof(v->text), "%s", text);
    v->long_text = strlen(text) >= sizeof(v->text) ? text : NULL;
}

static void
set_number(const struct sim_schema *schema, struct sim_value *values, const char *name,
           uint64_t number)
{
    value_of(schema, values, name)->number = number;
}

static const uint8_t sid_nobody[] = {1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
static const uint8_t sid_user[] = {1,    5,    0,    0,    0,    0, 0,    5,    21,   0,
                                   0,    0,    1,    2,    3,    4, 0x11, 0x12, 0x13, 0x14,
                                   0x21, 0x22, 0x23, 0x24, 0xe9, 3, 0,    0};

/* "-" for texts, an empty identity for the rest: what Windows writes where it knows nothing. */
static void
clear(const struct sim_schema *schema, struct sim_value *values)
{
    memset(values, 0, SIM_FIELDS_MAX * sizeof(*values));
    for (size_t i = 0; i < schema->field_count; i++) {
        struct sim_value *v = &values[i];

        if (schema->fields[i].type == SIM_TEXT) {
            memcpy(v->text, "-", 2);
        } else if (schema->fields[i].type == SIM_SID) {
            memcpy(v->bytes, sid_nobody, sizeof(sid_nobody));
            v->byte_len = sizeof(sid_nobody);
        } else if (schema->fields[i].type == SIM_GUID) {
            v->byte_len = 16;
        }
    }
}

/* SOCKADDR_IN or SOCKADDR_IN6, port and address in network order. */
static void
set_sockaddr(struct sim_value *v, const struct sim_attempt *a)
{
    struct sim_ip ip = sim_ip_parse(a->source);

    v->bytes[0] = ip.v6 ? 23 : 2;
    v->bytes[2] = (uint8_t)(a->port >> 8);
    v->bytes[3] = (uint8_t)a->port;
    memcpy(v->bytes + (ip.v6 ? 8 : 4), ip.bytes, ip.v6 ? 16 : 4);
    v->byte_len = ip.v6 ? 28 : 16;
}

/* -- records ---------------------------------------------------------------------------------- */

struct record {
    uint64_t time_ft;
    uint32_t order;
    enum channel channel;
    const struct sim_schema *schema;
    const struct sim_attempt *attempt;
    unsigned logon_type;
};

struct list {
    struct record *item;
    size_t count, cap;
    uint64_t random;
};

static enum channel
channel_of(const struct sim_schema *schema)
{
    if (schema == &schema_21 || schema == &schema_23) {
        return SESSIONS;
    }
    return schema == &schema_551                            ? SMBSERVER
           : schema == &schema_131 || schema == &schema_140 ? RDPCORETS
                                                            : SECURITY;
}

static void
add_late(struct list *l, const struct sim_attempt *a, const struct sim_schema *schema,
         unsigned logon_type, uint64_t late)
{
    if (l->count == l->cap) {
        l->cap = l->cap == 0 ? 8192 : l->cap * 2;
        l->item = realloc(l->item, l->cap * sizeof(*l->item));
        if (l->item == NULL) {
            fprintf(stderr, "sim_encode: no memory\n");
            exit(1);
        }
    }
    l->item[l->count] = (struct record){SIM_START_FT + a->second * SIM_SECOND + late,
                                        (uint32_t)l->count,
                                        channel_of(schema),
                                        schema,
                                        a,
                                        logon_type};
    l->count++;
}

/* Later witnesses of an attempt come up to 0.9 s after the first. */
static void
add(struct list *l, const struct sim_attempt *a, const struct sim_schema *schema,
    unsigned logon_type, int first)
{
    add_late(l, a, schema, logon_type,
             first ? 0 : (50 + sim_random(&l->random) % 850) * MILLISECOND);
}

static void
add_attempt(struct list *l, const struct sim_attempt *a)
{
    switch (a->style) {
    case SIM_NLA:
    case SIM_NLA_NOADDR:
        add(l, a, &schema_131, 0, 1);
        add(l, a, &schema_4625, 3, 0);
        break;
    case SIM_NLA_140:
        add(l, a, &schema_131, 0, 1);
        add(l, a, &schema_140, 0, 0);
        add(l, a, &schema_4625, 3, 0);
        break;
    case SIM_RDP_PLAIN:
        add(l, a, &schema_131, 0, 1);
        add(l, a, &schema_4625, 10, 0);
        break;
    case SIM_RDP_DROPPED:
        add(l, a, &schema_131, 0, 1);
        break;
    case SIM_RDP_LOGON:
        add(l, a, &schema_131, 0, 1);
        add(l, a, &schema_4624, 3, 0);
        add(l, a, &schema_4624, 10, 0);
        add_late(l, a, &schema_21, 0, 1000 * MILLISECOND);
        if (a->second < SIM_DAYS * SIM_DAY) {
            add_late(l, a, &schema_4697, 0, SIM_INSTALL_AFTER * SIM_SECOND);
        }
        break;
    case SIM_RDP_ADMIN:
        add_late(l, a, &schema_131, 0, 0);
        add_late(l, a, &schema_4624, 3, 300 * MILLISECOND);
        add_late(l, a, &schema_4624, 10, 700 * MILLISECOND);
        add_late(l, a, &schema_21, 0, 1000 * MILLISECOND);
        add_late(l, a, &schema_23, 0, SIM_ADMIN_STAYS * SIM_SECOND);
        break;
    case SIM_SMB_551:
        add(l, a, &schema_4625, 3, 1);
        add(l, a, &schema_551, 0, 0);
        break;
    case SIM_SMB_PLAIN:
        add(l, a, &schema_4625, 3, 1);
        break;
    case SIM_LAN_LOGON:
        add(l, a, &schema_4624, 3, 1);
        add(l, a, &schema_4634, 3, 0);
        break;
    case SIM_CONSOLE_BAD:
        add(l, a, &schema_4625, 2, 1);
        break;
    case SIM_CONSOLE_OK:
        add(l, a, &schema_4624, 2, 1);
        break;
    }
}

static void
fill_address(const struct record *r, struct sim_value *values)
{
    const struct sim_attempt *a = r->attempt;
    const struct sim_schema *s = r->schema;
    char port[8];

    if (r->logon_type == 2) {
        set_text(s, values, "IpAddress", "127.0.0.1");
        set_text(s, values, "IpPort", "0");
        return;
    }
    if (a->style == SIM_NLA_NOADDR) {
        return;
    }
    int has_port = a->service == SIM_SMB || a->service == SIM_LAN || a->style == SIM_RDP_PLAIN;
    snprintf(port, sizeof(port), "%u", has_port ? a->port : 0u);
    set_text(s, values, "IpAddress", a->source);
    set_text(s, values, "IpPort", port);
}

/* The part that 4624 and 4625 share. */
static void
fill_logon(const struct record *r, struct sim_value *values)
{
    const struct sim_schema *s = r->schema;
    int network = r->logon_type == 3;

    set_text(s, values, "TargetUserName", r->attempt->account);
    set_text(s, values, "TargetDomainName",
             r->attempt->outcome == SIM_SUCCESS ? sim_host_names[r->attempt->host] : "");
    set_number(s, values, "LogonType", r->logon_type);
    set_text(s, values, "LogonProcessName", network ? "NtLmSsp " : "User32 ");
    set_text(s, values, "AuthenticationPackageName", network ? "NTLM" : "Negotiate");
    set_text(s, values, "WorkstationName",
             r->attempt->workstation != NULL ? r->attempt->workstation
             : network                       ? "WIN-8OUNH57LN3"
                                             : sim_host_names[r->attempt->host]);
    if (!network) {
        set_number(s, values, "ProcessId", 0x2d4);
        set_text(s, values, "ProcessName", "C:\\Windows\\System32\\winlogon.exe");
    }
    fill_address(r, values);
}

static void
fill_551(const struct record *r, struct sim_value *values)
{
    const struct sim_schema *s = r->schema;

    set_number(s, values, "Status", r->attempt->sub_status);
    set_number(s, values, "TranslatedStatus", 0xc000006d);
    set_sockaddr(value_of(s, values, "ClientAddress"), r->attempt);
    set_number(s, values, "ClientAddressLength", value_of(s, values, "ClientAddress")->byte_len);
    set_text(s, values, "UserName", r->attempt->account);
    set_number(s, values, "UserNameLength", strlen(r->attempt->account));
    set_text(s, values, "ClientName", r->attempt->source);
    set_number(s, values, "ClientNameLength", strlen(r->attempt->source));
}

static void
fill_131(const struct record *r, struct sim_value *values)
{
    char text[SIM_TEXT_MAX];
    const struct sim_attempt *a = r->attempt;

    snprintf(text, sizeof(text), strchr(a->source, ':') ? "[%s]:%u" : "%s:%u", a->source, a->port);
    set_text(r->schema, values, "ConnType", "TCP");
    set_text(r->schema, values, "ClientIP", text);
}

static void
fill_session(const struct record *r, struct sim_value *values)
{
    const struct sim_attempt *a = r->attempt;
    char user[SIM_TEXT_MAX];

    snprintf(user, sizeof(user), "%s\\%s", sim_host_names[a->host], a->account);
    set_text(r->schema, values, "User", user);
    set_number(r->schema, values, "SessionID",
               a->style == SIM_RDP_ADMIN ? SIM_SESSION_ADMIN : SIM_SESSION_INTRUDER);
    if (r->schema == &schema_21) {
        set_text(r->schema, values, "Address", a->source);
    }
}

static uint64_t
logon_id_of(const struct sim_attempt *a)
{
    return 0x10000ull + a->order;
}

/* By who got in, as LocalSystem. */
static void
fill_4697(const struct record *r, struct sim_value *values)
{
    const struct sim_schema *s = r->schema;

    set_text(s, values, "SubjectUserName", r->attempt->account);
    set_text(s, values, "SubjectDomainName", sim_host_names[r->attempt->host]);
    set_number(s, values, "SubjectLogonId", logon_id_of(r->attempt));
    set_text(s, values, "ServiceName", "UPlugPlay");
    set_text(s, values, "ServiceFileName", SIM_INSTALLED);
    set_number(s, values, "ServiceType", 0x10);
    set_number(s, values, "ServiceStartType", 2);
    set_text(s, values, "ServiceAccount", "LocalSystem");
}

static void
fill(const struct record *r, struct sim_value *values)
{
    const struct sim_schema *s = r->schema;
    struct sim_value *sid;

    clear(s, values);
    if (s == &schema_131) {
        fill_131(r, values);
    } else if (s == &schema_140) {
        set_text(s, values, "IPString", r->attempt->source);
    } else if (s == &schema_551) {
        fill_551(r, values);
    } else if (s == &schema_21 || s == &schema_23) {
        fill_session(r, values);
    } else if (s == &schema_4697) {
        fill_4697(r, values);
    } else if (s == &schema_4634) {
        set_text(s, values, "TargetUserName", r->attempt->account);
        set_number(s, values, "LogonType", r->logon_type);
    } else {
        fill_logon(r, values);
    }
    if (s == &schema_4625) {
        set_number(s, values, "Status", 0xc000006d);
        set_number(s, values, "SubStatus", r->attempt->sub_status);
        set_text(s, values, "FailureReason", "%%2313");
    }
    if (s == &schema_4624 || s == &schema_4634) {
        sid = value_of(s, values, "TargetUserSid");
        memcpy(sid->bytes, sid_user, sizeof(sid_user));
        sid->byte_len = sizeof(sid_user);
        set_number(s, values, "TargetLogonId", logon_id_of(r->attempt));
    }
}

/* -- files ------------------------------------------------------------------------------------ */

static int
by_time(const void *left, const void *right)
{
    const struct record *a = left;
    const struct record *b = right;

    if (a->time_ft != b->time_ft) {
        return a->time_ft < b->time_ft ? -1 : 1;
    }
    return (a->order > b->order) - (a->order < b->order);
}

/* A log of terminal sessions is there where somebody had one. */
static int
has_records(const struct list *l, enum sim_host host, enum channel channel)
{
    for (size_t i = 0; i < l->count; i++) {
        if (l->item[i].channel == channel && l->item[i].attempt->host == host) {
            return 1;
        }
    }
    return 0;
}

static uint64_t
write_log(const struct list *l, enum sim_host host, enum channel channel, const char *dir)
{
    char path[1024];
    struct sim_value values[SIM_FIELDS_MAX];

    snprintf(path, sizeof(path), "%s/%s/%s", dir, sim_host_names[host], file_names[channel]);
    struct sim_log *log = sim_log_open(path, sim_host_names[host]);
    for (size_t i = 0; i < l->count; i++) {
        const struct record *r = &l->item[i];

        if (r->channel == channel && r->attempt->host == host) {
            fill(r, values);
            sim_log_record(log, r->schema, r->time_ft, values);
        }
    }
    return sim_log_close(log);
}

uint64_t
sim_encode(const struct sim_script *script, uint64_t seed, const char *dir)
{
    struct list l = {.random = seed ^ 0x65766578u};
    uint64_t records = 0;

    for (size_t i = 0; i < script->count; i++) {
        add_attempt(&l, &script->attempt[i]);
    }
    qsort(l.item, l.count, sizeof(*l.item), by_time);
    make_dir(dir);
    for (enum sim_host host = 0; host < SIM_HOSTS; host++) {
        char path[1024];

        snprintf(path, sizeof(path), "%s/%s", dir, sim_host_names[host]);
        make_dir(path);
        for (enum channel channel = 0; channel < CHANNELS; channel++) {
            if (channel != SESSIONS || has_records(&l, host, channel)) {
                records += write_log(&l, host, channel, dir);
            }
        }
    }
    free(l.item);
    return records;
}
