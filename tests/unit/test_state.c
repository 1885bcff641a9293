/* state: one scenario for each way a logon looks, what joins and what must not. */
#include "unit/test_state.h"

#define STEPS_MAX 8

struct scenario {
    const char *name;
    const char *config;
    struct step steps[STEPS_MAX];
    const char *attempts;
};

#define A "203.0.113.7"
#define B "198.51.100.9"
#define BAD_USER 0xC0000064u
#define BAD_PASSWORD 0xC000006Au
#define EXPIRED 0xC0000071u
#define NLA "{\"rdp.nla\": true}"

static const struct scenario rdp[] = {
    {"NLA, unknown user, address without port",
     NULL,
     {{.id = 131, .src = A ":50001"},
      {.ms = 300, .id = 140, .src = A},
      {.ms = 310, .id = 4625, .src = A, .account = "bob", .code = BAD_USER, .type = 3}},
     "rdp failure! internet " A ":50001 bob 100% (131 140 4625)\n"},
    {"NLA, wrong password: no 140",
     NULL,
     {{.id = 131, .src = A ":50001"},
      {.ms = 900, .id = 4625, .src = A, .account = "bob", .code = BAD_PASSWORD, .type = 3}},
     "rdp failure! internet " A ":50001 bob 100% (131 4625)\n"},
    {"NLA, older build: 4625 without an address",
     NULL,
     {{.id = 131, .src = A ":50001"},
      {.ms = 900, .id = 4625, .account = "bob", .code = BAD_PASSWORD, .type = 3}},
     "rdp failure! internet " A ":50001? bob 60% (131 4625)\n"},
    {"131 written 2 s after the 4625 without an address",
     NULL,
     {{.id = 4625, .account = "bob", .code = BAD_PASSWORD, .type = 3},
      {.ms = 2000, .id = 131, .src = A ":50001"}},
     "rdp failure! internet " A ":50001? bob 60% (4625 131)\n"},
    {"later than 2 s it belongs to another",
     NULL,
     {{.id = 4625, .account = "bob", .code = BAD_PASSWORD, .type = 3},
      {.ms = 2001, .id = 131, .src = A ":50001"}},
     "unknown failure! none - bob 100% (4625)\n"
     "rdp connect internet " A ":50001 - 100% (131)\n"},
    {"two addresses could be meant: the source stays unknown",
     NULL,
     {{.id = 131, .src = A ":50001"},
      {.ms = 10, .id = 131, .src = B ":50002"},
      {.ms = 900, .id = 4625, .account = "bob", .code = BAD_PASSWORD, .type = 3},
      {.ms = 950, .id = 131, .src = "192.0.2.1:5"}},
     "rdp connect internet " A ":50001 - 100% (131)\n"
     "rdp connect internet " B ":50002 - 100% (131)\n"
     "unknown failure! none - bob 100% (4625)\n"
     "rdp connect internet 192.0.2.1:5 - 100% (131)\n"},
    {"NTLM names the client of a 4625 without an address",
     NULL,
     {{.id = 4022, .src = A, .account = "bob"},
      {.ms = 5, .id = 4625, .account = "BOB", .code = BAD_PASSWORD, .type = 3}},
     "unknown failure! internet " A "? BOB 80% (4022 4625)\n"},
    {"several at once from one address: one to one",
     NULL,
     {{.id = 131, .src = A ":1"},
      {.ms = 1, .id = 131, .src = A ":2"},
      {.ms = 700, .id = 4625, .src = A, .account = "a", .code = BAD_PASSWORD, .type = 3},
      {.ms = 701, .id = 4625, .src = A, .account = "b", .code = BAD_PASSWORD, .type = 3}},
     "rdp failure! internet " A ":1 b 100% (131 4625)\n"
     "rdp failure! internet " A ":2 a 100% (131 4625)\n"},
    {"140 alone is a failure without an account",
     NULL,
     {{.id = 140, .src = A}},
     "rdp failure! internet " A " - 100% (140)\n"},
    {"two 140 are two attempts",
     NULL,
     {{.id = 140, .src = A}, {.id = 140, .src = A}},
     "rdp failure! internet " A " - 100% (140)\nrdp failure! internet " A " - 100% (140)\n"},
    {"dropped in the handshake: reached the service, no password judged",
     NULL,
     {{.id = 131, .src = A ":50001"}, {.ms = 50, .id = 139, .src = A, .code = 0x80090331u}},
     "rdp connect internet " A ":50001 - 100% (131 139)\n"},
    {"139 that says: logon denied",
     NULL,
     {{.id = 139, .src = A, .code = 0x8009030Cu}},
     "rdp failure! internet " A " - 100% (139)\n"},
    {"131 over UDP is the side channel of a connection; 261 has no address",
     NULL,
     {{.id = 131, .src = A ":50001", .transport = "UDP"}, {.id = 261}},
     ""},
    {"without NLA: refused in the session",
     NULL,
     {{.id = 131, .src = A ":50001"},
      {.ms = 200, .id = 1149, .src = A, .account = "bob"},
      {.ms = 3000,
       .id = 4625,
       .src = A ":50001",
       .account = "bob",
       .code = BAD_PASSWORD,
       .type = 10,
       .process = "C:\\Windows\\System32\\winlogon.exe"}},
     "rdp failure! internet " A ":50001 bob 100% (131 1149 4625)\n"},
    {"let in by NLA, refused in the session: the password was right",
     NLA,
     {{.id = 1149, .src = A, .account = "bob"},
      {.ms = 100, .id = 4625, .src = A, .account = "bob", .code = 0xC000015Bu, .type = 10}},
     "rdp refused internet " A " bob 100% (1149 4625)\n"},
    {"IPv6, zones differ",
     NULL,
     {{.id = 131, .src = "[fe80::1%12]:50001"},
      {.ms = 9, .id = 4625, .src = "fe80::1", .account = "bob", .code = BAD_USER, .type = 3}},
     "rdp failure! internal fe80::1:50001 bob 100% (131 4625)\n"},
};

