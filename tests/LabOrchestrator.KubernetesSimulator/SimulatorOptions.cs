namespace LabOrchestrator.KubernetesSimulator;

/// <summary>How a simulated cluster is started.</summary>
public sealed record SimulatorOptions
{
    /// <summary>0: a free one.</summary>
    public int Port { get; init; }

    /// <summary>Administration without TLS and faults. 0: a free one.</summary>
    public int AdminPort { get; init; }

    /// <summary>The administrator's bearer token; null: everybody is one, without a token.</summary>
    public string? Token { get; init; }

    /// <summary>Serve HTTPS with a certificate of an own authority.</summary>
    public bool Tls { get; init; }

    /// <summary>What is installed beside Kubernetes: <c>kubevirt</c>, <c>cdi</c>, <c>multus</c>.</summary>
    public IReadOnlyList<string> AddOns { get; init; } = ["kubevirt", "cdi", "multus"];

    /// <summary>Hears of warnings and errors; null: the console.</summary>
    public ILoggerProvider? Log { get; init; }
}
