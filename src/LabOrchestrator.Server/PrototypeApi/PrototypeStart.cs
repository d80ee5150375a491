using System.Threading.Channels;
using LabOrchestrator.Instances;

namespace LabOrchestrator.Server.PrototypeApi;

/// <summary>
/// Starts as the prototype did, for scripts that delete an instance and make the next one in one breath: what was deleted is gone for them,
/// so a start waits for the end of its removal.
/// </summary>
internal static class PrototypeStart
{
    /// <summary>How long a start waits: 30 seconds.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Starts a lab; refused with <see cref="RefusalCode.BeingRemoved"/> when the user's last one is not gone in time.</summary>
    public static async Task<StartResult> StartAsync(
        StartRequest request, LabInstances instances, TimeProvider time, CancellationToken cancellationToken)
    {
        var result = await instances.StartAsync(request, cancellationToken);
        if (!IsEarly(result))
        {
            return result;
        }

        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        var changed = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

        // Before the next try, so that no end falls between a try and the wait for it.
        var watch = WatchAsync(request, instances, changed.Writer, either.Token);
        try
        {
            while (IsEarly(result = await instances.StartAsync(request, cancellationToken)))
            {
                await changed.Reader.ReadAsync(either.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // It took too long; the answer says so.
        }
        finally
        {
            await either.CancelAsync();
            await watch;
        }

        return result;
    }

    private static bool IsEarly(StartResult result) => result is StartResult.Refused { Code: RefusalCode.BeingRemoved };

    private static async Task WatchAsync(StartRequest request, LabInstances instances, ChannelWriter<bool> changed, CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var _ in instances.Feed.WatchAsync(i => i.OwnerId == request.OwnerId && i.LabId == request.LabId, cancellationToken))
            {
                changed.TryWrite(true);
            }
        }
        catch (OperationCanceledException)
        {
            // Enough was seen.
        }
    }
}