static const struct scenario rdp_success[] = {
    {"NLA success: two 4624 are two, the rest joins one",
     NLA,
     {{.id = 131, .src = A ":50001"},
      {.ms = 400, .id = 4624, .src = A, .account = "kumi", .domain = "PC-A", .type = 3},
      {.ms = 410, .id = 1149, .src = A, .account = "kumi"},
      {.ms = 600,
       .id = 4624,
       .src = A,
       .account = "kumi",
       .type = 10,
       .process = "C:\\Windows\\System32\\svchost.exe"},
      {.ms = 900, .id = 21, .src = A, .account = "PC-A\\kumi"}},
     "rdp success internet " A ":50001 kumi 100% (131 4624 1149)\n"
     "rdp success internet " A " kumi 100% (4624 21)\n"},
    {"1149 alone where NLA is policy",
     NLA,
     {{.id = 1149, .src = A, .account = "kumi", .domain = "ACME"}},
     "rdp success(1149) internet " A " kumi 100% (1149)\n"},
    {"1149 alone where nothing is known of NLA",
     NULL,
     {{.id = 1149, .src = A, .account = "kumi"}},
     "rdp connect internet " A " kumi 100% (1149)\n"},
    {"a later 140 proves NLA: the success follows",
     NULL,
     {{.id = 1149, .src = A, .account = "kumi"},
      {.ms = 60000, .id = 131, .src = B ":7"},
      {.ms = 3600000, .id = 140, .src = B}},
     "rdp connect internet " B ":7 - 100% (131)\n"
     "rdp success(1149) internet " A " kumi 100% (1149)\n"
     "rdp failure! internet " B " - 100% (140)\n"},
    {"a 140 on another computer proves nothing here",
     NULL,
     {{.id = 140, .src = B, .host = "PC-B"}, {.id = 1149, .src = A, .account = "kumi"}},
     "rdp failure! internet " B " - 100% (140)\nrdp connect internet " A " kumi 100% (1149)\n"},
    {"1149 without a user is a connection, even with NLA",
     NLA,
     {{.id = 1149, .src = A}},
     "rdp connect internet " A " - 100% (1149)\n"},
    {"a failure does not swallow the success behind it",
     NLA,
     {{.id = 131, .src = A ":1"},
      {.ms = 100, .id = 4625, .src = A, .account = "kumi", .code = BAD_PASSWORD, .type = 3},
      {.ms = 2000, .id = 131, .src = A ":2"},
      {.ms = 2100, .id = 1149, .src = A, .account = "kumi"}},
     "rdp failure! internet " A ":1 kumi 100% (131 4625)\n"
     "rdp success(1149) internet " A ":2 kumi 100% (131 1149)\n"},
    {"sessions: console is local, remote counts, 24 is none",
     NULL,
     {{.id = 21, .account = "ACME\\kumi"},
      {.id = 25, .src = "10.0.0.5", .account = "ACME\\kumi"},
      {.id = 24, .src = "10.0.0.5", .account = "ACME\\kumi"}},
     "rdp success internal 10.0.0.5 ACME\\kumi 100% (25)\n"},
    {"4778 adds to a success, alone it is nothing",
     NULL,
     {{.id = 4624, .src = "10.0.0.5", .account = "kumi", .type = 3},
      {.ms = 800, .id = 4778, .src = "10.0.0.5", .account = "kumi"},
      {.ms = 9000, .id = 4778, .src = "10.0.0.6", .account = "kumi"}},
     "rdp success internal 10.0.0.5 kumi 100% (4624 4778)\n"},
    {"4624 without an address takes it from 1149, never from a mere connection",
     NLA,
     {{.id = 131, .src = B ":9"},
      {.ms = 100, .id = 4624, .account = "kumi", .type = 3},
      {.ms = 120, .id = 1149, .src = A, .account = "kumi"}},
     "rdp connect internet " B ":9 - 100% (131)\n"
     "rdp success internet " A "? kumi 80% (4624 1149)\n"},
};

