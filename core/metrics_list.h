/*
 * metrics_list - METRIC(NAME, "name", "meaning"). A line here is shown by `kanari replay` and
 * `kanari status` when it is not zero. No include guard: included where METRIC is defined.
 */
METRIC(RECORDS_DAMAGED, "records_damaged", "records that could not be read")
METRIC(CHUNKS_DAMAGED, "chunks_damaged", "log chunks that could not be read")
METRIC(EVENTS_DUPLICATE, "events_duplicate", "the same record met more than once")
METRIC(TEXTS_CUT, "texts_cut", "texts longer than the cap, cut")
METRIC(PENDING_FULL, "pending_full", "attempts released early because too many were waiting")
METRIC(SOURCES_FULL, "sources_full",
       "attempts counted in totals only because too many sources were remembered")
METRIC(ACCOUNTS_FULL, "accounts_full",
       "account names counted together because too many were remembered")
METRIC(HOSTS_FULL, "hosts_full", "computers counted together because too many were remembered")
METRIC(ALERTS_FOLDED, "alerts_folded", "alerts folded into one because too many were open")
METRIC(DETECTOR_ERRORS, "detector_errors", "a detector failed on an event")
METRIC(SPANS_FULL, "spans_full", "intervals of logs that were read but are not told in coverage")
METRIC(RECORD_KINDS_FULL, "record_kinds_full",
       "records left out of the list of kinds because there were too many")
METRIC(ALERTS_DROPPED, "alerts_dropped",
       "findings lost because even the folded alerts were too many")
METRIC(SOURCES_EVICTED, "sources_evicted", "sources forgotten early to make room for newer ones")
METRIC(NLA_UNPROVEN_FULL, "nla_unproven_full",
       "1149 records told as connections because too many waited for a proof of NLA")
METRIC(STORY_ALERTS_FULL, "story_alerts_full", "alerts left out of a story because it had too many")
METRIC(STORY_LOGONS_FULL, "story_logons_full",
       "logons whose processes a story may not name because there were too many")
METRIC(ETW_VERSIONS_NEWER, "etw_versions_newer",
       "ETW records of a version newer than those known, read as far as it is known")
METRIC(ETW_RECORDS_UNDECODED, "etw_records_undecoded",
       "ETW records of a known kind whose payload could not be read")
METRIC(BUFFERS_DAMAGED, "buffers_damaged", "trace buffers that could not be read")
METRIC(NET_DATA_FOLDED, "net_data_folded",
       "records of data on a connection that was already told of within ten minutes")
METRIC(CONNECTIONS_FULL, "connections_full",
       "connections forgotten early to make room for newer ones")
METRIC(ARRIVALS_FULL, "arrivals_full",
       "connections that came in and were not looked at for a logon because there were too many")
METRIC(SMB_CLIENTS_FULL, "smb_clients_full",
       "clients of SMB connections forgotten early to make room for newer ones")
METRIC(LOGONS_FULL, "logons_full",
       "logons from elsewhere, and services they installed, forgotten early to make room for newer "
       "ones: what they start is not told to be theirs")
METRIC(SCRIPTS_INCOMPLETE, "scripts_incomplete", "script blocks of which a part was not seen")
METRIC(SCRIPTS_CUT, "scripts_cut",
       "script blocks longer than what is kept of one: head and tail are kept")
METRIC(SCRIPTS_FULL, "scripts_full",
       "script blocks given up early because too many were waiting for parts")
METRIC(SCRIPT_PARTS_DROPPED, "script_parts_dropped",
       "parts left out because their script block was too long")
METRIC(EVENTS_FAILED, "events_failed", "events that could not be taken in for want of memory")
METRIC(PROCESSES_FULL, "processes_full", "processes told of early to make room for newer ones")
METRIC(EVENT_TEXTS_CUT, "event_texts_cut", "texts cut in an event written to the Windows Event Log")
METRIC(EVENT_FIELDS_DROPPED, "event_fields_dropped",
       "groups of fields left out of the JSON of an event written to the Windows Event Log")
METRIC(EVENTS_REFUSED, "events_refused",
       "alerts that the Windows Event Log does not take in any size")
METRIC(RULE_FILES_BROKEN, "rule_files_broken", "files of YARA rules that do not compile")
METRIC(SCANS_TOO_LONG, "scans_too_long", "files longer than what is scanned")
METRIC(SCANS_TIMED_OUT, "scans_timed_out", "scans given up because they took too long")
METRIC(SCANS_MEMORY_FULL, "scans_memory_full", "scans given up because they took too much memory")
METRIC(SCANS_FAILED, "scans_failed", "scans that failed for want of memory, or inside libyara")
METRIC(SCANS_WITHOUT_RULES, "scans_without_rules", "scans asked for while no rules were in force")
METRIC(SCAN_STRINGS_CUT, "scan_strings_cut",
       "texts of YARA rules no longer looked for in a file because they were found too often")
METRIC(SCAN_HITS_FULL, "scan_hits_full",
       "YARA rules that matched and are not told of because too many did")
METRIC(ADAPTERS_FULL, "adapters_full",
       "network adapters forgotten early to make room for those heard of later")
