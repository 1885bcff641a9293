/*
 * evtmap_devices - devices, modems and networks that come and go.
 *
 * Sources: names and order of the data are those of the providers' manifests (jdu2600
 * Windows10EtwEvents manifest/<provider>.tsv, to build 26H1); channel and XML of Kernel-PnP 400 and
 * NetworkProfile 10000 those of the example records in EricZimmerman/evtx Maps. None of them was
 * met in a recording here.
 */
#include "evtlog/evtmap.h"

#define PNP "Microsoft-Windows-Kernel-PnP"
#define WWAN "Microsoft-Windows-WWAN-SVC-EVENTS"
#define NETWORK "Microsoft-Windows-NetworkProfile"

/* the matching id names what Windows took the device for: usb\class_e0&subclass_01&prot_03 is
 * RNDIS, whatever it calls itself */
static const struct evtmap_field configured[] = {
    {"DeviceInstanceId", EVF_object, EVTMAP_TEXT},
    {"DriverName", EVF_path, EVTMAP_TEXT},
    {"ClassGuid", EVF_category, EVTMAP_TEXT},
    {"MatchingDeviceId", EVF_text, EVTMAP_TEXT},
    {"Status", EVF_status, EVTMAP_HEX32},
    {"ParentDeviceInstanceId", EVF_parent_object, EVTMAP_TEXT},
};

/* Problem is a CM_PROB_ code */
static const struct evtmap_field started[] = {
    {"DeviceInstanceId", EVF_object, EVTMAP_TEXT}, {"DriverName", EVF_path, EVTMAP_TEXT},
    {"ClassGuid", EVF_category, EVTMAP_TEXT},      {"ServiceName", EVF_service_name, EVTMAP_TEXT},
    {"Problem", EVF_reason, EVTMAP_U32},           {"Status", EVF_status, EVTMAP_HEX32},
};

static const struct evtmap_field removed[] = {
    {"DeviceInstanceId", EVF_object, EVTMAP_TEXT},
    {"ClassGuid", EVF_category, EVTMAP_TEXT},
    {"Problem", EVF_reason, EVTMAP_U32},
    {"Status", EVF_status, EVTMAP_HEX32},
};

/* a mobile broadband interface is a device that comes and goes; its networks are NETWORK's */
static const struct evtmap_field modem[] = {
    {"InterfaceGuid", EVF_object, EVTMAP_TEXT},
    {"InterfaceDescription", EVF_object_name, EVTMAP_TEXT},
};

static const struct evtmap_field modem_removed[] = {
    {"InterfaceGuid", EVF_object, EVTMAP_TEXT},
};

/* Guid is the network profile's, not the adapter's. What State's number means is not documented;
 * the example has 9. */
static const struct evtmap_field network[] = {
    {"Name", EVF_object_name, EVTMAP_TEXT},  {"Description", EVF_text, EVTMAP_TEXT},
    {"Guid", EVF_object, EVTMAP_TEXT},       {"State", EVF_new_value, EVTMAP_TEXT},
    {"Category", EVF_category, EVTMAP_TEXT},
};

static const struct evtmap_row rows[] = {
    {PNP, 400, EV_DEVICE_ARRIVAL, .channel = PNP "/Configuration", .action = "configured",
     EVTMAP_FIELDS(configured)},
    {PNP, 410, EV_DEVICE_ARRIVAL, .channel = PNP "/Configuration", .action = "started",
     EVTMAP_FIELDS(started)},
    {PNP, 420, EV_DEVICE_ARRIVAL, .channel = PNP "/Configuration", .action = "removed",
     EVTMAP_FIELDS(removed)},
    {WWAN, 2003, EV_DEVICE_ARRIVAL, .channel = WWAN "/Operational", .action = "arrived",
     EVTMAP_FIELDS(modem)},
    {WWAN, 2004, EV_DEVICE_ARRIVAL, .channel = WWAN "/Operational", .action = "removed",
     EVTMAP_FIELDS(modem_removed)},
    {NETWORK, 10000, EV_ADAPTER_CHANGE, .channel = NETWORK "/Operational", .action = "connected",
     EVTMAP_FIELDS(network)},
    {NETWORK, 10001, EV_ADAPTER_CHANGE, .channel = NETWORK "/Operational", .action = "disconnected",
     EVTMAP_FIELDS(network)},
};

const struct evtmap_table evtmap_devices = {rows, COUNT(rows)};
