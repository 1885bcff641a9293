/*
 * sensor - what the store says of the sensor that writes it: whether it runs, and how well.
 *
 * It runs when its last heartbeat lies no further than STATUS_HEARTBEAT_MAX from the reader's
 * clock, and it has not said that it stopped. It is degraded while a source that is needed gives
 * nothing, the store or the output to the Event Log fails, or an alert of rules 1100 to 1199 is
 * open.
 * Memory: owns its texts; sensor_fini() in any case.
 */
#pragma once

#include "cli/command.h"
#include "store/status.h"

enum sensor_verdict { SENSOR_HEALTHY, SENSOR_DEGRADED, SENSOR_NOT_RUNNING };
const char *sensor_verdict_name(enum sensor_verdict v); /* "healthy" ... */

/* Rules about Kanari's own health. */
#define SENSOR_RULE_FROM 1100u
#define SENSOR_RULE_TO 1199u
#define SENSOR_RULE_TEST 1030u /* its answer to a request */

struct sensor {
    bool present; /* a sensor has written this store */
    bool known[STATUS_COUNT];
    struct buf value[STATUS_COUNT];
    enum sensor_verdict verdict;
    uint64_t sources, troubled; /* as told, and those that need a person */
    uint64_t alerts;            /* open, of Kanari's own health */
};

/* Whatever comes back, *out can be finished. */
MUST_CHECK enum err sensor_read(struct store *s, uint64_t now_ft, struct sensor *out);
void sensor_fini(struct sensor *x);
/* The value as it was told, {NULL, 0} when it was not; as a number or a time, 0. */
struct sv sensor_text(const struct sensor *x, enum store_status fact);
uint64_t sensor_number(const struct sensor *x, enum store_status fact);
/* "Kanari 0.1.0 runs on PC-A since ...: healthy", one line with its line feed. */
void sensor_put_line(const struct cli *c, const struct sensor *x, struct buf *out);

/* A source in this state needs a person. Optional ones may be absent, and not audited. */
bool sensor_is_trouble(struct sv state, bool optional);
