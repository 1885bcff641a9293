/*
 * messages_cli - the sentences of the command line: MSG(NAME, "English", "Japanese"). Included by
 * messages_list.h. A file name, a value or another's reason is always a parameter.
 */
/* -- words ------------------------------------------------------------------------------------ */
MSG(CLI_YES, "yes", "はい")
MSG(CLI_NO, "no", "いいえ")
MSG(CLI_NONE, "none", "なし")
MSG(SEV_INFORMATIONAL, "INFORMATIONAL", "情報")
MSG(SEV_LOW, "LOW", "低")
MSG(SEV_MEDIUM, "MEDIUM", "中")
MSG(SEV_HIGH, "HIGH", "高")
MSG(SEV_CRITICAL, "CRITICAL", "緊急")
MSG(MONTH_1, "Jan", "1")
MSG(MONTH_2, "Feb", "2")
MSG(MONTH_3, "Mar", "3")
MSG(MONTH_4, "Apr", "4")
MSG(MONTH_5, "May", "5")
MSG(MONTH_6, "Jun", "6")
MSG(MONTH_7, "Jul", "7")
MSG(MONTH_8, "Aug", "8")
MSG(MONTH_9, "Sep", "9")
MSG(MONTH_10, "Oct", "10")
MSG(MONTH_11, "Nov", "11")
MSG(MONTH_12, "Dec", "12")
MSG(CLI_DAY_ONLY, "{day}", "{day}日")
MSG(CLI_DAY, "{day} {month}", "{month}月{day}日")
MSG(CLI_DAY_OF_YEAR, "{day} {month} {year}", "{year}年{month}月{day}日")
MSG(CLI_UNTIL, "–", "〜")
MSG(CLI_HOURS, "h", "時間")
MSG(CLI_MINUTES, "min", "分")
MSG(CLI_SECONDS, "s", "秒")

/* -- command lines that are wrong ------------------------------------------------------------- */
MSG(CLI_UNKNOWN_COMMAND, "'{command}' is not a command; 'kanari help' lists them",
    "'{command}' というコマンドはありません。一覧は 'kanari help' で見られます")
MSG(CLI_UNKNOWN_COMMAND_NEAR,
    "'{command}' is not a command; did you mean '{near}'? ('kanari help' lists them)",
    "'{command}' というコマンドはありません。'{near}' のことですか（一覧は 'kanari help'）")
MSG(CLI_UNKNOWN_OPTION, "it has no option '{option}'; see 'kanari help {command}'",
    "'{option}' というオプションはありません。'kanari help {command}' をご覧ください")
MSG(CLI_UNKNOWN_OPTION_NEAR,
    "it has no option '{option}'; did you mean '--{near}'? See 'kanari help {command}'",
    "'{option}' というオプションはありません。'--{near}' のことですか（'kanari help {command}'）")
MSG(CLI_NO_VALUE, "--{option}: a value is missing: --{option} {value}",
    "--{option}: 値がありません: --{option} {value}")
MSG(CLI_BAD_VALUE, "--{option}: '{value}' is not {what}{choices}",
    "--{option}: '{value}' は{what}ではありません{choices}")
MSG(CLI_TOO_MANY, "'{word}' is one word too many; see 'kanari help {command}'",
    "'{word}' は余分です。'kanari help {command}' をご覧ください")
MSG(CLI_TOO_FEW, "{operands} is missing; see 'kanari help {command}'",
    "{operands} がありません。'kanari help {command}' をご覧ください")
MSG(CLI_CONFIG_WHAT, "say which: config show, config check or config path",
    "config show、config check、config path のいずれかを指定してください")
MSG(CLI_RULES_WHAT, "say which: rules list or rules check",
    "rules list、rules check のいずれかを指定してください")
MSG(CLI_SERVICE_WHAT, "say which: service run, install, uninstall, start, stop or reload",
    "service run、install、uninstall、start、stop、reload のいずれかを指定してください")
