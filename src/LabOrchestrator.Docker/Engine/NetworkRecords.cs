using System.Text.Json.Serialization;

namespace LabOrchestrator.Docker.Engine;

/// <summary>A network to make.</summary>
internal sealed record NetworkCreation
{
    public required string Name { get; init; }

    public bool CheckDuplicate { get; init; } = true;

    public string Driver { get; init; } = "bridge";

    [JsonPropertyName("EnableIPv6")]
    public bool EnableIPv6 { get; init; }

    [JsonPropertyName("IPAM")]
    public AddressManagement? Addresses { get; init; }

    public IReadOnlyDictionary<string, string>? Options { get; init; }

    public IReadOnlyDictionary<string, string>? Labels { get; init; }
}

/// <summary>Addresses of a network.</summary>
internal sealed record AddressManagement
{
    public IReadOnlyList<AddressRange>? Config { get; init; }
}

/// <summary>One subnet.</summary>
internal sealed record AddressRange
{
    public string? Subnet { get; init; }

    public string? Gateway { get; init; }
}

/// <summary>A network in a list.</summary>
internal sealed record NetworkSummary
{
    public string Id { get; init; } = "";

    public string Name { get; init; } = "";

    public DateTimeOffset Created { get; init; }

    [JsonPropertyName("IPAM")]
    public AddressManagement? Addresses { get; init; }

    public IReadOnlyDictionary<string, string>? Labels { get; init; }

    public IReadOnlyDictionary<string, string>? Options { get; init; }

    /// <summary>Its IPv4 subnets.</summary>
    [JsonIgnore]
    public IEnumerable<string> Subnets => Addresses?.Config?.Select(c => c.Subnet).OfType<string>() ?? [];
}

/// <summary>A container joins a network.</summary>
internal sealed record NetworkConnection(string Container, EndpointSettings EndpointConfig);

/// <summary>A container leaves a network; with force also one that is no more.</summary>
internal sealed record NetworkDisconnection(string Container, bool Force);

/// <summary>A container's end in a network.</summary>
internal sealed record EndpointSettings
{
    [JsonPropertyName("IPAMConfig")]
    public EndpointAddress? Address { get; init; }

    public IReadOnlyList<string>? Aliases { get; init; }

    /// <summary>The network that the engine means; nothing until the container was started in it.</summary>
    [JsonPropertyName("NetworkID")]
    public string? NetworkId { get; init; }
}

/// <summary>An address that the engine shall give.</summary>
internal sealed record EndpointAddress([property: JsonPropertyName("IPv4Address")] string IPv4);
