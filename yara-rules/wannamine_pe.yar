/* WannaMine, the line of service DLLs that is numbered 1.0 to 4.0 (MsraMiner, NRSMiner). */

import "pe"

rule MAL_WannaMine_Service_Dll
{
    meta:
        description = "Service DLL of WannaMine: exports a service's entry and names two parts of the same version"
        author = "Kanari"
        date = "2026-11-29"
        version = "1"
        family = "wannamine"
        severity = "critical"
        strength = "strong"
        attack = "T1543.003, T1036.004, T1496.001"
        references = "360 Netlab MsraMiner 2017; F-Secure NRSMiner 2019-01; CrowdStrike WannaMine 4.0"
        hazards = "scanners and cleaners have the names of all versions, and are no service DLLs"
    strings:
        $v1_0 = "MsraReportDataCache32.tlb" ascii wide
        $v1_1 = "NetTraceDiagnostics.ini" ascii wide
        $v1_2 = "tpmagentservice.dll" ascii wide
        $v1_3 = "vmichapagentsrv" ascii wide
        $v1_4 = "ServicesPixels" ascii wide
        $v1_5 = "TrustedHostServices.exe" ascii wide
        $v1_6 = "SecUpdateHost.exe" ascii wide
        $v1_7 = "settings7283.dat" ascii wide
        $v1_8 = "iolchxfz32.dat" ascii wide
        $v1_9 = "{5EC0AC33D-E23D-C8A2-A92C833}" ascii wide
        $v2_0 = "wmassrv.dll" ascii wide
        $v2_1 = "HalPluginsServices.dll" ascii wide
        $v2_2 = "EnrollCertXaml.dll" ascii wide
        $v2_3 = "SpeechsTracing" ascii wide
        $v3_0 = "snmpstorsrv.dll" ascii wide
        $v3_1 = "MarsTraceDiagnostics.xml" ascii wide
        $v3_2 = "TrustedHostex.exe" ascii wide
        $v3_3 = "AppDiagnostics" ascii wide
        $v3_4 = "UPnPHostServices" ascii wide
        $v3_5 = "WUDHostUpgrade" ascii wide
        $v4_0 = "rdpkax.xsl" ascii wide
        $v4_1 = "dllhostex.exe" ascii wide
        $v4_2 = "NetworkDistribution" ascii wide
        $v4_3 = "Location Awareness" ascii wide
    condition:
        pe.is_pe and filesize < 32MB and pe.is_dll() and signed_verdict != "trusted" and
        (pe.exports("ServiceCrtMain") or pe.exports("ServiceMain")) and
        (2 of ($v1_*) or 2 of ($v2_*) or 2 of ($v3_*) or 2 of ($v4_*))
}

rule MAL_WannaMine_Component
{
    meta:
        description = "Program of WannaMine that speaks to the network and names three parts of one version, and none of the others"
        author = "Kanari"
        date = "2026-11-29"
        version = "1"
        family = "wannamine"
        severity = "high"
        strength = "medium"
        attack = "T1210, T1570, T1496.001"
        references = "360 Netlab MsraMiner 2017; F-Secure NRSMiner 2019-01; CrowdStrike WannaMine 4.0"
        hazards = "a cleaner that is made for one version only, unsigned, and uses the network would match"
    strings:
        $v1_0 = "MsraReportDataCache32.tlb" ascii wide
        $v1_1 = "NetTraceDiagnostics.ini" ascii wide
        $v1_2 = "tpmagentservice.dll" ascii wide
        $v1_3 = "vmichapagentsrv" ascii wide
        $v1_4 = "ServicesPixels" ascii wide
        $v1_5 = "TrustedHostServices.exe" ascii wide
        $v1_6 = "SecUpdateHost.exe" ascii wide
        $v1_7 = "settings7283.dat" ascii wide
        $v1_8 = "iolchxfz32.dat" ascii wide
        $v1_9 = "{5EC0AC33D-E23D-C8A2-A92C833}" ascii wide
        $v2_0 = "wmassrv.dll" ascii wide
        $v2_1 = "HalPluginsServices.dll" ascii wide
        $v2_2 = "EnrollCertXaml.dll" ascii wide
        $v2_3 = "SpeechsTracing" ascii wide
        $v3_0 = "snmpstorsrv.dll" ascii wide
        $v3_1 = "MarsTraceDiagnostics.xml" ascii wide
        $v3_2 = "TrustedHostex.exe" ascii wide
        $v3_3 = "AppDiagnostics" ascii wide
        $v3_4 = "UPnPHostServices" ascii wide
        $v3_5 = "WUDHostUpgrade" ascii wide
        $v4_0 = "rdpkax.xsl" ascii wide
        $v4_1 = "dllhostex.exe" ascii wide
        $v4_2 = "NetworkDistribution" ascii wide
        $v4_3 = "Location Awareness" ascii wide
    condition:
        pe.is_pe and filesize < 32MB and signed_verdict != "trusted" and
        (pe.imports("ws2_32.dll") > 0 or pe.imports("wininet.dll") > 0) and
        (
            (3 of ($v1_*) and none of ($v2_*, $v3_*, $v4_*)) or
            (3 of ($v2_*) and none of ($v1_*, $v3_*, $v4_*)) or
            (3 of ($v3_*) and none of ($v1_*, $v2_*, $v4_*)) or
            (3 of ($v4_*) and none of ($v1_*, $v2_*, $v3_*))
        )
}
