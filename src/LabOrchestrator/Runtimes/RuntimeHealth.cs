namespace LabOrchestrator.Runtimes;

/// <summary>What the runtimes last said of themselves, asked again after <see cref="FreshFor"/>.</summary>
public sealed class RuntimeHealth(LabRuntimes runtimes, TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Question> _questions = [];

    /// <summary>How long an answer serves: 5 seconds.</summary>
    public static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(5);

    /// <summary>How long a runtime has for its answer: 10 seconds. After that it counts as not ready until the answer comes.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Whether a runtime can start instances; never throws for a runtime's trouble, and never waits for longer than <see cref="Patience"/>.</summary>
    public async Task<RuntimeReadiness> CheckAsync(string runtime, CancellationToken cancellationToken)
    {
        if (runtimes.Find(runtime) is not { } found)
        {
            return new RuntimeReadiness(false, $"The runtime \"{runtime}\" is not configured on this server.");
        }

        var question = QuestionTo(found);
        var patience = Patience - time.GetElapsedTime(question.AskedAt);
        try
        {
            var answer = await question.Answer
                .WaitAsync(patience > TimeSpan.Zero ? patience : TimeSpan.Zero, time, cancellationToken).ConfigureAwait(false);
            return answer.Readiness;
        }
        catch (TimeoutException)
        {
            return new RuntimeReadiness(
                false,
                $"The engine did not answer within {Patience.TotalSeconds:0} s. It is asked again; if it stays silent, see whether it still runs "
                + "(Docker Engine, or the cluster's API server).");
        }
    }

    /// <summary>Forgets what a runtime said, after something happened to it.</summary>
    public void Invalidate(string runtime)
    {
        lock (_lock)
        {
            if (_questions.TryGetValue(runtime, out var question))
            {
                question.IsOutdated = true;
            }
        }
    }

    // One question at a time: those to an engine that hangs would pile up. It is shared by all who ask meanwhile, so it does not end with
    // the first of them. An answer serves from when it came, so that one that takes long is of use too.
    private Question QuestionTo(ILabRuntime runtime)
    {
        lock (_lock)
        {
            if (!_questions.TryGetValue(runtime.Name, out var question)
                || (question.Answer.IsCompleted && (question.IsOutdated || !IsFresh(question.Answer))))
            {
                _questions[runtime.Name] = question = new Question(time.GetTimestamp(), AskAsync(runtime));
            }

            return question;
        }
    }

    private bool IsFresh(Task<(RuntimeReadiness Readiness, long At)> answer) =>
        answer.IsCompletedSuccessfully && time.GetElapsedTime(answer.Result.At) < FreshFor;

    private async Task<(RuntimeReadiness Readiness, long At)> AskAsync(ILabRuntime runtime)
    {
        try
        {
            var readiness = await runtime.CheckAsync(CancellationToken.None).ConfigureAwait(false);
            return (readiness, time.GetTimestamp());
        }
        catch (RuntimeUnavailableException e)
        {
            return (new RuntimeReadiness(false, e.Message), time.GetTimestamp());
        }
    }

    private sealed record Question(long AskedAt, Task<(RuntimeReadiness Readiness, long At)> Answer)
    {
        public bool IsOutdated { get; set; }
    }
}
