/* channels - the rows, and their queries. */
#include "evtlog/channels.h"

#include "core/tm.h"

#define AUDITING "Microsoft-Windows-Security-Auditing"
#define EVENTLOG "Microsoft-Windows-Eventlog"
#define SERVICES "Service Control Manager"
#define RDP "Microsoft-Windows-RemoteDesktopServices-RdpCoreTS"
#define RCM "Microsoft-Windows-TerminalServices-RemoteConnectionManager"
#define LSM "Microsoft-Windows-TerminalServices-LocalSessionManager"
#define SMB "Microsoft-Windows-SMBServer"
#define NTLM "Microsoft-Windows-NTLM"
#define DEFENDER "Microsoft-Windows-Windows Defender"
#define TASKS "Microsoft-Windows-TaskScheduler"
#define WMI "Microsoft-Windows-WMI-Activity"
#define POWERSHELL "Microsoft-Windows-PowerShell"
#define POWERSHELL_CORE "PowerShellCore"
#define PNP "Microsoft-Windows-Kernel-PnP"
#define WWAN "Microsoft-Windows-WWAN-SVC-EVENTS"
#define NETWORK "Microsoft-Windows-NetworkProfile"
#define IDS(list) COUNT(list), list
#define SELECTS(list) COUNT(list), list

/* provider and time */
#define IDS_PER_SELECT (CHANNEL_EXPRESSIONS_MAX - 2)

/* What says that somebody is trying, or covers tracks: read apart, so that a flood of the volume
 * events does not make it wait. */
static const uint16_t refusals[] = {4625, 4697, 4719, 4720, 4732, 4740, 4768, 4771, 4776};
static const uint16_t security_cleared[] = {1102};
static const struct channel_select security[] = {
    {AUDITING, CHANNEL_VALUES, IDS(refusals)},
    {EVENTLOG, CHANNEL_XML, IDS(security_cleared)},
};

static const uint16_t volume[] = {4624, 4634, 4648, 4672, 4688, 4778, 4779, 5140};
static const struct channel_select security_volume[] = {{AUDITING, CHANNEL_VALUES, IDS(volume)}};

static const uint16_t rdp_core[] = {131, 139, 140};
static const struct channel_select rdp[] = {{RDP, CHANNEL_VALUES, IDS(rdp_core)}};

static const uint16_t rdp_auth[] = {261, 1149};
static const struct channel_select connections[] = {{RCM, CHANNEL_XML, IDS(rdp_auth)}};

static const uint16_t rdp_sessions[] = {21, 22, 23, 24, 25, 39, 40};
static const struct channel_select sessions[] = {{LSM, CHANNEL_XML, IDS(rdp_sessions)}};

static const uint16_t smb_refused[] = {551, 1009};
static const struct channel_select smb[] = {{SMB, CHANNEL_XML, IDS(smb_refused)}};

static const uint16_t ntlm_server[] = {4022, 4023};
static const struct channel_select ntlm[] = {{NTLM, CHANNEL_VALUES, IDS(ntlm_server)}};

static const uint16_t services[] = {7045};
static const uint16_t system_cleared[] = {104};
static const struct channel_select system_log[] = {
    {SERVICES, CHANNEL_VALUES, IDS(services)},
    {EVENTLOG, CHANNEL_XML, IDS(system_cleared)},
};

static const uint16_t threats[] = {1116, 1117, 5001, 5007, 5013};
static const struct channel_select defender[] = {{DEFENDER, CHANNEL_VALUES, IDS(threats)}};

static const uint16_t task_changes[] = {106, 140, 141};
static const struct channel_select tasks[] = {{TASKS, CHANNEL_VALUES, IDS(task_changes)}};

static const uint16_t bindings[] = {5861};
static const struct channel_select wmi[] = {{WMI, CHANNEL_XML, IDS(bindings)}};

static const uint16_t script_blocks[] = {4104};
static const struct channel_select powershell[] = {
    {POWERSHELL, CHANNEL_VALUES, IDS(script_blocks)}};