MSG(CLI_EMPTY_WINDOW, "--since is later than --until: no time lies between them",
    "--since が --until より後です。その間の時間はありません")
MSG(CLI_MUTE_NEEDS,
    "--for and --why are both needed: kanari mute ID --for 30d --why 'scanner of the IT "
    "department'",
    "--for と --why の両方が必要です: kanari mute ID --for 30d --why '情報システム部のスキャナー'")
MSG(CLI_MUTE_TOO_LONG, "--for: that is beyond the year 9999", "--for: 9999 年を超えます")
MSG(CLI_REPLAY_FORMAT, "-o: a replay prints a table or one JSON document: -o table, -o json",
    "-o: replay の出力は表か一つの JSON 文書です: -o table、-o json")
MSG(CLI_BAD_SQL, "{why}", "{why}")
MSG(CLI_A_PATH, "a path", "パス")
MSG(CLI_A_FORMAT, "a format", "出力形式")
MSG(CLI_A_LANGUAGE, "a language", "言語")
MSG(CLI_A_TIME, "a time: 24h, 7d, 2018-08-30 or 2018-08-30T16:49:31Z",
    "時刻（24h、7d、2018-08-30、2018-08-30T16:49:31Z など）")
MSG(CLI_A_SPAN, "a span of time: 90s, 30m, 24h, 7d or 2w", "期間（90s、30m、24h、7d、2w など）")
MSG(CLI_A_SEVERITY, "a severity", "重大度")
MSG(CLI_A_RULE, "a rule or a pattern that matches one, like 'logon.*'",
    "ルール名、またはルールに一致するパターン（'logon.*' など）")
MSG(CLI_A_HOST, "a computer name", "コンピューター名")
MSG(CLI_A_GROUPING, "one of these", "次のいずれか")
MSG(CLI_A_KIND, "a kind of event; 'kanari help events' lists them",
    "イベントの種類（一覧は 'kanari help events'）")
MSG(CLI_A_REASON, "a reason", "理由")

/* -- what failed, on what, why, what to do ---------------------------------------------------- */
MSG(CLI_NO_STORE,
    "{path}: there is no store here yet; read logs with 'kanari replay PATH --store {path}', or "
    "name another with --store",
    "{path}: ストアがまだありません。'kanari replay PATH --store {path}' "
    "でログを読み込むか、--store で別のストアを指定してください")
MSG(CLI_FAIL_NOTFOUND, "{object}: it does not exist; check the path",
    "{object}: 見つかりません。パスを確かめてください")
MSG(CLI_FAIL_ACCESS, "{object}: access denied; run as administrator, or as the owner of the file",
    "{object}: "
    "アクセスが拒否されました。管理者として、またはファイルの所有者として実行してください")
MSG(CLI_FAIL_BUSY, "{object}: another program uses it; close it, or try again in a minute",
    "{object}: 他のプログラムが使用中です。閉じるか、少し待ってからやり直してください")
MSG(CLI_FAIL_FULL, "{object}: no room left ({why}); free some space on that disk",
    "{object}: 空き容量がありません（{why}）。ディスクの空きを増やしてください")
MSG(CLI_FAIL_IO, "{object}: it cannot be read or written ({why}); check the disk",
    "{object}: 読み書きできません（{why}）。ディスクを確かめてください")
MSG(CLI_FAIL_NOMEM, "{object}: out of memory; close other programs, or read fewer files at once",
    "{object}: "
    "メモリーが足りません。他のプログラムを閉じるか、一度に読むファイルを減らしてください")
MSG(CLI_FAIL_UNSUPPORTED, "{object}: not a file that can be read ({why}); name a file",
    "{object}: 読めるファイルではありません（{why}）。ファイルを指定してください")
MSG(CLI_FAIL_FORMAT, "{object}: {why}", "{object}: {why}")
MSG(CLI_FAIL_OTHER, "{object}: {why}; if this happens again, please report it",
    "{object}: {why}。繰り返す場合はご報告ください")
