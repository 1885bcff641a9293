# windows - what the checks ask of Windows and of Kanari. Dot-sourced.

$script:Service = 'kanari'
$script:ServiceKey = "HKLM:\SYSTEM\CurrentControlSet\Services\$script:Service"
$script:LogKey = 'HKLM:\SYSTEM\CurrentControlSet\Services\EventLog\Kanari'
$script:BootKey = 'HKLM:\SYSTEM\CurrentControlSet\Control\WMI\Autologger\Kanari-Boot'
$script:System = 'S-1-5-18'
$script:Administrators = 'S-1-5-32-544'
$script:LogReaders = 'S-1-5-32-573'
# Names of audit subcategories are translated, their GUIDs are not.
$script:AuditLogon = '{0CCE9215-69AE-11D9-BED3-505054503030}'
$script:AuditFailureBit = 2
# What an event in Kanari's log carries, in this order: docs/EVENTS.md.
$script:Insertions = @('schema', 'id', 'revision', 'rule', 'severity', 'state', 'retro', 'host',
    'first', 'last', 'count', 'source', 'account', 'service', 'adapter', 'process', 'file',
    'attack', 'sentence', 'json')

function Test-Elevated {
    $me = [System.Security.Principal.WindowsIdentity]::GetCurrent()
    $principal = New-Object -TypeName System.Security.Principal.WindowsPrincipal -ArgumentList $me
    return $principal.IsInRole([System.Security.Principal.WindowsBuiltInRole]::Administrator)
}

# -- Kanari ----------------------------------------------------------------------------------------

function Invoke-Kanari {
    param(
        [string[]]$Arguments,
        [int[]]$Codes = @(0),
        [int]$Seconds = 60
    )
    $result = Invoke-Program -Path $script:Program -Arguments $Arguments -Seconds $Seconds
    Assert-True -Value ($Codes -contains $result.Code) `
        -Otherwise "exit code $($result.Code) of $($result.Shown): $($result.Err)"
    return $result
}

# 5.1 gives an array as one object, 7 one by one and nothing for an empty one.
function ConvertFrom-JsonRows {
    param(
        [string]$Text
    )
    $rows = ConvertFrom-Json $Text
    foreach ($row in $rows) {
        $row
    }
}

function Get-Rows {
    param(
        [string]$Sql
    )
    ConvertFrom-JsonRows (Invoke-Kanari -Arguments 'query', $Sql, '-o', 'json').Out
}

# A row of v_status; '' while there is none.
function Get-StatusValue {
    param(
        [string]$Name
    )
    $rows = @(Get-Rows "SELECT value FROM v_status WHERE name = '$Name'")
    if ($rows.Count -eq 0) {
        return ''
    }
    return [string]$rows[0].value
}

function Get-SourceState {
    param(
        [string]$Channel
    )
    $sql = "SELECT DISTINCT state FROM v_sources WHERE channel = '$Channel' ORDER BY state"
    return @(Get-Rows $sql | ForEach-Object { [string]$_.state }) -join ','
}

# Numbers of the records of refused logons of that account, as Kanari stored them.
function Get-StoredFailures {
    param(
        [string]$Account
    )
    $sql = "SELECT record_id FROM v_events WHERE kind = 'logon_failure' AND " +
        "lower(account) = '$Account' AND event_id = 4625"
    @(Get-Rows $sql | ForEach-Object { [uint64]$_.record_id } | Sort-Object)
}

# -- the service -----------------------------------------------------------------------------------

function Get-ServiceRow {
    Get-CimInstance -ClassName Win32_Service -Filter "Name='$script:Service'"
}

function Get-ServiceProcess {
    $row = Get-ServiceRow
    Assert-True -Value $row -Otherwise 'the service is not installed'
    Assert-Equal -Found $row.State -Due 'Running' -What 'state of the service'
    return [int]$row.ProcessId
}

function Wait-Running {
    Wait-Until -What 'the service runs' -Seconds 5 -Condition {
        (Get-Service -Name $script:Service).Status -eq 'Running'
    } | Out-Null
}

# In the store, which it tells of itself from its first beat on.
function Wait-SensorRunning {
    Wait-Until -What 'the sensor says that it runs' -Seconds 15 -Condition {
        (Get-StatusValue 'state') -eq 'running' -and
            (Get-StatusValue 'pid') -eq [string](Get-ServiceProcess)
    } | Out-Null
}

function Get-KeyValue {
    param(
        [string]$Key,
        [string]$Name
    )
    $values = Get-ItemProperty -LiteralPath $Key
    $value = $values.PSObject.Properties[$Name]
    if ($null -eq $value) {
        return $null
    }
    return $value.Value
}

# -- the Event Log ---------------------------------------------------------------------------------

function Get-LogEvents {
    param(
        [string]$Log,
        [string]$XPath
    )
    try {
        Get-WinEvent -LogName $Log -FilterXPath $XPath -ErrorAction Stop
    }
    catch {
        if ($_.FullyQualifiedErrorId -notlike 'NoMatchingEventsFound*') {
            throw
        }
    }
}

# What Windows itself recorded: the truth that Kanari is measured by.
function Get-AuditedFailures {
    param(
        [string]$Account
    )
    $xpath = "*[System[(EventID=4625)] and EventData[Data[@Name='TargetUserName']='$Account']]"
    @(Get-LogEvents -Log 'Security' -XPath $xpath | ForEach-Object { [uint64]$_.RecordId } |
        Sort-Object)
}

function Get-KanariEvents {
    param(
        [int]$Id,
        [uint64]$After = 0
    )
    $xpath = "*[System[(EventID=$Id) and (EventRecordID>$After)]]"
    Get-LogEvents -Log 'Kanari' -XPath $xpath | Sort-Object -Property RecordId
}

function Get-LastKanariRecord {
    $found = @(Get-LogEvents -Log 'Kanari' -XPath '*' | Sort-Object -Property RecordId)
    if ($found.Count -eq 0) {
        return [uint64]0
    }
    return [uint64]$found[-1].RecordId
}

function Get-Insertion {
    param(
        [object]$Record,
        [string]$Name
    )
    return [string]$Record.Properties[[array]::IndexOf($script:Insertions, $Name)].Value
}

function Wait-KanariEvent {
    param(
        [int]$Id,
        [uint64]$After,
        [string]$State = '',
        [int]$Seconds = 30
    )
    $found = Wait-Until -What "event $Id $State in Kanari's log" -Seconds $Seconds -Condition {
        Get-KanariEvents -Id $Id -After $After |
            Where-Object { $State -eq '' -or (Get-Insertion -Record $_ -Name 'state') -eq $State }
    }
    return @($found)[-1]
}

function Set-Channel {
    param(
        [string]$Channel,
        [bool]$Enabled
    )
    $word = if ($Enabled) { 'true' } else { 'false' }
    Assert-Program -Path 'wevtutil.exe' -Arguments 'sl', $Channel, "/e:$word"
}

# -- auditing and failed logons --------------------------------------------------------------------

# The setting of one subcategory: 1 success, 2 failure, 3 both. Only the backup has it as a number.
function Get-AuditSetting {
    param(
        [string]$Guid
    )
    $file = Join-Path $script:Logs ('audit-{0}.csv' -f [guid]::NewGuid())
    Assert-Program -Path 'auditpol.exe' -Arguments '/backup', "/file:$file"
    $lines = @(Get-Content -LiteralPath $file | Where-Object { $_ -like "*$Guid*" })
    Remove-Item -LiteralPath $file
    Assert-True -Value ($lines.Count -gt 0) -Otherwise "auditpol.exe names no $Guid"
    return [int](@($lines[0] -split ',')[-1])
}

function Set-AuditFailures {
    param(
        [bool]$Enabled
    )
    $word = if ($Enabled) { 'enable' } else { 'disable' }
    Assert-Program -Path 'auditpol.exe' `
        -Arguments '/set', "/subcategory:$script:AuditLogon", "/failure:$word"
}

