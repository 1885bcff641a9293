# checks_faults - killed, blinded, misconfigured, stopped and removed.

# What is switched off, and the audit policy, is looked at every 300 s and told with the next beat.
$script:RecheckSeconds = 360
$script:Rdp = 'Microsoft-Windows-RemoteDesktopServices-RdpCoreTS/Operational'

# Killed, and attacked while it is dead: Windows starts it again, and each failure is there once.
function Test-KillLosesNothing {
    $account = New-AccountName
    $before = Get-LastKanariRecord
    Add-ApiFailures -Account $account -Count 5
    $id = Get-ServiceProcess
    Stop-Process -Id $id -Force
    Add-ApiFailures -Account $account -Count 5
    Wait-Until -What 'the failure action starts it again' -Seconds 60 -Condition {
        (Get-ServiceRow).State -eq 'Running' -and (Get-ServiceProcess) -ne $id
    }
    Add-ApiFailures -Account $account -Count 5
    Assert-AllStored -Account $account -AtLeast 15 -Seconds 60
    $sql = "SELECT time FROM v_logon_attempts WHERE account_key = '$account'"
    Wait-Until -What 'all attempts' -Seconds 15 -Condition { @(Get-Rows $sql).Count -ge 15 }
    Assert-Equal -Found @(Get-Rows $sql).Count -Due 15 -What 'attempts'
    Wait-KanariEvent -Id 1002 -After $before
}

function Get-AuditState {
    $guid = $script:AuditLogon.Trim('{}').ToLowerInvariant()
    $sql = "SELECT state FROM v_sources WHERE instr(lower(channel), '$guid') > 0"
    return @(Get-Rows $sql | ForEach-Object { [string]$_.state }) -join ','
}

function Test-AuditingOffIsTold {
    $before = Get-LastKanariRecord
    Set-AuditFailures $false
    try {
        Wait-KanariEvent -Id 1103 -After $before -State 'open' -Seconds $script:RecheckSeconds
        Assert-Equal -Found (Get-AuditState) -Due 'blind' -What 'state of the subcategory'
        Invoke-Kanari -Arguments 'status' -Codes 1
    }
    finally {
        Set-AuditFailures $true
    }
    Wait-KanariEvent -Id 1103 -After $before -State 'closed' -Seconds $script:RecheckSeconds
    Assert-Equal -Found (Get-AuditState) -Due 'on' -What 'state of the subcategory'
    $account = New-AccountName
    Add-ApiFailures -Account $account
    Assert-AllStored -Account $account -AtLeast 1
}

function Test-ChannelOffIsTold {
    Assert-Equal -Found (Get-SourceState $script:Rdp) -Due 'live' -What "state of $script:Rdp"
    Set-Channel -Channel $script:Rdp -Enabled $false
    try {
        Wait-Until -What 'the source is disabled' -Seconds $script:RecheckSeconds -Condition {
            (Get-SourceState $script:Rdp) -eq 'disabled'
        }
        $status = Invoke-Kanari -Arguments 'status' -Codes 1
        Assert-True -Value $status.Out.Contains('RdpCoreTS') -Otherwise 'status does not name it'
    }
    finally {
        Set-Channel -Channel $script:Rdp -Enabled $true
    }
    Wait-Until -What 'the source is live again' -Seconds $script:RecheckSeconds -Condition {
        (Get-SourceState $script:Rdp) -eq 'live'
    }
}

function Set-Settings {
    param(
        [string]$Text
    )
    Set-Content -LiteralPath (Join-Path $script:Data 'kanari.json') -Value $Text -Encoding Ascii
    Invoke-Kanari -Arguments 'service', 'reload'
}

function Test-BadSettingsAreRefused {
    $before = Get-LastKanariRecord
    $hash = Get-StatusValue 'config_hash'
    Assert-True -Value $hash -Otherwise 'the status has no config_hash'
    Set-Settings '{"rules": {"burst": {"cuont": 6}}}'
    $record = Wait-KanariEvent -Id 1004 -After $before
    Assert-KanariEvent -Record $record -Rule 'config.refused'
    Assert-True -Value ([string]$record.Message).Contains('cuont') -Otherwise 'the key is not named'
    Assert-Equal -Found (Get-StatusValue 'config_hash') -Due $hash -What 'settings in force'
    Get-ServiceProcess
}

function Test-GoodSettingsAreTaken {
    $before = Get-LastKanariRecord
    $id = Get-ServiceProcess
    $hash = Get-StatusValue 'config_hash'
    Set-Settings '{"rules": {"burst": {"count": 6}}}'
    Wait-KanariEvent -Id 1003 -After $before
    Wait-Until -What 'another config_hash' -Seconds 45 -Condition {
        (Get-StatusValue 'config_hash') -ne $hash
    }
    Assert-Equal -Found (Get-ServiceProcess) -Due $id -What 'process of the service'
}

# Only with -Destructive: the Security log of this machine is gone afterwards.
function Test-ClearedLogIsTold {
    $account = New-AccountName
    $before = Get-LastKanariRecord
    Add-ApiFailures -Account $account
    Assert-AllStored -Account $account -AtLeast 1
    Assert-Program -Path 'wevtutil.exe' -Arguments 'cl', 'Security'
    $record = Wait-KanariEvent -Id 2010 -After $before
    Assert-KanariEvent -Record $record -Rule 'audit.tampered'
    $sql = "SELECT state FROM v_coverage WHERE source = 'Security' AND " +
        "state IN ('cleared', 'lost')"
    Wait-Until -What 'a gap in the coverage of Security' -Seconds 70 -Condition {
        @(Get-Rows $sql).Count -ge 1
    }
    Assert-Equal -Found @(Get-StoredFailures $account).Count -Due 1 -What 'records from before'
    $later = New-AccountName
    Add-ApiFailures -Account $later
    Assert-AllStored -Account $later -AtLeast 1
}

