using Microsoft.Playwright;

namespace LabOrchestrator.EndToEnd;

/// <summary>Loads pages with all that they load.</summary>
/// <remarks>
/// Chromium gives up what it is loading whenever an address of this machine comes or goes, as those of the networks of labs do that other
/// tests run meanwhile; then it is loaded again. Whatever else fails stays for the test to see.
/// </remarks>
internal static class Loading
{
    private const string NetworkChanged = "net::ERR_NETWORK_CHANGED";
    private const int MostAttempts = 5;

    public static Task<IResponse?> GotoAsync(IPage page, string address) => WholeAsync(page, _ => page.GotoAsync(address));

    public static Task<IResponse?> ReloadAsync(IPage page) => WholeAsync(page, _ => page.ReloadAsync());

    /// <summary>Does what loads a page, again while any of it was given up; the action is told which attempt it is, from 1.</summary>
    public static async Task<T> WholeAsync<T>(IPage page, Func<int, Task<T>> load)
    {
        for (var attempt = 1; ; attempt++)
        {
            var given = 0;
            var lost = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            void Note(object? sender, IRequest request)
            {
                if (request.Failure == NetworkChanged)
                {
                    Interlocked.Increment(ref given);
                    if (request.IsNavigationRequest && request.Frame == page.MainFrame)
                    {
                        lost.TrySetResult();
                    }
                }
            }

            page.RequestFailed += Note;
            try
            {
                // Who waits for an address would wait for a page that was given up until its patience ends.
                var loading = load(attempt);
                if (await Task.WhenAny(loading, lost.Task) == loading || attempt == MostAttempts)
                {
                    var loaded = await loading;
                    if (Volatile.Read(ref given) == 0 || attempt == MostAttempts)
                    {
                        return loaded;
                    }
                }
                else
                {
                    _ = loading.ContinueWith(t => t.Exception, TaskScheduler.Default);
                }
            }
            catch (PlaywrightException e) when (e.Message.Contains(NetworkChanged, StringComparison.Ordinal) && attempt < MostAttempts)
            {
            }
            finally
            {
                page.RequestFailed -= Note;
            }
        }
    }
}