static const struct scenario other[] = {
    {"SMB, wrong password",
     NULL,
     {{.id = 4625, .src = A ":49152", .account = "bob", .code = BAD_PASSWORD, .type = 3},
      {.id = 551, .src = A ":49152", .account = "bob", .code = 0xC000006Du}},
     "smb failure! internet " A ":49152 bob 100% (4625 551)\n"},
    {"SMB, 4776 before, all three",
     NULL,
     {{.id = 4776, .account = "bob", .code = BAD_PASSWORD, .workstation = "KALI"},
      {.ms = 1, .id = 4625, .src = A ":49152", .account = "bob", .code = BAD_PASSWORD, .type = 3},
      {.ms = 2, .id = 551, .src = A ":49152", .account = "PC-A\\bob", .code = 0xC000006Du}},
     "smb failure! internet " A ":49152 bob 100% (4776 4625 551)\n"},
    {"SMB from a log that holds 4625 only",
     NULL,
     {{.id = 4625, .src = A ":49152", .account = "bob", .code = BAD_PASSWORD, .type = 3},
      {.id = 4625, .src = A ":49153", .account = "bob", .code = BAD_PASSWORD, .type = 3}},
     "smb failure! internet " A ":49152 bob 70% (4625)\n"
     "smb failure! internet " A ":49153 bob 70% (4625)\n"},
    {"an address without a port is how Remote Desktop writes it",
     NULL,
     {{.id = 4625, .src = A, .account = "bob", .code = BAD_PASSWORD, .type = 3}},
     "rdp failure! internet " A " bob 50% (4625)\n"},
    {"other ports are other connections",
     NULL,
     {{.id = 4625, .src = A ":1", .account = "bob", .code = BAD_PASSWORD, .type = 3},
      {.id = 551, .src = A ":2", .account = "bob", .code = 0xC000006Du},
      {.id = 131, .src = A ":3"}},
     "smb failure! internet " A ":1 bob 70% (4625)\n"
     "smb failure! internet " A ":2 bob 100% (551)\n"
     "rdp connect internet " A ":3 - 100% (131)\n"},
    {"RDP and SMB both open: an address alone does not decide",
     NULL,
     {{.id = 131, .src = A ":1"},
      {.id = 551, .src = A ":2", .code = 0xC000006Du},
      {.ms = 9, .id = 4625, .src = A, .account = "bob", .code = BAD_PASSWORD, .type = 3}},
     "rdp connect internet " A ":1 - 100% (131)\n"
     "smb failure! internet " A ":2 - 100% (551)\n"
     "rdp failure! internet " A " bob 50% (4625)\n"},
    {"a service names itself; a connection to Remote Desktop is not it",
     NULL,
     {{.id = 131, .src = A ":1"},
      {.ms = 1,
       .id = 4625,
       .src = A,
       .account = "root",
       .code = BAD_USER,
       .type = 8,
       .process = "C:\\Windows\\System32\\OpenSSH\\sshd.exe"}},
     "rdp connect internet " A ":1 - 100% (131)\nssh failure! internet " A " root 100% (4625)\n"},
    {"anonymous SMB: reached, no credentials",
     NULL,
     {{.id = 1009, .src = A ":1"}},
     "smb connect internet " A ":1 - 100% (1009)\n"},
    {"a share opened over the same connection proves SMB",
     NULL,
     {{.id = 4624, .src = "10.0.0.5:49152", .account = "kumi", .domain = "ACME", .type = 3},
      {.ms = 20, .id = 5140, .src = "10.0.0.5:49152"},
      {.ms = 30, .id = 5140, .src = "10.0.0.5:49999"}},
     "smb success internal 10.0.0.5:49152 kumi 100% (4624 5140)\n"},
    {"Kerberos on a domain controller, mapped address",
     NULL,
     {{.id = 4771, .src = "::ffff:10.23.123.11", .account = "bob", .code = 0x18},
      {.ms = 1, .id = 4771, .src = "::ffff:10.23.123.11", .account = "bob", .code = 0x25},
      {.ms = 2, .id = 4771, .src = "::ffff:10.23.123.11", .account = "bob", .code = 0x17},
      {.ms = 3, .id = 4768, .src = "10.23.123.12", .account = "eve", .code = 0x6},
      {.ms = 4, .id = 4768, .src = "10.23.123.12", .account = "kumi"},
      {.ms = 5, .id = 4768, .src = "10.23.123.13", .account = "kumi", .code = 0x12}},
     "kdc failure! internal 10.23.123.11 bob 100% (4771)\n"
     "kdc failure internal 10.23.123.11 bob 100% (4771)\n"
     "kdc refused internal 10.23.123.11 bob 100% (4771)\n"
     "kdc failure! internal 10.23.123.12 eve 100% (4768)\n"
     "kdc failure~ internal 10.23.123.13 kumi 100% (4768)\n"},
    {"4776 alone; a checked password is no logon; 4022 alone is nothing",
     NULL,
     {{.id = 4776, .account = "bob", .code = BAD_PASSWORD},
      {.id = 4776, .account = "kumi"},
      {.id = 4022, .src = A, .account = "eve"}},
     "unknown failure! none - bob 100% (4776)\n"},
    {"domains differ: not the same account",
     NULL,
     {{.id = 4776, .account = "bob", .domain = "ACME", .code = BAD_PASSWORD},
      {.id = 4625, .account = "bob", .domain = "OTHER", .code = BAD_PASSWORD, .type = 3}},
     "unknown failure! none - bob 100% (4776)\nunknown failure! none - bob 100% (4625)\n"},
    {"an exact reason of another witness beats a vague one",
     NULL,
     {{.id = 4776, .account = "bob", .code = EXPIRED},
      {.id = 551, .src = A ":1", .account = "bob", .code = 0xC000006Du}},
     "smb refused internet " A ":1 bob 100% (551 4776)\n"},
    {"computers never mix",
     NULL,
     {{.id = 131, .src = A ":1", .host = "PC-A"},
      {.id = 4625, .src = A, .account = "bob", .code = BAD_PASSWORD, .type = 3, .host = "PC-B"}},
     "rdp connect internet " A ":1 - 100% (131)\nrdp failure! internet " A " bob 50% (4625)\n"},
    {"not a success: anonymous, SYSTEM, window manager, Guest, local types, no type",
     NULL,
     {{.id = 4624, .src = A ":1", .account = "ANONYMOUS LOGON", .sid = "S-1-5-7", .type = 3},
      {.id = 4624, .account = "PC-A$", .sid = "S-1-5-18", .type = 3},
      {.id = 4624, .account = "DWM-1", .sid = "S-1-5-90-0-1", .type = 3},
      {.id = 4624, .account = "UMFD-0", .sid = "S-1-5-96-0-0", .type = 3},
      {.id = 4624, .src = A ":1", .account = "Gast", .sid = "S-1-5-21-1-2-3-501", .type = 3},
      {.id = 4624, .account = "kumi", .type = 2, .process = "winlogon.exe"},
      {.id = 4624, .account = "kumi", .type = 5, .process = "services.exe"},
      {.id = 4624, .src = A ":1", .account = "kumi"}},
     ""},
    {"an RID that only ends in 501 is somebody",
     NULL,
     {{.id = 4624, .src = A ":1", .account = "kumi", .sid = "S-1-5-21-1-2-3-1501", .type = 3}},
     "smb success internet " A ":1 kumi 70% (4624)\n"},
};

