/*
 * messages_list - MSG(NAME, "English", "Japanese"), grouped by who says it. Parameters are {name};
 * where a language needs a word order, it orders them itself. No trailing blanks: who joins two
 * sentences says so in code. Alerts: one sentence, then what to do first. New rows go to the end.
 * No include guard: included where MSG is defined.
 */
#include "messages/messages_cli.h"     /* what the command line says */
#include "messages/messages_event.h"   /* what the Event Viewer shows of an alert */
#include "messages/messages_self.h"    /* what Kanari says of itself */
#include "messages/messages_service.h" /* ... and of its service */

/* -- alerts (detectors/): one sentence that ends in what to do first ------------------------- */
MSG(ALERT_LOGON_BURST,
    "{count} failed logons from {source} ({service}) within minutes; make sure that this address "
    "has no way to this PC.",
    "{source} から短時間に {count} 回のログオン失敗（{service}）。このアドレスからこの PC "
    "に届かないようにしてください。")
MSG(ALERT_LOGON_STEADY,
    "{count} failed logons from {source} ({service}) since {first}, still going on; make sure that "
    "this address has no way to this PC.",
    "{source} から {first} 以降 {count} "
    "回のログオン失敗（{service}）が続いています。このアドレスからこの PC "
    "に届かないようにしてください。")
MSG(ALERT_LOGON_SPRAY,
    "{source} tried {accounts} accounts ({service}), {count} failed logons; shut this address out "
    "and check whether one of them got in.",
    "{source} が {accounts} 個のアカウントを試しました（{service}、失敗 {count} "
    "回）。このアドレスを遮断し、ログオンに成功したものがないか確認してください。")
MSG(ALERT_LOGON_DISTRIBUTED,
    "{count} failed logons on {account} from {sources} addresses at once; close the service to the "
    "internet, then change the password of {account}.",
    "{account} に対し {sources} 個のアドレスから同時に {count} "
    "回のログオン失敗がありました。このサービスをインターネットから閉じ、{account} "
    "のパスワードを変更してください。")
MSG(ALERT_LOGON_SUCCESS_AFTER_FAILURES,
    "{account} logged on from {source} ({service}) after {failures} failed logons; if this was not "
    "{account}, take the PC off the network, leave it on, and change the password from another PC.",
    "{account} が {source} から {failures} "
    "回の失敗の後にログオンしました（{service}）。本人でなければ、電源は入れたままこの PC "
    "をネットワークから切り離し、別の PC からパスワードを変更してください。")
MSG(ALERT_LOGON_SUCCESS_UNDER_ATTACK,
    "{account}, whose password is being guessed, logged on from {source} ({service}) for the first "
    "time; ask {account}, and if in doubt change the password from another PC.",
    "パスワードを推測されている {account} が、初めての接続元 {source} "
    "からログオンしました（{service}）。本人に確認し、疑わしければ別の PC "
    "からパスワードを変更してください。")
MSG(ALERT_LOGON_SUCCESS_1149,
    "{account} was authenticated from {source} ({service}) after {failures} failed logons (1149 "
    "only, no session seen); if this was not {account}, take the PC off the network and change the "
    "password from another PC.",
    "{account} が {source} から {failures} 回の失敗の後に認証されました（{service}、記録は 1149 "
    "のみで、セッションは確認できません）。本人でなければ、この PC "
    "をネットワークから切り離し、別の PC からパスワードを変更してください。")
MSG(ALERT_RDP_DROPPED,
    "{count} Remote Desktop connections from {source} broke off before any logon; make sure that "
    "this address has no way to this PC.",
    "{source} からのリモート デスクトップ接続 {count} "
    "件が、ログオン前に切れています。このアドレスからこの PC に届かないようにしてください。")
