/* Miners: XMRig by what its source says, its settings, and what starts it unseen. */

import "pe"

rule PUA_XMRig_Miner
{
    meta:
        description = "XMRig, a miner of Monero; lawful where somebody wants it"
        author = "Kanari"
        date = "2026-11-29"
        version = "1"
        family = "xmrig"
        severity = "medium"
        strength = "strong"
        attack = "T1496.001"
        references = "xmrig/xmrig 6.26, source"
        hazards = "who mines lawfully is told of it as well; tools that only carry the driver WinRing0 do not match"
    strings:
        $agent = /XMRig\/[0-9%]/ ascii wide
        $help = "Usage: xmrig [OPTIONS]" ascii
        $wizard = "no valid configuration found, try https://xmrig.com/wizard" ascii
        $donate = /donate\.(v2|ssl)\.xmrig\.com/ ascii
        $option_donate = "--donate-level=N" ascii
        $option_init = "--randomx-init=N" ascii
        $option_msr = "--randomx-wrmsr=N" ascii
        $option_hint = "--cpu-max-threads-hint=N" ascii
        $topology = "hwloc topology successfully exported" ascii
    condition:
        pe.is_pe and filesize < 64MB and 3 of them
}

rule MAL_XMRig_Renamed
{
    meta:
        description = "XMRig under the name of a part of Windows"
        author = "Kanari"
        date = "2026-11-29"
        version = "1"
        family = "xmrig"
        severity = "high"
        strength = "strong"
        attack = "T1496.001, T1036.005"
        references = "xmrig/xmrig 6.26, source; WannaMine 4.0 and Prometei name their miners so"
        hazards = "needs the name of the file; a miner under its own name does not match"
    strings:
        $agent = /XMRig\/[0-9%]/ ascii wide
        $help = "Usage: xmrig [OPTIONS]" ascii
        $wizard = "no valid configuration found, try https://xmrig.com/wizard" ascii
        $donate = /donate\.(v2|ssl)\.xmrig\.com/ ascii
        $option_donate = "--donate-level=N" ascii
        $option_init = "--randomx-init=N" ascii
        $option_msr = "--randomx-wrmsr=N" ascii
        $option_hint = "--cpu-max-threads-hint=N" ascii
        $topology = "hwloc topology successfully exported" ascii
    condition:
        pe.is_pe and filesize < 64MB and 3 of them and
        file_name matches /^(svchost|dllhost|dllhostex|searchindexer|winhlpx64|spoolsv|lsass|csrss|services|explorer|taskhost|taskhostw|conhost|rundll32|trustedhostex)\.exe$/i
}

rule PUA_XMRig_Config
{
    meta:
        description = "Settings of XMRig: a JSON object with five or more of its keys"
        author = "Kanari"
        date = "2026-11-29"
        version = "1"
        family = "xmrig"
        severity = "medium"
        strength = "medium"
        attack = "T1496.001"
        references = "xmrig/xmrig 6.26, config.json"
        hazards = "manuals show the same keys within other text and do not begin as JSON does"
    strings:
        $key_01 = /"autosave" ?:/ ascii wide
        $key_02 = /"randomx" ?:/ ascii wide
        $key_03 = /"donate-level" ?:/ ascii wide
        $key_04 = /"donate-over-proxy" ?:/ ascii wide
        $key_05 = /"pools" ?:/ ascii wide
        $key_06 = /"rig-id" ?:/ ascii wide
        $key_07 = /"nicehash" ?:/ ascii wide
        $key_08 = /"huge-pages" ?:/ ascii wide
        $key_09 = /"1gb-pages" ?:/ ascii wide
        $key_10 = /"wrmsr" ?:/ ascii wide
        $key_11 = /"max-threads-hint" ?:/ ascii wide
        $key_12 = /"pause-on-active" ?:/ ascii wide
    condition:
        filesize < 64KB and
        (uint8(0) == 0x7B or uint32be(0) == 0xEFBBBF7B or uint32be(0) == 0xFFFE7B00) and
        5 of ($key_*)
}

rule MAL_Miner_Hidden_Start
{
    meta:
        description = "Script that starts a miner unseen or at every start of the computer"
        author = "Kanari"
        date = "2026-11-29"
        version = "1"
        family = "miner"
        severity = "high"
        strength = "medium"
        attack = "T1496.001, T1564.003, T1053.005"
        references = "xmrig/xmrig 6.26, options; SigmaHQ rules of mining"
        hazards = "a batch file that starts a miner in a window does not match; manuals have no hidden start"
    strings:
        $pool = /(-o|--url)[ =]{1,2}(stratum\+(tcp|ssl):\/\/)?[A-Za-z0-9.-]{4,60}:[0-9]{2,5}\b/ ascii wide
        $flag_donate = /--donate-level[ =][0-9]/ ascii wide
        $flag_hint = /--cpu-max-threads-hint[ =][0-9]/ ascii wide
        $flag_priority = /--cpu-priority[ =][0-9]/ ascii wide
        $flag_nicehash = "--nicehash" fullword ascii wide
        $flag_coin = /--coin[ =]monero/ ascii wide
        $flag_rig = /--rig-id[ =]/ ascii wide
        $flag_rx = /(-a|--algo)[ =]rx\/0/ ascii wide
        $hidden_window = /-w(indowstyle)? {1,2}h(idden)? / ascii wide nocase
        $hidden_vbs = /\.Run [^\r\n]{1,400}, ?0\b/ ascii wide nocase
        $hidden_task = /schtasks(\.exe)? [^\r\n]{0,20}\/create / ascii wide nocase
        $hidden_register = "Register-ScheduledTask " ascii wide nocase
        $hidden_service = /\b(sc(\.exe)? create|nssm(\.exe)? install|New-Service) / ascii wide nocase
        $doc = /\n[ \t]{0,8}(condition|detection|logsource):/ ascii wide
    condition:
        uint16(0) != 0x5A4D and filesize < 1MB and not $doc and
        $pool and any of ($flag_*) and any of ($hidden_*)
}
