/* sim_failure - a record as Windows writes it: names, order and types of Security 4625. */
#include "support/sim_failure.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/utf.h"
#include "support/evtlog_sim.h"

#define UNITS_MAX 64u
#define TEXTS 6u
/* EVT_VARIANT_TYPE */
#define TYPE_STRING 1u
#define TYPE_UINT32 8u
#define TYPE_HEX32 20u

struct units {
    uint16_t text[UNITS_MAX];
};

static void
add(struct evtlog_sim_record *r, const char *name, uint32_t type, const void *data, size_t len)
{
    r->values[r->count++] =
        (struct evtlog_sim_value){sv_from(name), type, (uint32_t)len, (const uint8_t *)data};
}

static void
add_text(struct evtlog_sim_record *r, const char *name, const char *text, struct units *units)
{
    bool cut;
    size_t len = utf8_to_utf16(sv_from(text), units->text, UNITS_MAX, &cut);

    add(r, name, TYPE_STRING, units->text, 2 * len);
}

bool
sim_failure_append(const char *log, uint64_t time_ft, uint64_t number)
{
    static const uint32_t type = 3, status = 0xc000006d, sub = 0xc000006a;
    char address[32], port[16];
    uint64_t source = number / SIM_FAILURES;
    struct units units[TEXTS];
    struct evtlog_sim_record r = {.log = SV("Security"),
                                  .provider = SV("Microsoft-Windows-Security-Auditing"),
                                  .channel = SV("Security"),
                                  .computer = SV("PC-SIM"),
                                  .time_ft = time_ft,
                                  .pid = 700,
                                  .event_id = 4625};

    snprintf(address, sizeof(address), "198.%u.%u.%u", 18 + (unsigned)(source >> 16 & 1),
             (unsigned)(source >> 8 & 255), (unsigned)(source & 255));
    snprintf(port, sizeof(port), "%u", 1024 + (unsigned)(number % 60000));
    add_text(&r, "TargetUserName", "kumi", &units[0]);
    add_text(&r, "TargetDomainName", "PC-SIM", &units[1]);
    add(&r, "Status", TYPE_HEX32, &status, 4);
    add(&r, "SubStatus", TYPE_HEX32, &sub, 4);
    add(&r, "LogonType", TYPE_UINT32, &type, 4);
    add_text(&r, "LogonProcessName", "NtLmSsp ", &units[2]);
    add_text(&r, "AuthenticationPackageName", "NTLM", &units[3]);
    add_text(&r, "IpAddress", address, &units[4]);
    add_text(&r, "IpPort", port, &units[5]);
    return evtlog_sim_append(log, &r);
}
