/* WannaMine, the fileless line: PowerShell, kept in classes of WMI. */

rule MAL_WannaMine_Class_Script
{
    meta:
        description = "Script of WannaMine that writes or reads its parts as properties of a WMI class, and runs them"
        author = "Kanari"
        date = "2026-11-29"
        version = "1"
        family = "wannamine"
        severity = "critical"
        strength = "strong"
        attack = "T1059.001, T1027.011, T1546.003, T1047"
        references = "Panda 2017; CrowdStrike 2018-01; Cybereason 2018"
        hazards = "cleaner scripts name the classes and filters to remove them, and run nothing out of them"
    strings:
        $id_add = /\.Properties\.Add\( ?['"](mimi|mon|funs)['"]/ ascii wide nocase
        $id_read = /(Properties|default:[A-Za-z_0-9]{4,40}['"]\)?)[^\r\n]{0,12}\[ ?['"](mimi|mon|funs)['"] ?\]\.Value/ ascii wide nocase
        $id_encoded = "JABzAHQAaQBtAGUAPQBbAEUAbgB2AGkAcgBvAG4AbQBlAG4AdABdADoAOgBUAG" ascii wide
        $id_policy = /ipsec static add (policy|filterlist) name=netbc/ ascii wide nocase
        $code_class = /ManagementClass ?\(?[^\r\n]{0,40}root\\default/ ascii wide nocase
        $code_consumer = /-Class ['"]?(CommandLineEventConsumer|__FilterToConsumerBinding)/ ascii wide nocase
        $code_decode = /FromBase64String ?\(/ ascii wide nocase
        $code_download = /\.Download(String|Data|File) ?\(/ ascii wide nocase
        $code_run = /(Invoke-Expression|\bIEX) ?[('"$]/ ascii wide nocase
        $code_hidden = /powershell(\.exe)? [^\r\n]{0,60}-(enc|e|encodedcommand) {1,3}J/ ascii wide nocase
        $code_timer = /WITHIN 560[01] / ascii wide nocase
        $doc = /\n[ \t]{0,8}(condition|detection|logsource):/ ascii wide
    condition:
        uint16(0) != 0x5A4D and filesize < 64MB and not $doc and
        any of ($id_*) and 2 of ($code_*)
}

rule MAL_WannaMine_Launcher
{
    meta:
        description = "Command of WannaMine that runs one of two scripts, by the width of the processor"
        author = "Kanari"
        date = "2026-11-29"
        version = "1"
        family = "wannamine"
        severity = "critical"
        strength = "strong"
        attack = "T1059.001, T1105"
        references = "CrowdStrike 2018-01; Cybereason 2018"
        hazards = "lists of indicators have the addresses of the scripts, without the command around them"
    strings:
        $choice = /osarchitecture\.contains\(['"]64['"]\)\) ?\{ ?IEX ?\([^\r\n]{1,160}\/(info6|info9|in6)\.ps1/ ascii wide nocase
        $other = /\} ?else ?\{ ?IEX ?\([^\r\n]{1,160}\/(info3|in3)\.ps1/ ascii wide nocase
        $doc = /\n[ \t]{0,8}(condition|detection|logsource):/ ascii wide
    condition:
        uint16(0) != 0x5A4D and filesize < 64MB and not $doc and all of ($choice, $other)
}