function New-AccountName {
    return 'kanari-' + [guid]::NewGuid().ToString('N').Substring(0, 10)
}

# Network logons that Windows refuses: nobody has this account. No address stands in their records.
function Add-ApiFailures {
    param(
        [string]$Account,
        [int]$Count = 1
    )
    $network = 3
    for ($i = 0; $i -lt $Count; $i++) {
        $code = [KanariAcceptance.Native]::TryLogon($Account, '.', 'wrong password', $network)
        Assert-True -Value ($code -ne 0) -Otherwise "LogonUser lets $Account in"
    }
}

# The same through the SMB server, from 127.0.0.1.
function Add-SmbFailure {
    param(
        [string]$Account
    )
    return Invoke-Program -Path 'net.exe' `
        -Arguments 'use', '\\127.0.0.1\IPC$', 'wrong password', "/user:$Account"
}

# Kanari's records are Windows' records, each once, and there is at least one.
function Assert-AllStored {
    param(
        [string]$Account,
        [int]$AtLeast,
        [int]$Seconds = 10
    )
    $due = @(Wait-Until -What "$AtLeast x 4625 of $Account in the Security log" -Seconds 10 `
        -Condition {
            $all = @(Get-AuditedFailures $Account)
            if ($all.Count -ge $AtLeast) { $all }
        })
    Wait-Until -What "all $($due.Count) records of $Account in the store" -Seconds $Seconds `
        -Condition { @(Get-StoredFailures $Account).Count -ge $due.Count } | Out-Null
    Assert-Equal -Found @(Get-StoredFailures $Account) -Due @(Get-AuditedFailures $Account) `
        -What "records of $Account"
}
