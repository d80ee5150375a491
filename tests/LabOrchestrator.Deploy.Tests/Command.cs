using System.Diagnostics;

namespace LabOrchestrator.Deploy;

/// <summary>Programs outside of this process.</summary>
internal static class Command
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(8);

    /// <summary>Runs a program in the repository's root and returns what it wrote; fails with its words where it fails.</summary>
    public static async Task<string> OutputAsync(string program, params string[] arguments)
    {
        var result = await RunAsync(program, arguments);
        result.Status.ShouldBe(0, $"{program} {string.Join(' ', arguments)}\n{result.Output}\n{result.Error}");
        return result.Output.Trim();
    }

    /// <summary>Runs a program in the repository's root to its end.</summary>
    public static async Task<CommandResult> RunAsync(string program, params string[] arguments)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        stop.CancelAfter(Limit);
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = RepositoryDocument.Root,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        try
        {
            var error = process.StandardError.ReadToEndAsync(stop.Token);
            var output = await process.StandardOutput.ReadToEndAsync(stop.Token);
            await process.WaitForExitAsync(stop.Token);
            return new CommandResult(process.ExitCode, output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
    }

    /// <summary>Whether a program can be started.</summary>
    public static async Task<bool> ExistsAsync(string program) => (await RunAsync("sh", "-c", $"command -v {program}")).Status == 0;
}

/// <summary>How a program ended.</summary>
/// <param name="Status">Its status.</param>
/// <param name="Output">What it wrote.</param>
/// <param name="Error">What it complained of.</param>
internal sealed record CommandResult(int Status, string Output, string Error);
