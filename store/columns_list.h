/*
 * columns_list - every column of every documented view, once, in the order of the view:
 *
 *   VIEW_COLUMN(view, column, SHOW, "SQL", "meaning")
 *   VIEW_TIME(view, column, "SQL", "meaning")   makes two columns: `column`, ISO 8601 UTC text, and
 *                                               `column`_ft, FILETIME ticks, to filter and to sort
 *
 * From this list come the views themselves, store_columns[] (docs/OUTPUT.md) and what store_rows()
 * selects, so they cannot disagree. The SQL names the table by its alias in schema.c. All views but
 * v_events must work in any sqlite3 program: built-in functions only. Events are packed
 * (store/block_writer.h), and v_events reads them through a virtual table that only Kanari has.
 * No include guard: included where the two macros are defined.
 */
/* Most texts of most events are absent: asking first saves opening `text` for nothing. */
#define TEXT_OF(id) "CASE WHEN " id " IS NOT NULL THEN (SELECT value FROM text WHERE id=" id ") END"
#define ISO_OF(ft)                                                                                 \
    "strftime('%Y-%m-%dT%H:%M:%S'," ft "/10000000-11644473600,'unixepoch')||"                      \
    "printf('.%07dZ'," ft "%10000000)"

/* -- v_alerts -------------------------------------------------------------------------------- */
VIEW_COLUMN(v_alerts, id, PLAIN, "a.id", "alert id: 16 hex digits, the same in every replay")
VIEW_COLUMN(v_alerts, revision, PLAIN, "a.revision", "how often the alert changed, from 1")
VIEW_COLUMN(v_alerts, rule_id, PLAIN, "a.rule_id", "number of the rule, as in docs/DETECTIONS.md")
VIEW_COLUMN(v_alerts, rule, PLAIN, "a.rule", "name of the strongest rule so far")
VIEW_COLUMN(v_alerts, attack, PLAIN, "a.attack", "ATT&CK technique ids, blank separated")
VIEW_COLUMN(v_alerts, severity, PLAIN, "a.severity", "informational, low, medium, high or critical")
VIEW_COLUMN(v_alerts, severity_level, PLAIN, "a.severity_level",
            "the severity as a number to filter by, 0 informational to 4 critical")
VIEW_COLUMN(v_alerts, state, PLAIN, "a.state", "open or closed")
VIEW_COLUMN(v_alerts, host, FOREIGN, "a.host", "computer that logged the records")
VIEW_COLUMN(v_alerts, key, FOREIGN, "a.key", "what makes it this alert: source, account ...")
VIEW_TIME(v_alerts, first_seen, "a.first_ft", "when the first of it happened")
VIEW_TIME(v_alerts, last_seen, "a.last_ft", "when the last of it happened")
VIEW_COLUMN(v_alerts, count, PLAIN, "a.count", "how many; what is counted is the rule's")
VIEW_COLUMN(v_alerts, sources, PLAIN, "a.sources", "distinct sources; 0 when not counted")
VIEW_COLUMN(v_alerts, accounts, PLAIN, "a.accounts", "distinct accounts; 0 when not counted")
VIEW_COLUMN(v_alerts, hosts, PLAIN, "a.hosts", "distinct computers; 0 means one")
VIEW_COLUMN(v_alerts, source, FOREIGN, "a.source", "remote address")
VIEW_COLUMN(v_alerts, source_class, PLAIN, "a.source_class",
            "kind of that address: global, private, loopback ...")
VIEW_COLUMN(v_alerts, internet, BOOL, "a.internet", "the source came from the internet")
VIEW_COLUMN(v_alerts, account, FOREIGN, "a.account", "account")
VIEW_COLUMN(v_alerts, service, PLAIN, "a.service", "service that was used: rdp, smb ...")
VIEW_COLUMN(v_alerts, adapter, FOREIGN, "a.adapter", "network adapter of arrival, when known")
VIEW_COLUMN(v_alerts, process, FOREIGN, "a.process", "process, when there is one")
VIEW_COLUMN(v_alerts, file, FOREIGN, "a.file", "file, when there is one")
VIEW_COLUMN(v_alerts, message, PLAIN, "a.message", "name of the sentence that describes it")
VIEW_COLUMN(v_alerts, params, JSON, "a.params", "the sentence's parameters, an object")
VIEW_COLUMN(v_alerts, evidence, JSON, "a.evidence",
            "the first and last records behind it: host, channel, event_id, record_id, time")
