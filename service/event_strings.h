/*
 * event_strings - EVENT_STRING(NAME, "name", units, "meaning"): the insertion strings of every
 * event that Kanari writes, in their order. %1 of a message is the first. The order is a contract
 * with whoever collects the events: rows are only ever added before JSON, with a new schema number.
 * units: the most that is written, in UTF-16 units. No include guard: included where EVENT_STRING
 * is defined.
 */
EVENT_STRING(SCHEMA, "schema", 4, "number of this list of strings: 1")
EVENT_STRING(ALERT_ID, "alert_id", 16, "alert id; the same in every event of one alert")
EVENT_STRING(REVISION, "revision", 10,
             "how often the alert changed, from 1; an event may come twice, (alert_id, revision) "
             "tells")
EVENT_STRING(RULE, "rule", 48, "name of the rule")
EVENT_STRING(SEVERITY, "severity", 16, "informational, low, medium, high or critical")
EVENT_STRING(STATE, "state", 8, "open or closed")
EVENT_STRING(RETRO, "retro", 8, "true: found in history; false: live")
EVENT_STRING(HOST, "host", 1040, "computer that logged the records behind it")
EVENT_STRING(FIRST_SEEN, "first_seen", 32, "when the first of it happened, ISO 8601 UTC")
EVENT_STRING(LAST_SEEN, "last_seen", 32, "when the last of it happened, ISO 8601 UTC")
EVENT_STRING(TIMES, "count", 20, "how many; what is counted is the rule's")
EVENT_STRING(SOURCE, "source", 64, "remote address")
EVENT_STRING(ACCOUNT, "account", 1040, "account")
EVENT_STRING(SERVICE, "service", 64, "service that was used: rdp, smb ...")
EVENT_STRING(ADAPTER, "adapter", 520, "network adapter of arrival, when known")
EVENT_STRING(PROCESS, "process", 2060, "process, when there is one")
EVENT_STRING(FILE, "file", 2060, "file, when there is one")
EVENT_STRING(ATTACK, "attack", 96, "ATT&CK technique ids, blank separated")
EVENT_STRING(SENTENCE, "sentence", 8000, "what happened, and what to do first")
EVENT_STRING(JSON, "json", 29000, "the alert as one line of JSON")
