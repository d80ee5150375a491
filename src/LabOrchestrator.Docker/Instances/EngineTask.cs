using System.Globalization;
using LabOrchestrator.Docker.Engine;

namespace LabOrchestrator.Docker.Instances;

/// <summary>Runs a container that does one thing, and removes it.</summary>
internal sealed class EngineTask(EngineClient engine, EngineNames names)
{
    private const int LogLines = 40;

    /// <summary>Runs it to its end and returns its exit code and the last lines of what it said.</summary>
    public async Task<(int ExitCode, string Output)> RunAsync(string what, ContainerCreation task, CancellationToken cancellationToken)
    {
        var id = await engine.Containers.CreateAsync(names.Task(what), task, cancellationToken).ConfigureAwait(false)
            ?? throw new EngineException(System.Net.HttpStatusCode.Conflict, $"The name of the task {what} is taken.");
        try
        {
            await engine.Containers.StartAsync(id, cancellationToken).ConfigureAwait(false);
            var code = await engine.Containers.WaitAsync(id, cancellationToken).ConfigureAwait(false);
            return (code, await engine.Containers.LogTailAsync(id, LogLines, cancellationToken).ConfigureAwait(false));
        }
        finally
        {
            // Not cancellable: a task must not stay behind because its caller lost interest.
            await engine.Containers.RemoveAsync(id, CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>Runs it and expects success.</summary>
    /// <exception cref="EngineException">It ended otherwise; the message has what it said.</exception>
    public async Task<string> ExpectAsync(string what, ContainerCreation task, CancellationToken cancellationToken)
    {
        var (code, output) = await RunAsync(what, task, cancellationToken).ConfigureAwait(false);
        return code == 0
            ? output
            : throw new EngineException(
                System.Net.HttpStatusCode.InternalServerError, string.Create(CultureInfo.InvariantCulture, $"{what} ended with exit code {code}: {output}"));
    }
}
