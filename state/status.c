/* status - the tables behind status.h. */
#include "state/status.h"

#define FULL ATTEMPT_FAILURE, WEIGHT_FULL
#define WEAK ATTEMPT_FAILURE, WEIGHT_WEAK
#define IGNORE ATTEMPT_FAILURE, WEIGHT_NONE
#define RIGHT ATTEMPT_REFUSED, WEIGHT_NONE /* the password was right: do not count, tell apart */

static const struct status_meaning nt_table[] = {
    {0x00000000, FULL},   /* no reason given */
    {0xC000005E, IGNORE}, /* no logon servers */
    {0xC0000064, FULL},   /* no such user */
    {0xC000006A, FULL},   /* wrong password */
    {0xC000006D, FULL},   /* bad user name or password, not said which */
    {0xC000006E, FULL},   /* account restriction, such as a blank password */
    {0xC000006F, WEAK},   /* outside logon hours */
    {0xC0000070, WEAK},   /* workstation restriction */
    {0xC0000071, RIGHT},  /* password expired */
    {0xC0000072, WEAK},   /* account disabled; whether the password was right is not certain */
    {0xC00000DC, IGNORE}, /* SAM server in the wrong state */
    {0xC0000133, IGNORE}, /* clock skew */
    {0xC000015B, RIGHT},  /* logon type not granted */
    {0xC000018C, IGNORE}, /* trust relationship broken */
    {0xC0000192, IGNORE}, /* Netlogon not started */
    {0xC0000193, RIGHT},  /* account expired */
    {0xC0000224, RIGHT},  /* must change the password */
    {0xC0000225, IGNORE}, /* not found: a fault of Windows */
    {0xC0000234, FULL},   /* locked out: the attack continues */
    {0xC00002EE, IGNORE}, /* unspecified */
    {0xC0000413, WEAK},   /* authentication firewall */
};

static const struct status_meaning kerberos_table[] = {
    {0x00, FULL},   /* no reason given */
    {0x01, WEAK},   /* client expired: told before the password is looked at */
    {0x06, FULL},   /* unknown client */
    {0x07, IGNORE}, /* unknown service */
    {0x0B, IGNORE}, /* ticket never valid: clocks */
    {0x0C, WEAK},   /* policy: logon hours, workstation */
    {0x0D, IGNORE}, /* option not possible */
    {0x0E, IGNORE}, /* encryption type not supported */
    {0x0F, IGNORE}, /* checksum type not supported */
    {0x10, IGNORE}, /* pre-authentication type not supported: smart cards */
    {0x12, WEAK},   /* disabled, locked out or expired */
    {0x17, RIGHT},  /* password expired */
    {0x18, FULL},   /* wrong password */
    {0x19, IGNORE}, /* pre-authentication asked for: the normal first answer */
    {0x1F, IGNORE}, /* integrity check of a ticket */
    {0x20, IGNORE}, /* ticket expired */
    {0x21, IGNORE}, /* ticket not yet valid */
    {0x22, IGNORE}, /* replay */
    {0x25, IGNORE}, /* clock skew */
    {0x29, IGNORE}, /* message changed under way */
    {0x34, IGNORE}, /* answer too big for UDP */
    {0x3C, IGNORE}, /* unspecified */
    {0x44, IGNORE}, /* wrong realm */
};

#define STATUS_LOGON_FAILURE 0xC000006Du
#define SEC_E_LOGON_DENIED 0x8009030Cu

static struct status_meaning
find(const struct status_meaning *table, size_t count, uint32_t code)
{
    for (size_t i = 0; i < count; i++) {
        if (table[i].code == code) {
            return table[i];
        }
    }
    return (struct status_meaning){code, WEAK};
}

uint32_t
status_effective(uint32_t status, uint32_t sub_status)
{
    return sub_status != 0 ? sub_status : status;
}

bool
status_is_vague(uint32_t code)
{
    return code == 0 || code == STATUS_LOGON_FAILURE || code == SEC_E_LOGON_DENIED;
}

struct status_meaning
status_nt(uint32_t code)
{
    return find(nt_table, COUNT(nt_table), code);
}

struct status_meaning
status_kerberos(uint32_t code)
{
    return find(kerberos_table, COUNT(kerberos_table), code);
}

struct status_meaning
status_rdp(uint32_t code)
{
    if (code == SEC_E_LOGON_DENIED) {
        return (struct status_meaning){code, FULL};
    }
    return (struct status_meaning){code, ATTEMPT_CONNECT, WEIGHT_NONE};
}
