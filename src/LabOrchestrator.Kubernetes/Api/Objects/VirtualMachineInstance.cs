using System.Text.Json.Serialization;

namespace LabOrchestrator.Kubernetes.Api.Objects;

/// <summary>KubeVirt's running machine.</summary>
internal sealed record VirtualMachineInstance : KubernetesObject
{
    public VirtualMachineInstanceStatus Status { get; init => field = value ?? new(); } = new();
}

internal sealed record VirtualMachineInstanceStatus
{
    /// <summary>Empty, <c>Pending</c>, <c>Scheduling</c>, <c>Scheduled</c>, <c>Running</c>, <c>Succeeded</c>, <c>Failed</c>…</summary>
    public string Phase { get; init => field = value ?? ""; } = "";

    public string? Reason { get; init; }

    public string? NodeName { get; init; }

    /// <summary><c>Paused</c> is stated only while it is paused.</summary>
    public IReadOnlyList<Condition> Conditions { get; init => field = value ?? []; } = [];

    public IReadOnlyList<GuestInterface> Interfaces { get; init => field = value ?? []; } = [];

    [JsonPropertyName("guestOSInfo")]
    public GuestSystem? GuestOsInfo { get; init; }

    /// <summary>Node by uid of the launcher pods that may hold it.</summary>
    public IReadOnlyDictionary<string, string> ActivePods { get; init => field = value ?? Nothing.Strings; } = Nothing.Strings;
}

/// <summary>A card as KubeVirt and the guest's agent tell it. The addresses are for display: a guest may state any.</summary>
internal sealed record GuestInterface
{
    public string? Name { get; init; }

    public string? Mac { get; init; }

    public string? IpAddress { get; init; }

    public IReadOnlyList<string> IpAddresses { get; init => field = value ?? []; } = [];
}

/// <summary>What the guest's agent says it is.</summary>
internal sealed record GuestSystem(string? Id, string? Name, string? PrettyName, string? Version);
