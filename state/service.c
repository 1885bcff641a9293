/* service - see service.h. */
#include "state/service.h"

#define TYPE_NETWORK 3
#define TYPE_NETWORK_CLEARTEXT 8
#define TYPE_REMOTE_INTERACTIVE 10
#define TYPE_CACHED_REMOTE_INTERACTIVE 12

#define CONFIDENCE_SMB_BY_PORT 70
#define CONFIDENCE_RDP_BY_NO_PORT 50

static const struct {
    const char *image;
    enum logon_service service;
} processes[] = {
    {"sshd.exe", SERVICE_SSH},          {"sshd-session.exe", SERVICE_SSH},
    {"sshd-auth.exe", SERVICE_SSH},     {"w3wp.exe", SERVICE_HTTP},
    {"inetinfo.exe", SERVICE_HTTP},     {"sqlservr.exe", SERVICE_MSSQL},
    {"wsmprovhost.exe", SERVICE_WINRM},
};

/* As long as the listeners are not read, the ports that they have unless somebody moves them. */
static const struct {
    uint16_t port;
    enum logon_service service;
} ports[] = {
    {22, SERVICE_SSH},   {139, SERVICE_SMB},    {445, SERVICE_SMB},    {1433, SERVICE_MSSQL},
    {3389, SERVICE_RDP}, {5985, SERVICE_WINRM}, {5986, SERVICE_WINRM},
};

enum logon_service
service_of_port(uint16_t port)
{
    for (size_t i = 0; i < COUNT(ports); i++) {
        if (ports[i].port == port) {
            return ports[i].service;
        }
    }
    return SERVICE_UNKNOWN;
}

static struct sv
base_name(struct sv path)
{
    size_t at = path.len;

    while (at > 0 && path.p[at - 1] != '\\' && path.p[at - 1] != '/') {
        at--;
    }
    return (struct sv){path.p + at, path.len - at};
}

/* Empty when the record names no process ("-"). */
static struct sv
process_of(const struct event *ev)
{
    if (!event_has(ev, process) || ev->process.len == 0 || sv_eq(ev->process, SV("-"))) {
        return (struct sv){NULL, 0};
    }
    return base_name(ev->process);
}

static struct service_guess
by_process(struct sv image)
{
    for (size_t i = 0; i < COUNT(processes); i++) {
        if (sv_eq_nocase(image, sv_from(processes[i].image))) {
            return (struct service_guess){processes[i].service, 100};
        }
    }
    return (struct service_guess){SERVICE_OTHER, 100};
}

bool
service_is_plain_ntlm(const struct event *ev)
{
    bool ntlm =
        (event_has(ev, logon_process) && sv_eq_nocase(sv_trim(ev->logon_process), SV("NtLmSsp"))) ||
        (event_has(ev, auth_package) && sv_eq_nocase(sv_trim(ev->auth_package), SV("NTLM")));

    return ntlm && event_has(ev, logon_type) && ev->logon_type == TYPE_NETWORK &&
           process_of(ev).len == 0;
}

struct service_guess
service_of_logon(const struct event *ev)
{
    uint32_t type = event_has(ev, logon_type) ? ev->logon_type : 0;
    struct sv image = process_of(ev);

    if (type == TYPE_REMOTE_INTERACTIVE || type == TYPE_CACHED_REMOTE_INTERACTIVE) {
        return (struct service_guess){SERVICE_RDP, 100};
    }
    if (image.len > 0) {
        return by_process(image);
    }
    if (type == TYPE_NETWORK_CLEARTEXT) {
        return (struct service_guess){SERVICE_OTHER, 100};
    }
    if (!service_is_plain_ntlm(ev) || !event_has(ev, src)) {
        return (struct service_guess){SERVICE_UNKNOWN, 100};
    }
    if (event_has(ev, src_port) && ev->src_port != 0) {
        return (struct service_guess){SERVICE_SMB, CONFIDENCE_SMB_BY_PORT};
    }
    return (struct service_guess){SERVICE_RDP, CONFIDENCE_RDP_BY_NO_PORT};
}
