/*
 * messages_service - what installing, controlling and running the service says: MSG(NAME,
 * "English", "Japanese"). Included by messages_list.h.
 */
MSG(SERVICE_DISPLAY_NAME, "Kanari intrusion sensor", "Kanari 侵入センサー")
MSG(SERVICE_DESCRIPTION,
    "Watches who gets into this PC and through which door. Reads event logs; opens no port and "
    "sends nothing.",
    "この PC に誰がどの入口から入ったかを監視します。イベントログを読むだけで、ポートを開かず、"
    "何も送信しません。")

/* -- done ---------------------------------------------------------------------------------------
 */
MSG(SERVICE_INSTALLED,
    "Kanari is installed and starts with Windows. Start it now: kanari service start",
    "Kanari をインストールしました。Windows とともに起動します。今すぐ開始するには: kanari "
    "service start")
MSG(SERVICE_REPAIRED,
    "Kanari was installed already; all its settings are in place again. They hold from its next "
    "start: kanari service stop, kanari service start",
    "Kanari はインストール済みでした。設定をすべて元どおりにしました。次の起動から有効です: "
    "kanari service stop、kanari service start")
MSG(SERVICE_REMOVED, "Kanari is removed. Its data stay in {path}.",
    "Kanari を削除しました。データは {path} に残っています。")
MSG(SERVICE_STARTED, "Kanari is running.", "Kanari は動作中です。")
MSG(SERVICE_STARTED_ALREADY, "Kanari was running already.", "Kanari はすでに動作しています。")
MSG(SERVICE_STOPPED, "Kanari is stopped.", "Kanari を停止しました。")
MSG(SERVICE_RELOADED, "Kanari was told to read its settings anew.",
    "Kanari に設定の再読み込みを指示しました。")
MSG(SERVICE_STARTING, "starting: {seconds} s", "開始中: {seconds} 秒")
MSG(SERVICE_STOPPING, "stopping: {seconds} s", "停止中: {seconds} 秒")
MSG(SERVICE_RUNS, "Kanari runs in this console; Ctrl-C stops it.",
    "Kanari はこのコンソールで動作中です。Ctrl-C で停止します。")
MSG(SERVICE_ENDED, "Kanari has stopped.", "Kanari は停止しました。")

/* -- to be known --------------------------------------------------------------------------------
 */
MSG(SERVICE_SETTING_UNKNOWN,
    "this Windows does not know the setting '{setting}' (error {code}); all others are set",
    "この Windows には設定 '{setting}' がありません（エラー {code}）。他の設定は完了しています")
MSG(SERVICE_NO_MANAGER,
    "Windows did not start this as a service, so it runs in the console (--console says so at "
    "once)",
    "Windows のサービスとして起動されていないため、コンソールで実行します（--console "
    "ですぐに実行できます）")
MSG(SERVICE_FOLDER_MOVED,
    "{path}: it was not safe against other users, so it was moved to {to}, and a new one was made; "
    "look into it before you delete it",
    "{path}: 他のユーザーから保護されていなかったため {to} に移し、新しく作りました。削除する前に"
    "中を確かめてください")
MSG(SERVICE_PRIVILEGES_MISSING, "not all can be seen: this account has no {names}",
    "一部を監視できません。このアカウントには {names} がありません")
MSG(SERVICE_SOURCE_KEPT, "its Event Log source could not be removed: {why}",
    "イベントログのソースを削除できませんでした: {why}")

/* -- failures: what, why, what to do ------------------------------------------------------------
 */
MSG(SERVICE_ACCESS, "access denied; run as administrator",
    "アクセスが拒否されました。管理者として実行してください")
MSG(SERVICE_NOT_INSTALLED, "Kanari is not installed; first: kanari service install",
    "Kanari はインストールされていません。まず: kanari service install")
MSG(SERVICE_NOT_RUNNING, "Kanari is not running; start it: kanari service start",
    "Kanari は動作していません。開始するには: kanari service start")