#define OWN                                                                                        \
    "{\"host.addresses\": [\"192.168.1.20\", \"2001:db8:1:2::20\"], "                              \
    "\"company.prefixes\": [\"8.8.0.0/16\"], \"logon.relays\": [\"8.8.4.4\"]}"

static const struct scenario scopes[] = {
    {"console: local, and 4776 belongs to it",
     NULL,
     {{.id = 4776, .account = "kumi", .code = BAD_PASSWORD},
      {.id = 4625, .src = "::1", .account = "kumi", .code = BAD_PASSWORD, .type = 2}},
     "other failure local ::1 kumi 100% (4625 4776)\n"},
    {"a console logon never joins a connection from loopback",
     NULL,
     {{.id = 131, .src = "127.0.0.1:5"},
      {.id = 4625, .src = "127.0.0.1", .account = "kumi", .code = BAD_PASSWORD, .type = 2}},
     "rdp connect own 127.0.0.1:5 - 100% (131)\n"
     "other failure local 127.0.0.1 kumi 100% (4625)\n"},
    {"Remote Desktop through a tunnel",
     NULL,
     {{.id = 131, .src = "127.0.0.1:5"},
      {.ms = 9, .id = 4625, .src = "127.0.0.1", .account = "bob", .code = BAD_USER, .type = 3}},
     "rdp failure! own 127.0.0.1:5 bob 100% (131 4625)\n"},
    {"the PC's logons to itself are local; a session and SMB's refusal are a tunnel",
     NULL,
     {{.id = 4624, .src = "::1", .account = "PC-A$", .type = 3},
      {.id = 4625, .src = "::1", .account = "PC-A$", .code = BAD_PASSWORD, .type = 3},
      {.id = 4624, .src = "127.0.0.1", .account = "kumi", .type = 10},
      {.id = 551, .src = "127.0.0.1:7", .account = "bob", .code = 0xC000006Du},
      {.id = 4625, .src = "127.0.0.1:8", .account = "eve", .code = BAD_PASSWORD, .type = 3},
      {.id = 4771, .src = "::1", .account = "eve", .code = 0x18}},
     "unknown success local ::1 PC-A$ 100% (4624)\n"
     "unknown failure local ::1 PC-A$ 100% (4625)\n"
     "rdp success own 127.0.0.1 kumi 100% (4624)\n"
     "smb failure! own 127.0.0.1:7 bob 100% (551)\n"
     "smb failure! own 127.0.0.1:8 eve 50% (4625)\n"
     "kdc failure local ::1 eve 100% (4771)\n"},
    {"own addresses, on-link, company, relay, CGNAT",
     OWN,
     {{.id = 131, .src = "192.168.1.20:5"},
      {.id = 131, .src = "192.168.1.21:5"},
      {.id = 131, .src = "[2001:db8:1:2::20]:5"},
      {.id = 131, .src = "[2001:db8:1:2::99]:5"},
      {.id = 131, .src = "[2001:db8:1:3::99]:5"},
      {.id = 131, .src = "8.8.8.8:5"},
      {.id = 131, .src = "8.8.4.4:5"},
      {.id = 131, .src = "100.64.1.1:5"}},
     "rdp connect own 192.168.1.20:5 - 100% (131)\n"
     "rdp connect internal 192.168.1.21:5 - 100% (131)\n"
     "rdp connect own 2001:db8:1:2::20:5 - 100% (131)\n"
     "rdp connect internal 2001:db8:1:2::99:5 - 100% (131)\n"
     "rdp connect internet 2001:db8:1:3::99:5 - 100% (131)\n"
     "rdp connect internal 8.8.8.8:5 - 100% (131)\n"
     "rdp connect relay 8.8.4.4:5 - 100% (131)\n"
     "rdp connect internal 100.64.1.1:5 - 100% (131)\n"},
};

