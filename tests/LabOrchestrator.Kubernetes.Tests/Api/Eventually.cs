using System.Diagnostics;

namespace LabOrchestrator.Kubernetes.Tests.Api;

internal static class Eventually
{
    /// <summary>Waits until something holds, at most a minute.</summary>
    public static Task HoldsAsync(Func<bool> condition, string? what = null) => HoldsAsync(() => Task.FromResult(condition()), what);

    /// <summary>The same of something that must be asked for.</summary>
    public static async Task HoldsAsync(Func<Task<bool>> condition, string? what = null)
    {
        var watch = Stopwatch.StartNew();
        while (!await condition())
        {
            watch.Elapsed.ShouldBeLessThan(TimeSpan.FromMinutes(1), what);
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }
    }
}