MSG(CLI_FILE_NOTFOUND, "{path}: no such file or folder; check the path",
    "{path}: ファイルもフォルダーもありません。パスを確かめてください")
MSG(CLI_FILE_ACCESS, "{path}: it cannot be opened: access denied; run as administrator, or copy it",
    "{path}: 開けません（アクセス拒否）。管理者として実行するか、コピーして読み込んでください")
MSG(CLI_FILE_BAD, "{path}: nothing was read: {why}; name whole .evtx or .ndjson files, or a folder",
    "{path}: 何も読めませんでした: {why}。完全な .evtx または .ndjson "
    "ファイルか、そのフォルダーを指定してください")
MSG(CLI_FILE_STOPPED, "{path}: read only in part: {why}; copy the file again if you can",
    "{path}: 一部しか読めませんでした: {why}。できればもう一度コピーしてください")
MSG(CLI_FILE_DAMAGED,
    "{path}: {errors} damaged places, the first at byte {offset} ({why}); the rest was read",
    "{path}: 破損 {errors} か所、最初は {offset} バイト目（{why}）。残りは読み込みました")
MSG(CLI_FILE_OPEN_COPY,
    "{path}: copied while Windows had it open: {errors} places are not whole, the first at byte "
    "{offset} ({why}); the rest was read",
    "{path}: Windows が開いている間にコピーされたため {errors} か所が不完全、最初は {offset} "
    "バイト目（{why}）。残りは読み込みました")
MSG(CLI_TRACE_HOST,
    "{path}: this trace does not name its computer, so its events are told of '{host}'; give the "
    "name with --trace-host",
    "{path}: このトレースにはコンピューター名がないため、イベントは '{host}' "
    "のものとして扱います。名前は --trace-host で指定できます")
MSG(CLI_NO_SUCH_ALERT, "{id}: no such alert; 'kanari alerts' lists their ids",
    "{id}: このアラートはありません。ID は 'kanari alerts' で見られます")
MSG(CLI_NO_SUCH_STORY, "{id}: no such story; 'kanari story -o list' lists their ids",
    "{id}: このストーリーはありません。ID は 'kanari story -o list' で見られます")

/* -- results ---------------------------------------------------------------------------------- */
MSG(CLI_READING, "reading", "読み込み中")
MSG(CLI_REPLAY_SUMMARY,
    "files {files}, records {records}, events {events}, logon attempts {attempts}",
    "ファイル {files}、レコード {records}、イベント {events}、ログオン試行 {attempts}")
MSG(CLI_REPLAY_DAMAGE, "damaged {errors}, missing records {lost}",
    "破損 {errors}、欠けたレコード {lost}")
MSG(CLI_NO_ALERTS, "No alerts.", "アラートはありません。")
MSG(CLI_MORE_ALERTS,
    "And more alerts: {count}. All of them: -o json, or --store and 'kanari alerts'.",
    "ほかに {count} 件のアラートがあります。すべて見るには -o json、または --store と 'kanari "
    "alerts' を使ってください。")
MSG(CLI_NO_EVENTS, "No events.", "イベントはありません。")
MSG(CLI_NO_PROCESSES,
    "No processes. Kernel traces (.etl) and the audit policy 'Process Creation' (4688) tell of "
    "them.",
    "プロセスはありません。カーネルトレース (.etl) と監査ポリシー「プロセス作成」(4688) "
    "から得られます。")
MSG(CLI_TREE_TOO_BIG,
    "more than {count} processes are too many for a tree; narrow them down with --host, --since, "
    "--until or --at",
    "プロセスが {count} を超えるためツリーにできません。--host、--since、--until、--at "
    "で絞り込んでください")
MSG(CLI_NO_LOGONS, "No logon attempts.", "ログオン試行はありません。")
MSG(CLI_NO_ADAPTERS,
    "No network adapters. Events of kind adapter_change tell of them: no log of Windows does.",
    "ネットワークアダプターはありません。種類 adapter_change のイベントから得られ、Windows "
    "のログには含まれません。")
