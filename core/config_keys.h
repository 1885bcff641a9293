/*
 * config_keys - every setting, once: KEY_x(member, "dotted.name", default, min, max, "meaning").
 * From this list come struct config, its defaults, the checks and kanari.default.json.
 * No include guard: included where the macros are defined.
 *
 * KEY_U32 number; KEY_BOOL; KEY_PREFIXES list of CIDR prefixes or addresses.
 */
KEY_PREFIXES(company_prefixes, "company.prefixes",
             "networks that belong to the company (VPN pools, offices): never the internet")
KEY_PREFIXES(logon_relays, "logon.relays",
             "gateways, jump hosts and NAT addresses that many people share: keyed by (relay, "
             "account), never spraying")
KEY_PREFIXES(host_addresses, "host.addresses",
             "this PC's own addresses, when logs of it are read elsewhere")
KEY_BOOL(rdp_nla, "rdp.nla", false,
         "Network Level Authentication is known to be on (a 140 in the log shows it too)")
KEY_U32(hold_back_s, "logon.hold_back_s", 5, 1, 60,
        "seconds that an attempt waits for further witnesses")
KEY_U32(burst_count, "rules.burst.count", 5, 2, 1000, "logon.burst: failures")
KEY_U32(burst_s, "rules.burst.seconds", 120, 1, 3600, "logon.burst: within seconds")
KEY_U32(steady_count, "rules.steady.count", 10, 2, 1000, "logon.steady: failures")
KEY_U32(steady_s, "rules.steady.seconds", 600, 1, 86400, "logon.steady: within seconds")
KEY_U32(steady_day_count, "rules.steady.day_count", 30, 2, 1000, "logon.steady: failures in 24 h")
KEY_U32(steady_week_count, "rules.steady.week_count", 60, 2, 1000, "logon.steady: failures in 7 d")
KEY_U32(spray_count, "rules.spray.count", 5, 2, 16, "logon.spray: accounts")
KEY_U32(spray_s, "rules.spray.seconds", 900, 1, 86400, "logon.spray: within seconds")
KEY_U32(spray_day_count, "rules.spray.day_count", 10, 2, 16, "logon.spray: accounts in 24 h")
KEY_U32(distributed_count, "rules.distributed.count", 10, 2, 1000,
        "logon.distributed: failures on one account")
KEY_U32(distributed_s, "rules.distributed.seconds", 600, 1, 86400,
        "logon.distributed: within seconds")
KEY_U32(distributed_sources, "rules.distributed.sources", 3, 2, 16,
        "logon.distributed: from at least this many sources")
KEY_U32(success_after_count, "rules.success_after.count", 5, 1, 1000,
        "logon.success_after_failures: failures in 24 h")
KEY_U32(dropped_count, "rules.dropped.count", 20, 2, 10000, "rdp.dropped: connections")
KEY_U32(dropped_s, "rules.dropped.seconds", 300, 1, 86400, "rdp.dropped: within seconds")
KEY_U32(dropped_private_count, "rules.dropped.private_count", 100, 2, 100000,
        "rdp.dropped: connections from a private source that make it medium")
KEY_U32(internet_count, "rules.internet.count", 3, 1, 1000, "logon.from_internet: attempts in 24 h")
KEY_U32(alert_idle_h, "alerts.idle_hours", 24, 1, 168,
        "an alert with nothing new for this long is closed")
KEY_U32(alert_open_max, "alerts.open_max", 100, 1, 1000,
        "open alerts per rule and host; the rest fold into one")
KEY_BOOL(forwarded, "sources.forwarded", false,
         "this computer is a collector: read ForwardedEvents too (from the next start on)")
KEY_BOOL(read_history, "history.read", true,
         "at the first start, read what the logs of this computer hold from before")
KEY_U32(store_mb, "store.size_mb", 256, 16, 16384,
        "megabytes that the store may grow to (from the next start on)")
KEY_U32(scan_file_mb, "scan.file_mb", 64, 1, 1024,
        "megabytes of a file that YARA rules are run over; longer files are skipped, and told")
KEY_U32(max_sources, "limits.sources", 1000000, 1000, 4000000, "remote sources remembered at once")
KEY_U32(max_accounts, "limits.accounts", 60000, 100, 65535, "account names remembered at once")
KEY_U32(max_hosts, "limits.hosts", 4096, 1, 65535, "computers remembered at once (collector logs)")
KEY_U32(max_pending, "limits.pending_attempts", 65536, 256, 1048576,
        "attempts waiting for witnesses at once")
KEY_U32(max_processes, "limits.processes", 16384, 256, 262144,
        "processes remembered at once (of all computers)")
