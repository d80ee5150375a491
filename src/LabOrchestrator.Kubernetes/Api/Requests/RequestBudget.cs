namespace LabOrchestrator.Kubernetes.Api.Requests;

/// <summary>
/// A token bucket, first come first served. Written by hand because the framework's limiters cannot be given a clock.
/// </summary>
/// <param name="perSecond">Requests per second on average; 0 is no limit.</param>
/// <param name="burst">Requests that may go at once after a quiet time.</param>
/// <param name="time">The clock.</param>
internal sealed class RequestBudget(double perSecond, int burst, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly long _start = time.GetTimestamp();
    private double _tokens = Math.Max(burst, 1);
    private double _seenAt;

    /// <summary>Waits for its turn. Who gives up gives its turn back.</summary>
    public async ValueTask EnterAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (perSecond <= 0)
        {
            return;
        }

        if (Take() is not { } wait)
        {
            return;
        }

        try
        {
            await Task.Delay(wait, time, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            lock (_lock)
            {
                _tokens++;
            }

            throw;
        }
    }

    /// <summary>Takes a token, on credit when there is none: the debt is the length of the queue.</summary>
    private TimeSpan? Take()
    {
        lock (_lock)
        {
            var now = time.GetElapsedTime(_start).TotalSeconds;
            _tokens = Math.Min(Math.Max(burst, 1), _tokens + ((now - _seenAt) * perSecond));
            _seenAt = now;
            _tokens--;
            return _tokens >= 0 ? null : TimeSpan.FromSeconds(-_tokens / perSecond);
        }
    }
}
