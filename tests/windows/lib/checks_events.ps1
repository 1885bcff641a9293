# checks_events - what happens on the PC is seen, joined and told.

function Test-AuditingOfFailuresIsOn {
    Set-AuditFailures $true
    $setting = Get-AuditSetting $script:AuditLogon
    Assert-True -Value ($setting -band $script:AuditFailureBit) `
        -Otherwise "setting of Logon: $setting"
}

# A record without an address: counted, and of no source.
function Test-WrongPasswordByApi {
    $account = New-AccountName
    Add-ApiFailures -Account $account
    Assert-AllStored -Account $account -AtLeast 1
    $lines = (Invoke-Kanari -Arguments 'events', '--kind', 'logon_failure', '--since', '10m', `
        '-o', 'ndjson').Out -split "`n"
    $mine = @($lines | Where-Object { $_ -like "*$account*" } |
        ForEach-Object { ConvertFrom-Json $_ })
    Assert-Equal -Found $mine.Count -Due @(Get-AuditedFailures $account).Count `
        -What 'lines of kanari events'
    Assert-Equal -Found $mine[0].logon_type -Due 3 -What 'logon type'
}

function Test-AttemptsAreCountedOnce {
    $account = New-AccountName
    Add-ApiFailures -Account $account -Count 3
    Assert-AllStored -Account $account -AtLeast 3
    $sql = "SELECT outcome FROM v_logon_attempts WHERE account_key = '$account'"
    Wait-Until -What 'three attempts' -Seconds 15 -Condition { @(Get-Rows $sql).Count -ge 3 }
    Assert-Equal -Found @(Get-Rows $sql | ForEach-Object { $_.outcome }) `
        -Due 'failure', 'failure', 'failure' -What 'attempts'
    $logons = Invoke-Kanari -Arguments 'logons', '--by', 'account', '--since', '10m', '-o', 'json'
    Assert-True -Value ($logons.Out.Contains($account)) -Otherwise 'kanari logons leaves it out'
}

# From the PC to itself, as through a tunnel: seen, and told by a rule of its own.
function Test-WrongPasswordBySmb {
    $account = New-AccountName
    $server = "Name='LanmanServer' AND State='Running'"
    if (-not (Get-CimInstance -ClassName Win32_Service -Filter $server)) {
        Skip-Check 'no SMB server runs here'
    }
    $used = Add-SmbFailure $account
    Assert-True -Value ($used.Code -ne 0) -Otherwise 'net.exe got in'
    Assert-AllStored -Account $account -AtLeast 1
    $sql = "SELECT DISTINCT scope, src FROM v_logon_attempts WHERE account_key = '$account'"
    Wait-Until -What 'the attempt' -Seconds 15 -Condition { @(Get-Rows $sql).Count -ge 1 }
    $row = @(Get-Rows $sql)[0]
    Write-Line "    from $($row.src), which is '$($row.scope)'"
    Assert-Equal -Found $row.scope -Due 'own' -What 'scope of a logon from 127.0.0.1'
    $sql = "SELECT id, retro FROM v_alerts WHERE rule_id = 2007 AND state = 'open'"
    Wait-Until -What 'a logon.via_tunnel' -Seconds 15 -Condition { @(Get-Rows $sql).Count }
    $alert = @(Get-Rows $sql)[0]
    if (-not $alert.retro) {
        # Not one that the history has opened before: Kanari's log tells of it.
        $told = Wait-KanariEvent -Id 2007 -After 0
        Assert-KanariEvent -Record $told -Rule 'logon.via_tunnel'
        Assert-Equal -Found (Get-Insertion -Record $told -Name 'id') -Due $alert.id -What 'alert id'
    }
}

