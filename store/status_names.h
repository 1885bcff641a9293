/*
 * status_names - the facts of v_status, in the order in which they are told:
 *
 *   STATUS(NAME, "name", "meaning")
 *
 * Values are text: counts in digits, times ISO 8601 UTC (tm_format()), the rest words. A sensor
 * that does not know one leaves it out. No include guard: included where the macro is defined.
 */
STATUS(STATE, WORDS, "state", "starting, running, stopping or stopped")
STATUS(STARTED, TIME, "started", "when the sensor started")
STATUS(HEARTBEAT, TIME, "heartbeat", "when it last said that it runs, at least every 30 s")
STATUS(STOPPED, TIME, "stopped", "when it stopped, if it did so by itself")
STATUS(VERSION, WORDS, "version", "its version")
STATUS(PID, COUNTED, "pid", "its process id")
STATUS(HOST, WORDS, "host", "the computer it runs on")
STATUS(CONFIG_HASH, WORDS, "config_hash", "SHA-256 of the settings in force")
STATUS(RULES_HASH, WORDS, "rules_hash", "SHA-256 of the rules in force")
STATUS(STORE_STATE, WORDS, "store_state", "ok, or degraded")
STATUS(STORE_WHY, WORDS, "store_why", "why the store is degraded")
STATUS(STORE_BYTES, COUNTED, "store_bytes", "size of the store with its journal")
STATUS(HELD, COUNTED, "held", "events that wait for their order")
STATUS(HELD_BYTES, COUNTED, "held_bytes", "memory they take")
STATUS(BATCHES_WAITING, COUNTED, "batches_waiting", "batches that wait for the store")
STATUS(SHED_TOTAL, COUNTED, "shed_total", "events that were shed since the start")
STATUS(LATE, COUNTED, "late", "events that came too late for their order")
STATUS(HISTORY, WORDS, "history", "of the logs from before the first start: none, reading or done")
STATUS(HISTORY_RECORDS, COUNTED, "history_records", "records of them that were read")
STATUS(OPEN_ALERTS, COUNTED, "open_alerts", "alerts that are open")
STATUS(SEQUENCE, COUNTED, "sequence", "number of the last heartbeat alert")
STATUS(REPORT_STATE, WORDS, "report_state", "of the output to the Event Log: ok, failing or off")
STATUS(REPORT_WAITING, COUNTED, "report_waiting", "alerts that wait to be reported there")
STATUS(SUPPRESSED, COUNTED, "suppressed", "alerts that were stored and not reported")
STATUS(CANARY_SENT, COUNTED, "canary_sent", "events of our own, sent through the ETW sessions")
STATUS(CANARY_LOST, COUNTED, "canary_lost", "of these, lost on the way; the session that lost most")
STATUS(CANARY_MS, COUNTED, "canary_ms",
       "milliseconds that the slowest of the last half minute took")
STATUS(TRACE_HELD, COUNTED, "trace_held", "events of ETW that wait for their order")
STATUS(TRACE_UNKNOWN, COUNTED, "trace_unknown",
       "records of ETW of a kind that Kanari does not read")
STATUS(TRACE_LATE_LINES, COUNTED, "trace_late_lines",
       "command lines that were asked of the processes, for want of the system logger")
STATUS(TRACE_LEFT, COUNTED, "trace_left", "records of ETW left to a channel that delivers them too")
STATUS(TRACE_DAMAGED, COUNTED, "trace_damaged", "records of ETW that could not be decoded")
STATUS(TRACE_SHED, COUNTED, "trace_shed", "events of ETW that were shed since the start")
STATUS(SELF_TEST, WORDS, "self_test",
       "whether Kanari sees its own process_start, command_line and accept: ok, or what it missed")
