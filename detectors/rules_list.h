/*
 * rules_list - RULE(NAME, id, "name", "ATT&CK ids", SEVERITY, "meaning"): every rule once.
 * docs/DETECTIONS.md is generated from it. The sentence of a rule is ALERT_ and its name in
 * messages/messages_list.h. No include guard: included where RULE is defined.
 */
/* -- Kanari itself: what its service did (1000), how well it sees (1100; closed: recovered) -----
 */
RULE(SERVICE_STARTED, 1000, "service.started", "", INFORMATIONAL, "the service has started")
RULE(SERVICE_STOPPING, 1001, "service.stopping", "", INFORMATIONAL,
     "the service is being stopped: from here on nothing is observed")
RULE(SERVICE_UNCLEAN_STOP, 1002, "service.unclean_stop", "", MEDIUM,
     "at its start the service finds that it was never stopped before: it was killed, it crashed, "
     "or the power went; tells from when to when it was blind")
RULE(CONFIG_RELOADED, 1003, "config.reloaded", "", INFORMATIONAL,
     "a changed configuration was read and is in force")
RULE(CONFIG_REFUSED, 1004, "config.refused", "", MEDIUM,
     "a changed configuration is wrong; the one before it stays in force")
RULE(HEARTBEAT, 1010, "service.heartbeat", "", INFORMATIONAL,
     "at every start and once a day: which program, configuration and rules run, how much was "
     "observed, how many alerts are open, and a number that grows by one")
RULE(HISTORY_READ, 1020, "history.read", "", INFORMATIONAL,
     "at the first start the logs that were already there were read; one summary of what they held")
RULE(SERVICE_TEST, 1030, "service.test", "", INFORMATIONAL,
     "a test alert that somebody asked for, to see where alerts arrive")
RULE(SOURCE_UNREADABLE, 1100, "source.unreadable", "", MEDIUM,
     "a log cannot be read: denied, switched off, not there")
RULE(SOURCE_STALE, 1101, "source.stale", "", MEDIUM,
     "a log that should be growing has brought nothing for too long")
RULE(EVENTS_LOST, 1102, "events.lost", "", MEDIUM,
     "records were overwritten or dropped before they could be read")
RULE(AUDITING_OFF, 1103, "auditing.off", "", MEDIUM,
     "the audit policy leaves out what the rules need")
RULE(STORE_DEGRADED, 1104, "store.degraded", "", MEDIUM,
     "the store cannot be written: disk full, locked, read-only")
RULE(STORE_REPLACED, 1105, "store.replaced", "", MEDIUM,
     "the store was damaged; it was set aside and a new one begun")
RULE(EVENTS_SHED, 1106, "events.shed", "", MEDIUM,
     "more came than could be processed, and some of it was dropped, the least important first")
RULE(PRIVILEGE_MISSING, 1107, "privilege.missing", "", MEDIUM,
     "the service runs without a privilege that it needs")
RULE(DATA_FOLDER_MOVED, 1108, "data_folder.moved", "", MEDIUM,
     "the data folder was made, or could be written, by somebody else; it was moved aside unused")
RULE(CLOCK_STEPPED, 1109, "clock.stepped", "", MEDIUM, "the clock was set while the service ran")
RULE(OUTPUT_FAILED, 1110, "output.failed", "", MEDIUM,
     "alerts could not be written to the Windows Event Log and wait")
RULE(TRACE_STOPPED, 1111, "trace.stopped", "T1562.001", MEDIUM,
     "somebody stopped an ETW session of Kanari; it was started again, and nothing of it was seen "
     "in between")
RULE(TRACE_PROVIDER_OFF, 1112, "trace.provider_off", "T1562.006", MEDIUM,
     "somebody switched off, or changed, a provider inside an ETW session of Kanari, which no "
     "counter of losses shows; it was switched on again")
RULE(TRACE_TAKEN, 1113, "trace.taken", "T1562.001", MEDIUM,
     "an ETW session that is not Kanari's had the name of one of Kanari's; it was stopped")
RULE(TRACE_BLIND, 1114, "trace.blind", "", MEDIUM,
     "Kanari did something itself and did not see it by ETW: a process that starts, its command "
     "line, a connection that is accepted")
/* -- this computer ------------------------------------------------------------------------------
 */
RULE(LOGON_BURST, 2000, "logon.burst", "T1110.001", MEDIUM,
     "5 or more failed logons within 2 minutes from one source (high from the internet)")
RULE(LOGON_STEADY, 2001, "logon.steady", "T1110.001", MEDIUM,
     "10 or more failed logons in 10 minutes, 30 in 24 hours or 60 in 7 days from one source "
     "(high from the internet)")
RULE(LOGON_SPRAY, 2002, "logon.spray", "T1110.003", HIGH,
     "5 or more accounts in 15 minutes, or 10 in 24 hours, tried from one source; never for a "
     "relay that many people share")
RULE(LOGON_DISTRIBUTED, 2003, "logon.distributed", "T1110.001", HIGH,
     "10 or more failed logons in 10 minutes on one account from 3 or more sources; weak failures "
     "do not count")
RULE(LOGON_SUCCESS_AFTER_FAILURES, 2004, "logon.success_after_failures", "T1110.001 T1078",
     CRITICAL,
     "a success from a source with 5 or more failures in 24 hours, or on an account under an open "
     "guessing alert from a source that was never successful on it before")
RULE(RDP_DROPPED, 2005, "rdp.dropped", "T1110.001 T1021.001", MEDIUM,
     "20 or more Remote Desktop connections in 5 minutes from one source that led to no "
     "authentication; summed over the computers of a forwarded log when 3 or more are hit; low "
     "from a private source below 100")
RULE(LOGON_FROM_INTERNET, 2006, "logon.from_internet", "T1133", HIGH,
     "3 or more logon attempts from internet addresses in 24 hours: this computer is reachable "
     "from the internet; critical once one succeeds")
RULE(LOGON_VIA_TUNNEL, 2007, "logon.via_tunnel", "T1572 T1090", HIGH,
     "a remote logon that comes from the computer itself: a port proxy, ssh or ngrok tunnel")
RULE(LOGON_RIGHT_PASSWORD_REFUSED, 2008, "logon.right_password_refused", "T1110.001 T1078", LOW,
     "a logon that was refused although the password was right (high from the internet)")
RULE(LOGON_STALE_CREDENTIAL, 2009, "logon.stale_credential", "", INFORMATIONAL,
     "one account, one internal source, only wrong passwords, at a regular pace: a copier, a "
     "mapped drive or a service with an old password")
RULE(AUDIT_TAMPERED, 2010, "audit.tampered", "T1070.001 T1562.002", HIGH,
     "an event log was cleared, or auditing of successes or failures was switched off")
RULE(ACCOUNT_LOCKOUT, 2011, "account.lockout", "T1110", LOW, "an account was locked out")
RULE(ACCOUNT_CREATED_OR_ELEVATED, 2012, "account.created_or_elevated", "T1136.001 T1098.007",
     MEDIUM, "an account was created, or added to a privileged local group")
RULE(PROTECTION_OFF, 2013, "protection.off", "T1562.001", HIGH,
     "Microsoft Defender protection was switched off or weakened, or an exclusion was added")
RULE(STORY_OPENED, 3000, "story.opened", "", INFORMATIONAL,
     "alerts of one computer were joined into a story; as severe as its worst alert")
RULE(STORY_STAGE_ADDED, 3001, "story.stage_added", "", INFORMATIONAL,
     "a story reached a further stage")
RULE(STORY_CLOSED, 3002, "story.closed", "", INFORMATIONAL, "all alerts of a story are closed")
