using System.Collections.Concurrent;
using System.Globalization;
using LabOrchestrator.Docker.Engine;

namespace LabOrchestrator.Docker.Instances;

/// <summary>Runs a container that does one thing, and removes it.</summary>
internal sealed class EngineTask(EngineClient engine, EngineNames names)
{
    private const int LogLines = 40;

    private readonly ConcurrentDictionary<string, bool> _running = new(StringComparer.Ordinal);

    /// <summary>Whether the container of that name is one that is being run here now.</summary>
    public bool IsRunning(string name) => _running.ContainsKey(name);

    /// <summary>Runs it to its end and returns its exit code and the last lines of what it said.</summary>
    public async Task<(int ExitCode, string Output)> RunAsync(string what, ContainerCreation task, CancellationToken cancellationToken)
    {
        var name = names.Task(what);
        _running[name] = true;
        try
        {
            var id = await engine.Containers.CreateAsync(name, task, cancellationToken).ConfigureAwait(false)
                ?? throw new EngineException(System.Net.HttpStatusCode.Conflict, $"The name of the task {what} is taken.");
            await engine.Containers.StartAsync(id, cancellationToken).ConfigureAwait(false);
            var code = await engine.Containers.WaitAsync(id, cancellationToken).ConfigureAwait(false);
            return (code, await engine.Containers.LogTailAsync(id, LogLines, cancellationToken).ConfigureAwait(false));
        }
        finally
        {
            // Not cancellable: a task must not stay behind because its caller lost interest. By its name, since a call that makes a
            // container may have made it and still not say so.
            try
            {
                await engine.Containers.RemoveAsync(name, CancellationToken.None).ConfigureAwait(false);
            }
            finally
            {
                _running.TryRemove(name, out _);
            }
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
