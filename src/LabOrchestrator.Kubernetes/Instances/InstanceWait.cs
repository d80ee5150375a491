using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Instances;

/// <summary>Waits until the watches show something of an instance.</summary>
internal sealed class InstanceWait(ClusterView view, TimeProvider time)
{
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    /// <summary>Looks at every change until there is something to return.</summary>
    /// <param name="instanceId">The instance.</param>
    /// <param name="look">What is looked for; null: not yet. It is told since how long.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="RuntimeUnavailableException">Changes are not seen any more.</exception>
    public async Task<T> ForAsync<T>(long instanceId, Func<TimeSpan, Looked<T>> look, CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            var next = view.Signals.Next(instanceId);
            var looked = look(time.GetElapsedTime(started));
            if (looked.Found)
            {
                return looked.Value!;
            }

            if (view.Failure is { } failure)
            {
                throw Refusals.Unavailable(failure);
            }

            try
            {
                await next.WaitAsync(looked.LookAgainAfter ?? Longest, time, cancellationToken).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                // Patience is what the next look decides about.
            }
        }
    }

    /// <summary>Waits until something is gone.</summary>
    /// <exception cref="RuntimeUnavailableException">It is still there after that time; the message is <paramref name="late"/>'s.</exception>
    public Task GoneAsync(long instanceId, Func<bool> isThere, TimeSpan patience, Func<string> late, CancellationToken cancellationToken) => ForAsync(
        instanceId,
        since => !isThere() ? Looked.At(true)
            : since >= patience ? throw new RuntimeUnavailableException(late())
            : Looked.NotYet<bool>(patience - since),
        cancellationToken);
}

/// <summary>What a look gave.</summary>
/// <param name="Found">It is there.</param>
/// <param name="Value">What it is.</param>
/// <param name="LookAgainAfter">Look again then, even if nothing changes.</param>
internal readonly record struct Looked<T>(bool Found, T? Value, TimeSpan? LookAgainAfter);

/// <summary>Makes them.</summary>
internal static class Looked
{
    public static Looked<T> At<T>(T value) => new(true, value, null);

    public static Looked<T> NotYet<T>(TimeSpan? again = null) => new(false, default, again is { } a && a <= TimeSpan.Zero ? TimeSpan.FromMilliseconds(1) : again);
}