VIEW_COLUMN(v_alerts, retro, BOOL, "a.retro", "found in history, not live")
VIEW_COLUMN(v_alerts, suppressed, BOOL, "a.suppressed", "stored and counted, not sent")
VIEW_COLUMN(v_alerts, why_suppressed, FOREIGN, "a.why_suppressed", "why it is suppressed")
VIEW_COLUMN(v_alerts, acked, BOOL,
            "EXISTS(SELECT 1 FROM inbox i WHERE i.alert_id=a.id AND i.what='ack')",
            "somebody acknowledged it")
VIEW_TIME(v_alerts, muted_until,
          "(SELECT max(i.until_ft) FROM inbox i WHERE i.alert_id=a.id AND i.what='mute')",
          "somebody muted it until then")
VIEW_COLUMN(v_alerts, answer, FOREIGN,
            "(SELECT i.why FROM inbox i WHERE i.alert_id=a.id ORDER BY i.id DESC LIMIT 1)",
            "the reason given with the last acknowledgement or mute")

/* -- v_stories ------------------------------------------------------------------------------- */
VIEW_COLUMN(v_stories, id, PLAIN, "s.id", "story id: 16 hex digits")
VIEW_COLUMN(v_stories, revision, PLAIN, "s.revision", "how often the story changed, from 1")
VIEW_COLUMN(v_stories, host, FOREIGN, "s.host", "computer it happened on")
VIEW_COLUMN(v_stories, state, PLAIN, "s.state", "open or closed")
VIEW_COLUMN(v_stories, severity, PLAIN, "s.severity", "the highest of its alerts")
VIEW_COLUMN(v_stories, severity_level, PLAIN, "s.severity_level",
            "the severity as a number to filter by, 0 informational to 4 critical")
VIEW_TIME(v_stories, first_seen, "s.first_ft", "when its first alert began")
VIEW_TIME(v_stories, last_seen, "s.last_ft", "when its last alert was last seen")
VIEW_COLUMN(v_stories, first_message, PLAIN, "s.first_message",
            "name of the sentence that says what to do first")
VIEW_COLUMN(v_stories, first_params, JSON, "s.first_params",
            "that sentence's parameters, an object")
VIEW_COLUMN(v_stories, stages, JSON, "s.stages",
            "DOOR, GUESS, ENTRY, TOOL, MINER, SPREAD: stage, verdict, first, last, severity, "
            "count, sources, accounts, message, params, alerts, alert_total")

/* -- v_logon_attempts ------------------------------------------------------------------------ */
/* Parts of attempt.facts: the numbers are those of FACT_... in store/attempt_writer.h and of the
 * enums in core/attempt.h. */
#define OUTCOME_OF                                                                                 \
    "CASE a.facts&3 WHEN 0 THEN 'connect' WHEN 1 THEN 'failure' WHEN 2 THEN 'refused' "            \
    "ELSE 'success' END"
#define SERVICE_OF                                                                                 \
    "CASE a.facts>>4&15 WHEN 0 THEN 'unknown' WHEN 1 THEN 'rdp' WHEN 2 THEN 'smb' "                \
    "WHEN 3 THEN 'winrm' WHEN 4 THEN 'ssh' WHEN 5 THEN 'mssql' WHEN 6 THEN 'kdc' "                 \
    "WHEN 7 THEN 'http' WHEN 8 THEN 'other' END"
#define SCOPE_OF                                                                                   \
    "CASE a.facts>>8&7 WHEN 0 THEN 'none' WHEN 1 THEN 'local' WHEN 2 THEN 'own' "                  \
    "WHEN 3 THEN 'internal' WHEN 4 THEN 'relay' WHEN 5 THEN 'gateway' WHEN 6 THEN 'internet' END"
