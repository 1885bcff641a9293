/* LemonDuck: scripts of every stage, the spreader, and the miner that travels behind a script. */

rule MAL_LemonDuck_Stage_Script
{
    meta:
        description = "Script of a LemonDuck stage: something only LemonDuck has, beside code that fetches, checks and runs the next stage"
        author = "Kanari"
        date = "2026-11-29"
        version = "1"
        family = "lemonduck"
        severity = "critical"
        strength = "strong"
        attack = "T1059.001, T1105, T1027.010"
        references = "Sophos 2020-08 and 2021-05; Talos 2020-10 and 2021-05; Microsoft 2021-07"
        hazards = "lists of indicators and rule files have the names, and cleaner scripts too, but not the code that runs them"
    strings:
        $id_key = "2mWo17uXvG1BXpmdgv8v/3NTmnNubHtV62fWrk4jPFI9wM3NN2vzTzticIYHlm7K" ascii wide
        $id_key_bytes = /0xda, ?0x65, ?0xa8, ?0xd7, ?0xbb, ?0x97, ?0xbc, ?0x6d/ ascii wide nocase
        $id_agent = /user-agent['", ]{1,6}Lemon-Duck-/ ascii wide nocase
        $id_variable = /\$Lemon_Duck ?=/ ascii wide nocase
        $id_mutex = /['"]Global\\(eLocalIf|eLocalMn|eLocalMng|LocalMail)['"]/ ascii wide
        $id_function = /function {1,4}SIEX ?[({]/ ascii wide nocase
        $id_password = /net user [^\r\n]{1,40} k8d3j9SjfS7/ ascii wide nocase
        $code_verify = /\.verifyData ?\(/ ascii wide nocase
        $code_rsa = /New-Object [^\r\n]{0,20}Cryptography\.RSACryptoServiceProvider/ ascii wide nocase
        $code_length = /\.length {0,2}-gt {0,2}173\b/ ascii wide nocase
        $code_download = /\.Download(String|Data) ?\(/ ascii wide nocase
        $code_run = /(Invoke-Expression|\bIEX) ?[('"$]/ ascii wide nocase
        $code_survey = /-join ?['"]\*['"]/ ascii wide nocase
        $code_firewall = /firewall add portopening tcp 655(29 S|33 )DNSd/ ascii wide nocase
        $code_portproxy = /portproxy add v4tov4 listenport=655(29|33) connectaddress=1\.1\.1\.1/ ascii wide nocase
        $doc = /\n[ \t]{0,8}(condition|detection|logsource):/ ascii wide
    condition:
        uint16(0) != 0x5A4D and filesize < 16MB and not $doc and
        any of ($id_*) and 2 of ($code_*)
}

rule MAL_LemonDuck_Spreader_Script
{
    meta:
        description = "Spreader of LemonDuck (if.bin): four or more of its own functions are defined"
        author = "Kanari"
        date = "2026-11-29"
        version = "1"
        family = "lemonduck"
        severity = "critical"
        strength = "strong"
        attack = "T1210, T1110.001, T1570"
        references = "LemonDuck analyses 2020-06 and 2025-04; Microsoft 2021-07"
        hazards = "scripts of penetration testers share one or two of the names; reports name functions without defining them"
    strings:
        $f_01 = /function {1,4}eb7 ?[({]/ ascii wide nocase
        $f_02 = /function {1,4}eb8 ?[({]/ ascii wide nocase
        $f_03 = /function {1,4}smb1_anonymous_connect_ipc ?[({]/ ascii wide nocase
        $f_04 = /function {1,4}Invoke-Myrdp ?[({]/ ascii wide nocase
        $f_05 = /function {1,4}Invoke-Mypass ?[({]/ ascii wide nocase
        $f_06 = /function {1,4}Invoke-SE ?[({]/ ascii wide nocase
        $f_07 = /function {1,4}Invoke-SMBC ?[({]/ ascii wide nocase
        $f_08 = /function {1,4}Invoke-SMBGhost ?[({]/ ascii wide nocase
        $f_09 = /function {1,4}copyrun ?[({]/ ascii wide nocase
        $f_10 = /function {1,4}mssqlrun ?[({]/ ascii wide nocase
        $f_11 = /function {1,4}sshbrute ?[({]/ ascii wide nocase
        $f_12 = /function {1,4}localscan ?[({]/ ascii wide nocase
        $f_13 = /function {1,4}getipaddrs ?[({]/ ascii wide nocase
        $f_14 = /function {1,4}LHSDGUKsdHF ?[({]/ ascii wide nocase
        $f_15 = /function {1,4}KSHDUWKHF ?[({]/ ascii wide nocase
        $doc = /\n[ \t]{0,8}(condition|detection|logsource):/ ascii wide
    condition:
        uint16(0) != 0x5A4D and filesize < 16MB and not $doc and 4 of ($f_*)
}

rule MAL_LemonDuck_Miner_Container
{
    meta:
        description = "Miner of LemonDuck as it travels (m6.bin): lines of PowerShell that unpack what follows them, a packed program"
        author = "Kanari"
        date = "2026-11-29"
        version = "1"
        family = "lemonduck"
        severity = "critical"
        strength = "medium"
        attack = "T1027, T1620, T1496.001"
        references = "LemonDuck analysis 2020-06"
        hazards = "installers that carry an archive behind a script are shell scripts, without this PowerShell"
    strings:
        $packed = { 0A 1F 8B 08 }
        $code_unpack = /IO\.Compression\.GzipStream/ ascii nocase
        $code_bytes = /ReadAllBytes ?\(/ ascii nocase
        $code_thread = /(CreateThread|VirtualAlloc|ReflectivePE|Reflection\.Assembly)/ ascii nocase
        $code_mutex = /Global\\eLocalMng?/ ascii
    condition:
        uint16(0) != 0x5A4D and filesize > 1KB and filesize < 64MB and
        $packed in (64..204800) and
        for 2 of ($code_*) : (@[1] < @packed[1])
}
