# acceptance - proves Kanari's live service on a real Windows; README.md beside it says how.
# Exit code: 0 all passed, 1 a check failed, 2 it cannot begin, 4 not run as administrator.
#Requires -Version 5.1
[CmdletBinding()]
param(
    [Parameter(Mandatory = $true)]
    [string]$Kanari,
    [string]$Logs = 'acceptance-logs',
    [int]$IdleMinutes = 10,
    [switch]$Destructive
)

Set-StrictMode -Version Latest
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'

if ($env:OS -ne 'Windows_NT') {
    Write-Host 'acceptance: this is not Windows'
    exit 2
}
New-Item -ItemType Directory -Path $Logs -Force | Out-Null
$Logs = (Resolve-Path -LiteralPath $Logs).ProviderPath
$script:Data = Join-Path $env:ProgramData 'Kanari'
# A folder that only administrators write to, with a blank in its name.
$script:Folder = Join-Path $env:ProgramFiles 'Kanari acceptance'
$script:Program = Join-Path $script:Folder 'kanari.exe'
$script:AuditBackup = Join-Path $Logs ('audit-before-{0}.csv' -f [guid]::NewGuid())

. (Join-Path $PSScriptRoot 'lib\harness.ps1')
. (Join-Path $PSScriptRoot 'lib\windows.ps1')
. (Join-Path $PSScriptRoot 'lib\checks_install.ps1')
. (Join-Path $PSScriptRoot 'lib\checks_events.ps1')
. (Join-Path $PSScriptRoot 'lib\checks_etw.ps1')
. (Join-Path $PSScriptRoot 'lib\checks_faults.ps1')

# In this order: each stands on what the ones before it left.
$script:Checks = @(
    'Test-InstallMakesTheService', 'Test-InstallAgainRepairs', 'Test-FailureActions',
    'Test-AuditingOfFailuresIsOn', 'Test-RunsWithinFiveSeconds', 'Test-HistoryIsRead',
    'Test-StatusNamesEveryReason', 'Test-SecurityLogIsRead', 'Test-BootTraceIsRegistered',
    'Test-TraceSessionsRun', 'Test-OwnChildIsSeen', 'Test-AcceptsAreSeen',
    'Test-RawAcceptIsShown', 'Test-StartKeyIsShown', 'Test-ServiceSid',
    'Test-PrivilegesAreTheNamedOnes', 'Test-DataFolderIsClosed', 'Test-LogIsClosed',
    'Test-WrongPasswordByApi', 'Test-AttemptsAreCountedOnce', 'Test-WrongPasswordBySmb',
    'Test-HostileNamesStayNames', 'Test-TestAlertIsReadable', 'Test-HeartbeatIsTold',
    'Test-ReadersDoNotDisturb', 'Test-KillLosesNothing', 'Test-BadSettingsAreRefused',
    'Test-GoodSettingsAreTaken', 'Test-ChannelOffIsTold', 'Test-AuditingOffIsTold')
$script:DestructiveChecks = @('Test-ClearedLogIsTold', 'Test-EventLogMayDie')
$script:LastChecks = @(
    'Test-EveryEventHasItsText', 'Test-NothingListensOrConnects', 'Test-IdleCostsLittle',
    'Test-NoTraceEventIsLost', 'Test-StopsWithinFiveSeconds', 'Test-NoTraceSessionIsLeft',
    'Test-StartsWhereItStopped', 'Test-UninstallLeavesTheDataAlone',
    'Test-UninstallLeavesNoTraceSession',
    'Test-UninstallEndsTheBootTrace')

