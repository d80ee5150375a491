using LabOrchestrator.Conformance;
using LabOrchestrator.Runtimes;
using LabOrchestrator.Server.Instances;

namespace LabOrchestrator.Server.Tests.Instances;

public sealed class MachinePicturesTests : IDisposable
{
    private readonly ManualTimeProvider _time = new();
    private readonly MachinePictures _pictures;
    private readonly Screens _screens = new();

    public MachinePicturesTests() => _pictures = new MachinePictures(_time);

    private static CancellationToken Now => TestContext.Current.CancellationToken;

    public void Dispose() => _pictures.Dispose();

    [Fact]
    public async Task Many_who_ask_at_once_get_one_picture_and_a_new_one_after_five_seconds()
    {
        var asking = Enumerable.Range(0, 30).Select(_ => _pictures.TakeAsync(_screens, 1, "server", Now)).ToList();
        _screens.Answer.SetResult();

        (await Task.WhenAll(asking)).Select(p => p.Tag).Distinct().Count().ShouldBe(1);
        _time.Advance(MachinePictures.FreshFor - TimeSpan.FromMilliseconds(1));
        var still = await _pictures.TakeAsync(_screens, 1, "server", Now);
        _screens.Asked.ShouldBe(1);

        _time.Advance(TimeSpan.FromMilliseconds(1));
        var next = await _pictures.TakeAsync(_screens, 1, "server", Now);
        _screens.Asked.ShouldBe(2);
        next.Tag.ShouldNotBe(still.Tag);
    }

    [Fact]
    public async Task An_overview_of_thirty_machines_asks_the_engine_for_four_at_a_time()
    {
        var asking = Enumerable.Range(0, 30).Select(n => _pictures.TakeAsync(_screens, n, "server", Now)).ToList();
        await _screens.FourAsked.Task.WaitAsync(TimeSpan.FromMinutes(1), TimeProvider.System, Now);
        _screens.Asked.ShouldBe(4);
        _screens.Answer.SetResult();

        await Task.WhenAll(asking);
        _screens.Asked.ShouldBe(30);
        _screens.MostAtOnce.ShouldBeLessThanOrEqualTo(4);
    }

    [Fact]
    public async Task Who_leaves_takes_the_picture_from_nobody_else()
    {
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(Now);
        var first = _pictures.TakeAsync(_screens, 1, "server", leaving.Token);
        var second = _pictures.TakeAsync(_screens, 1, "server", Now);
        await leaving.CancelAsync();
        _screens.Answer.SetResult();

        await Should.ThrowAsync<OperationCanceledException>(first);
        (await second).Png.ShouldNotBeEmpty();
    }

    private sealed class Screens : IMachineScreenshots
    {
        private int _asked;
        private int _now;

        public TaskCompletionSource Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource FourAsked { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Asked => Volatile.Read(ref _asked);

        public int MostAtOnce { get; private set; }

        public async Task<byte[]> ScreenshotAsync(long instanceId, string machine, CancellationToken cancellationToken)
        {
            var number = Interlocked.Increment(ref _asked);
            var now = Interlocked.Increment(ref _now);
            lock (Answer)
            {
                MostAtOnce = Math.Max(MostAtOnce, now);
            }

            if (number == 4)
            {
                FourAsked.TrySetResult();
            }

            await Answer.Task.WaitAsync(cancellationToken);
            Interlocked.Decrement(ref _now);
            return [(byte)number];
        }
    }
}