#define ACCOUNT_OF(column) "(SELECT " column " FROM account WHERE id=a.account)"
#define WITNESS_OF(channel, event_id, record_id, time_ft)                                          \
    "json_object('channel',(SELECT value FROM text WHERE id=" channel "),'event_id'," event_id     \
    ",'record_id',CAST(" record_id " AS TEXT),'time'," ISO_OF(time_ft) ")"
#define MORE(n) "json_extract(w.value,'$[" #n "]')"
VIEW_TIME(v_logon_attempts, time, "a.first_ft", "when its first record was logged")
VIEW_TIME(v_logon_attempts, last_seen, "coalesce(a.last_ft,a.first_ft)",
          "when its last record was logged")
VIEW_COLUMN(v_logon_attempts, host, FOREIGN, TEXT_OF("a.host"), "computer that was tried")
VIEW_COLUMN(v_logon_attempts, account, FOREIGN, ACCOUNT_OF("name"),
            "account, as the best record spelt it")
VIEW_COLUMN(v_logon_attempts, domain, FOREIGN, ACCOUNT_OF("domain"), "its domain, as logged")
VIEW_COLUMN(v_logon_attempts, account_key, FOREIGN, ACCOUNT_OF("key"),
            "the account in one spelling, to group by")
VIEW_COLUMN(v_logon_attempts, workstation, FOREIGN, TEXT_OF("a.workstation"),
            "client's own name: attacker-chosen, a hint and never an address")
VIEW_COLUMN(v_logon_attempts, outcome, PLAIN, OUTCOME_OF,
            "connect (no authentication seen), failure, refused (right password) or success")
VIEW_COLUMN(v_logon_attempts, weight, PLAIN, "a.facts>>2&3",
            "how it counts: 0 never, 1 weakly, 2 fully")
VIEW_COLUMN(v_logon_attempts, service, PLAIN, SERVICE_OF,
            "service, by evidence: rdp, smb, winrm, ssh, mssql, kdc, http, other, unknown")
VIEW_COLUMN(v_logon_attempts, scope, PLAIN, SCOPE_OF,
            "where the source is: none, local, own, internal, relay, gateway, internet")
VIEW_COLUMN(v_logon_attempts, src, FOREIGN, TEXT_OF("a.src"), "remote address")
VIEW_COLUMN(v_logon_attempts, src_port, PLAIN, "nullif(a.facts>>21&65535,0)", "remote port")
VIEW_COLUMN(v_logon_attempts, src_inferred, BOOL, "a.facts>>11&1",
            "the logon record named no source; another record gave it")
VIEW_COLUMN(v_logon_attempts, confidence, PLAIN, "a.facts>>13&255",
            "percent, of what was inferred; 100 means stated")
VIEW_COLUMN(v_logon_attempts, nla_only, BOOL, "a.facts>>12&1",
            "success known from 1149 alone; no session was seen")
VIEW_COLUMN(v_logon_attempts, logon_type, PLAIN, "a.logon_type",
            "Windows logon type: 2 interactive, 3 network, 10 RemoteInteractive ...")
VIEW_COLUMN(v_logon_attempts, status, HEX32, "a.status", "NTSTATUS or Kerberos code that says why")
VIEW_COLUMN(v_logon_attempts, logon_id, ID64, "a.logon_id", "logon session of a success (LUID)")
VIEW_COLUMN(v_logon_attempts, adapter, FOREIGN, TEXT_OF("a.adapter"),
            "network adapter of arrival, when known")
VIEW_COLUMN(v_logon_attempts, witnesses, JSON,
            "'['||CASE WHEN a.event_id IS NULL THEN '' ELSE " WITNESS_OF(
                "a.channel", "a.event_id", "a.record_id",
                "coalesce(a.witness_ft,a.first_ft)") "||coalesce((SELECT "
                                                     "group_concat(','||" WITNESS_OF(
                                                         MORE(0), MORE(1), MORE(2), MORE(3)) ",'') "
                                                                                             "FROM "
                                                                                             "json_"
                                                                                             "each("
                                                                                             "CASE "
                                                                                             "json_"
                                                                                             "valid"
                                                                                             "(a."
                                                                                             "more)"
                                                                                             " WHEN"
                                                                                             " 1 "
                                                                                             "THEN "
                                                                                             "a."
                                                                                             "more "
                                                                                             "END) "
                                                                                             "w),''"
                                                                                             ") "
                                                                                             "END||"
                                                                                             "']'",
            "the records it was joined from: channel, event_id, record_id, time")

