using System.Diagnostics;

namespace LabOrchestrator.Bench.Measuring;

/// <summary>A part of a measurement in a process of its own, spoken to by lines.</summary>
internal sealed class Child : IAsyncDisposable
{
    private readonly Process _process;

    private Child(Process process) => _process = process;

    public int Id => _process.Id;

    /// <summary>Starts this program in a role and waits until it says <c>ready</c>; what follows the word is returned.</summary>
    public static async Task<(Child Child, string Answer)> StartRoleAsync(CancellationToken cancellationToken, params string[] arguments)
    {
        var child = Start(Environment.ProcessPath!, arguments);
        var line = await child.ReadAsync(cancellationToken);
        return line.StartsWith("ready", StringComparison.Ordinal)
            ? (child, line["ready".Length..].Trim())
            : throw new InvalidOperationException($"{arguments[0]} said \"{line}\" instead of ready.");
    }

    /// <summary>Starts a program.</summary>
    public static Child Start(string program, params string[] arguments) => new(Process.Start(new ProcessStartInfo(program, arguments)
    {
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
    })!);

    /// <summary>Sends a line.</summary>
    public async Task SayAsync(string line)
    {
        await _process.StandardInput.WriteLineAsync(line);
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>Reads a line.</summary>
    public async Task<string> ReadAsync(CancellationToken cancellationToken) =>
        await _process.StandardOutput.ReadLineAsync(cancellationToken)
        ?? throw new InvalidOperationException("A part of the measurement ended by itself; its message is above.");

    /// <summary>Ends the process and its children, and waits for it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