static const struct channel_select powershell_core[] = {
    {POWERSHELL_CORE, CHANNEL_VALUES, IDS(script_blocks)}};

static const uint16_t device_changes[] = {400, 410, 420};
static const struct channel_select devices[] = {{PNP, CHANNEL_VALUES, IDS(device_changes)}};

static const uint16_t modem_changes[] = {2003, 2004};
static const struct channel_select modems[] = {{WWAN, CHANNEL_VALUES, IDS(modem_changes)}};

static const uint16_t network_changes[] = {10000, 10001};
static const struct channel_select networks[] = {{NETWORK, CHANNEL_VALUES, IDS(network_changes)}};

const struct channel channel_all[CHANNEL_COUNT] = {
    {"security", "Security", false, false, SELECTS(security)},
    {"security-volume", "Security", false, false, SELECTS(security_volume)},
    {"rdp", RDP "/Operational", false, false, SELECTS(rdp)},
    {"rdp-connections", RCM "/Operational", false, false, SELECTS(connections)},
    {"rdp-sessions", LSM "/Operational", false, false, SELECTS(sessions)},
    {"smb", SMB "/Security", false, false, SELECTS(smb)},
    {"ntlm", NTLM "/Operational", true, false, SELECTS(ntlm)},
    {"system", "System", false, false, SELECTS(system_log)},
    {"defender", DEFENDER "/Operational", true, false, SELECTS(defender)},
    {"tasks", TASKS "/Operational", false, false, SELECTS(tasks)},
    {"wmi", WMI "/Operational", false, false, SELECTS(wmi)},
    {"powershell", POWERSHELL "/Operational", false, false, SELECTS(powershell)},
    {"powershell-core", POWERSHELL_CORE "/Operational", true, false, SELECTS(powershell_core)},
    {"devices", PNP "/Configuration", false, false, SELECTS(devices)},
    {"modems", WWAN "/Operational", true, false, SELECTS(modems)},
    {"networks", NETWORK "/Operational", false, false, SELECTS(networks)},
    {"forwarded", "ForwardedEvents", true, true, 0, NULL},
};

static bool
select_has(const struct channel_select *s, struct sv provider, uint32_t event_id)
{
    for (size_t i = 0; i < s->count; i++) {
        if (s->ids[i] == event_id) {
            return sv_eq_nocase(provider, sv_from(s->provider));
        }
    }
    return false;
}

const struct channel_select *
channel_find_select(struct sv provider, uint32_t event_id)
{
    for (size_t c = 0; c < CHANNEL_COUNT; c++) {
        for (size_t i = 0; i < channel_all[c].count; i++) {
            if (select_has(&channel_all[c].selects[i], provider, event_id)) {
                return &channel_all[c].selects[i];
            }
        }
    }
    return NULL;
}

static void
put_select(struct buf *out, const char *path, const struct channel_select *s, uint64_t since_ft)
{
    for (size_t i = 0; i < s->count; i += IDS_PER_SELECT) {
        size_t end = s->count - i < IDS_PER_SELECT ? s->count : i + IDS_PER_SELECT;

        buf_printf(out, "<Select Path=\"%s\">*[System[Provider[@Name='%s']", path, s->provider);
        if (since_ft != 0) {
            char text[TM_TEXT_MAX];

            (void)tm_format(since_ft, text);
            buf_printf(out, " and TimeCreated[@SystemTime&gt;='%s']", text);
        }
        for (size_t k = i; k < end; k++) {
            buf_printf(out, "%sEventID=%u", k == i ? " and (" : " or ", s->ids[k]);
        }
        buf_puts(out, ")]]</Select>");
    }
}

void
channel_query(const struct channel *c, uint64_t since_ft, struct buf *out)
{
    buf_puts(out, "<QueryList><Query Id=\"0\">");
    for (size_t i = 0; i < CHANNEL_COUNT; i++) {
        const struct channel *row = &channel_all[i];

        for (size_t k = 0; (c->collector || row == c) && k < row->count; k++) {
            put_select(out, c->path, &row->selects[k], since_ft);
        }
    }
    buf_puts(out, "</Query></QueryList>");
}