MSG(CLI_NO_ADAPTER_OF_ATTEMPTS,
    "This version does not join attempts to network adapters: the adapter of each is unknown.",
    "このバージョンは試行とネットワークアダプターを結び付けません。どの試行もアダプターは不明です"
    "。")
MSG(CLI_ACKED, "{id} is acknowledged.", "{id} を確認済みにしました。")
MSG(CLI_MUTED, "{id} is muted.", "{id} をミュートしました。")
MSG(CLI_CONFIG_GOOD, "The settings are good.", "設定に問題はありません。")
MSG(CLI_SCANNED, "Files scanned: {files}; matched by a rule: {found}. Nothing was skipped.",
    "スキャンしたファイル: {files}、ルールに一致: {found}。スキップはありません。")
MSG(CLI_SCANNED_SKIPPED,
    "Files scanned: {files}; matched by a rule: {found}; skipped, as listed: {skipped}.",
    "スキャンしたファイル: {files}、ルールに一致: {found}、スキップ（上に一覧）: {skipped}。")
MSG(CLI_RULES_GOOD, "Rules that compile: {rules}, in files: {files}.",
    "コンパイルできるルール: {rules}、ファイル: {files}。")
MSG(CLI_RULES_MORE, "More problems than are listed: {rules}.", "一覧にない問題: {rules}。")
MSG(CLI_WATCHED, "watched {watched} of {asked} {unit}",
    "{asked} {unit}のうち {watched} {unit}を監視")
MSG(CLI_BLIND, "(blind {gaps})", "（監視なし: {gaps}）")
MSG(CLI_BLIND_MORE, "(blind {gaps} and more)", "（監視なし: {gaps} ほか）")
MSG(WHY_AUDITING_OFF, "auditing off", "監査が無効")
MSG(WHY_CHANNEL_OFF, "log switched off", "ログが無効")
MSG(WHY_DENIED, "access to the log denied", "ログへのアクセス拒否")
MSG(WHY_NO_ANSWER, "no answer from the Event Log", "イベントログの応答なし")
MSG(WHY_OVERWRITTEN, "log overwritten", "ログの上書き")
MSG(WHY_ASLEEP, "asleep", "スリープ中")
MSG(WHY_STOOD_STILL, "Kanari stood still, or the clock was set", "Kanari の停止または時刻の変更")
MSG(WHY_STOPPED, "service stopped", "サービス停止")
MSG(CLI_STAGE_NOTHING, "nothing seen; {percent} % of the time was watched",
    "検出なし（時間の {percent} % を監視）")
MSG(CLI_STAGE_NOT_OBSERVABLE, "not observable: no log was read that would show it",
    "観測不能: これを示すログが読み込まれていません")
MSG(CLI_NO_STORY, "No story: nothing here belongs to a break-in;",
    "ストーリーなし: 侵入に結びつくものは見つかりませんでした。")
MSG(CLI_UNWATCHED, "not watched: no log of it was read", "監視なし: ログが読み込まれていません")
MSG(CLI_STORE_LINE, "{path}: events from {first} to {last}",
    "{path}: {first} から {last} までのイベント")
MSG(CLI_STORE_EMPTY, "{path}: no events", "{path}: イベントなし")
MSG(CLI_OPEN_ALERTS, "open alerts:", "未解決のアラート:")
MSG(CLI_NEXT_STORY, "Next: 'kanari story' shows how these belong together and what to do first.",
    "次に: 'kanari story' で、全体のつながりと最初にすべきことがわかります。")
MSG(CLI_NEXT_NOTHING, "Next: nothing to do; 'kanari logons' shows who tried to log on.",
    "次に: 対応は不要です。ログオンの試行は 'kanari logons' で見られます。")

/* -- the sensor and its sources: what is wrong, what to do ---------------------------------------
 */
MSG(SENSOR_HEALTHY, "Kanari {version} runs on {host} since {started}: healthy.",
    "Kanari {version} は {host} で {started} から動作中: 正常。")