function Start-Acceptance {
    $source = (Resolve-Path -LiteralPath $Kanari).ProviderPath
    New-Item -ItemType Directory -Path $script:Folder -Force | Out-Null
    Copy-Item -LiteralPath $source -Destination $script:Program -Force
    $texts = Join-Path ([System.IO.Path]::GetDirectoryName($source)) 'kanari-messages.dll'
    Copy-Item -LiteralPath $texts -Destination $script:Folder -Force
    [System.Diagnostics.Process]::EnterDebugMode() # the service's process is LocalSystem's
    Add-Type -LiteralPath (Join-Path $PSScriptRoot 'lib\native.cs')
    Assert-Program -Path 'auditpol.exe' -Arguments '/backup', "/file:$script:AuditBackup"
    $script:RdpWasOn = (Invoke-Program -Path 'wevtutil.exe' -Arguments 'gl', $script:Rdp).Out `
        -match '(?m)^enabled:\s*true'
    if (-not $script:RdpWasOn) {
        Set-Channel -Channel $script:Rdp -Enabled $true
    }
}

# What a reader of a failure needs, as far as it can be had.
function Save-Evidence {
    $wishes = @(
        @('wevtutil.exe', 'epl', 'Kanari', (Join-Path $Logs 'Kanari.evtx'), '/ow:true'),
        @('wevtutil.exe', 'gl', 'Kanari'),
        @('sc.exe', 'qc', $script:Service),
        @($script:Program, 'status', '-o', 'json'),
        @($script:Program, 'alerts', '-o', 'ndjson', '--out', (Join-Path $Logs 'alerts.ndjson')),
        @($script:Program, 'events', '-o', 'ndjson', '--out', (Join-Path $Logs 'events.ndjson')))
    foreach ($wish in $wishes) {
        try {
            $words = @($wish | Select-Object -Last ($wish.Count - 1))
            Invoke-Program -Path $wish[0] -Arguments $words | Out-Null
        }
        catch {
            Write-Line "    evidence: $($_.Exception.Message)"
        }
    }
}

function Invoke-Step {
    param(
        [scriptblock]$Step
    )
    try {
        & $Step | Out-Null
    }
    catch {
        Write-Line "    cleaning up: $($_.Exception.Message)"
    }
}

# The machine as it was, whatever happened: each step whether or not the one before it worked.
function Restore-Machine {
    Invoke-Step {
        if (Get-ServiceRow) {
            Invoke-Kanari -Arguments 'service', 'uninstall'
        }
    }
    Invoke-Step {
        if (Get-ServiceRow) {
            Invoke-Program -Path 'sc.exe' -Arguments 'stop', $script:Service
            Assert-Program -Path 'sc.exe' -Arguments 'delete', $script:Service
        }
    }
    foreach ($key in $script:LogKey, $script:BootKey) {
        Invoke-Step {
            if (Test-Path -LiteralPath $key) {
                Remove-Item -LiteralPath $key -Recurse -Force
            }
        }
    }
    foreach ($name in $script:TraceSessions + $script:BootSession + $script:RawSession) {
        Invoke-Step { Stop-TraceSession $name }
    }
    Invoke-Step {
        if (Test-Path -LiteralPath $script:AuditBackup) {
            Assert-Program -Path 'auditpol.exe' -Arguments '/restore', "/file:$script:AuditBackup"
        }
    }
    Invoke-Step { Set-Channel -Channel $script:Rdp -Enabled $script:RdpWasOn }
    foreach ($folder in $script:Folder, $script:Data) {
        Invoke-Step {
            if (Test-Path -LiteralPath $folder) {
                Remove-Item -LiteralPath $folder -Recurse -Force
            }
        }
    }
}

if (-not (Test-Elevated)) {
    Write-Host 'acceptance: run it as administrator'
    exit 4
}
if ((Get-ServiceRow) -or (Test-Path -LiteralPath $script:Data)) {
    Write-Host "acceptance: there is a Kanari on this PC already (its service or $script:Data)"
    exit 2
}
$script:RdpWasOn = $true
Write-Line ('{0}, PowerShell {1}, {2:o}' -f [System.Environment]::OSVersion.VersionString,
    $PSVersionTable.PSVersion, (Get-Date))
try {
    Start-Acceptance
    foreach ($name in $script:Checks) {
        Invoke-Check $name
    }
    foreach ($name in $script:DestructiveChecks) {
        if ($Destructive) {
            Invoke-Check $name
        }
        else {
            $script:Skipped++
            Write-Line "skip ${name}: only with -Destructive"
        }
    }
    Save-Evidence
    foreach ($name in $script:LastChecks) {
        Invoke-Check $name
    }
}
catch {
    $script:Failed++
    Write-Line "not ok the preparation: $($_.Exception.Message)"
}
finally {
    Restore-Machine
}
Write-Line "$script:Passed passed, $script:Failed failed, $script:Skipped skipped"
if ($script:Failed -gt 0 -or $script:Passed -eq 0) {
    exit 1
}
exit 0
