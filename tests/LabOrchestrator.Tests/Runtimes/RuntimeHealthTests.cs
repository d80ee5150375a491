using LabOrchestrator.Conformance;

namespace LabOrchestrator.Runtimes;

public sealed class RuntimeHealthTests
{
    private static readonly RuntimeReadiness Ready = new(true);

    private readonly ManualTimeProvider _time = new();
    private readonly AskedRuntime _runtime = new();
    private readonly RuntimeHealth _health;

    public RuntimeHealthTests() => _health = new RuntimeHealth(new LabRuntimes([_runtime]), _time);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_engine_that_hangs_is_waited_for_a_bounded_time_and_asked_one_question()
    {
        var first = CheckAsync();
        _time.Advance(RuntimeHealth.Patience - TimeSpan.FromSeconds(1));
        var second = CheckAsync();
        (first.IsCompleted, second.IsCompleted).ShouldBe((false, false), "control: it is waited for");

        _time.Advance(TimeSpan.FromSeconds(2));

        foreach (var asked in new[] { first, second, CheckAsync() })
        {
            // Nobody waits for longer than the question is open, and who comes later does not wait at all.
            var readiness = await asked;
            readiness.IsReady.ShouldBeFalse();
            readiness.Reason.ShouldNotBeNull().ShouldStartWith("The engine did not answer within 10 s.");
        }

        _health.Invalidate(_runtime.Name);
        (await CheckAsync()).IsReady.ShouldBeFalse();
        _runtime.Questions.Count.ShouldBe(1);
    }

    [Fact]
    public async Task An_answer_that_takes_longer_than_anybody_waits_serves_once_it_came()
    {
        var first = CheckAsync();
        _time.Advance(TimeSpan.FromMinutes(1));
        (await first).IsReady.ShouldBeFalse();

        _runtime.Questions[0].SetResult(Ready);

        await Eventually.ShowsAsync(CheckAsync, r => r.IsReady);
        _time.Advance(RuntimeHealth.FreshFor - TimeSpan.FromSeconds(1));
        (await CheckAsync()).IsReady.ShouldBeTrue();
        _runtime.Questions.Count.ShouldBe(1);
    }

    [Fact]
    public async Task An_answer_is_asked_for_anew_when_it_is_old_or_something_happened()
    {
        _runtime.Always = Ready;
        await CheckAsync();
        await CheckAsync();
        _runtime.Questions.Count.ShouldBe(1);

        _time.Advance(RuntimeHealth.FreshFor + TimeSpan.FromSeconds(1));
        await CheckAsync();
        _runtime.Questions.Count.ShouldBe(2);

        _health.Invalidate(_runtime.Name);
        await CheckAsync();
        _runtime.Questions.Count.ShouldBe(3);
    }

    private Task<RuntimeReadiness> CheckAsync() => _health.CheckAsync(_runtime.Name, Token).WaitAsync(Eventually.Patience, TimeProvider.System, Token);

    /// <summary>A runtime that answers when a test says so.</summary>
    private sealed class AskedRuntime : ILabRuntime
    {
        public List<TaskCompletionSource<RuntimeReadiness>> Questions { get; } = [];

        public RuntimeReadiness? Always { get; set; }

        public string Name => "asked";

        public RuntimeCapabilities Capabilities { get; } = new([]);

        public Task<RuntimeReadiness> CheckAsync(CancellationToken cancellationToken)
        {
            var question = new TaskCompletionSource<RuntimeReadiness>(TaskCreationOptions.RunContinuationsAsynchronously);
            Questions.Add(question);
            if (Always is { } answer)
            {
                question.SetResult(answer);
            }

            return question.Task;
        }

        public Task<ObservedInstance> ApplyAsync(InstanceSpec instance, IProgress<MachineProgress> progress, CancellationToken cancellationToken) =>
            throw new NotSupportedException();

        public Task DeleteAsync(long instanceId, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<ObservedInstance> PauseAsync(long instanceId, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<ObservedInstance> ResumeAsync(long instanceId, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<ObservedInstance?> ObserveAsync(long instanceId, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IReadOnlyList<ObservedInstance>> ListAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

        public IAsyncEnumerable<long?> WatchAsync(CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