static size_t
steps_of(const struct scenario *s)
{
    size_t count = 0;

    while (count < STEPS_MAX && s->steps[count].id != 0) {
        count++;
    }
    return count;
}

static int
check(const struct scenario *rows, size_t count)
{
    int wrong = 0;

    for (size_t i = 0; i < count; i++) {
        struct config *cfg = make_config(rows[i].config);
        struct outcome o;

        run(cfg, rows[i].steps, steps_of(&rows[i]), &o);
        if (strcmp(buf_str(&o.text), rows[i].attempts) != 0) {
            print_error("%s\n-- expected\n%s-- got\n%s\n", rows[i].name, rows[i].attempts,
                        buf_str(&o.text));
            wrong++;
        }
        buf_fini(&o.text);
        config_destroy(cfg);
    }
    return wrong;
}

static void
test_rdp(void **state)
{
    (void)state;
    assert_int_equal(check(rdp, COUNT(rdp)), 0);
}

static void
test_rdp_success(void **state)
{
    (void)state;
    assert_int_equal(check(rdp_success, COUNT(rdp_success)), 0);
}

static void
test_other_services(void **state)
{
    (void)state;
    assert_int_equal(check(other, COUNT(other)), 0);
}

static void
test_scopes(void **state)
{
    (void)state;
    assert_int_equal(check(scopes, COUNT(scopes)), 0);
}

