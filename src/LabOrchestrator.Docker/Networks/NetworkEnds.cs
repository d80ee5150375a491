using System.Collections.Immutable;
using LabOrchestrator.Docker.Engine;

namespace LabOrchestrator.Docker.Networks;

/// <summary>A container's end in a network as it was found.</summary>
/// <param name="Network">The engine's name of the network.</param>
/// <param name="Address">The address that it was given there; empty for none.</param>
/// <param name="IsLost">That network is no more, though another may have its name.</param>
internal sealed record NetworkEnd(string Network, string Address, bool IsLost);

/// <summary>The ends of containers in networks.</summary>
internal static class NetworkEnds
{
    /// <summary>What the engine says of a container's ends in the networks of its instance.</summary>
    /// <param name="container">The container.</param>
    /// <param name="networks">The networks of its instance that are there.</param>
    /// <param name="prefix">How the names of the instance's networks begin; others, where an administrator put it, are none of ours.</param>
    public static ImmutableArray<NetworkEnd> Of(ContainerDetails container, IReadOnlyList<NetworkSummary> networks, string prefix) =>
    [
        .. (container.NetworkSettings?.Networks ?? new Dictionary<string, EndpointSettings>())
            .Where(e => e.Key.StartsWith(prefix, StringComparison.Ordinal))
            .Select(e => new NetworkEnd(
                e.Key,
                e.Value?.Address?.IPv4 ?? "",
                e.Value?.NetworkId is { Length: > 0 } id && !networks.Any(n => n.Id == id))),
    ];

    /// <summary>
    /// Gives a container that is down the ends that it should have and has not: one that refers to a network that is no more could not be started.
    /// </summary>
    public static async Task MendAsync(
        this EngineNetworks networks,
        string container,
        IReadOnlyList<NetworkEnd> found,
        IEnumerable<(string Network, EndpointSettings End)> wanted,
        CancellationToken cancellationToken)
    {
        foreach (var (network, end) in wanted)
        {
            var known = found.FirstOrDefault(e => e.Network == network);
            if (known is { IsLost: false } && known.Address == end.Address?.IPv4)
            {
                continue;
            }

            if (known is not null)
            {
                await networks.DisconnectAsync(network, container, cancellationToken).ConfigureAwait(false);
            }

            await networks.ConnectAsync(network, new NetworkConnection(container, end), cancellationToken).ConfigureAwait(false);
        }
    }
}
