/*
 * messages_event - what the Event Viewer shows below the sentence of an event, one row a line. The
 * parameters are the names of service/event_strings.h. Part of messages_list.h, which says how; no
 * include guard. Behind a parameter no digit and no '!': in a message file they would belong to it.
 */

MSG(EVENT_RULE, "Rule: {rule}; severity: {severity}; state: {state}; found in history: {retro}",
    "ルール：{rule}、重大度：{severity}、状態：{state}、履歴からの検出：{retro}")
MSG(EVENT_WHERE, "Computer: {host}", "コンピューター：{host}")
MSG(EVENT_WHEN, "First seen: {first_seen}; last seen: {last_seen}; count: {count}",
    "最初：{first_seen}、最後：{last_seen}、回数：{count}")
MSG(EVENT_WHO, "Source: {source}; account: {account}; service: {service}; adapter: {adapter}",
    "接続元：{source}、アカウント：{account}、サービス：{service}、アダプター：{adapter}")
MSG(EVENT_WHAT, "Process: {process}; file: {file}; ATT&CK: {attack}",
    "プロセス：{process}、ファイル：{file}、ATT&CK：{attack}")
MSG(EVENT_MORE, "More on this PC: kanari alerts {alert_id} (revision {revision})",
    "この PC での詳細：kanari alerts {alert_id}（改訂 {revision}）")
