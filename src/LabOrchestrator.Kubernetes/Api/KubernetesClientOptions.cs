namespace LabOrchestrator.Kubernetes.Api;

/// <summary>How the client behaves towards any API server.</summary>
internal sealed record KubernetesClientOptions
{
    /// <summary>Name of this program as a field manager.</summary>
    public const string OurName = "lab-orchestrator";

    /// <summary>Name under which server-side apply keeps our fields.</summary>
    public string FieldManager { get; init; } = OurName;

    /// <summary>Deadline of one try of an ordinary request, and of opening a stream.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Requests per second on average; 0 is no limit. Watches and streams count once, when they are opened.</summary>
    public double RequestsPerSecond { get; init; } = 50;

    /// <summary>Requests that may go at once after a quiet time.</summary>
    public int Burst { get; init; } = 100;

    /// <summary>Tries of a request that the server answers with <c>Retry-After</c>.</summary>
    public int MostTries { get; init; } = 10;

    /// <summary>Objects per page of a list.</summary>
    public int PageSize { get; init; } = 500;

    /// <summary>Ask the server to refuse unknown and duplicate fields instead of dropping them.</summary>
    public bool StrictFields { get; init; } = true;
}