# Only with -Destructive: the process of the Event Log is killed, which takes all subscriptions.
function Test-EventLogMayDie {
    $account = New-AccountName
    $id = Get-ServiceProcess
    $row = Get-CimInstance -ClassName Win32_Service -Filter "Name='EventLog'"
    $beside = @(Get-CimInstance -ClassName Win32_Service -Filter "ProcessId=$($row.ProcessId)")
    if ($beside.Count -ne 1) {
        Skip-Check "the Event Log shares its process with $($beside.Count - 1) other services"
    }
    Add-ApiFailures -Account $account
    Assert-AllStored -Account $account -AtLeast 1
    Stop-Process -Id $row.ProcessId -Force
    Wait-Until -What 'the Event Log runs again' -Seconds 120 -Condition {
        Start-Service -Name 'EventLog'
        (Get-Service -Name 'EventLog').Status -eq 'Running'
    }
    Assert-Equal -Found (Get-ServiceProcess) -Due $id -What 'process of the service'
    Wait-Until -What 'the Security log is live again' -Seconds 120 -Condition {
        (Get-SourceState 'Security') -eq 'live'
    }
    Add-ApiFailures -Account $account
    Assert-AllStored -Account $account -AtLeast 2 -Seconds 70
}

function Test-IdleCostsLittle {
    if ($script:IdleMinutes -le 0) {
        Skip-Check '-IdleMinutes 0'
    }
    $filter = "ProcessId=$(Get-ServiceProcess)"
    $first = Get-CimInstance -ClassName Win32_Process -Filter $filter
    $watch = [System.Diagnostics.Stopwatch]::StartNew()
    $peak = [uint64]0
    while ($watch.Elapsed.TotalMinutes -lt $script:IdleMinutes) {
        Start-Sleep -Seconds 5
        $last = Get-CimInstance -ClassName Win32_Process -Filter $filter
        Assert-True -Value $last -Otherwise 'the process is gone'
        $peak = [System.Math]::Max($peak, [uint64]$last.PrivatePageCount)
    }
    $ticks = ($last.KernelModeTime + $last.UserModeTime) -
        ($first.KernelModeTime + $first.UserModeTime)
    $percent = 100 * $ticks / $watch.Elapsed.Ticks
    $megabytes = $peak / 1048576
    $records = Get-Rows 'SELECT sum(records) AS records FROM v_sources'
    Write-Line ('    {0} min: {1:N3} % of one core, at most {2:N1} MB private, {3} records so far' `
        -f $script:IdleMinutes, $percent, $megabytes, $records.records)
    Assert-True -Value ($percent -le 1.0) -Otherwise "$percent % of one core; at most 1"
    Assert-True -Value ($megabytes -le 80) -Otherwise "$megabytes MB; at most 80"
}

function Test-StopsWithinFiveSeconds {
    $account = New-AccountName
    Add-ApiFailures -Account $account
    Assert-AllStored -Account $account -AtLeast 1
    $before = Get-LastKanariRecord
    $id = Get-ServiceProcess
    $watch = [System.Diagnostics.Stopwatch]::StartNew()
    Invoke-Kanari -Arguments 'service', 'stop'
    Wait-Until -What 'its process ends' -Seconds 5 -Condition {
        -not (Get-Process -Id $id -ErrorAction SilentlyContinue)
    }
    Assert-True -Value ($watch.Elapsed.TotalSeconds -le 5) `
        -Otherwise "it took $($watch.Elapsed.TotalSeconds) s"
    Assert-Equal -Found (Get-ServiceRow).State -Due 'Stopped' -What 'state'
    Assert-Equal -Found (Get-ServiceRow).ExitCode -Due 0 -What 'exit code of the service'
    Assert-Equal -Found @(Get-KanariEvents -Id 1001 -After $before).Count -Due 1 -What 'events 1001'
    Invoke-Kanari -Arguments 'status' -Codes 3
}

# Stopped on purpose is no unclean stop; what happened meanwhile is read afterwards.
function Test-StartsWhereItStopped {
    $account = New-AccountName
    $before = Get-LastKanariRecord
    Add-ApiFailures -Account $account -Count 3
    Invoke-Kanari -Arguments 'service', 'start'
    Wait-Running
    Wait-SensorRunning
    Assert-AllStored -Account $account -AtLeast 3 -Seconds 60
    Assert-Equal -Found @(Get-KanariEvents -Id 1002 -After $before).Count -Due 0 -What 'events 1002'
}

function Test-UninstallLeavesTheDataAlone {
    $id = Get-ServiceProcess
    Invoke-Kanari -Arguments 'service', 'uninstall'
    Wait-Until -What 'its process ends' -Seconds 10 -Condition {
        -not (Get-Process -Id $id -ErrorAction SilentlyContinue)
    }
    foreach ($key in $script:ServiceKey, $script:LogKey) {
        Wait-Until -What "$key is gone" -Seconds 10 -Condition {
            -not (Test-Path -LiteralPath $key)
        }
    }
    Assert-True -Value (-not (Get-ServiceRow)) -Otherwise 'the service is still there'
    foreach ($name in 'kanari.db', 'kanari.json') {
        Assert-True -Value (Test-Path -LiteralPath (Join-Path $script:Data $name)) `
            -Otherwise "$name is gone"
    }
    Invoke-Kanari -Arguments 'status' -Codes 3
    Invoke-Kanari -Arguments 'story'
}