MSG(SENSOR_DEGRADED,
    "Kanari {version} runs on {host} since {started}: degraded; 'kanari status' says why.",
    "Kanari {version} は {host} で {started} から動作中: 問題あり（'kanari status' で確認）。")
MSG(SENSOR_STARTING, "Kanari {version} is starting on {host}.",
    "Kanari {version} は {host} で開始中。")
MSG(SENSOR_STOPPING, "Kanari {version} is stopping on {host}.",
    "Kanari {version} は {host} で停止中。")
MSG(SENSOR_STOPPED, "Kanari does not run on {host}: it was stopped at {stopped}.",
    "Kanari は {host} で動作していません（{stopped} に停止）。")
MSG(SENSOR_GONE, "Kanari does not run on {host} since {heartbeat}, and nobody stopped it.",
    "Kanari は {heartbeat} から {host} で動作していません（停止操作なし）。")
MSG(SENSOR_NEVER, "No sensor writes this store.", "このストアに書き込むセンサーはありません。")
MSG(STATUS_WAITING,
    "waiting: events {held}, batches {batches_waiting}; shed {shed_total}, too late {late}",
    "待機: イベント {held}、バッチ {batches_waiting}。破棄 {shed_total}、遅延 {late}")
MSG(STATUS_STORE, "store: {store_state}, {store_bytes} bytes",
    "ストア: {store_state}、{store_bytes} バイト")
MSG(STATUS_STORE_WHY, "store: {store_why}", "ストア: {store_why}")
MSG(STATUS_HISTORY, "history of the logs: {history}, records {history_records}",
    "ログの履歴: {history}、レコード {history_records}")
MSG(STATUS_REPORT,
    "output to the Event Log: {report_state}, waiting {report_waiting}; suppressed {suppressed}",
    "イベントログへの出力: {report_state}、待機 {report_waiting}。抑制 {suppressed}")
MSG(STATUS_RULES, "rules {rules_hash}, settings {config_hash}",
    "ルール {rules_hash}、設定 {config_hash}")
MSG(TEST_WAITING, "waiting for the alert", "アラートを待っています")
MSG(TEST_ANSWERED, "The sensor answered with alert {id}.",
    "センサーがアラート {id} で応答しました。")
MSG(TEST_ASKED, "The sensor was asked for an alert of rule service.test.",
    "センサーに service.test のアラートを要求しました。")
MSG(TEST_NOT_RUNNING, "no sensor runs: start it with 'kanari service start'",
    "センサーが動作していません。'kanari service start' で開始してください")
MSG(TEST_NO_ANSWER, "the sensor did not answer; 'kanari status' says what it waits for",
    "センサーが応答しません。'kanari status' で状態を確かめてください")
MSG(ADVICE_ENABLE_CHANNEL, "switch the log on: wevtutil sl \"{channel}\" /e:true",
    "ログを有効にしてください: wevtutil sl \"{channel}\" /e:true")
MSG(ADVICE_GRANT_READ, "run the service as LocalSystem, or add its account to Event Log Readers",
    "サービスを LocalSystem で実行するか、アカウントを Event Log Readers に追加してください")
MSG(ADVICE_START_SERVICE, "start the Event Log service: sc start eventlog",
    "Event Log サービスを開始してください: sc start eventlog")
MSG(ADVICE_REPORT, "please report this with its code", "コードを添えてご報告ください")
MSG(ADVICE_TURN_ON_AUDITING,
    "turn on auditing of {title}: auditpol /set /subcategory:\"{guid}\" {options}",
    "監査「{title}」を有効にしてください: auditpol /set /subcategory:\"{guid}\" {options}")

