/*
 * sim_persist - writes logs of tasks, WMI consumers, PowerShell, devices and networks of one
 * computer, whose numbers tests/e2e/persist.py knows: sim_persist FOLDER [N]
 *
 * FOLDER gets one file for each channel. N (default 1) repeats the script blocks, for measuring.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim_evtx.h"

#define T0 UINT64_C(134379648000000000) /* 2026-11-01T00:00:00Z */
#define SECOND UINT64_C(10000000)
#define MILLISECOND UINT64_C(10000)
#define COUNT_OF(list) (sizeof(list) / sizeof((list)[0]))
#define PART_LEN 15000u
#define NAME_LEN 64
#define PATH_LEN 4096
#define COMPUTER "PC-A"

/* -- what the records look like ---------------------------------------------------------------- */

static const struct sim_field task_registered[] = {{"TaskName", SIM_TEXT},
                                                   {"UserContext", SIM_TEXT}};
static const struct sim_field task_changed[] = {{"TaskName", SIM_TEXT}, {"UserName", SIM_TEXT}};
static const struct sim_field binding[] = {{"Namespace", SIM_TEXT},
                                           {"ESS", SIM_TEXT},
                                           {"CONSUMER", SIM_TEXT},
                                           {"PossibleCause", SIM_TEXT}};
static const struct sim_field script[] = {{"MessageNumber", SIM_U32},
                                          {"MessageTotal", SIM_U32},
                                          {"ScriptBlockText", SIM_TEXT},
                                          {"ScriptBlockId", SIM_TEXT},
                                          {"Path", SIM_TEXT}};
static const struct sim_field configured[] = {
    {"DeviceInstanceId", SIM_TEXT}, {"DriverName", SIM_TEXT}, {"ClassGuid", SIM_GUID},
    {"MatchingDeviceId", SIM_TEXT}, {"Status", SIM_HEX32},    {"ParentDeviceInstanceId", SIM_TEXT}};
static const struct sim_field removed[] = {{"DeviceInstanceId", SIM_TEXT},
                                           {"ClassGuid", SIM_GUID},
                                           {"Problem", SIM_HEX32},
                                           {"Status", SIM_HEX32}};
static const struct sim_field modem[] = {{"InterfaceGuid", SIM_GUID},
                                         {"InterfaceDescription", SIM_TEXT},
                                         {"ModemCreationCount", SIM_U32}};
static const struct sim_field network[] = {{"Name", SIM_TEXT}, {"Description", SIM_TEXT},
                                           {"Guid", SIM_GUID}, {"Type", SIM_U32},
                                           {"State", SIM_U32}, {"Category", SIM_U32}};

#define FIELDS(list) .fields = (list), .field_count = COUNT_OF(list)
#define TASKS                                                                                      \
    .provider = "Microsoft-Windows-TaskScheduler",                                                 \
    .guid = "{de7b24ea-73c8-4a09-985d-5bdadcfa9017}",                                              \
    .channel = "Microsoft-Windows-TaskScheduler/Operational", .level = 4
#define POWERSHELL                                                                                 \
    .provider = "Microsoft-Windows-PowerShell", .guid = "{a0c1853b-5c40-4b15-8766-3cf1c58f985a}",  \
    .channel = "Microsoft-Windows-PowerShell/Operational", .event_id = 4104, .version = 1,         \
    .opcode = 15, .task = 2, FIELDS(script)
#define PNP                                                                                        \
    .provider = "Microsoft-Windows-Kernel-PnP", .guid = "{9c205a39-1250-487d-abd7-e831c6290539}",  \
    .channel = "Microsoft-Windows-Kernel-PnP/Configuration", .level = 4

static const struct sim_schema registered = {TASKS, .event_id = 106, FIELDS(task_registered)};
static const struct sim_schema changed = {TASKS, .event_id = 140, FIELDS(task_changed)};
static const struct sim_schema deleted = {TASKS, .event_id = 141, FIELDS(task_changed)};
static const struct sim_schema bound = {.provider = "Microsoft-Windows-WMI-Activity",
                                        .guid = "{1418ef04-b0b4-4623-bf7e-d74ab47bbdaa}",
                                        .channel = "Microsoft-Windows-WMI-Activity/Operational",
                                        .event_id = 5861,
                                        .user_data = "Operation_ESStoConsumerBinding",
                                        FIELDS(binding)};
static const struct sim_schema suspicious = {POWERSHELL, .level = 3};
static const struct sim_schema verbose = {POWERSHELL, .level = 5};
static const struct sim_schema device = {PNP, .event_id = 400, FIELDS(configured)};
static const struct sim_schema gone = {PNP, .event_id = 420, FIELDS(removed)};
static const struct sim_schema wwan = {.provider = "Microsoft-Windows-WWAN-SVC-EVENTS",
                                       .guid = "{3cb40aaa-1145-4fb8-b27b-7e30f0454316}",
                                       .channel = "Microsoft-Windows-WWAN-SVC-EVENTS/Operational",
                                       .level = 4,
                                       .event_id = 2003,
                                       FIELDS(modem)};
static const struct sim_schema connected = {.provider = "Microsoft-Windows-NetworkProfile",
                                            .guid = "{fbcfac3f-8459-419f-8e48-1f0b49cdb85e}",
                                            .channel =
                                                "Microsoft-Windows-NetworkProfile/Operational",
                                            .level = 4,
                                            .event_id = 10000,
                                            FIELDS(network)};

/* -- values ------------------------------------------------------------------------------------ */

static struct sim_value
text(const char *of)
{
    return (struct sim_value){.long_text = of};
}

static struct sim_value
number(uint64_t of)
{
    return (struct sim_value){.number = of};
}

