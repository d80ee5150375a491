using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LabOrchestrator.Server.Tests.Hosting;

/// <summary>The server as a process of its own, as people run it, with labs in memory.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly Lock _lock = new();

    private ServerProcess(Process process) => _process = process;

    /// <summary>All that it said.</summary>
    public string Output
    {
        get
        {
            lock (_lock)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>Its process number.</summary>
    public int Id => _process.Id;

    /// <summary>Starts it on a data directory.</summary>
    public static ServerProcess Start(string folder, params (string Key, string Value)[] settings)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList = { Path.Combine(AppContext.BaseDirectory, "LabOrchestrator.Server.dll") },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        foreach (var key in start.Environment.Keys.Where(k => k.StartsWith("LABORCHESTRATOR_", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            start.Environment.Remove(key);
        }

        foreach (var (key, value) in settings.Prepend(("Runtime__Name", "memory")).Prepend(("DataDirectory", folder)))
        {
            start.Environment[$"LABORCHESTRATOR_{key}"] = value;
        }

        var server = new ServerProcess(Process.Start(start)!);
        server._process.OutputDataReceived += (_, line) => server.Take(line.Data);
        server._process.ErrorDataReceived += (_, line) => server.Take(line.Data);
        server._process.BeginOutputReadLine();
        server._process.BeginErrorReadLine();
        return server;
    }

    /// <summary>A port that was free just now.</summary>
    public static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    /// <summary>Waits until it has said something.</summary>
    public async Task WaitForAsync(string text)
    {
        for (var attempt = 0; !Output.Contains(text, StringComparison.Ordinal); attempt++)
        {
            attempt.ShouldBeLessThan(600, Output);
            _process.HasExited.ShouldBeFalse(Output);
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }
    }

    /// <summary>Sends it a signal, as Ctrl-C (INT) and service managers (TERM) do.</summary>
    public async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{_process.Id}"]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Waits for its end and returns its exit code.</summary>
    public async Task<int> EndAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await _process.WaitForExitAsync(patience.Token);
        return _process.ExitCode;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await SignalAsync("TERM");
            await EndAsync();
        }

        _process.Dispose();
    }

    private void Take(string? line)
    {
        lock (_lock)
        {
            _output.AppendLine(line);
        }
    }
}
