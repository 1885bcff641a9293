/* Scripts that hide the command which runs them. */

rule SUSP_PowerShell_Hidden_Run
{
    meta:
        description = "PowerShell that spells its run command out of letters of other texts, beside a packed payload"
        author = "Kanari"
        date = "2026-11-29"
        version = "1"
        family = "obfuscation"
        severity = "medium"
        strength = "medium"
        attack = "T1027.010, T1059.001"
        references = "Invoke-Obfuscation and its use by LemonDuck"
        hazards = "texts about this technique list the spellings, without a payload; protectors of lawful scripts may match"
    strings:
        $run_shell = /\$ShellId\[ ?1 ?\] ?\+ ?\$ShellId\[ ?13 ?\]/ ascii wide nocase
        $run_comspec = /\$env:ComSpec\[ ?4 ?, ?(15|24|26) ?, ?25 ?\] ?-join/ ascii wide nocase
        $run_verbose = /\$VerbosePreference\.ToString\( ?\)\[ ?1 ?, ?3 ?\]/ ascii wide nocase
        $run_home = /\$PSHome\[ ?(4|21) ?\] ?\+ ?\$PSHome\[ ?(30|34) ?\]/ ascii wide nocase
        $run_variable = /\((Get-)?Variable ['"]?\*mdr\*['"]?\)\.Name\[ ?3 ?, ?11 ?, ?2 ?\]/ ascii wide nocase
        $run_ticks = /[ |;&('"](i`ex?|i`e`x|ie`x|inv`oke-exp`ression|invoke-`expression)[ ('"$]/ ascii wide nocase
        $hide_client = /Ne?`?w?-?`?Ob`?j`?e`?ct Net\.W`?eb`?C`?l`?i`?ent/ ascii wide nocase
        $hide_base64 = /FromBase64String ?\( ?['"][A-Za-z0-9+\/]{60}/ ascii wide nocase
        $hide_variable = /FromBase64String ?\( ?\$/ ascii wide nocase
        $hide_deflate = /IO\.Compression\.(Deflate|Gzip)Stream ?\(/ ascii wide nocase
        $hide_xor = /-bxor ?['"]?(0x)?[0-9A-F]{1,4}/ ascii wide nocase
        $hide_char = /-split ?['"][^'"\r\n]{1,20}['"] ?\| ?(ForEach-Object|%) ?\{ ?\( ?\[ ?(char|int)/ ascii wide nocase
        $hide_replace = /-f ?(['"][^'"\r\n]{1,12}['"],){6}/ ascii wide nocase
        $doc = /\n[ \t]{0,8}(condition|detection|logsource):/ ascii wide
    condition:
        uint16(0) != 0x5A4D and filesize < 16MB and not $doc and
        any of ($run_*) and any of ($hide_*)
}