MSG(ALERT_RDP_DROPPED_HOSTS,
    "{count} Remote Desktop connections from {source} to {hosts} computers broke off before any "
    "logon; find out what {source} is and stop it.",
    "{source} から {hosts} 台のコンピューターへのリモート デスクトップ接続 {count} "
    "件が、ログオン前に切れています。{source} が何であるかを調べ、止めてください。")
MSG(ALERT_LOGON_FROM_INTERNET,
    "{count} logon attempts from {sources} internet addresses: this PC can be reached from the "
    "internet; find the router, SIM or port forwarding that lets them in and close it.",
    "インターネット上の {sources} 個のアドレスから {count} 回のログオン試行がありました。この PC "
    "はインターネットから到達できます。入口になっているルーター、SIM、ポート転送を探して閉じてくだ"
    "さい。")
MSG(ALERT_LOGON_FROM_INTERNET_IN,
    "{account} logged on from the internet; {count} attempts from {sources} internet addresses so "
    "far. If this was not {account}, take the PC off the network, leave it on, and change the "
    "password from another PC.",
    "{account} がインターネットからログオンしました（これまでに {sources} 個のアドレスから {count} "
    "回の試行）。本人でなければ、電源は入れたままこの PC をネットワークから切り離し、別の PC "
    "からパスワードを変更してください。")
MSG(ALERT_LOGON_FROM_INTERNET_1149,
    "{account} was authenticated from the internet (1149 only, no session seen); {count} attempts "
    "from {sources} internet addresses so far. If this was not {account}, take the PC off the "
    "network and change the password from another PC.",
    "{account} がインターネットから認証されました（記録は 1149 "
    "のみで、セッションは確認できません。これまでに {sources} 個のアドレスから {count} "
    "回の試行）。本人でなければ、この PC をネットワークから切り離し、別の PC "
    "からパスワードを変更してください。")
MSG(ALERT_LOGON_VIA_TUNNEL,
    "{count} remote logon attempts come from this PC itself ({source}, {service}): a tunnel or "
    "port proxy forwards them; run netsh interface portproxy show all and look for ssh or ngrok.",
    "この PC 自身（{source}、{service}）からリモート ログオンの試行が {count} "
    "回ありました。トンネルかポート プロキシが中継しています。netsh interface portproxy show all "
    "を実行し、ssh や ngrok がないか確認してください。")
MSG(ALERT_LOGON_RIGHT_PASSWORD_REFUSED,
    "{source} used the right password of {account} and was refused all the same; if this was not "
    "{account}, change the password from another PC.",
    "{source} は {account} "
    "の正しいパスワードを使いましたが、ログオンは拒否されました。本人でなければ、別の PC "
    "からパスワードを変更してください。")
MSG(ALERT_LOGON_STALE_CREDENTIAL,
    "{source} repeats the wrong password of {account} at a regular pace, {count} times since "
    "{first}: probably a device with an old password; update the password stored on it.",
    "{source} が {account} の誤ったパスワードを一定の間隔で繰り返しています（{first} 以降 {count} "
    "回）。古いパスワードが残った機器と思われます。その機器に保存されたパスワードを更新してください"
    "。")
MSG(ALERT_AUDIT_TAMPERED,
    "{account} switched off auditing on this PC; ask who did it and why, and switch it on again.",
    "{account} がこの PC "
    "の監査を無効にしました。誰が何のために行ったかを確認し、監査を有効に戻してください。")
MSG(ALERT_AUDIT_TAMPERED_CLEARED,
    "{account} cleared the event log {log}; ask who did it and why, and save the remaining logs of "
    "this "
    "PC.",
    "{account} がイベント ログ {log} を消去しました。誰が何のために行ったかを確認し、この PC "
    "に残っているログを保存してください。")
MSG(ALERT_ACCOUNT_LOCKOUT,
    "{account} was locked out {count} times; see who tries its password before you unlock it.",
    "{account} が {count} "
    "回ロックアウトされました。解除する前に、誰がパスワードを試しているか確認してください。")
