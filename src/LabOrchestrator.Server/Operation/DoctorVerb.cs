using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using LabOrchestrator.Docker;
using LabOrchestrator.Installations;
using LabOrchestrator.Kubernetes;
using LabOrchestrator.Kubernetes.Doctor;
using LabOrchestrator.Server.Configuration;

namespace LabOrchestrator.Server.Operation;

/// <summary>What <c>make doctor</c> calls: a table of what the configured engine has and lacks. Needs neither database nor server.</summary>
internal static class DoctorVerb
{
    private const int Ill = 1;

    /// <summary>Prints the table.</summary>
    /// <returns>The process's status: 1 where labs cannot run.</returns>
    public static async Task<int> RunAsync(TextWriter output, CancellationToken cancellationToken)
    {
        Settings settings;
        try
        {
            settings = Settings.FromEnvironment();
        }
        catch (SettingsException e)
        {
            foreach (var sentence in e.Sentences)
            {
                await output.WriteLineAsync($"bad     Settings: {sentence}");
            }

            return Ill;
        }

        // What is made to try something must be deleted when somebody gives up, too.
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var interrupted = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        void End(PosixSignalContext signal)
        {
            signal.Cancel = true;
            end.Cancel();
        }

        IReadOnlyList<Finding> findings;
        try
        {
            findings = await ExamineAsync(settings, end.Token);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            await output.WriteLineAsync("Ended before everything was examined.");
            return Ill;
        }

        await output.WriteAsync(TableOf(findings));
        return findings.Any(f => f.State == FindingState.Bad) ? Ill : 0;
    }

    /// <summary>The findings as a table.</summary>
    internal static string TableOf(IReadOnlyList<Finding> findings)
    {
        var width = findings.Max(f => f.Subject.Length);
        var table = new StringBuilder();
        foreach (var finding in findings)
        {
            var state = finding.State switch
            {
                FindingState.Good => "good",
                FindingState.Absent => "absent",
                FindingState.Unknown => "unknown",
                _ => "bad",
            };
            table.Append(CultureInfo.InvariantCulture, $"{state,-7} {finding.Subject.PadRight(width)}  {finding.Detail}\n");
        }

        return table.ToString();
    }

    private static async Task<IReadOnlyList<Finding>> ExamineAsync(Settings settings, CancellationToken cancellationToken)
    {
        var nobody = Installation.Create();
        if (settings.Runtime.Name == RuntimeOptions.Kubernetes)
        {
            await using var cluster = new KubernetesLabRuntime(nobody, settings.Kubernetes);
            return await cluster.ExamineAsync(cancellationToken);
        }

        if (settings.Runtime.Name != RuntimeOptions.Docker)
        {
            return [new("Engine", FindingState.Good, "none: machines are only pretended")];
        }

        using var engine = new DockerLabRuntime(nobody, settings.Docker);
        var readiness = await engine.CheckAsync(cancellationToken);
        return readiness.IsReady
            ? [new("Docker Engine", FindingState.Good, settings.Docker.Endpoint)]
            : [new("Docker Engine", FindingState.Bad, readiness.Reason ?? "")];
    }
}