MSG(SERVICE_MARKED,
    "Kanari is being deleted, and some program still holds it open; close the Services window and "
    "Task Manager, or restart the PC, then try again",
    "Kanari は削除待ちで、他のプログラムがまだ開いています。サービス画面とタスクマネージャーを"
    "閉じるか PC を再起動してから、やり直してください")
MSG(SERVICE_CHANGING, "Kanari is just starting or stopping; try again in a few seconds",
    "Kanari は開始または停止の途中です。数秒後にやり直してください")
MSG(SERVICE_DISABLED, "Kanari is disabled; enable it again: kanari service install",
    "Kanari は無効になっています。有効に戻すには: kanari service install")
MSG(SERVICE_NO_ANSWER, "Kanari did not answer in time (Windows error {code}); try again",
    "Kanari が時間内に応答しませんでした（Windows エラー {code}）。やり直してください")
MSG(SERVICE_DEPENDENTS, "other services that run depend on Kanari; stop them first",
    "動作中の他のサービスが Kanari に依存しています。先に停止してください")
MSG(SERVICE_NO_EVENT_LOG,
    "the Windows Event Log service, which Kanari reads, does not run; start it first: sc start "
    "EventLog",
    "Kanari が読み取る Windows Event Log サービスが動作していません。先に開始してください: sc "
    "start EventLog")
MSG(SERVICE_LOCKED, "another program changes the services just now; try again in a minute",
    "他のプログラムがサービスを変更中です。しばらくしてからやり直してください")
MSG(SERVICE_SHUTDOWN, "this PC is shutting down; try again after its start",
    "この PC はシャットダウン中です。起動後にやり直してください")
MSG(SERVICE_PROGRAM_GONE,
    "the program of the service is not where it was installed; install it again: kanari service "
    "install",
    "サービスのプログラムが元の場所にありません。再インストールしてください: kanari service "
    "install")
MSG(SERVICE_CRASHED, "Kanari ended unexpectedly (Windows error {code}); see the System event log",
    "Kanari が予期せず終了しました（Windows エラー {code}）。システムイベントログを見てください")
MSG(SERVICE_DID_NOT_START,
    "Kanari could not start: {why} ({code}); 'kanari service run --console' shows more",
    "Kanari を開始できませんでした: {why}（{code}）。'kanari service run --console' "
    "で詳細がわかります")
MSG(SERVICE_START_SLOW, "Kanari is not running after {seconds} s; see the System event log",
    "{seconds} 秒たっても Kanari が動作していません。システムイベントログを見てください")
MSG(SERVICE_STOP_SLOW, "Kanari has not stopped after {seconds} s; try again",
    "{seconds} 秒たっても Kanari が停止していません。やり直してください")
MSG(SERVICE_NAME_TAKEN, "another service has the name '{name}'; remove that one first",
    "'{name}' という名前のサービスが他にあります。先にそれを削除してください")
MSG(SERVICE_NO_RPC, "the Service Control Manager does not answer (Windows error {code}); try again",
    "サービスコントロールマネージャーが応答しません（Windows エラー {code}）。やり直してください")
MSG(SERVICE_FAILED, "Windows refused (error {code}); 'net helpmsg {code}' says what it means",
    "Windows が拒否しました（エラー {code}）。意味は 'net helpmsg {code}' でわかります")
MSG(SERVICE_SOURCE_FAILED, "Kanari could not be registered with Windows: {why}",
    "Windows への登録ができませんでした: {why}")
MSG(SERVICE_WINDOWS_ONLY,
    "services are for Windows only; here 'kanari service run --console' runs it in this terminal",
    "サービスは Windows 専用です。ここでは 'kanari service run --console' "
    "でこの端末で実行できます")
MSG(SERVICE_NONE, "this build has no service", "このビルドにはサービスがありません")
MSG(SERVICE_FOLDER_FAILED,
    "{path}: the data folder cannot be made safe ({why}, Windows error {code}); run as "
    "administrator",
    "{path}: データフォルダーを保護できません（{why}、Windows エラー "
    "{code}）。管理者として実行してください")
MSG(SERVICE_WORK_FAILED, "it could not start: {why}", "開始できませんでした: {why}")
