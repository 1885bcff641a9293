/*
 * messages_list - MSG(NAME, "English", "Japanese"), grouped by who says it. Parameters are {name};
 * where a language needs a word order, it orders them itself. No trailing blanks: who joins two
 * sentences says so in code. Alerts: one sentence, then what to do first. New rows go to the end.
 * No include guard: included where MSG is defined.
 */
#include "messages/messages_cli.h" /* what the command line says */

/* -- alerts (detectors/): one sentence that ends in what to do first ------------------------- */
MSG(ALERT_LOGON_BURST,
    "{count} failed logons from {source} ({service}) within minutes; make sure that this address "
    "has no way to this PC.",
    "{source} から短時間に {count} 回のログオン失敗（{service}）。このアドレスからこの PC "
    "に届かないようにしてください。")
