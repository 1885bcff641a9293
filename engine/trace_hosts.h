/*
 * trace_hosts - which computer a trace was recorded on.
 *
 * A log file header names no computer. The NT kernel's SystemConfig record does, in traces of a
 * kernel session; the header's boot time is the same in all traces of one boot, so a trace without
 * a name takes that of another one. Without either it is the name given for such traces, or else
 * "boot-" and its boot time: traces of one boot stay one computer.
 */
#pragma once

#include "core/sv.h"
#include "etw/etl.h"

#define TRACE_HOSTS_MAX 65536 /* traces with a name; further ones lend it to no other */
#define TRACE_HOST_MAX ETL_NAME_MAX

struct trace_hosts;
/* named: of traces that cannot be told, borrowed; may be empty. */
MUST_CHECK enum err trace_hosts_create(struct sv named, struct trace_hosts **out);
void trace_hosts_destroy(struct trace_hosts *t);
/* What a trace says of itself, read to the end or until it named its computer. */
MUST_CHECK enum err trace_hosts_learn(struct trace_hosts *t, const struct etl_info *info);
/* Writes the computer's name. False: it is a stand-in, nobody named the computer. */
bool trace_hosts_find(const struct trace_hosts *t, const struct etl_info *info,
                      char out[TRACE_HOST_MAX]);
