/*
 * evtmap_persist - what stays or runs without a file: scheduled tasks, WMI consumers, PowerShell.
 *
 * Sources: names and order of the data are those of the providers' manifests (jdu2600
 * Windows10EtwEvents manifest/<provider>.tsv, to build 26H1; nasbench EVTX-ETW-Resources), the
 * shape of the XML that of the example records in EricZimmerman/evtx Maps. How a script block is
 * split: PowerShell's CompiledScriptBlock.cs. None of them was met in a recording here.
 */
#include "evtlog/evtmap.h"

#define TASKS "Microsoft-Windows-TaskScheduler"
#define WMI "Microsoft-Windows-WMI-Activity"
#define POWERSHELL "Microsoft-Windows-PowerShell"
#define POWERSHELL_CORE "PowerShellCore" /* 7: the same manifest under another name */

/* "User "%2" registered Task Scheduler task "%1"": the user is who acted. EventData has a Name of
 * its own (TaskRegisteredEvent). What a task runs is in none of the three. */
static const struct evtmap_field task_registered[] = {
    {"TaskName", EVF_task, EVTMAP_TEXT},
    {"UserContext", EVF_subject_account, EVTMAP_ACCOUNT},
};

static const struct evtmap_field task_changed[] = {
    {"TaskName", EVF_task, EVTMAP_TEXT},
    {"UserName", EVF_subject_account, EVTMAP_ACCOUNT},
};

/* UserData/Operation_ESStoConsumerBinding. ESS is the filter's name, CONSUMER the consumer's class
 * and name (CommandLineEventConsumer="Updater"), PossibleCause the MOF text of both instances. */
static const struct evtmap_field wmi_binding[] = {
    {"Namespace", EVF_path, EVTMAP_TEXT},
    {"ESS", EVF_parent_object, EVTMAP_TEXT},
    {"CONSUMER", EVF_object, EVTMAP_TEXT},
    {"PossibleCause", EVF_script, EVTMAP_SCRIPT},
    {"PossibleCause", EVF_query, EVTMAP_MOF_QUERY},
    {"PossibleCause", EVF_command_line, EVTMAP_MOF_COMMAND},
};

/* Of 20,000 characters and more, each record holds 10,000 to 20,000; the last may be empty. The
 * record is logged by the process that runs the script, as its user. */
static const struct evtmap_field script_block[] = {
    {"MessageNumber", EVF_part, EVTMAP_U32},
    {"MessageTotal", EVF_parts, EVTMAP_U32},
    {"ScriptBlockText", EVF_script, EVTMAP_SCRIPT},
    {"ScriptBlockId", EVF_object, EVTMAP_TEXT},
    {"Path", EVF_path, EVTMAP_TEXT},
};

#define RUNNER (EVTMAP_LEVEL | EVTMAP_USER | EVTMAP_LOGGER)

static const struct evtmap_row rows[] = {
    {TASKS, 106, EV_TASK_CHANGE, .channel = TASKS "/Operational", .action = "registered",
     EVTMAP_FIELDS(task_registered)},
    {TASKS, 140, EV_TASK_CHANGE, .channel = TASKS "/Operational", .action = "changed",
     EVTMAP_FIELDS(task_changed)},
    {TASKS, 141, EV_TASK_CHANGE, .channel = TASKS "/Operational", .action = "deleted",
     EVTMAP_FIELDS(task_changed)},
    {WMI, 5861, EV_WMI_CONSUMER, .channel = WMI "/Operational", EVTMAP_FIELDS(wmi_binding)},
    {POWERSHELL, 4104, EV_SCRIPT_BLOCK, .channel = POWERSHELL "/Operational", .system = RUNNER,
     EVTMAP_FIELDS(script_block)},
    {POWERSHELL_CORE, 4104, EV_SCRIPT_BLOCK, .channel = POWERSHELL_CORE "/Operational",
     .system = RUNNER, EVTMAP_FIELDS(script_block)},
};

const struct evtmap_table evtmap_persist = {rows, COUNT(rows)};
