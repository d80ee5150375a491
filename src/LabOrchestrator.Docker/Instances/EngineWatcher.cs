using System.Runtime.CompilerServices;
using System.Text.Json;
using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Docker.Networks;
using LabOrchestrator.Installations;
using LabOrchestrator.Runtimes;
using Microsoft.Extensions.Logging;

namespace LabOrchestrator.Docker.Instances;

/// <summary>Tells which instances change in the engine, across its restarts.</summary>
internal sealed partial class EngineWatcher(
    EngineClient engine, EngineNames names, Installation installation, HostFirewall firewall, TimeProvider time, ILogger logger)
{
    private static readonly string[] Actions = ["start", "die", "oom", "pause", "unpause", "rename", "destroy", "disconnect"];
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    /// <summary>Yields an instance's identity when something of it changed, null when anything may have.</summary>
    public async IAsyncEnumerable<long?> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var pause = FirstPause;
        while (true)
        {
            await using var events = engine.WatchAsync(Actions, cancellationToken).GetAsyncEnumerator(cancellationToken);
            while (await NextAsync(events, cancellationToken).ConfigureAwait(false) is { } seen)
            {
                pause = FirstPause;
                if (seen.Event is null)
                {
                    yield return null;
                }
                else if (InstanceOf(seen.Event) is { } instanceId)
                {
                    yield return instanceId;
                }
            }

            // Whatever was known of the host may be over.
            firewall.Distrust();
            await Task.Delay(pause, time, cancellationToken).ConfigureAwait(false);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    // Null when the engine ended.
    private async Task<Seen?> NextAsync(IAsyncEnumerator<EngineEvent?> events, CancellationToken cancellationToken)
    {
        try
        {
            return await events.MoveNextAsync().ConfigureAwait(false) ? new Seen(events.Current) : null;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested
            && e is RuntimeUnavailableException or EngineException or IOException or HttpRequestException or JsonException)
        {
            LogAway(logger, e.Message);
            return null;
        }
    }

    private long? InstanceOf(EngineEvent seen)
    {
        var attributes = seen.Actor.Attributes;
        return seen.Type == "network"
            ? names.InstanceOf(attributes.GetValueOrDefault("name", ""))
            : attributes.GetValueOrDefault(EngineLabels.Installation) == installation.Id ? EngineLabels.InstanceOf(attributes) : null;
    }

    private sealed record Seen(EngineEvent? Event);

    [LoggerMessage(2010, LogLevel.Warning, "Docker Engine no longer tells what happens: {Reason}")]
    private static partial void LogAway(ILogger logger, string reason);
}
