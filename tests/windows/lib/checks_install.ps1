# checks_install - the service, its rights, its folder and its log, before anything has happened.

function Get-RegistryAction {
    param(
        [byte[]]$Blob
    )
    # SERVICE_FAILURE_ACTIONS_WOW64 ([MS-SCMR] 2.2.37): five numbers, then type and delay of each.
    $count = [System.BitConverter]::ToUInt32($Blob, 12)
    $start = [System.BitConverter]::ToUInt32($Blob, 16)
    for ($i = 0; $i -lt $count; $i++) {
        $type = [System.BitConverter]::ToUInt32($Blob, $start + 8 * $i)
        $delay = [System.BitConverter]::ToUInt32($Blob, $start + 8 * $i + 4)
        '{0}:{1}' -f $type, $delay
    }
}

function Test-InstallMakesTheService {
    Invoke-Kanari -Arguments 'service', 'install'
    Assert-True -Value (Test-Path -LiteralPath $script:ServiceKey) -Otherwise 'no service key'
    $due = '"{0}" service run' -f $script:Program
    $image = [string](Get-KeyValue -Key $script:ServiceKey -Name 'ImagePath')
    Assert-Equal -Found $image.ToLowerInvariant() -Due $due.ToLowerInvariant() -What 'ImagePath'
    Assert-Equal -Found (Get-KeyValue -Key $script:ServiceKey -Name 'Type') -Due 16 -What 'Type'
    Assert-Equal -Found (Get-KeyValue -Key $script:ServiceKey -Name 'Start') -Due 2 -What 'Start'
    Assert-Equal -Found (Get-KeyValue -Key $script:ServiceKey -Name 'ObjectName') `
        -Due 'LocalSystem' -What 'account'
    $needs = @(Get-KeyValue -Key $script:ServiceKey -Name 'DependOnService')
    Assert-True -Value ($needs -contains 'EventLog') -Otherwise "depends on: $needs"
}

function Test-InstallAgainRepairs {
    Invoke-Kanari -Arguments 'service', 'install'
}

# Restarted after 5 s, 30 s and 5 min, also when it ends by itself with an error.
function Test-FailureActions {
    $actions = Get-RegistryAction (Get-KeyValue -Key $script:ServiceKey -Name 'FailureActions')
    Assert-Equal -Found $actions -Due '1:5000', '1:30000', '1:300000' -What 'failure actions'
    Assert-Equal -Found (Get-KeyValue -Key $script:ServiceKey `
        -Name 'FailureActionsOnNonCrashFailures') -Due 1 -What 'failure actions flag'
}

