/*
 * sensor - the work of the service: the live sensor with its settings, its store and its output to
 * the Windows Event Log.
 *
 * Settings that cannot be read or have an error: at the start the defaults take their place, later
 * those in force stay; either way rule 1004 says why.
 * Threads: as service/work.h says.
 */
#pragma once

#include "engine/live.h"
#include "service/report_api.h"
#include "service/work.h"

/* What the sensor is given of the system; any may be NULL where there is none. Borrowed. */
struct sensor_systems {
    const struct evtlog_api *evtlog;
    const struct audit_policy_api *policy;
    const struct posture_api *posture;
    const struct report_api *report;
    bool traces;               /* ETW is read too; without an api it is told that there is none */
    const struct etw_api *etw; /* with them */
    struct tracer_probes probes;
    uint64_t since_ft; /* struct live_opts */
    const char *host;  /* the same */
};

struct sensor;
MUST_CHECK enum err sensor_create(const struct sensor_systems *systems, struct sensor **out);
void sensor_destroy(struct sensor *s);
/* Lives as long as the sensor. */
const struct service_work *sensor_work(const struct sensor *s);

/* The source of the Event Log and the boot trace, which `kanari service install` sets up and
 * `uninstall` removes. */
extern const struct service_source sensor_source;
