using System.Collections.Concurrent;
using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Docker.Machines;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Docker.Consoles;

/// <summary>
/// Terminals of container machines. The keeper runs in the machine beside its program, so a terminal outlives browser and server; we
/// reach it by an exec stream, because a path in the machine is never opened from outside.
/// </summary>
internal sealed class ContainerTerminals(EngineClient engine)
{
    private const int MostComplaint = 2048;

    private readonly ConcurrentDictionary<string, bool> _kept = new();

    /// <summary>Starts the keeper and returns when it listens; one that is already there stays.</summary>
    /// <exception cref="ConsoleUnavailableException">It does not start.</exception>
    public async Task StartKeeperAsync(string container, string? user, CancellationToken cancellationToken)
    {
        var (code, output) = await engine.Execs.RunAsync(
            container,
            Command(user, "serve", "--socket", ContainerMachines.TerminalSocket, "--detach"),
            default,
            MostComplaint,
            cancellationToken).ConfigureAwait(false);
        if (code != 0)
        {
            throw new ConsoleUnavailableException($"The terminal could not be started: {output.Trim()}");
        }

        _kept[container] = true;
    }

    /// <summary>Attaches to the keeper; the stream speaks its protocol.</summary>
    /// <exception cref="ConsoleUnavailableException">The machine is frozen, or its terminal cannot be started.</exception>
    public async Task<Stream> OpenAsync(string container, string? user, CancellationToken cancellationToken)
    {
        try
        {
            if (!_kept.ContainsKey(container))
            {
                await StartKeeperAsync(container, user, cancellationToken).ConfigureAwait(false);
            }

            var attach = Command(user, "attach", "--socket", ContainerMachines.TerminalSocket) with
            {
                AttachStdin = true,
                AttachStdout = true,
                AttachStderr = true,
            };
            var stream = await engine.Execs.OpenAsync(container, attach, cancellationToken).ConfigureAwait(false);

            // Somebody in the machine may have ended the keeper; whoever comes next gets a new one.
            stream.EndedSilently = () => _kept.TryRemove(container, out _);
            return stream;
        }
        catch (EngineException e) when (e.IsConflict || e.IsNotFound)
        {
            throw new ConsoleUnavailableException(e.Message, e);
        }
    }

    /// <summary>The container is gone.</summary>
    public void Forget(string container) => _kept.TryRemove(container, out _);

    private static ExecCreation Command(string? user, params string[] arguments) => new()
    {
        Cmd = [ContainerMachines.Keeper, .. arguments],
        User = user,
        Env = ["TERM=xterm-256color"],
    };
}