/* -- v_logon_sources: attempts summed up by computer and source ------------------------------ */
VIEW_COLUMN(v_logon_sources, host, FOREIGN, TEXT_OF("a.host"), "computer that was tried")
VIEW_COLUMN(v_logon_sources, source, FOREIGN, TEXT_OF("a.src"), "remote address")
VIEW_COLUMN(v_logon_sources, internet, BOOL, "max(" SCOPE_OF "='internet')",
            "the source came from the internet")
VIEW_COLUMN(v_logon_sources, attempts, PLAIN, "count(*)", "attempts to log on")
VIEW_COLUMN(v_logon_sources, connects, PLAIN, "sum(" OUTCOME_OF "='connect')",
            "of them, connections without any authentication seen")
VIEW_COLUMN(v_logon_sources, failures, PLAIN, "sum(" OUTCOME_OF "='failure')",
            "of them, refused credentials")
VIEW_COLUMN(v_logon_sources, refused, PLAIN, "sum(" OUTCOME_OF "='refused')",
            "of them, refused although the password was right")
VIEW_COLUMN(v_logon_sources, successes, PLAIN, "sum(" OUTCOME_OF "='success')",
            "of them, successful")
VIEW_COLUMN(v_logon_sources, accounts, PLAIN, "count(DISTINCT " ACCOUNT_OF("key") ")",
            "distinct accounts")
VIEW_TIME(v_logon_sources, first_seen, "min(a.first_ft)", "the oldest attempt")
VIEW_TIME(v_logon_sources, last_seen, "max(a.first_ft)", "the newest attempt")
#undef OUTCOME_OF
#undef SERVICE_OF
#undef SCOPE_OF
#undef ACCOUNT_OF
#undef WITNESS_OF
#undef MORE

/* -- v_events: every event and, as kind logon_attempt, every attempt ------------------------- */
VIEW_TIME(v_events, time, "e.time_ft", "when the computer says it happened")
VIEW_COLUMN(v_events, kind, PLAIN, "e.kind", "kind of event, see the list of kinds")
VIEW_COLUMN(v_events, outcome, PLAIN, "NULL", "logon_attempt: connect, failure, refused, success")
VIEW_COLUMN(v_events, service, PLAIN, "NULL", "logon_attempt: rdp, smb, winrm ...")
VIEW_COLUMN(v_events, scope, PLAIN, "NULL", "logon_attempt: where the source is")
#define EVENT_COLUMN_STR(name, meaning) VIEW_COLUMN(v_events, name, FOREIGN, "e." #name, meaning)
#define EVENT_COLUMN_ADDR(name, meaning) EVENT_COLUMN_STR(name, meaning)
#define EVENT_COLUMN_U32(name, meaning) VIEW_COLUMN(v_events, name, PLAIN, "e." #name, meaning)
#define EVENT_COLUMN_PORT(name, meaning) EVENT_COLUMN_U32(name, meaning)
#define EVENT_COLUMN_HEX32(name, meaning) VIEW_COLUMN(v_events, name, HEX32, "e." #name, meaning)
#define EVENT_COLUMN_ID64(name, meaning) VIEW_COLUMN(v_events, name, ID64, "e." #name, meaning)
#define EVENT_COLUMN_TIME(name, meaning) VIEW_TIME(v_events, name, "e." #name, meaning)
#define FIELD(type, name, meaning) EVENT_COLUMN_##type(name, meaning)
#include "core/event_fields.h"
#undef FIELD
#undef EVENT_COLUMN_STR
#undef EVENT_COLUMN_ADDR
#undef EVENT_COLUMN_U32
#undef EVENT_COLUMN_PORT
#undef EVENT_COLUMN_HEX32
#undef EVENT_COLUMN_ID64
#undef EVENT_COLUMN_TIME