# Names that attackers choose: what is stored is what Windows recorded, whatever it means to others.
function Test-HostileNamesStayNames {
    $suffix = [guid]::NewGuid().ToString('N').Substring(0, 8)
    $name = '%1%n%%5' + [char]0x202E + "'" + [char]0x3042 + $suffix
    Add-ApiFailures -Account $name
    $found = Wait-Until -What 'its 4625' -Seconds 10 -Condition {
        Get-LogEvents -Log 'Security' -XPath ('*[System[(EventID=4625) and ' +
            'TimeCreated[timediff(@SystemTime) <= 60000]]]') |
            Where-Object { $_.ToXml().Contains($suffix) }
    }
    $record = @($found)[0]
    $xml = [xml]$record.ToXml()
    $due = @($xml.Event.EventData.Data | Where-Object { $_.Name -eq 'TargetUserName' })[0].'#text'
    $sql = "SELECT account FROM v_events WHERE channel = 'Security' AND event_id = 4625 AND " +
        "record_id = $($record.RecordId)"
    Wait-Until -What 'its event' -Seconds 10 -Condition { @(Get-Rows $sql).Count -eq 1 }
    Assert-Equal -Found (@(Get-Rows $sql)[0].account) -Due $due -What 'the account'
    $table = (Invoke-Kanari -Arguments 'events', '--since', '10m').Out
    Assert-True -Value $table.Contains($suffix) -Otherwise 'the table leaves it out'
    Assert-True -Value ($table.IndexOf([char]0x202E) -lt 0) `
        -Otherwise 'the table shows a character that turns text around'
}

# The whole form of an event in Kanari's own log: text, places, JSON.
function Assert-KanariEvent {
    param(
        [object]$Record,
        [string]$Rule
    )
    Assert-Equal -Found @($Record.Properties).Count -Due $script:Insertions.Count `
        -What 'count of insertions'
    Assert-Equal -Found (Get-Insertion -Record $Record -Name 'schema') -Due '1' -What 'schema'
    Assert-Equal -Found (Get-Insertion -Record $Record -Name 'rule') -Due $Rule -What 'rule'
    $json = ConvertFrom-Json (Get-Insertion -Record $Record -Name 'json')
    Assert-Equal -Found $json.id -Due (Get-Insertion -Record $Record -Name 'id') -What 'id in JSON'
    Assert-Equal -Found $json.rule -Due $Rule -What 'rule in JSON'
    $sentence = Get-Insertion -Record $Record -Name 'sentence'
    Assert-True -Value $sentence -Otherwise 'there is no sentence'
    Assert-True -Value ([string]$Record.Message).Contains($sentence) `
        -Otherwise "the message was not found: '$($Record.Message)'"
}

function Test-TestAlertIsReadable {
    $before = Get-LastKanariRecord
    Invoke-Kanari -Arguments 'test-alert'
    $record = Wait-KanariEvent -Id 1030 -After $before -Seconds 10
    Assert-KanariEvent -Record $record -Rule 'service.test'
    $id = Get-Insertion -Record $record -Name 'id'
    Assert-Equal -Found @(Get-Rows "SELECT rule FROM v_alerts WHERE id = '$id'").Count -Due 1 `
        -What 'the same alert in the store'
}

function Test-HeartbeatIsTold {
    $record = Wait-KanariEvent -Id 1010 -After 0 -Seconds 120
    Assert-KanariEvent -Record $record -Rule 'service.heartbeat'
}

# As a collector asks for it: without knowing any id.
function Test-EveryEventHasItsText {
    $all = @(Get-LogEvents -Log 'Kanari' -XPath '*')
    Assert-True -Value $all.Count -Otherwise 'the log is empty'
    foreach ($record in $all) {
        Assert-KanariEvent -Record $record -Rule (Get-Insertion -Record $record -Name 'rule')
    }
}

# Readers beside the one writer: every record arrives all the same.
function Test-ReadersDoNotDisturb {
    $account = New-AccountName
    for ($i = 0; $i -lt 10; $i++) {
        Add-ApiFailures -Account $account
        Invoke-Kanari -Arguments 'story'
    }
    Assert-AllStored -Account $account -AtLeast 10
}
