using LabOrchestrator.Conformance.Runtimes;
using LabOrchestrator.Consoles;
using LabOrchestrator.Kubernetes.Tests.Consoles;

namespace LabOrchestrator.Kubernetes.Tests.Instances;

/// <summary>
/// People who work without pause at a screen, a serial line and a terminal: what they type is answered by the machine before they go on.
/// </summary>
internal sealed class OpenConsoles : IAsyncDisposable
{
    private readonly CancellationTokenSource _end;
    private readonly RawViewer _screen;
    private readonly KeeperClient _serial;
    private readonly KeeperClient _terminal;
    private readonly Task[] _working;
    private readonly int[] _answers = new int[3];

    private OpenConsoles(RawViewer screen, KeeperClient serial, KeeperClient terminal, CancellationToken cancellationToken)
    {
        (_screen, _serial, _terminal) = (screen, serial, terminal);
        _end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _working =
        [
            WorkAsync(0, n => _screen.PressAsync(n, cancellationToken)),
            WorkAsync(1, n => SayAsync(_serial, n, cancellationToken)),
            WorkAsync(2, n => SayAsync(_terminal, n, cancellationToken)),
        ];
    }

    /// <summary>How often each machine answered so far: screen, serial line, terminal.</summary>
    public IReadOnlyList<int> Answers => [.. _answers.Select((_, i) => Volatile.Read(ref _answers[i]))];

    public static async Task<OpenConsoles> OpenAsync(
        KubernetesLabRuntime runtime, long instance, string vm, string container, CancellationToken cancellationToken)
    {
        var line = new ConsoleDefinition("terminal", ConsoleKind.Terminal);
        var screen = await RawViewer.BeginAsync(
            await runtime.OpenAsync(instance, vm, new ConsoleDefinition("graphical", ConsoleKind.Graphical), cancellationToken), cancellationToken);
        var serial = await KeeperClient.AttachAsync(await runtime.OpenAsync(instance, vm, line, cancellationToken), 0, cancellationToken);
        await serial.TypeAsync("root\rsecret\r", cancellationToken);
        await serial.ReadUntilAsync("$ ", cancellationToken);
        var terminal = await KeeperClient.AttachAsync(await runtime.OpenAsync(instance, container, line, cancellationToken), 0, cancellationToken);
        return new OpenConsoles(screen, serial, terminal, cancellationToken);
    }

    /// <summary>Waits until each machine answered so many times more; fails with what broke a console.</summary>
    public async Task GoOnAsync(int times)
    {
        var before = Answers;
        while (Answers.Zip(before, (now, then) => now - then).Any(d => d < times))
        {
            if (Array.Find(_working, w => w.IsCompleted) is { } ended)
            {
                await ended;
                Assert.Fail($"Somebody stopped working. Answers: {string.Join(", ", Answers)}");
            }

            try
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, _end.Token);
            }
            catch (OperationCanceledException)
            {
                Assert.Fail($"A console stands still. Answers of screen, serial line, terminal: {string.Join(", ", before)}, then {string.Join(", ", Answers)}");
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await Task.WhenAll(_working).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _screen.DisposeAsync();
        await _serial.DisposeAsync();
        await _terminal.DisposeAsync();
        _end.Dispose();
    }

    private async Task WorkAsync(int person, Func<int, Task> work)
    {
        while (!_end.IsCancellationRequested)
        {
            await work(_answers[person] + 1);
            Interlocked.Increment(ref _answers[person]);
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, CancellationToken.None);
        }
    }

    // The answer has no quotation marks, so that the echo of the typing is not taken for it.
    private static async Task SayAsync(KeeperClient person, int number, CancellationToken cancellationToken)
    {
        await person.TypeAsync($"echo answer {number}.\r", cancellationToken);
        await person.ReadUntilAsync($"\nanswer {number}.", cancellationToken);
    }
}
