namespace LabOrchestrator.Server.Gateway;

/// <summary>A console that is open, or being opened.</summary>
internal sealed class ActiveConsole(ConsoleRequest request, long startedAt)
{
    private readonly TaskCompletionSource<ConsoleEnd> _closeRequest = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Who watches what.</summary>
    public ConsoleRequest Request { get; } = request;

    /// <summary>Timestamp of its start.</summary>
    public long StartedAt { get; } = startedAt;

    /// <summary>Ends when somebody wants it closed, and says why.</summary>
    public Task<ConsoleEnd> CloseRequest => _closeRequest.Task;

    /// <summary>The browser; null until it was accepted.</summary>
    public BrowserSocket? Browser { get; set; }

    /// <summary>Cancelled when the browser's connection has ended, even while nobody reads from it.</summary>
    public CancellationToken BrowserLeft { get; set; }

    /// <summary>Cancels something once it is to be closed, and once it has.</summary>
    public void CancelWhenClosed(CancellationTokenSource end) => _ = CloseRequest.ContinueWith(
        static (_, end) =>
        {
            try
            {
                ((CancellationTokenSource)end!).Cancel();
            }
            catch (ObjectDisposedException)
            {
                // It has ended by itself.
            }
        },
        end,
        CancellationToken.None,
        TaskContinuationOptions.ExecuteSynchronously,
        TaskScheduler.Default);

    /// <summary>Asks for its close; the first reason counts.</summary>
    public void Close(ConsoleEnd end) => _closeRequest.TrySetResult(end);
}
