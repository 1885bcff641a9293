/*
 * posture_sim - the network of Windows behind struct posture_api, for tests: documented behaviour
 * and errors.
 *
 * What it does, the page that says so, and the test that uses it (pages: win32/api/; tests: tests/
 * unit/test_*.c):
 *
 * GetAdaptersAddresses: its errors, 8, 87, 111, 232, 1228
 *     iphlpapi/nf-iphlpapi-getadaptersaddresses     posture_sim: test_adapters_errors
 * GetAdaptersAddresses: 232 when there is no address anywhere     posture_sim: test_no_adapters
 * More adapters than there is room for: told, and cut     posture_sim: test_more_than_fit
 * SetupDiGetDevicePropertyW, SetupDiGetClassDevsW: their errors; no device behind a tunnel
 *     setupapi/nf-setupapi-setupdigetdevicepropertyw     posture_sim: test_device_errors
 * GetExtendedTcpTable, GetExtendedUdpTable: 87, 122, 50     exposure: test_listeners
 * Notify*Change*: 6, 8, 87, 50; none comes before it is subscribed to
 *     netioapi/nf-netioapi-notifyipinterfacechange     adapter_watch: test_no_notices
 * Notices come one after the other, in a thread of the system     adapter_watch: test_notices
 * CancelMibChangeNotify2 waits for the notice that is running; after it none comes
 *     netioapi/nf-netioapi-cancelmibchangenotify2     adapter_watch: test_cancel_waits
 * CancelMibChangeNotify2 from within a notice of the same subscription: dead-locks; here it is
 *     counted     posture_sim: test_cancel_within
 * CancelMibChangeNotify2: 87; then notices still come     adapter_watch: test_cancel_fails
 *
 * Threads: adapters, listeners and codes are changed only while no other thread calls the table.
 */
#pragma once

#include "platform/thread.h"
#include "posture/posture_api.h"

#define POSTURE_SIM_ADAPTERS 160u
#define POSTURE_SIM_LISTENERS 16u
#define POSTURE_SIM_SUBSCRIPTIONS 8u

struct posture_sim_subscription {
    struct posture_sim *sim;
    struct posture_subscriber subscriber;
    enum posture_notice what;
    bool live;
};

struct posture_sim {
    struct posture_api api;
    struct posture_adapter adapters[POSTURE_SIM_ADAPTERS];
    struct posture_device devices[POSTURE_SIM_ADAPTERS]; /* of the adapter at the same place */
    bool has_device[POSTURE_SIM_ADAPTERS];
    uint32_t adapter_count;
    struct posture_listener listeners[POSTURE_SIM_LISTENERS]; /* of all tables */
    uint32_t listener_count;
    uint16_t rdp_ports[POSTURE_RDP_PORT_MAX];
    uint32_t rdp_count;

    /* Codes; 0: works. */
    uint32_t fail_adapters, fail_device, fail_listeners[POSTURE_TABLE_COUNT], fail_rdp;
    uint32_t fail_subscribe[POSTURE_NOTICE_COUNT], fail_cancel;
    unsigned adapters_calls, device_calls, subscribe_calls, cancel_calls;

    struct mutex *lock; /* over all below */
    struct cond *changed;
    struct thread *thread; /* the system's */
    struct posture_sim_subscription subscriptions[POSTURE_SIM_SUBSCRIPTIONS];
    struct posture_sim_subscription *running;
    unsigned pending[POSTURE_NOTICE_COUNT];
    unsigned cancels_within; /* that would have dead-locked */
    bool stop;
};

/* One Ethernet card and the loopback, works in all calls. ERR_NOMEM. */
MUST_CHECK enum err posture_sim_init(struct posture_sim *sim);
void posture_sim_fini(struct posture_sim *sim);

/* A new adapter that is up, with the device of that service and compatible id ("" or NULL: no
 * device). Its GUID is made of n. */
struct posture_adapter *posture_sim_add(struct posture_sim *sim, unsigned n, uint32_t if_type,
                                        const char *compatible_id);
void posture_sim_remove(struct posture_sim *sim, unsigned n);
struct posture_adapter *posture_sim_find(struct posture_sim *sim, unsigned n);
void posture_sim_guid(unsigned n, char out[POSTURE_GUID_LEN]);
/* Text, "a.b.c.d" or IPv6; an address with that prefix, or a gateway. */
void posture_sim_address(struct posture_adapter *a, const char *text, uint8_t prefix_bits);
void posture_sim_gateway(struct posture_adapter *a, const char *text);
void posture_sim_listen(struct posture_sim *sim, enum posture_table table, const char *text,
                        uint16_t port);

/* From any thread: so many notices, to be called by the system's thread. */
void posture_sim_notify(struct posture_sim *sim, enum posture_notice what, unsigned count);
/* Waits until all of them have been. */
void posture_sim_settle(struct posture_sim *sim);
