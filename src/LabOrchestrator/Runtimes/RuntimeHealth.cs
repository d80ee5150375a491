using System.Collections.Concurrent;

namespace LabOrchestrator.Runtimes;

/// <summary>What the runtimes last said of themselves, asked again after <see cref="FreshFor"/>.</summary>
public sealed class RuntimeHealth(LabRuntimes runtimes, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, (long At, Task<RuntimeReadiness> Answer)> _answers = new();

    /// <summary>How long an answer serves: 5 seconds.</summary>
    public static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(5);

    /// <summary>Whether a runtime can start instances; never throws for a runtime's trouble.</summary>
    public async Task<RuntimeReadiness> CheckAsync(string runtime, CancellationToken cancellationToken)
    {
        if (runtimes.Find(runtime) is not { } found)
        {
            return new RuntimeReadiness(false, $"The runtime \"{runtime}\" is not configured on this server.");
        }

        if (_answers.TryGetValue(runtime, out var known) && time.GetElapsedTime(known.At) < FreshFor)
        {
            return await known.Answer.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        // Shared by all who ask meanwhile, so it must not end with the first of them.
        var answer = AskAsync(found);
        _answers[runtime] = (time.GetTimestamp(), answer);
        return await answer.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Forgets what a runtime said, after something happened to it.</summary>
    public void Invalidate(string runtime) => _answers.TryRemove(runtime, out _);

    private static async Task<RuntimeReadiness> AskAsync(ILabRuntime runtime)
    {
        try
        {
            return await runtime.CheckAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (RuntimeUnavailableException e)
        {
            return new RuntimeReadiness(false, e.Message);
        }
    }
}