/* -- titles of columns: COL_ and the column's name -------------------------------------------- */
MSG(COL_NAME, "name", "名前")
MSG(COL_PER_MINUTE, "per minute", "毎分")
MSG(COL_RECORDS, "records", "レコード")
MSG(COL_LOST, "lost", "欠落")
MSG(COL_BACKLOG, "unread", "未読")
MSG(COL_LAST_RECORD_TIME, "newest record", "最新レコード")
MSG(COL_WHAT_TO_DO, "what to do", "対応")
MSG(COL_SEVERITY, "severity", "重大度")
MSG(COL_LAST_SEEN, "last seen", "最終")
MSG(COL_FIRST_SEEN, "first seen", "最初")
MSG(COL_TIME, "time", "日時")
MSG(COL_HOST, "computer", "コンピューター")
MSG(COL_RULE, "rule", "ルール")
MSG(COL_COUNT, "count", "回数")
MSG(COL_SOURCE, "source", "接続元")
MSG(COL_SRC, "source", "接続元")
MSG(COL_SOURCES, "sources", "接続元数")
MSG(COL_ACCOUNT, "account", "アカウント")
MSG(COL_ACCOUNTS, "accounts", "アカウント数")
MSG(COL_DOMAIN, "domain", "ドメイン")
MSG(COL_STATE, "state", "状態")
MSG(COL_ID, "id", "ID")
MSG(COL_SENTENCE, "what happened", "内容")
MSG(COL_FIRST_STEP, "first step", "最初の対応")
MSG(COL_KIND, "kind", "種類")
MSG(COL_EVENT_ID, "event id", "イベント ID")
MSG(COL_LOGON_TYPE, "logon type", "ログオンの種類")
MSG(COL_OUTCOME, "outcome", "結果")
MSG(COL_SERVICE, "service", "サービス")
MSG(COL_ADAPTER, "adapter", "アダプター")
MSG(COL_INTERNET, "internet", "インターネット")
MSG(COL_ATTEMPTS, "attempts", "試行")
MSG(COL_CONNECTS, "connects", "接続のみ")
MSG(COL_FAILURES, "failures", "失敗")
MSG(COL_REFUSED, "refused", "拒否")
MSG(COL_STARTED, "started", "開始")
MSG(COL_ENDED, "ended", "終了")
MSG(COL_PID, "pid", "PID")
MSG(COL_PARENT_PID, "parent", "親 PID")
MSG(COL_SESSION_ID, "session", "セッション")
MSG(COL_IMAGE, "program", "プログラム")
MSG(COL_COMMAND_LINE, "command line", "コマンドライン")
MSG(COL_PROCESS_ID, "pid", "PID")
MSG(COL_PROCESS, "program", "プログラム")
MSG(COL_PARENT_PROCESS_ID, "parent", "親 PID")
MSG(COL_SRC_PORT, "port", "ポート")
MSG(COL_DST, "local", "ローカル")
MSG(COL_DST_PORT, "local port", "ローカルポート")
MSG(COL_TRANSPORT, "transport", "プロトコル")
MSG(COL_ACTION, "action", "動作")
MSG(COL_QUERY, "query", "照会")
MSG(COL_QUERY_TYPE, "type", "種別")
MSG(COL_ANSWERS, "answers", "応答")
MSG(COL_TASK, "task", "タスク")
MSG(COL_SUBJECT_DOMAIN, "by domain", "実行者のドメイン")
MSG(COL_SUBJECT_ACCOUNT, "by account", "実行者")
MSG(COL_OBJECT, "object", "対象")
MSG(COL_OBJECT_NAME, "name", "名前")
MSG(COL_PARENT_OBJECT, "attached to", "接続先")
MSG(COL_SID, "SID", "SID")
MSG(COL_LEVEL, "level", "レベル")
MSG(COL_SCRIPT, "script", "スクリプト")
MSG(COL_SCRIPT_LEN, "bytes", "バイト数")
MSG(COL_PARTS_MISSING, "parts missing", "欠けた部分")
MSG(COL_TEXT, "details", "詳細")
MSG(COL_CATEGORY, "category", "区分")
MSG(COL_OLD_VALUE, "before", "変更前")
MSG(COL_NEW_VALUE, "after", "変更後")
MSG(COL_ADDRESSES, "addresses", "アドレス")
MSG(COL_FROM_TIME, "from", "から")
MSG(COL_TO_TIME, "to", "まで")
MSG(COL_SUCCESSES, "successes", "成功")

