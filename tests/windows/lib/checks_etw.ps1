# checks_etw - trace sessions: that they run and end, see this machine, and lose nothing.

$script:TraceSessions = @('Kanari-Process', 'Kanari-System', 'Kanari-Network', 'Kanari-Logon')
$script:BootSession = 'Kanari-Boot'
$script:RawSession = 'Kanari-acceptance'
# Exactly what the boot trace needs: service/boot_trace.c.
$script:KernelProcess = '{22fb2cd6-0e7b-422b-a0c7-2fad1fd0e716}'
$script:BootGuid = '{f65ba60e-5990-43b5-8567-798121787579}'
# The fact of v_status that counts the canary events which did not come back.
$script:CanaryLost = 'canary_lost'
$script:SmbPort = 445
$script:RdpPort = 3389

# By the exit code: the text is translated.
function Find-TraceSession {
    param(
        [string]$Name
    )
    $found = Invoke-Program -Path 'logman.exe' -Arguments 'query', $Name, '-ets'
    return $found.Code -eq 0
}

function Stop-TraceSession {
    param(
        [string]$Name
    )
    if (Find-TraceSession $Name) {
        Assert-Program -Path 'logman.exe' -Arguments 'stop', $Name, '-ets'
    }
}

function Test-BootTraceIsRegistered {
    Assert-Equal -Found (Get-KeyValue -Key $script:BootKey -Name 'Guid') -Due $script:BootGuid `
        -What 'Guid'
    Assert-Equal -Found (Get-KeyValue -Key $script:BootKey -Name 'Start') -Due 1 -What 'Start'
    Assert-Equal -Found (Get-KeyValue -Key $script:BootKey -Name 'LogFileMode') -Due 256 `
        -What 'LogFileMode'
    $key = Join-Path $script:BootKey $script:KernelProcess
    Assert-Equal -Found (Get-KeyValue -Key $key -Name 'Enabled') -Due 1 -What 'Enabled'
    Assert-Equal -Found (Get-KeyValue -Key $key -Name 'MatchAnyKeyword') -Due 80 `
        -What 'MatchAnyKeyword'
}

function Test-TraceSessionsRun {
    foreach ($name in $script:TraceSessions) {
        Wait-Until -What "session $name" -Seconds 15 -Condition { Find-TraceSession $name }
        $shown = Invoke-Program -Path 'logman.exe' -Arguments 'query', $name, '-ets'
        Write-Line ($shown.Out -replace '(?m)^', '    ')
    }
}

# It lives for some milliseconds only. ETW may hold its events back for two flush timers.
function Test-OwnChildIsSeen {
    $mark = 'kanari-' + [guid]::NewGuid().ToString('N')
    $watch = [System.Diagnostics.Stopwatch]::StartNew()
    Assert-Program -Path 'cmd.exe' -Arguments '/d', '/c', "rem $mark"
    $found = @(Wait-Until -What 'our own child among the processes' -Seconds 20 -Condition {
        $shown = Invoke-Kanari -Arguments 'processes', '--since', '10m', '-o', 'json'
        ConvertFrom-JsonRows $shown.Out | Where-Object { "$($_.command_line)".Contains($mark) }
    })
    Write-Line ('    after {0:N1} s: {1}' -f $watch.Elapsed.TotalSeconds, $found[0].command_line)
    Assert-Equal -Found $found.Count -Due 1 -What 'processes with that command line'
    Assert-Equal -Found $found[0].parent_pid -Due $PID -What 'parent'
    Assert-True -Value ($found[0].image -like '*\cmd.exe') `
        -Otherwise "its image is '$($found[0].image)'"
}

# -- accepts ---------------------------------------------------------------------------------------

# An address of this computer that others use; its packets come back to it all the same.
function Get-OwnAddress {
    $all = [System.Net.Dns]::GetHostAddresses([System.Net.Dns]::GetHostName())
    $found = @($all | Where-Object { $_.AddressFamily -eq 'InterNetwork' } |
        ForEach-Object { $_.ToString() } |
        Where-Object { $_ -notlike '127.*' -and $_ -notlike '169.254.*' })
    if ($found.Count -eq 0) {
        return $null
    }
    return $found[0]
}

# The port that it came from; 0: nothing listens.
function Open-Port {
    param(
        [int]$Port,
        [string]$Address = '127.0.0.1'
    )
    $client = New-Object -TypeName System.Net.Sockets.TcpClient
    try {
        $client.Connect($Address, $Port)
        return $client.Client.LocalEndPoint.Port
    }
    catch {
        return 0
    }
    finally {
        $client.Close()
    }
}

