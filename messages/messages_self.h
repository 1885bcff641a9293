/*
 * messages_self - what Kanari says of itself: rules 1000 to 1199. Part of messages_list.h, which
 * says how; no include guard.
 */

MSG(ALERT_SERVICE_STARTED, "Kanari has started and watches this PC; there is nothing to do.",
    "Kanari が起動し、この PC の監視を始めました。対応は不要です。")
MSG(ALERT_SERVICE_STOPPING,
    "Kanari is being stopped ({why}) and no longer watches this PC; if nobody meant this, start "
    "it again and find out who stopped it.",
    "Kanari は停止中です（{why}）。この PC "
    "は監視されなくなります。意図した停止でなければ、再び起動し、誰が停止したかを調べてください。")
MSG(ALERT_SERVICE_UNCLEAN_STOP,
    "Kanari ended without being stopped and was blind from {from} to {to}; find out what ended it, "
    "and look at what else happened on this PC in that time.",
    "Kanari は停止の手順を経ずに終了し、{from} から {to} "
    "まで監視できませんでした。終了の原因を調べ、その間にこの PC "
    "で何が起きたかを確認してください。")
MSG(ALERT_CONFIG_RELOADED,
    "Kanari now runs with a changed configuration; if nobody changed it, find out who did.",
    "Kanari "
    "は変更された設定で動作しています。心当たりがなければ、誰が変更したかを調べてください。")
MSG(ALERT_CONFIG_REFUSED,
    "the changed configuration was refused and the one before it stays in force: {why}; correct "
    "it, then run kanari config check.",
    "変更された設定は受け付けられず、以前の設定のまま動作しています（{why}"
    "）。設定を修正し、kanari config check で確認してください。")
MSG(ALERT_SERVICE_HEARTBEAT,
    "Kanari {version} watches {host}; coverage: {coverage}; open alerts: {open}; configuration "
    "{config}, rules {rules}, number {sequence}. If this message stops coming, look after the "
    "service on {host}.",
    "Kanari {version} が {host} "
    "を監視しています。監視できた割合：{coverage}、未解決のアラート：{open}"
    "、設定 {config}、ルール {rules}、通し番号 {sequence}。この通知が途絶えたら、{host} "
    "のサービスを確認してください。")
MSG(ALERT_HISTORY_READ,
    "the logs that were already on this PC were read back to {from}: {records} records, {alerts} "
    "alerts, the worst of them {worst}; look at these alerts first: kanari alerts.",
    "この PC に残っていたログを {from} まで遡って読み取りました（記録 {records} 件、アラート "
    "{alerts} "
    "件、最も重大なもの：{worst}）。まず kanari alerts でこれらのアラートを確認してください。")
MSG(ALERT_SERVICE_TEST,
    "this is a test that {who} asked for, and nothing has happened; if you read it where you read "
    "alerts, they arrive.",
    "これは {who} "
    "が要求したテストで、何も起きていません。普段アラートを読む場所でこれが読めれば、アラートは届い"
    "て"
    "います。")
MSG(ALERT_SOURCE_UNREADABLE,
    "{source} cannot be read ({state}), and what it records is not seen; {advice}.",
    "{source} を読み取れないため（{state}）、その記録は監視できていません。{advice}")
MSG(ALERT_SOURCE_STALE,
    "nothing has come from {source} for too long; see whether the log is still written, and make "
    "something happen that it records.",
    "{source} "
    "から長い間何も届いていません。ログがまだ書き込まれているか、記録されるはずの操作を行って確認し"
    "て"
    "ください。")
MSG(ALERT_EVENTS_LOST,
    "{count} records of {source} were gone before they could be read; make this log larger, and "
    "find out what fills it.",
    "{source} の記録 {count} "
    "件が、読み取る前に失われました。このログの最大サイズを大きくし、何がログを埋めているかを調べて"
    "ください。")
MSG(ALERT_AUDITING_OFF,
    "this PC does not audit {what}, so that nobody can see it; switch it on in the advanced audit "
    "policy.",
    "この PC では {what} "
    "の監査が行われておらず、誰にも見えません。監査ポリシーの詳細な構成で有効にしてください。")