/* -- help ---------------------------------------------------------------------------------------
 */
MSG(HELP_INTRO,
    "Kanari: is somebody getting into this PC through a door that nobody manages, and is it "
    "already mining for them?",
    "Kanari: 誰も管理していない入口から PC に侵入され、すでに採掘に使われていませんか。")
MSG(HELP_GLOBAL, "For every command:", "すべてのコマンドで:")
MSG(HELP_EXIT,
    "Exit codes: 0 done, 1 a check found something, 2 usage, 3 not found or not running, 4 access "
    "denied, 5 bad input, 6 internal error.",
    "終了コード: 0 完了、1 検査で問題あり、2 使い方の誤り、3 "
    "見つからない、または動作していない、4 アクセス拒否、5 入力の誤り、6 内部エラー。")
MSG(HELP_MORE, "'kanari help COMMAND' says more.", "詳しくは 'kanari help コマンド'。")
MSG(HELP_KINDS, "Kinds of events:", "イベントの種類:")
MSG(CMD_OVERVIEW, "what is stored, what is open, what to do next",
    "保存内容、未解決のアラート、次にすべきこと")
MSG(CMD_STATUS, "whether the sensor runs, what it reads, what is wrong",
    "センサーの動作、読み取り元、問題点を表示")
MSG(CMD_TEST_ALERT, "ask the running sensor for a test alert, and wait for it",
    "動作中のセンサーにテストアラートを出させて待つ")
MSG(CMD_STORY, "what happened, joined into one story", "何が起きたかを一つのストーリーで表示")
MSG(CMD_REPLAY, "read .evtx, .etl and .ndjson files or folders: alerts and story",
    ".evtx、.etl、.ndjson ファイルやフォルダーを読み、アラートとストーリーを表示")
MSG(CMD_ALERTS, "alerts, newest first; with ID one of them, whole",
    "アラートを新しい順に表示。ID を付けると一件を詳しく表示")
MSG(CMD_ALERTS_ACK, "note that somebody has taken care of an alert", "アラートを確認済みにする")
MSG(CMD_MUTE, "note that an alert is known and harmless, for a while",
    "問題のないアラートを一定期間ミュートする")
MSG(CMD_LOGONS, "attempts to log on, summed up", "ログオン試行の集計")
MSG(CMD_EVENTS, "events as they were read; -o ndjson is input for replay",
    "読み込んだイベント。-o ndjson は replay の入力になります")
MSG(CMD_PROCESSES, "processes, oldest first, or as a tree",
    "プロセスを古い順に、またはツリーで表示")
MSG(CMD_SCAN, "files and folders against the YARA rules that Kanari carries",
    "ファイルやフォルダーを、同梱の YARA ルールで検査")
MSG(CMD_RULES_LIST, "the YARA rules that Kanari carries", "同梱の YARA ルールの一覧")
MSG(CMD_RULES_CHECK, "whether files of YARA rules compile; without FILE the carried ones",
    "YARA ルールのファイルを検査（FILE がなければ同梱のルール）")
MSG(CMD_ADAPTERS, "network adapters: kind, addresses, since when, or their history",
    "ネットワークアダプター（種類、アドレス、いつから）またはその履歴")
MSG(CMD_QUERY, "read-only SQL on the documented views", "公開ビューへの読み取り専用 SQL")
MSG(CMD_CONFIG_SHOW, "the settings in force", "有効な設定を表示")
MSG(CMD_CONFIG_CHECK, "whether a settings file is sound", "設定ファイルを検査")
MSG(CMD_CONFIG_PATH, "where the settings are read from", "設定ファイルの場所")
MSG(CMD_SERVICE_RUN, "be the service: started by Windows, or in a console with --console",
    "サービスとして動作（Windows が起動。--console でコンソールで実行）")
