/* evtmap_defender - Microsoft Defender. */
#include "evtlog/evtmap.h"

#define DEFENDER "Microsoft-Windows-Windows Defender"

/* the names have blanks, all values are texts */
static const struct evtmap_field threat[] = {
    {"Threat Name", EVF_threat, EVTMAP_TEXT},
    {"Category Name", EVF_category, EVTMAP_TEXT},
    {"Path", EVF_path, EVTMAP_TEXT},
    {"Action Name", EVF_action, EVTMAP_TEXT},
    {"Process Name", EVF_process, EVTMAP_TEXT},
    {"Detection User", EVF_account, EVTMAP_ACCOUNT},
    {"Remediation User", EVF_subject_account, EVTMAP_ACCOUNT},
    {"Error Code", EVF_status, EVTMAP_HEX32},
};

static const struct evtmap_field setting[] = {
    {"Old Value", EVF_old_value, EVTMAP_TEXT},
    {"New Value", EVF_new_value, EVTMAP_TEXT},
};

/* a change that tamper protection refused */
static const struct evtmap_field tamper[] = {
    {"Changed Type", EVF_action, EVTMAP_TEXT},
    {"Value", EVF_new_value, EVTMAP_TEXT},
};

static const struct evtmap_row rows[] = {
    {DEFENDER, 1116, EV_DEFENDER_EVENT, .channel = DEFENDER "/Operational", EVTMAP_FIELDS(threat)},
    {DEFENDER, 1117, EV_DEFENDER_EVENT, .channel = DEFENDER "/Operational", EVTMAP_FIELDS(threat)},
    {DEFENDER, 5001, EV_DEFENDER_EVENT, .channel = DEFENDER "/Operational"},
    {DEFENDER, 5007, EV_DEFENDER_EVENT, .channel = DEFENDER "/Operational", EVTMAP_FIELDS(setting)},
    {DEFENDER, 5013, EV_DEFENDER_EVENT, .channel = DEFENDER "/Operational", EVTMAP_FIELDS(tamper)},
};

const struct evtmap_table evtmap_defender = {rows, COUNT(rows)};