function Test-RunsWithinFiveSeconds {
    $watch = [System.Diagnostics.Stopwatch]::StartNew()
    Invoke-Kanari -Arguments 'service', 'start'
    Wait-Running
    Assert-True -Value ($watch.Elapsed.TotalSeconds -le 5) `
        -Otherwise "it took $($watch.Elapsed.TotalSeconds) s"
    Wait-SensorRunning
    Wait-KanariEvent -Id 1000 -After 0
}

# What the logs held before is read in the background; the checks behind this one measure seconds.
function Test-HistoryIsRead {
    Wait-Until -What 'the history is read' -Seconds 900 -Condition {
        (Get-StatusValue 'history') -eq 'done'
    }
}

function Test-StatusNamesEveryReason {
    $status = Invoke-Kanari -Arguments 'status', '-o', 'json' -Codes 0, 1
    Assert-True -Value @(ConvertFrom-JsonRows $status.Out).Count -Otherwise 'it is empty'
    $text = Invoke-Kanari -Arguments 'status' -Codes 0, 1
    Write-Line ($text.Out -replace '(?m)^', '    ')
    if ($status.Code -eq 1) {
        $named = @(Get-Rows ("SELECT name FROM v_sources WHERE ifnull(advice, '') <> '' " +
            "AND state NOT IN ('live', 'on')"))
        $open = @(Get-Rows ("SELECT id FROM v_alerts WHERE state = 'open' AND " +
            'rule_id BETWEEN 1100 AND 1199'))
        Assert-True -Value ($named.Count + $open.Count) -Otherwise 'degraded, and nobody says why'
    }
}

# Security is what it is all about: its two subscriptions have to be live.
function Test-SecurityLogIsRead {
    Assert-Equal -Found (Get-SourceState 'Security') -Due 'live' -What 'state of the Security log'
}

function Test-ServiceSid {
    Assert-Equal -Found (Get-KeyValue -Key $script:ServiceKey -Name 'ServiceSidType') -Due 1 `
        -What 'service SID type'
    $account = New-Object -TypeName System.Security.Principal.NTAccount `
        -ArgumentList "NT SERVICE\$script:Service"
    $sid = $account.Translate([System.Security.Principal.SecurityIdentifier]).Value
    $id = Get-ServiceProcess
    $sids = Get-TokenFact { [KanariAcceptance.Native]::Sids($id) }
    Assert-True -Value ($sids -contains $sid) -Otherwise "the token does not have $sid"
    Assert-True -Value ($sids -contains $script:System) -Otherwise 'it is not LocalSystem'
}

# Windows may refuse even administrators another account's token: no fault of Kanari's.
function Get-TokenFact {
    param(
        [scriptblock]$Ask
    )
    try {
        return & $Ask
    }
    catch {
        $accessDenied = 5
        $cause = $_.Exception.InnerException
        if ($cause -is [System.ComponentModel.Win32Exception] -and
            $cause.NativeErrorCode -eq $accessDenied) {
            Skip-Check "the token cannot be read: $($cause.Message)"
        }
        throw
    }
}

function Test-PrivilegesAreTheNamedOnes {
    $due = @('SeBackupPrivilege', 'SeChangeNotifyPrivilege', 'SeDebugPrivilege',
        'SeSecurityPrivilege', 'SeSystemProfilePrivilege')
    $asked = @(Get-KeyValue -Key $script:ServiceKey -Name 'RequiredPrivileges' | Sort-Object)
    Assert-Equal -Found $asked -Due $due -What 'privileges that the service asks for'
    $id = Get-ServiceProcess
    $held = Get-TokenFact { [KanariAcceptance.Native]::Privileges($id) }
    Assert-Equal -Found @($held | Sort-Object) -Due $due -What 'privileges of the process'
}

function Assert-OnlySystemAndAdministrators {
    param(
        [string]$Path
    )
    $acl = Get-Acl -LiteralPath $Path
    $type = [System.Security.Principal.SecurityIdentifier]
    $allowed = @($script:System, $script:Administrators)
    $owner = $acl.GetOwner($type).Value
    Assert-True -Value ($allowed -contains $owner) -Otherwise "$Path belongs to $owner"
    $rules = @($acl.GetAccessRules($true, $true, $type))
    Assert-True -Value $rules.Count -Otherwise "$Path has no rules"
    foreach ($rule in $rules) {
        $who = $rule.IdentityReference.Value
        Assert-True -Value ($allowed -contains $who) -Otherwise "$Path lets in $who"
    }
}

function Test-DataFolderIsClosed {
    Assert-OnlySystemAndAdministrators $script:Data
    Assert-True -Value (Get-Acl -LiteralPath $script:Data).AreAccessRulesProtected `
        -Otherwise 'the folder inherits rights'
    foreach ($file in Get-ChildItem -LiteralPath $script:Data -File) {
        Assert-OnlySystemAndAdministrators $file.FullName
    }
}

function Test-LogIsClosed {
    $lines = (Invoke-Program -Path 'wevtutil.exe' -Arguments 'gl', 'Kanari').Out -split "`r?`n"
    $sddl = @($lines | Where-Object { $_ -match '^channelAccess:' }) -replace '^channelAccess:\s*'
    Assert-Equal -Found @($sddl).Count -Due 1 -What 'lines with channelAccess'
    $access = New-Object -TypeName System.Security.AccessControl.RawSecurityDescriptor `
        -ArgumentList ([string]$sddl[0])
    $due = @($script:System, $script:Administrators, $script:LogReaders)
    foreach ($ace in $access.DiscretionaryAcl) {
        $who = $ace.SecurityIdentifier.Value
        Assert-True -Value ($due -contains $who) -Otherwise "the log lets in $who"
    }
}

function Test-NothingListensOrConnects {
    $all = @(Get-NetTCPConnection -ErrorAction SilentlyContinue)
    Assert-True -Value $all.Count -Otherwise 'Windows does not tell of its TCP endpoints'
    $id = Get-ServiceProcess
    $tcp = @(Get-NetTCPConnection -OwningProcess $id -ErrorAction SilentlyContinue)
    $udp = @(Get-NetUDPEndpoint -OwningProcess $id -ErrorAction SilentlyContinue)
    Assert-Equal -Found $tcp.Count -Due 0 -What 'TCP endpoints'
    Assert-Equal -Found $udp.Count -Due 0 -What 'UDP endpoints'
}
