using LabOrchestrator.Bench.Measuring;
using LabOrchestrator.Installations;
using LabOrchestrator.Kubernetes;
using LabOrchestrator.Kubernetes.Api;
using LabOrchestrator.Kubernetes.Api.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace LabOrchestrator.Bench.Cluster;

/// <summary>The simulated cluster in a process of its own.</summary>
internal sealed class SimulatorProcess : IAsyncDisposable
{
    private readonly Child _child;
    private readonly Uri _api;
    private readonly HttpClient _admin;

    private SimulatorProcess(Child child, Uri api, Uri admin)
    {
        (_child, _api) = (child, api);
        _admin = new HttpClient { BaseAddress = admin, Timeout = TimeSpan.FromMinutes(5) };
    }

    public static async Task<SimulatorProcess> StartAsync(CancellationToken cancellationToken)
    {
        var folder = AppContext.BaseDirectory.Replace("LabOrchestrator.Bench", "LabOrchestrator.KubernetesSimulator", StringComparison.Ordinal);
        var child = Child.Start(Path.Combine(folder, "LabOrchestrator.KubernetesSimulator"));
        var api = (await child.ReadAsync(cancellationToken)).Split(' ')[1];
        var admin = (await child.ReadAsync(cancellationToken)).Split(' ')[1];
        return new SimulatorProcess(child, new Uri(api), new Uri(admin));
    }

    /// <summary>A runtime as a server that has just started has it.</summary>
    public KubernetesLabRuntime NewRuntime(Installation installation, int requestsPerSecond = 0) => new(
        installation,
        new KubernetesRuntimeOptions(),
        NewClient(requestsPerSecond),
        NullLoggerFactory.Instance);

    public KubernetesClient NewClient(int requestsPerSecond = 0) => new(
        () => new ClusterConfiguration { Server = _api, Origin = "the bench" },
        new KubernetesClientOptions { RequestsPerSecond = requestsPerSecond },
        TimeProvider.System,
        NullLogger<KubernetesClient>.Instance);

    /// <summary>Copies of instance 1, with numbers of their own.</summary>
    public async Task CopyAsync(string @namespace, int first, int count, CancellationToken cancellationToken)
    {
        var stem = @namespace[..(@namespace.LastIndexOf('-') + 1)];
        using var answer = await _admin.PostAsJsonAsync(
            "_simulator/copies",
            new
            {
                @namespace,
                first,
                count,
                replace = new[]
                {
                    new { text = @namespace, with = stem + "{n}" },
                    new { text = "\"lab-orchestrator/instance\":\"1\"", with = "\"lab-orchestrator/instance\":\"{n}\"" },
                },
            },
            cancellationToken);
        answer.EnsureSuccessStatusCode();
    }

    public async ValueTask DisposeAsync()
    {
        _admin.Dispose();
        await _child.DisposeAsync();
    }
}