/* -- v_processes ----------------------------------------------------------------------------- */
VIEW_COLUMN(v_processes, host, FOREIGN, "nullif(p.host,'')", "computer it ran on")
VIEW_COLUMN(v_processes, pid, PLAIN, "p.pid", "process id; used again by later processes")
VIEW_TIME(v_processes, started, "CASE WHEN p.key_ft>0 THEN p.key_ft END",
          "when it was created; NULL: before anything was recorded")
VIEW_TIME(v_processes, ended, "p.ended_ft", "when it ended; NULL: it was not seen to end")
VIEW_TIME(v_processes, first_seen, "p.first_ft", "the first record that tells of it")
VIEW_TIME(v_processes, last_seen, "p.last_ft", "the last record that tells of it")
VIEW_COLUMN(v_processes, image, FOREIGN, "p.image",
            "its program: a path that can be opened on the computer, or its name alone")
VIEW_COLUMN(v_processes, command_line, FOREIGN, "p.command_line", "its command line")
VIEW_COLUMN(v_processes, parent_pid, PLAIN, "p.parent_pid", "process that created it")
VIEW_TIME(v_processes, parent_started, "p.parent_started_ft",
          "when that one was created, where it is known")
VIEW_COLUMN(v_processes, parent_image, FOREIGN, "p.parent_image", "its program")
VIEW_COLUMN(v_processes, session_id, PLAIN, "p.session_id", "terminal session: 0 for services")
VIEW_COLUMN(v_processes, account, FOREIGN, "p.account", "account it ran as, as logged")
VIEW_COLUMN(v_processes, domain, FOREIGN, "p.domain", "that account's domain, as logged")
VIEW_COLUMN(v_processes, sid, FOREIGN, "p.sid", "that account's SID")
VIEW_COLUMN(v_processes, integrity, FOREIGN, "p.integrity",
            "mandatory label: S-1-16-8192 medium, -12288 high, -16384 system")
VIEW_COLUMN(v_processes, exit_status, HEX32, "p.exit_status", "what it ended with")
VIEW_COLUMN(v_processes, sequence, ID64, "p.sequence", "Windows' number of it until the next boot")
#define SEEN_BY(bit, name) "CASE p.witnesses&" #bit " WHEN 0 THEN '' ELSE ',\"" name "\"' END"
VIEW_COLUMN(v_processes, seen_by, JSON,
            "'['||substr(" SEEN_BY(1, "start") "||" SEEN_BY(2, "audit") "||" SEEN_BY(
                4, "rundown") "||" SEEN_BY(8, "stop") ",2)||']'",
            "what told of it: start (ETW), audit (4688), rundown (it ran when a trace began or "
            "ended), stop")
#undef SEEN_BY

/* -- v_adapters: of each network adapter how it stands, or stood when it went -------------------
 */
#define ADAPTER_KINDS                                                                              \
    "wwan, mbim, rndis, ncm, ecm, modem_ppp, wifi, hotspot, bluetooth, ethernet, usb_ethernet, "   \
    "vpn, virtual, loopback, tunnel, unknown"
VIEW_COLUMN(v_adapters, host, FOREIGN, "nullif(d.host,'')", "computer it is in")
VIEW_COLUMN(v_adapters, name, FOREIGN, "d.name", "its name: Ethernet 2")
VIEW_COLUMN(v_adapters, kind, FOREIGN, "d.kind", ADAPTER_KINDS)
VIEW_COLUMN(v_adapters, up, BOOL, "d.up", "it is connected")
VIEW_COLUMN(v_adapters, addresses, FOREIGN, "d.addresses",
            "its addresses with their on-link prefixes, ;-separated")
VIEW_COLUMN(v_adapters, internet, BOOL, "d.internet", "one of them is an address of the internet")
VIEW_COLUMN(v_adapters, gateways, FOREIGN, "d.gateways", "its gateways, ;-separated")
VIEW_COLUMN(v_adapters, default_route, PLAIN, "d.default_route",
            "1: a default route goes through it; 0: none does")