MSG(ALERT_ACCOUNT_CREATED,
    "{actor} created the account {account}; if nobody knows why, disable it.",
    "{actor} がアカウント {account} を作成しました。心当たりがなければ無効にしてください。")
MSG(ALERT_ACCOUNT_ELEVATED,
    "{actor} added {account} to the group {group}; if nobody knows why, remove it.",
    "{actor} が {account} をグループ {group} に追加しました。心当たりがなければ削除してください。")
MSG(ALERT_PROTECTION_OFF,
    "real-time protection of Microsoft Defender was switched off; switch it on again and find out "
    "who did it.",
    "Microsoft Defender "
    "のリアルタイム保護が無効になりました。有効に戻し、誰が行ったかを調べてください。")
MSG(ALERT_PROTECTION_WEAKENED,
    "a setting of Microsoft Defender was weakened ({what}); undo it unless you know who did it and "
    "why.",
    "Microsoft Defender "
    "の設定が弱められました（{what}）。誰が何のために行ったか分からなければ、元に戻してください。")
MSG(ALERT_PROTECTION_ATTEMPT,
    "somebody tried to change Microsoft Defender and tamper protection stopped it ({what}); find "
    "out which program tried.",
    "Microsoft Defender "
    "を変更しようとする操作を改ざん防止が止めました（{what}"
    "）。どのプログラムの操作かを調べてください。")
MSG(ALERT_FOLDED,
    "{alerts} further alerts of this rule on this PC were folded into this one: {count} in all, "
    "{sources} sources, {accounts} accounts; start with the alerts that are listed one by one.",
    "この PC では同じルールのアラートがさらに {alerts} 件あり、ここにまとめました（合計 {count} "
    "回、接続元 {sources}、アカウント "
    "{accounts}）。まず個別に表示されているアラートから確認してください。")
/* -- stories (detectors/): one line a stage, and what to do first ---------------------------- */
MSG(STORY_DOOR_INTERNET,
    "reached from {sources} internet addresses, {count} attempts; through which adapter is not "
    "told yet: see kanari adapters",
    "インターネット上の {sources} 個のアドレスから到達（試行 {count} "
    "回）。どのアダプター経由かはまだ示せません（kanari adapters を参照）")
MSG(STORY_DOOR_TUNNEL, "a tunnel on this PC itself ({source}), {count} attempts through it",
    "この PC 自身のトンネル（{source}）。これを通った試行は {count} 回")
MSG(STORY_DOOR_DROPPED, "Remote Desktop reached from the internet by {source}, {count} connections",
    "インターネット上の {source} がリモート デスクトップに到達（接続 {count} 件）")
MSG(STORY_DOOR_UNKNOWN,
    "not observable: attempts are not joined with network adapters yet, and nothing came from the "
    "internet",
    "観測不能。試行とネットワーク "
    "アダプターはまだ結び付けられず、インターネットからの試行もありません")
MSG(STORY_GUESS,
    "{tries} tries; addresses: {sources} in all, {internet} on the internet, {inside} inside "
    "({inside_tries} tries)",
    "{sources} 個のアドレスから {tries} 回の試行（インターネット {internet} 個、社内 {inside} "
    "個・{inside_tries} 回）")
MSG(STORY_ENTRY, "{account}, {service}, from {source}, after {failures} failed logons",
    "{account}、{service}、{source} から、{failures} 回の失敗の後")
MSG(STORY_ENTRY_1149,
    "{account}, {service}, from {source}, after {failures} failed logons: authenticated (1149 "
    "only, no session seen)",
    "{account}、{service}、{source} から、{failures} 回の失敗の後に認証（1149 "
    "のみ、セッションは確認できず）")
MSG(STORY_ENTRY_INTERNET, "{account} logged on from the internet ({service})",
    "{account} がインターネットからログオン（{service}）")