MSG(ALERT_STORE_DEGRADED,
    "Kanari cannot write what it finds to its store ({why}); see to free space on the disk and to "
    "programs that lock files of Kanari.",
    "Kanari "
    "は検出結果をストアに書き込めません（{why}）。ディスクの空き容量と、Kanari "
    "のファイルをロックしているプログラムの有無を確認してください。")
MSG(ALERT_STORE_REPLACED,
    "the store of Kanari was damaged and a new one was begun; keep {file}, which holds what was "
    "before, and check the disk.",
    "Kanari のストアが破損していたため、新しいストアを作成しました。以前の内容は {file} "
    "にあります。このファイルを保存し、ディスクを検査してください。")
MSG(ALERT_EVENTS_SHED,
    "{count} events ({kind}) were dropped because more came than this PC can process; find out "
    "what produces so many.",
    "処理能力を超える量が届いたため、イベント {count} 件（{kind}"
    "）を破棄しました。何が大量に発生させているかを調べてください。")
MSG(ALERT_PRIVILEGE_MISSING,
    "the service of Kanari runs without {privilege} and sees less; run kanari service install "
    "again, and look for a policy that takes it away.",
    "Kanari のサービスに権限 {privilege} "
    "がなく、監視できる範囲が狭まっています。kanari service install "
    "を再実行し、この権限を奪うポリシーがないか確認してください。")
MSG(ALERT_DATA_FOLDER_MOVED,
    "{from}, the folder of Kanari, belonged to somebody else or could be written by others; it was "
    "moved to {to} and not used; find out who made it.",
    "Kanari のフォルダー {from} は、他者が所有していたか、他者が書き込める状態でした。使用せずに "
    "{to} へ移動しました。誰が作成したかを調べてください。")
MSG(ALERT_CLOCK_STEPPED,
    "the clock of this PC was set by {by} while Kanari ran, so that times around it mislead; find "
    "out who or what set it.",
    "Kanari の動作中にこの PC の時計が {by} "
    "変更されました。前後の時刻は当てになりません。誰が、または何が変更したかを調べてください。")
MSG(ALERT_OUTPUT_FAILED,
    "{count} alerts could not be written to the Windows Event Log and wait ({why}); see whether "
    "its service runs and whether the log Kanari is full.",
    "アラート {count} 件を Windows イベント ログに書き込めず、保留しています（{why}"
    "）。イベント ログのサービスが動作しているか、ログ Kanari "
    "がいっぱいになっていないかを確認してください。")
MSG(ALERT_TRACE_STOPPED,
    "somebody stopped {session}, by which Kanari watches this PC; it runs again and is blind for "
    "the time before; find out who did it: look at what was started on this PC just then.",
    "Kanari がこの PC の監視に使うセッション {session} "
    "が何者かに停止されました。再び開始しましたが、その間は監視できていません。直前にこの PC "
    "で何が起動されたかを調べ、誰が停止したかを確認してください。")
MSG(ALERT_TRACE_PROVIDER_OFF,
    "somebody switched off {source} in {session}, by which Kanari watches this PC; it is on again; "
    "find out who did it: look at what was started on this PC in the half minute before.",
    "Kanari がこの PC の監視に使うセッション {session} で {source} "
    "が何者かに無効にされました。再び有効にしました。直前の 30 秒間にこの PC "
    "で何が起動されたかを調べ、誰が無効にしたかを確認してください。")
MSG(ALERT_TRACE_TAKEN,
    "an ETW session named {session} was not Kanari's and was stopped; find out which program uses "
    "that name.",
    "{session} という名前の ETW セッションは Kanari "
    "のものではなかったため、停止しました。どのプログラムがこの名前を使っているかを調べてください"
    "。")
MSG(ALERT_TRACE_BLIND,
    "Kanari tested itself and did not see its own {test}; what others do of that kind is not seen "
    "either; update Kanari, and report this with the version of Windows.",
    "Kanari は自己診断で自分自身の {test} "
    "を確認できませんでした。他者による同種の動作も監視できていません。Kanari "
    "を更新し、Windows のバージョンとともに報告してください。")
