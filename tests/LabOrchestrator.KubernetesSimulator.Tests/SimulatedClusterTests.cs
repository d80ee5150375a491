using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace LabOrchestrator.KubernetesSimulator.Tests;

public sealed class SimulatedClusterTests
{
    [Fact]
    public async Task Clusters_that_end_as_soon_as_they_began_have_nothing_to_complain_about()
    {
        using var log = new Complaints();

        await Parallel.ForAsync(0, 64, TestContext.Current.CancellationToken, async (_, _) =>
        {
            await using var cluster = await SimulatedCluster.StartAsync(new SimulatorOptions { AddOns = [], Log = log });
        });

        log.All.ShouldBeEmpty();
    }

    private sealed class Complaints : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> All { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            All.Enqueue($"{formatter(state, exception)} {exception?.GetType().Name}");

        public void Dispose()
        {
        }
    }
}