/* Everything of one instant, in every order: the same attempts. */
static const struct scenario orders[] = {
    {"RDP",
     NULL,
     {{.id = 131, .src = A ":50001"},
      {.id = 140, .src = A},
      {.id = 4625, .src = A, .account = "bob", .code = BAD_USER, .type = 3},
      {.id = 4776, .account = "bob", .code = BAD_USER}},
     "rdp failure! internet " A ":50001 bob 100% (4625 140 4776 131)\n"},
    {"SMB",
     NULL,
     {{.id = 4776, .account = "bob", .code = BAD_PASSWORD},
      {.id = 4625, .src = A ":9", .account = "bob", .code = BAD_PASSWORD, .type = 3},
      {.id = 551, .src = A ":9", .account = "PC-A\\bob", .code = 0xC000006Du},
      {.id = 4022, .src = A, .account = "bob"}},
     "smb failure! internet " A ":9 bob 100% (4625 551 4776 4022)\n"},
    {"success",
     NLA,
     {{.id = 131, .src = A ":50001"},
      {.id = 4624, .src = A, .account = "kumi", .type = 3},
      {.id = 1149, .src = A, .account = "kumi"},
      {.id = 21, .src = A, .account = "PC-A\\kumi"}},
     "rdp success internet " A ":50001 kumi 100% (4624 21 1149 131)\n"},
    {"without an address",
     NULL,
     {{.id = 131, .src = A ":50001"},
      {.id = 140, .src = A},
      {.id = 4625, .account = "bob", .code = BAD_USER, .type = 3},
      {.id = 4776, .account = "bob", .code = BAD_USER}},
     "rdp failure! internet " A ":50001? bob 60% (4625 140 4776 131)\n"},
};

#define ORDERED 4 /* steps of each of the above */

/* The n-th of the 24 orders: the n-th remaining step is taken each time. */
static void
nth_order(size_t n, const struct step in[ORDERED], struct step out[ORDERED])
{
    struct step left[ORDERED];

    memcpy(left, in, sizeof(left));
    for (size_t i = 0; i < ORDERED; i++) {
        size_t k = n % (ORDERED - i);
        n /= ORDERED - i;
        out[i] = left[k];
        memmove(&left[k], &left[k + 1], (ORDERED - i - k - 1) * sizeof(left[0]));
    }
}

static void
test_equal_times(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(orders); i++) {
        struct config *cfg = make_config(orders[i].config);
        for (size_t n = 0; n < 24; n++) {
            struct step steps[ORDERED];
            struct outcome o;
            nth_order(n, orders[i].steps, steps);
            run(cfg, steps, ORDERED, &o);
            assert_string_equal(buf_str(&o.text), orders[i].attempts);
            buf_fini(&o.text);
        }
        config_destroy(cfg);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rdp),
        cmocka_unit_test(test_rdp_success),
        cmocka_unit_test(test_other_services),
        cmocka_unit_test(test_scopes),
        cmocka_unit_test(test_equal_times),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