static struct sim_value
guid(void)
{
    return (struct sim_value){
        .bytes = {0x78, 0x56, 0x34, 0x12, 0x34, 0x12, 0x78, 0x56, 1, 2, 3, 4, 5, 6, 7, 8},
        .byte_len = 16};
}

static struct sim_log *
open_log(const char *folder, const char *name)
{
    char path[PATH_LEN];
    int len = snprintf(path, sizeof(path), "%s/%s.evtx", folder, name);

    if (len < 0 || (size_t)len >= sizeof(path)) {
        exit(1);
    }
    return sim_log_open(path, COMPUTER);
}

static void
put(struct sim_log *log, const struct sim_schema *schema, uint64_t time_ft,
    const struct sim_value *values)
{
    sim_log_record(log, schema, time_ft, values);
}

/* -- logs -------------------------------------------------------------------------------------- */

static void
write_tasks(const char *folder)
{
    struct sim_log *log = open_log(folder, "TaskScheduler");
    struct sim_value values[2] = {text("\\\x1b[2Jevil"), text("ACME\\kumi")};

    put(log, &registered, T0, values);
    put(log, &changed, T0 + 2 * SECOND, values);
    put(log, &changed, T0 + 3 * SECOND, values);
    values[1] = text("S-1-5-18");
    put(log, &deleted, T0 + 9 * SECOND, values);
    (void)sim_log_close(log);
}

static void
write_consumer(const char *folder)
{
    struct sim_log *log = open_log(folder, "WMI-Activity");
    struct sim_value values[4] = {
        text("//./root/subscription"), text("blackball"),
        text("CommandLineEventConsumer=\"blackball\""),
        text("Binding EventFilter: \ninstance of __EventFilter\n{\n\tQuery = \"SELECT * FROM X\";\n"
             "};\nPerm. Consumer: \ninstance of CommandLineEventConsumer\n{\n"
             "\tCommandLineTemplate = \"powershell -w hidden -c \\\"IEX\\\"\";\n};\n")};

    put(log, &bound, T0 + 20 * SECOND, values);
    (void)sim_log_close(log);
}

static void
write_devices(const char *folder)
{
    struct sim_log *log = open_log(folder, "Kernel-PnP");
    struct sim_value values[6] = {text("USB\\VID_12D1&PID_14DC\\0"),
                                  text("rndiscmp.inf"),
                                  guid(),
                                  text("usb\\class_e0&subclass_01&prot_03"),
                                  number(0),
                                  text("USB\\ROOT_HUB30\\4")};
    struct sim_value going[4] = {text("USB\\VID_12D1&PID_14DC\\0"), guid(), number(0), number(0)};
    struct sim_value modem_values[3] = {guid(), text("LTE Modem"), number(1)};
    struct sim_value network_values[6] = {text("Network 3"), text("hotspot"), guid(),
                                          number(1),         number(9),       number(0)};

    put(log, &device, T0 + 30 * SECOND, values);
    put(log, &gone, T0 + 31 * SECOND, going);
    (void)sim_log_close(log);
    log = open_log(folder, "WWAN-SVC-EVENTS");
    put(log, &wwan, T0 + 32 * SECOND, modem_values);
    (void)sim_log_close(log);
    log = open_log(folder, "NetworkProfile");
    put(log, &connected, T0 + 33 * SECOND, network_values);
    (void)sim_log_close(log);
}

struct scripts {
    struct sim_log *log;
    uint64_t time_ft;
    char part[PART_LEN + 1];
};

static void
put_part(struct scripts *s, const struct sim_schema *schema, const char *id, unsigned part,
         unsigned parts)
{
    struct sim_value values[5] = {number(part), number(parts), text(s->part), text(id), text("")};

    memset(s->part, 'a' + (int)(part % 26), PART_LEN);
    s->part[PART_LEN] = '\0';
    if (parts == 1) {
        (void)snprintf(s->part, sizeof(s->part), "Get-Process # %s", id);
    }
    s->time_ft += MILLISECOND;
    put(s->log, schema, s->time_ft, values);
}

/* 14 records: a short block, one of three parts with one of two between, one of which the second
 * part is missing, and one that is longer than what is kept. */
static void
write_blocks(struct scripts *s, unsigned round)
{
    char id[5][NAME_LEN];

    for (unsigned i = 0; i < 5; i++) {
        (void)snprintf(id[i], sizeof(id[i]), "00000000-0000-0000-%04u-%012u", i, round);
    }
    put_part(s, &verbose, id[0], 1, 1);
    put_part(s, &suspicious, id[1], 1, 3);
    put_part(s, &verbose, id[2], 1, 2);
    put_part(s, &suspicious, id[1], 2, 3);
    put_part(s, &verbose, id[2], 2, 2);
    put_part(s, &suspicious, id[1], 3, 3);
    put_part(s, &suspicious, id[3], 1, 3);
    put_part(s, &suspicious, id[3], 3, 3);
    for (unsigned i = 1; i <= 6; i++) {
        put_part(s, &suspicious, id[4], i, 6);
    }
    s->time_ft += 10 * SECOND;
}

static void
write_scripts(const char *folder, unsigned rounds)
{
    struct scripts s = {.log = open_log(folder, "PowerShell"), .time_ft = T0 + 60 * SECOND};

    for (unsigned i = 0; i < rounds; i++) {
        write_blocks(&s, i);
    }
    (void)sim_log_close(s.log);
}

int
main(int argc, char **argv)
{
    unsigned rounds = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : 1;

    if (argc < 2) {
        fprintf(stderr, "usage: sim_persist FOLDER [N]\n");
        return 2;
    }
    write_tasks(argv[1]);
    write_consumer(argv[1]);
    write_devices(argv[1]);
    write_scripts(argv[1], rounds);
    return 0;
}
