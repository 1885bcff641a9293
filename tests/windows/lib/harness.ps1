# harness - checks and their counts, waiting, and programs with a time limit. Dot-sourced.

$script:Passed = 0
$script:Failed = 0
$script:Skipped = 0

function Write-Line {
    param(
        [string]$Text
    )
    Write-Host $Text
    Add-Content -LiteralPath (Join-Path $script:Logs 'acceptance.log') -Value $Text -Encoding UTF8
}

function Assert-True {
    param(
        [object]$Value,
        [string]$Otherwise
    )
    if (-not $Value) {
        throw $Otherwise
    }
}

function Assert-Equal {
    param(
        [object]$Found,
        [object]$Due,
        [string]$What
    )
    $foundText = @($Found) -join ', '
    $dueText = @($Due) -join ', '
    if ($foundText -cne $dueText) {
        throw "$What is '$foundText', and should be '$dueText'"
    }
}

# Ends the check that calls it: what it needs is not on this machine.
function Skip-Check {
    param(
        [string]$Reason
    )
    throw (New-Object -TypeName System.OperationCanceledException -ArgumentList $Reason)
}

function Invoke-Check {
    param(
        [string]$Name
    )
    $watch = [System.Diagnostics.Stopwatch]::StartNew()
    try {
        & $Name | Out-Null
        $script:Passed++
        Write-Line ('ok {0} ({1:N1} s)' -f $Name, $watch.Elapsed.TotalSeconds)
    }
    catch [System.OperationCanceledException] {
        $script:Skipped++
        Write-Line ('skip {0}: {1}' -f $Name, $_.Exception.Message)
    }
    catch {
        $script:Failed++
        Write-Line ('not ok {0} ({1:N1} s)' -f $Name, $watch.Elapsed.TotalSeconds)
        Write-Line ('    {0}' -f $_.Exception.Message)
        Write-Line ($_.ScriptStackTrace -replace '(?m)^', '    ')
    }
}

# Asks until the condition gives something true, and returns that. A condition that throws is asked
# again: the store may not be there yet. It sees the variables of whoever wrote it.
function Wait-Until {
    param(
        [string]$What,
        [int]$Seconds,
        [scriptblock]$Condition
    )
    $waitWatch = [System.Diagnostics.Stopwatch]::StartNew()
    $waitWhy = ''
    while ($true) {
        try {
            $waitFound = & $Condition
            if ($waitFound) {
                return $waitFound
            }
        }
        catch {
            $waitWhy = " ($($_.Exception.Message))"
        }
        if ($waitWatch.Elapsed.TotalSeconds -ge $Seconds) {
            throw "not within $Seconds s: $What$waitWhy"
        }
        Start-Sleep -Milliseconds 250
    }
}

# As CommandLineToArgvW takes it apart again.
function ConvertTo-Argument {
    param(
        [string]$Text
    )
    if ($Text -ne '' -and $Text -notmatch '[\s"]') {
        return $Text
    }
    return '"' + ($Text -replace '(\\*)"', '$1$1\"' -replace '(\\+)$', '$1$1') + '"'
}

# The program's exit code and what it wrote. Its standard input is empty.
function Invoke-Program {
    param(
        [string]$Path,
        [string[]]$Arguments,
        [int]$Seconds = 60
    )
    $info = New-Object -TypeName System.Diagnostics.ProcessStartInfo
    $info.FileName = $Path
    $info.Arguments = @($Arguments | ForEach-Object { ConvertTo-Argument $_ }) -join ' '
    $info.UseShellExecute = $false
    $info.CreateNoWindow = $true
    $info.StandardOutputEncoding = [System.Text.Encoding]::UTF8
    $info.RedirectStandardInput = $true
    $info.RedirectStandardOutput = $true
    $info.RedirectStandardError = $true
    $shown = "$Path $($info.Arguments)"
    $process = [System.Diagnostics.Process]::Start($info)
    $process.StandardInput.Close()
    $out = $process.StandardOutput.ReadToEndAsync()
    $failures = $process.StandardError.ReadToEndAsync()
    if (-not $process.WaitForExit($Seconds * 1000)) {
        $process.Kill()
        throw "not ended after $Seconds s: $shown"
    }
    $process.WaitForExit()
    $result = [pscustomobject]@{
        Code = $process.ExitCode
        Out = $out.Result
        Err = $failures.Result
        Shown = $shown
    }
    $log = '{0:o} [{1}] {2}' -f (Get-Date), $result.Code, $shown
    Add-Content -LiteralPath (Join-Path $script:Logs 'programs.log') -Encoding UTF8 `
        -Value @($log, $result.Out, $result.Err)
    return $result
}

function Assert-Program {
    param(
        [string]$Path,
        [string[]]$Arguments
    )
    $result = Invoke-Program -Path $Path -Arguments $Arguments
    Assert-Equal -Found $result.Code -Due 0 -What "exit code of $($result.Shown): $($result.Err)"
}
