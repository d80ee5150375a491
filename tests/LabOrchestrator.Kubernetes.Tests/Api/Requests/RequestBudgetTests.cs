using LabOrchestrator.Kubernetes.Api.Requests;

namespace LabOrchestrator.Kubernetes.Tests.Api.Requests;

public sealed class RequestBudgetTests
{
    private readonly Conformance.ManualTimeProvider _time = new();

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_burst_goes_at_once_and_the_rest_in_order_at_the_rate()
    {
        var budget = new RequestBudget(2, 3, _time);
        var passed = new List<int>();
        var waiting = Enumerable.Range(0, 6).Select(i => PassAsync(budget, passed, i)).ToArray();

        passed.ShouldBe([0, 1, 2]);
        _time.Advance(TimeSpan.FromSeconds(0.51));
        await waiting[3].WaitAsync(Now);
        passed.ShouldBe([0, 1, 2, 3]);
        _time.Advance(TimeSpan.FromSeconds(1.01));
        await Task.WhenAll(waiting).WaitAsync(Now);
        passed.ShouldBe([0, 1, 2, 3, 4, 5]);

        _time.Advance(TimeSpan.FromHours(1));
        Enumerable.Range(0, 4).Count(_ => budget.EnterAsync(Now).AsTask().IsCompletedSuccessfully).ShouldBe(3);
    }

    [Fact]
    public async Task Who_gives_up_gives_its_turn_back()
    {
        var budget = new RequestBudget(1, 1, _time);
        await budget.EnterAsync(Now);
        using var gone = new CancellationTokenSource();
        var waiting = budget.EnterAsync(gone.Token).AsTask();

        await gone.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => waiting);
        _time.Advance(TimeSpan.FromSeconds(1));
        budget.EnterAsync(Now).AsTask().IsCompletedSuccessfully.ShouldBeTrue();
    }

    [Fact]
    public void No_limit_never_waits()
    {
        var budget = new RequestBudget(0, 1, _time);

        Enumerable.Range(0, 1000).All(_ => budget.EnterAsync(Now).AsTask().IsCompletedSuccessfully).ShouldBeTrue();
    }

    private static async Task PassAsync(RequestBudget budget, List<int> passed, int number)
    {
        await budget.EnterAsync(Now);
        lock (passed)
        {
            passed.Add(number);
        }
    }
}