MSG(STORY_ENTRY_INTERNET_1149,
    "{account} was authenticated from the internet ({service}; 1149 only, no session seen)",
    "{account} がインターネットから認証（{service}、1149 のみ、セッションは確認できず）")
MSG(STORY_ENTRY_STARTED,
    "{account}, {service}, from {source}, after {failures} failed logons; then started: {started} "
    "(processes: {processes})",
    "{account}、{service}、{source} から、{failures} 回の失敗の後。その後に起動: "
    "{started}（プロセス {processes} 個）")
MSG(STORY_ENTRY_1149_STARTED,
    "{account}, {service}, from {source}, after {failures} failed logons: authenticated (1149 "
    "only, no session seen); then started: {started} (processes: {processes})",
    "{account}、{service}、{source} から、{failures} 回の失敗の後に認証（1149 "
    "のみ、セッションは確認できず）。その後に起動: {started}（プロセス {processes} 個）")
MSG(STORY_ENTRY_INTERNET_STARTED,
    "{account} logged on from the internet ({service}); then started: {started} (processes: "
    "{processes})",
    "{account} がインターネットからログオン（{service}）。その後に起動: {started}（プロセス "
    "{processes} 個）")
MSG(STORY_ENTRY_INTERNET_1149_STARTED,
    "{account} was authenticated from the internet ({service}; 1149 only, no session seen); then "
    "started: {started} (processes: {processes})",
    "{account} がインターネットから認証（{service}、1149 "
    "のみ、セッションは確認できず）。その後に起動: {started}（プロセス {processes} 個）")
MSG(STORY_TOOL_TAMPERED, "{account} cleared a log or switched off auditing; signs so far: {count}",
    "{account} がログの消去または監査の無効化を実行。兆候は合計 {count} 件")
MSG(STORY_TOOL_ACCOUNT, "the account {account} was created or given rights; signs so far: {count}",
    "アカウント {account} の作成または権限付与。兆候は合計 {count} 件")
MSG(STORY_TOOL_PROTECTION, "Microsoft Defender was switched off or weakened; signs so far: {count}",
    "Microsoft Defender の無効化または弱体化。兆候は合計 {count} 件")
MSG(STORY_FIRST_ENTRY,
    "take the PC off the network and leave it on; change the password of {account} from another PC",
    "電源は入れたまま PC をネットワークから切り離し、別の PC から {account} "
    "のパスワードを変更してください")
MSG(STORY_FIRST_ENTRY_UNKNOWN,
    "take the PC off the network and leave it on; see which account logged on and change its "
    "password from another PC",
    "電源は入れたまま PC をネットワークから切り離し、ログオンしたアカウントを確認して、別の PC "
    "からそのパスワードを変更してください")
MSG(STORY_FIRST_TOOL, "ask who did it; if nobody did, take the PC off the network and leave it on",
    "誰が行ったかを確認し、心当たりがなければ、電源は入れたまま PC "
    "をネットワークから切り離してください")
MSG(STORY_FIRST_TUNNEL,
    "find and stop the tunnel: netsh interface portproxy show all, then look for ssh and ngrok",
    "netsh interface portproxy show all を実行し、ssh や ngrok も探して、トンネルを止めてください")
MSG(STORY_FIRST_DOOR,
    "find what lets the internet reach this PC (USB router, SIM, port forwarding) and unplug or "
    "close it; leave the PC on",
    "この PC をインターネットにさらしているもの（USB "
    "ルーター、SIM、ポート転送）を見つけ、外すか閉じてください。PC "
    "の電源は入れたままにしてください")
MSG(STORY_FIRST_INSIDE,
    "find the device at {source} and look at it first: the guessing comes from inside",
    "推測は社内から来ています。まず {source} の機器を特定し、調べてください")
MSG(STORY_FIRST_LOOK, "look at the alerts of this story, the most severe first",
    "このストーリーのアラートを、重大なものから確認してください")