MSG(CMD_SERVICE_INSTALL, "install the service, or put all its settings in place again",
    "サービスをインストール、または設定を元どおりにする")
MSG(CMD_SERVICE_UNINSTALL, "stop and remove the service; its data stay",
    "サービスを停止して削除（データは残ります）")
MSG(CMD_SERVICE_START, "start the service and wait until it runs",
    "サービスを開始し、動作するまで待つ")
MSG(CMD_SERVICE_STOP, "stop the service and wait until it has stopped",
    "サービスを停止し、停止するまで待つ")
MSG(CMD_SERVICE_RELOAD, "let the running service read its settings anew",
    "動作中のサービスに設定を再読み込みさせる")
MSG(CMD_VERSION, "version and licences", "バージョンとライセンス")
MSG(CMD_HELP, "this page, or one command's", "このページ、またはコマンドの説明")
MSG(OPT_STORE, "the store (also KANARI_STORE; default: kanari.db in the data folder)",
    "ストア（環境変数 KANARI_STORE でも可。既定はデータフォルダーの kanari.db）")
MSG(OPT_FORMAT, "table, list, json, ndjson or csv", "table、list、json、ndjson、csv のいずれか")
MSG(OPT_OUT, "write to a file instead (csv: with a byte order mark)",
    "ファイルに書き出す（csv は BOM 付き）")
MSG(OPT_LANG, "language of sentences", "文の言語")
MSG(OPT_CONFIG, "settings file (default: kanari.json in the data folder)",
    "設定ファイル（既定はデータフォルダーの kanari.json）")
MSG(OPT_HELP, "say what a command does", "コマンドの説明を表示")
MSG(OPT_SINCE, "from then on: 24h, 7d (before the newest event) or 2018-08-30",
    "この時点以降: 24h、7d（最新のイベントから遡る）、または 2018-08-30")
MSG(OPT_UNTIL, "before then: 24h, 7d (before the newest event) or 2018-08-30",
    "この時点より前: 24h、7d（最新のイベントから遡る）、または 2018-08-30")
MSG(OPT_SEVERITY, "this severe or more: informational, low, medium, high, critical",
    "この重大度以上: informational、low、medium、high、critical")
MSG(OPT_RULE, "rules by name, * and ? allowed: 'logon.*'",
    "ルール名（* と ? が使えます）: 'logon.*'")
MSG(OPT_HOST, "one computer only", "このコンピューターのみ")
MSG(OPT_OPEN, "open alerts only", "未解決のアラートのみ")
MSG(OPT_BY, "what to sum up by (default: source)", "集計の単位（既定は source）")
MSG(OPT_KIND, "one kind of event only", "この種類のイベントのみ")
MSG(OPT_RECORDS, "count records by provider, id and version",
    "レコードをプロバイダー、ID、バージョン別に数える")
MSG(OPT_TRACE_HOST, "computer of .etl traces that do not name theirs",
    "コンピューター名のない .etl トレースの記録元")
MSG(OPT_AT, "what ran at this time", "この時刻に動いていたもの")
MSG(OPT_WAIT, "how long to wait (default: 30s; 0s: not at all)",
    "待つ時間（既定は 30s。0s なら待たない）")
MSG(OPT_HISTORY, "what each was, and when, oldest first", "それぞれの変化を古い順に表示")
MSG(OPT_TREE, "each under the process that created it", "作成元のプロセスの下に表示")
MSG(OPT_FOR, "for how long: 30d", "期間: 30d")
MSG(OPT_WHY, "the reason, for those who come after", "理由（後から見る人のために）")
MSG(OPT_CONSOLE, "in this console, without asking Windows for a service",
    "Windows のサービスとしてではなく、このコンソールで実行")
MSG(OPT_LICENSES, "the licences of Kanari and of all it contains",
    "Kanari と同梱物のライセンスを表示")
MSG(OPT_VERSION, "version", "バージョン")