VIEW_TIME(v_adapters, first_seen,
          "(SELECT min(f.from_ft) FROM adapter f WHERE f.host=d.host AND f.guid=d.guid)",
          "the first record that tells of it")
VIEW_TIME(v_adapters, since, "d.from_ft", "since when it is like this")
VIEW_TIME(v_adapters, last_seen, "d.last_ft", "the last record that tells of it")
VIEW_TIME(v_adapters, gone, "d.to_ft", "when it went; NULL: it was not seen to go")
VIEW_COLUMN(v_adapters, mac, FOREIGN, "d.mac", "its hardware address")
VIEW_COLUMN(v_adapters, usb_id, FOREIGN, "d.usb_id", "vendor and product of its USB device, in hex")
VIEW_COLUMN(v_adapters, description, FOREIGN, "d.description", "what its driver calls it")
VIEW_COLUMN(v_adapters, evidence, FOREIGN, "d.evidence", "what decided its kind, strongest first")
VIEW_COLUMN(v_adapters, guid, FOREIGN, "d.guid", "id of its interface: stays when its name changes")

/* -- v_adapter_history: the same, for each time in which nothing of it changed ------------------
 */
VIEW_TIME(v_adapter_history, from_time, "d.from_ft", "when it began to be like this")
VIEW_TIME(v_adapter_history, to_time, SCHEMA_ADAPTER_TO,
          "when something changed, or it went; NULL: it still is like this")
VIEW_COLUMN(v_adapter_history, host, FOREIGN, "nullif(d.host,'')", "computer it is in")
VIEW_COLUMN(v_adapter_history, name, FOREIGN, "d.name", "its name: Ethernet 2")
VIEW_COLUMN(v_adapter_history, kind, FOREIGN, "d.kind", ADAPTER_KINDS)
VIEW_COLUMN(v_adapter_history, up, BOOL, "d.up", "it is connected")
VIEW_COLUMN(v_adapter_history, addresses, FOREIGN, "d.addresses",
            "its addresses with their on-link prefixes, ;-separated")
VIEW_COLUMN(v_adapter_history, internet, BOOL, "d.internet",
            "one of them is an address of the internet")
VIEW_COLUMN(v_adapter_history, gateways, FOREIGN, "d.gateways", "its gateways, ;-separated")
VIEW_COLUMN(v_adapter_history, default_route, PLAIN, "d.default_route",
            "1: a default route goes through it; 0: none does")
VIEW_TIME(v_adapter_history, last_seen, "d.last_ft", "the last record that tells of that")
VIEW_COLUMN(v_adapter_history, mac, FOREIGN, "d.mac", "its hardware address")
VIEW_COLUMN(v_adapter_history, usb_id, FOREIGN, "d.usb_id",
            "vendor and product of its USB device, in hex")
VIEW_COLUMN(v_adapter_history, description, FOREIGN, "d.description", "what its driver calls it")
VIEW_COLUMN(v_adapter_history, evidence, FOREIGN, "d.evidence",
            "what decided its kind, strongest first")
VIEW_COLUMN(v_adapter_history, guid, FOREIGN, "d.guid",
            "id of its interface: stays when its name changes")
#undef ADAPTER_KINDS

/* -- v_coverage ------------------------------------------------------------------------------ */
VIEW_COLUMN(v_coverage, host, FOREIGN, "c.host", "computer")
VIEW_COLUMN(v_coverage, source, FOREIGN, "c.source", "Event Log channel, or trace session")
VIEW_TIME(v_coverage, from_time, "c.from_ft", "begin of the interval")
VIEW_TIME(v_coverage, to_time, "c.to_ft", "end of the interval")
VIEW_COLUMN(v_coverage, state, PLAIN, "c.state",
            "observed, lost (records are missing), cleared (the log was cleared), stale (it could "
            "not be read), blind (it was told to record nothing) or off (the computer was)")
VIEW_COLUMN(v_coverage, why, PLAIN, "c.why",
            "of live ones, why it was not observed: auditing_off, channel_off, denied, no_answer, "
            "overwritten, asleep, stood_still, "
            "tampered, dropped")
