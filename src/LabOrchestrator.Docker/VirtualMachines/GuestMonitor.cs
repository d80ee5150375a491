using System.Collections.Concurrent;
using System.Text.Json;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Docker.VirtualMachines;

/// <summary>Asks and tells the QEMU of a VM, one question at a time.</summary>
internal sealed class GuestMonitor(RunFolders folders, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, SemaphoreSlim> _gates = new();

    /// <summary>What the VM does; nothing is known when QEMU does not say.</summary>
    public async Task<GuestState> StateAsync(long instanceId, string machine, CancellationToken cancellationToken)
    {
        try
        {
            return await TalkAsync(
                instanceId,
                machine,
                "query-status",
                async (session, token) => new GuestState(
                    IsPaused(await session.ExecuteAsync("query-status", token).ConfigureAwait(false)),
                    HasAgent(await session.ExecuteAsync("query-chardev", token).ConfigureAwait(false))),
                cancellationToken).ConfigureAwait(false);
        }
        catch (ConsoleUnavailableException)
        {
            return new GuestState(IsPaused: false, HasAgent: null);
        }
    }

    /// <summary>Stops the processors; memory and screen stay.</summary>
    public Task PauseAsync(long instanceId, string machine, CancellationToken cancellationToken) =>
        AskAsync(instanceId, machine, "stop", cancellationToken);

    /// <summary>Lets the processors go on.</summary>
    public Task ResumeAsync(long instanceId, string machine, CancellationToken cancellationToken) =>
        AskAsync(instanceId, machine, "cont", cancellationToken);

    /// <summary>Presses the power button; the guest may take its time, or not care.</summary>
    public Task PressPowerAsync(long instanceId, string machine, CancellationToken cancellationToken) =>
        AskAsync(instanceId, machine, "system_powerdown", cancellationToken);

    private static bool IsPaused(JsonElement status) =>
        status.TryGetProperty("status", out var word) && word.GetString() is "paused" or "suspended" or "io-error" or "guest-panicked";

    // The guest has its end of the channel open: KubeVirt goes by the same. Nobody need speak to the agent for it.
    private static bool? HasAgent(JsonElement channels)
    {
        foreach (var channel in channels.EnumerateArray())
        {
            if (channel.GetProperty("label").GetString() == QemuCommand.Agent)
            {
                return channel.GetProperty("frontend-open").GetBoolean();
            }
        }

        return null;
    }

    private Task<JsonElement> AskAsync(long instanceId, string machine, string command, CancellationToken cancellationToken) =>
        TalkAsync(instanceId, machine, command, (session, token) => session.ExecuteAsync(command, token), cancellationToken);

    private async Task<T> TalkAsync<T>(
        long instanceId, string machine, string command, Func<QmpSession, CancellationToken, Task<T>> talk, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folders.Of(instanceId, machine), RunFolders.Monitor);
        var gate = _gates.GetOrAdd(path, _ => new SemaphoreSlim(1, 1));
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            await gate.WaitAsync(either.Token).ConfigureAwait(false);
            try
            {
                await using var session = await QmpSession.OpenAsync(path, either.Token).ConfigureAwait(false);
                return await talk(session, either.Token).ConfigureAwait(false);
            }
            finally
            {
                gate.Release();
            }
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ConsoleUnavailableException($"QEMU did not answer {command} in time.", e);
        }
        catch (Exception e) when (e is IOException or JsonException)
        {
            throw new ConsoleUnavailableException($"QEMU did not answer {command}: {e.Message}", e);
        }
    }
}

/// <summary>What QEMU says of a VM.</summary>
/// <param name="IsPaused">Its processors stand still.</param>
/// <param name="HasAgent">A guest agent is connected; null when QEMU does not say.</param>
internal sealed record GuestState(bool IsPaused, bool? HasAgent);
