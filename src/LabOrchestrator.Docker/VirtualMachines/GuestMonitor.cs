using System.Collections.Concurrent;
using System.Text.Json;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Docker.VirtualMachines;

/// <summary>Asks and tells the QEMU of a VM, one question at a time.</summary>
internal sealed class GuestMonitor(RunFolders folders, TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, SemaphoreSlim> _gates = new();

    /// <summary>Whether the processors stand still; false also when QEMU does not say.</summary>
    public async Task<bool> IsPausedAsync(long instanceId, string machine, CancellationToken cancellationToken)
    {
        try
        {
            var status = await AskAsync(instanceId, machine, "query-status", cancellationToken).ConfigureAwait(false);
            return status.TryGetProperty("status", out var word) && word.GetString() is "paused" or "suspended" or "io-error" or "guest-panicked";
        }
        catch (ConsoleUnavailableException)
        {
            return false;
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

    private async Task<JsonElement> AskAsync(long instanceId, string machine, string command, CancellationToken cancellationToken)
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
                return await session.ExecuteAsync(command, either.Token).ConfigureAwait(false);
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