VIEW_COLUMN(v_coverage, live, BOOL, "c.live", "watched by a running sensor, not read from files")
VIEW_COLUMN(v_coverage, records, PLAIN, "c.records", "records read, or known to be missing")
VIEW_COLUMN(v_coverage, first_record_id, ID64, "c.first_id", "the lowest of their record ids")
VIEW_COLUMN(v_coverage, last_record_id, ID64, "c.last_id", "the highest of their record ids")

/* -- v_health -------------------------------------------------------------------------------- */
VIEW_TIME(v_health, time, "h.time_ft", "when it was noted")
VIEW_COLUMN(v_health, name, PLAIN, "h.name", "what is counted: a limit that was hit, a damage")
VIEW_COLUMN(v_health, object, FOREIGN, "h.object", "file or source it is about")
VIEW_COLUMN(v_health, value, PLAIN, "h.value", "how many")

/* -- v_daily: what is left of detail that was rolled up to keep a live store in its size ---------
 */
VIEW_TIME(v_daily, day, "d.day_ft", "begin of the day, UTC")
VIEW_COLUMN(v_daily, host, FOREIGN, "nullif(d.host,'')", "computer")
VIEW_COLUMN(v_daily, kind, PLAIN, "d.kind", "kind of event, see the list of kinds")
VIEW_COLUMN(v_daily, outcome, PLAIN, "nullif(d.outcome,'')",
            "logon_attempt: connect, failure, refused, success")
VIEW_COLUMN(v_daily, count, PLAIN, "d.count",
            "how many of that day were rolled up; those still kept one by one are not in it")

/* -- v_sources: what a running sensor reads, as it last said --------------------------------- */
VIEW_COLUMN(v_sources, name, PLAIN, "o.name", "source; audit.*: a subcategory of the audit policy")
VIEW_COLUMN(v_sources, channel, FOREIGN, "o.channel", "Event Log channel; of audit.* its GUID")
VIEW_COLUMN(v_sources, optional, BOOL, "o.optional", "this computer need not have it")
VIEW_COLUMN(
    v_sources, state, PLAIN, "o.state",
    "live, on, closed (not opened yet), disabled, absent, denied, unavailable, unsupported, "
    "refused, failed, stale, blind (auditing off) or unknown")
VIEW_COLUMN(v_sources, code, PLAIN, "o.code", "Win32 code of what is wrong; 0: nothing")
VIEW_COLUMN(v_sources, call, PLAIN, "o.call", "function that gave it")
VIEW_COLUMN(v_sources, advice, PLAIN, "o.advice",
            "what to do: enable_channel, grant_read, start_service, turn_on_auditing, report")
VIEW_COLUMN(v_sources, records, PLAIN, "o.records", "records read since the sensor started")
VIEW_COLUMN(v_sources, events, PLAIN, "o.events", "events made of them")
VIEW_COLUMN(v_sources, unreadable, PLAIN, "o.unreadable", "records that could not be read")
VIEW_COLUMN(v_sources, gaps, PLAIN, "o.gaps", "how often records were missing")
VIEW_COLUMN(v_sources, lost, PLAIN, "o.lost", "how many are known to be missing")
VIEW_COLUMN(v_sources, per_minute, PLAIN, "o.per_minute", "records of the last minute")
VIEW_TIME(v_sources, last_record_time, "o.last_record_ft", "when its newest record was logged")
VIEW_TIME(v_sources, last_read_time, "o.last_read_ft", "when it last gave a record")
VIEW_COLUMN(v_sources, backlog, PLAIN, "o.backlog", "records of the log not read yet, at most")
VIEW_TIME(v_sources, since_time, "o.since_ft", "since when it is in that state")
VIEW_TIME(v_sources, updated_time, "o.updated_ft", "when this row was written")

/* -- v_status: what a running sensor says of itself ------------------------------------------- */
VIEW_COLUMN(v_status, name, PLAIN, "u.name", "fact, see the list of names")
VIEW_COLUMN(v_status, value, FOREIGN, "u.value", "its value, as text")
VIEW_TIME(v_status, time, "u.time_ft", "when it was written")

#undef TEXT_OF
#undef ISO_OF