# Whatever way the system's record names the two ends: ours is the port that listens.
function Test-AcceptsAreSeen {
    $seen = 0
    $own = Get-OwnAddress
    $ends = foreach ($port in $script:SmbPort, $script:RdpPort) {
        foreach ($address in '127.0.0.1', $own) {
            if ($address) {
                [pscustomobject]@{ Port = $port; Address = $address }
            }
        }
    }
    foreach ($end in $ends) {
        $port = $end.Port
        $from = Open-Port -Port $port -Address $end.Address
        if ($from -eq 0) {
            Write-Line "    nothing listens on $($end.Address) $port"
            continue
        }
        $sql = "SELECT src_port, dst_port, process_id FROM v_events WHERE kind = 'net_accept' " +
            "AND ((src_port = $from AND dst_port = $port) OR " +
            "(src_port = $port AND dst_port = $from))"
        $rows = @(Wait-Until -What "the accept on $port" -Seconds 20 -Condition { Get-Rows $sql })
        $row = $rows[0]
        Write-Line ("    {0} {1}: remote port {2}, local port {3}, process {4}; {5} of them" `
            -f $end.Address, $port, $row.src_port, $row.dst_port, $row.process_id, $rows.Count)
        Assert-Equal -Found $row.src_port -Due $from -What 'remote port'
        Assert-Equal -Found $row.dst_port -Due $port -What 'local port'
        $seen++
    }
    if ($seen -eq 0) {
        Skip-Check 'neither SMB nor RDP listens'
    }
}

# Records of a trace as Windows itself reads them, of both ends of that connection.
function Get-RawRecords {
    param(
        [string]$Trace,
        [int]$Port
    )
    $file = [System.IO.Path]::ChangeExtension($Trace, '.xml')
    Assert-Program -Path 'tracerpt.exe' -Arguments $Trace, '-o', $file, '-of', 'XML', '-y'
    $xml = New-Object -TypeName System.Xml.XmlDocument
    $xml.Load($file)
    foreach ($node in $xml.GetElementsByTagName('Event')) {
        $text = $node.OuterXml
        if ($text -match "\b$Port\b") {
            $system = $node.GetElementsByTagName('System')[0]
            $fields = @($node.GetElementsByTagName('Data') | ForEach-Object {
                '{0}={1}' -f $_.GetAttribute('Name'), $_.InnerText.Trim()
            })
            [pscustomobject]@{
                Provider = $system.GetElementsByTagName('Provider')[0].GetAttribute('Name')
                Id = [int]$system.GetElementsByTagName('EventID')[0].InnerText
                Time = $system.GetElementsByTagName('TimeCreated')[0].GetAttribute('SystemTime')
                Fields = $fields -join ' '
            }
        }
    }
}

# No claim of ours: what this Windows writes of one connection, for whoever reads the log. Which of
# saddr and daddr is ours in Kernel-Network 15 and 11; how TCPIP 1017 compares with 15.
function Test-RawAcceptIsShown {
    $trace = Join-Path $script:Logs ('raw-{0}.etl' -f [guid]::NewGuid())
    $providers = Join-Path $script:Logs 'providers.txt'
    Set-Content -LiteralPath $providers -Encoding ASCII -Value @(
        '"Microsoft-Windows-Kernel-Network" 0x30 4',
        '"Microsoft-Windows-TCPIP" 0x400000000 5')
    Stop-TraceSession $script:RawSession
    Assert-Program -Path 'logman.exe' -Arguments 'start', $script:RawSession, '-pf', $providers,
        '-o', $trace, '-ets'
    try {
        Start-Sleep -Seconds 1
        $from = Open-Port $script:SmbPort
        Start-Sleep -Seconds 1
    }
    finally {
        Stop-TraceSession $script:RawSession
    }
    if ($from -eq 0) {
        Skip-Check "nothing listens on $script:SmbPort"
    }
    $rows = @(Get-RawRecords -Trace $trace -Port $from)
    Write-Line "    client port $from, server port $script:SmbPort"
    foreach ($row in $rows | Sort-Object -Property Time) {
        Write-Line ('    {0} {1} {2} {3}' -f $row.Time, $row.Provider, $row.Id, $row.Fields)
    }
    $accepts = @($rows | Where-Object { $_.Id -eq 15 -or $_.Id -eq 31 -or $_.Id -eq 1017 })
    Assert-True -Value $accepts.Count -Otherwise 'Windows wrote no accept: see the trace'
}

# No claim either: whether a start key is the process's number with the boot's above it.
function Test-StartKeyIsShown {
    $sql = "SELECT e.process_id AS pid, e.process_start_key AS start_key, p.sequence AS sequence " +
        "FROM v_events e JOIN v_processes p ON p.pid = e.process_id AND p.ended IS NULL " +
        "WHERE e.process_start_key IS NOT NULL AND p.sequence IS NOT NULL LIMIT 8"
    $rows = @(Get-Rows $sql)
    foreach ($row in $rows) {
        Write-Line ('    process {0}: start key 0x{1:x}, low 48 bits {2}, number {3}' -f $row.pid,
            [uint64]$row.start_key, ([uint64]$row.start_key -band 0xFFFFFFFFFFFF), $row.sequence)
    }
    if ($rows.Count -eq 0) {
        Skip-Check 'no event has a start key'
    }
}

# -- loss and end ----------------------------------------------------------------------------------

function Test-NoTraceEventIsLost {
    $status = Invoke-Kanari -Arguments 'status', '-o', 'json' -Codes 0, 1
    Assert-True -Value $status.Out.Contains($script:CanaryLost) `
        -Otherwise "the status does not tell of $script:CanaryLost"
    Assert-Equal -Found (Get-StatusValue $script:CanaryLost) -Due '0' -What 'canary events lost'
}

function Test-NoTraceSessionIsLeft {
    foreach ($name in $script:TraceSessions) {
        Wait-Until -What "the end of session $name" -Seconds 10 -Condition {
            -not (Find-TraceSession $name)
        }
    }
}

function Test-UninstallLeavesNoTraceSession {
    Test-NoTraceSessionIsLeft
}

function Test-UninstallEndsTheBootTrace {
    Assert-True -Value (-not (Test-Path -LiteralPath $script:BootKey)) `
        -Otherwise "$script:BootKey is still there"
    Assert-True -Value (-not (Find-TraceSession $script:BootSession)) `
        -Otherwise "session $script:BootSession runs"
}
