/* Mimikatz and its kin: the program, its PowerShell dress, hash dumpers, tickets. */

import "pe"

rule HKTL_Mimikatz
{
    meta:
        description = "Mimikatz: what it says to people, beside the places in memory that it reads"
        author = "Kanari"
        date = "2026-11-29"
        version = "1"
        family = "mimikatz"
        severity = "high"
        strength = "strong"
        attack = "T1003.001, T1003.002, T1550.002"
        references = "SigmaHQ and Elastic rules of Mimikatz; its source"
        hazards = "engines of other security programs may hold the same texts; those are signed"
    strings:
        $say_prompt = "mimikatz(commandline) # %s" ascii wide
        $say_author = "gentilkiwi" ascii wide
        $say_motto = "A La Vie, A L'Amour" ascii wide
        $say_anssi = "<3 eo.oe ~ ANSSI E>" ascii wide
        $say_minidump = "Switch to MINIDUMP" ascii wide
        $in_sekurlsa = "kuhl_m_sekurlsa" ascii wide
        $in_lsadump = "kuhl_m_lsadump" ascii wide
        $in_wdigest = "wdigest!l_LogSessList" ascii wide
        $in_key = "lsasrv!g_MasterKeyCacheList" ascii wide
        $in_tspkg = "tspkg!TSGlobalCredTable" ascii wide
        $in_livessp = "livessp!LiveGlobalLogonSessionList" ascii wide
        $in_msv = "KIWI_MSV1_0_PRIMARY_CREDENTIALS" ascii wide
        $in_driver = "\\\\.\\mimidrv" ascii wide
    condition:
        pe.is_pe and filesize < 32MB and signed_verdict != "trusted" and
        3 of them and any of ($say_*) and any of ($in_*)
}

rule HKTL_Mimikatz_PowerShell
{
    meta:
        description = "Mimikatz as a PowerShell script, or what loads it from there"
        author = "Kanari"
        date = "2026-11-29"
        version = "1"
        family = "mimikatz"
        severity = "high"
        strength = "strong"
        attack = "T1003.001, T1059.001, T1620"
        references = "PowerSploit Invoke-Mimikatz; SigmaHQ and Elastic rules"
        hazards = "hunting scripts name the function, and define none of it"
    strings:
        $image = /\$PEBytes(32|64)? ?= ?['"]TVqQ/ ascii wide nocase
        $function = /function {1,4}Invoke-(Mimikatz|Mypass|Kiwi)\b/ ascii wide nocase
        $switch_creds = /\[Switch\]\s{0,40}\$DumpCreds\b/ ascii wide nocase
        $switch_certs = /\[Switch\]\s{0,40}\$DumpCerts\b/ ascii wide nocase
        $write = /function {1,4}Write-BytesToMemory\b/ ascii wide nocase
        $argument = /\$GetCommandLineWAddrTemp\b/ ascii wide nocase
        $command = /\$ExeArgs ?= ?['"][^\r\n]{0,40}sekurlsa::logonpasswords/ ascii wide nocase
        $doc = /\n[ \t]{0,8}(condition|detection|logsource):/ ascii wide
    condition:
        uint16(0) != 0x5A4D and filesize < 16MB and not $doc and 2 of ($image, $function, $switch_creds, $switch_certs, $write, $argument, $command)
}

rule HKTL_Hash_Dump_PowerShell
{
    meta:
        description = "PowerShell script that computes password hashes out of the registry's SAM"
        author = "Kanari"
        date = "2026-11-29"
        version = "1"
        family = "hashdump"
        severity = "high"
        strength = "strong"
        attack = "T1003.002"
        references = "nishang Get-PassHashes, renamed by LemonDuck"
        hazards = "backup scripts save hives, and define none of these functions"
    strings:
        $f_boot_key = /function {1,4}Get-BootKey\b/ ascii wide nocase
        $f_dump = /function {1,4}DumpHashes\b/ ascii wide nocase
        $f_hboot = /function {1,4}Get-HBootKey\b/ ascii wide nocase
        $f_decrypt = /function {1,4}(DecryptSingleHash|DecryptHashes)\b/ ascii wide nocase
        $f_users = /function {1,4}Get-User(Hashes|Keys|Name)\b/ ascii wide nocase
        $f_start = /function {1,4}(geth|Get-PassHashes)\b/ ascii wide nocase
        $hive = /SAM\\SAM\\Domains\\Account/ ascii wide nocase
        $lsa = /CurrentControlSet\\Control\\Lsa/ ascii wide nocase
        $doc = /\n[ \t]{0,8}(condition|detection|logsource):/ ascii wide
    condition:
        uint16(0) != 0x5A4D and filesize < 16MB and not $doc and
        3 of ($f_*) and any of ($hive, $lsa)
}

rule HKTL_Kerberos_Ticket_File
{
    meta:
        description = "Kerberos tickets in a file, as Mimikatz and Rubeus export them (.kirbi)"
        author = "Kanari"
        date = "2026-11-29"
        version = "1"
        family = "kirbi"
        severity = "medium"
        strength = "medium"
        attack = "T1550.003, T1558.003"
        references = "RFC 4120, KRB-CRED; SigmaHQ rules of Mimikatz files"
        hazards = "other ASN.1 files, such as certificates, begin differently; administrators export tickets rarely"
    strings:
        $credential = { 76 82 ?? ?? 30 82 ?? ?? A0 03 02 01 05 A1 03 02 01 16 }
        $ticket = { 02 01 05 A1 [2-64] 1B }
    condition:
        filesize < 64KB and $credential at 0 and $ticket
}
