/* Prometei: the command that installs it, and its modules. */

import "pe"

rule MAL_Prometei_Install_Script
{
    meta:
        description = "Command or script that installs Prometei: writes its key file, or decodes its program, beside what only Prometei does"
        author = "Kanari"
        date = "2026-11-29"
        version = "1"
        family = "prometei"
        severity = "critical"
        strength = "strong"
        attack = "T1059.001, T1105, T1140, T1480"
        references = "Talos 2023-03; eSentire 2026-01; Trend Micro 2024-10"
        hazards = "removers and lists of indicators have the names and addresses, without the code"
    strings:
        $decode_step = /\$j ?\+= ?66\b/ ascii wide nocase
        $decode_xor = /-bxor ?\( ?\$i ?\* ?3 ?-band ?255 ?\)/ ascii wide nocase
        $decode_sub = /- ?\$j ?\) ?-band ?255/ ascii wide nocase
        $act_key = /echo {1,3}[0-9]{1,8} ?> ?C:\\Windows\\mshlpda32\.dll/ ascii wide nocase
        $act_stage = /\$p ?= ?['"]C:\\windows\\zsvc\.exe['"]/ ascii wide nocase
        $act_fetch = /DownloadFile ?\([^\r\n]{1,80}\/k\.php\?B=/ ascii wide nocase
        $act_service = /sc(\.exe)? create UPlugPlay / ascii wide nocase
        $act_firewall = /firewall [^\r\n]{0,40}add [^\r\n]{0,80}\\sqhost\.exe/ ascii wide nocase
        $act_exclusion = /-ExclusionPath ['"]?C:\\Windows\\Dell/ ascii wide nocase
        $doc = /\n[ \t]{0,8}(condition|detection|logsource):/ ascii wide
    condition:
        uint16(0) != 0x5A4D and filesize < 16MB and not $doc and
        (2 of ($decode_*) or 2 of ($act_*) or (any of ($decode_*) and any of ($act_*)))
}

rule MAL_Prometei_Module
{
    meta:
        description = "Program that speaks to Prometei's servers by their addresses and knows two of its parts"
        author = "Kanari"
        date = "2026-11-29"
        version = "1"
        family = "prometei"
        severity = "critical"
        strength = "strong"
        attack = "T1071.001, T1543.003, T1496.001"
        references = "Talos 2023-03 and its indicators; eSentire 2026-01"
        hazards = "removers have the names of the parts, without the addresses; most modules are packed on disk and match in memory only"
    strings:
        $net_main = /\/cgi-bin\/prometei\.cgi\?/ ascii wide
        $net_walker = /\/walker14364\.php/ ascii wide
        $net_smb = /\/chk445\.php/ ascii wide
        $net_search = /\/srchindx2\.php/ ascii wide
        $net_pool = /\bp[123]\.feefreepool\.net\b/ ascii wide
        $net_backup = /\bbk1\.bitspiritfun2\.net\b/ ascii wide
        $net_onion = /\bgb7ni5rgeexdcncj\.onion\b/ ascii wide
        $net_i2p = /\bmkhkjxgchtfgu7uhofxzgoawntfzrkdccymveektqgpxrpjb72oq\.(zero|b32)/ ascii wide
        $part_service = "UPlugPlay" fullword ascii wide
        $part_key = "mshlpda32.dll" ascii wide nocase
        $part_main = "sqhost.exe" fullword ascii wide nocase
        $part_stage = "zsvc.exe" fullword ascii wide nocase
        $part_rdp = "rdpcIip.exe" fullword ascii wide
        $part_walk = /\bmiWalk(32|64)\.exe\b/ ascii wide
        $part_ssh = "windrlver.exe" fullword ascii wide nocase
        $part_id = "EncryptedMachineKeyId" fullword ascii wide
    condition:
        pe.is_pe and filesize < 32MB and signed_verdict != "trusted" and
        any of ($net_*) and 2 of ($part_*)
}
