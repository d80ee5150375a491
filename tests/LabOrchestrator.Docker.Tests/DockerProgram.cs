using System.Diagnostics;

namespace LabOrchestrator.Docker.Tests;

/// <summary>The program <c>docker</c>, for what the runtime does not ask of the engine.</summary>
internal static class DockerProgram
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>Runs it, expects success and returns what it said.</summary>
    public static async Task<string> RunAsync(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("docker", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        using var patience = new CancellationTokenSource(Patience);
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(patience.Token), process.StandardError.ReadToEndAsync(patience.Token));
        await process.WaitForExitAsync(patience.Token);
        var said = await errors;
        process.ExitCode.ShouldBe(0, $"docker {string.Join(' ', arguments)}: {said}");
        return (await output).Trim();
    }
}
