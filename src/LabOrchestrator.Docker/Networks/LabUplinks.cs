using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Docker.Instances;
using LabOrchestrator.Installations;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Docker.Networks;

/// <summary>
/// The bridges by which helpers reach the internet: each helper has one of its own, so that none has neighbours. The engine translates
/// its address as it does every container's; what may pass is said by the <see cref="HostFirewall"/> and by the helper itself.
/// </summary>
internal sealed class LabUplinks(EngineClient engine, EngineNames names, Installation installation, FreeSubnets subnets)
{
    private const int Prefix = 29;

    /// <summary>Makes the uplink of an instance that has a network with internet; null where there is none.</summary>
    /// <exception cref="InstanceFailedException">There is no free subnet, or the engine refuses.</exception>
    public async Task<LabUplink?> EnsureAsync(InstanceSpec spec, FoundInstance found, CancellationToken cancellationToken)
    {
        if (!spec.Networks.Any(n => n.Internet))
        {
            return null;
        }

        if (found.FindUplink() is { } known)
        {
            return new LabUplink(known.Id, Ipv4Subnet.Parse(known.Subnets.First()));
        }

        // Inside the helper it may not be what an author chose for a network.
        var authors = spec.Networks.Select(n => n.Subnet).OfType<string>().Select(Ipv4Subnet.Parse);
        var id = "";
        var subnet = await subnets.TakeAsync(
            Prefix,
            authors,
            async s =>
            {
                id = await TryCreateAsync(spec, s, cancellationToken).ConfigureAwait(false);
                return id is not null;
            },
            cancellationToken).ConfigureAwait(false);
        return new LabUplink(id, subnet);
    }

    // Null when the subnet is taken.
    private async Task<string?> TryCreateAsync(InstanceSpec spec, Ipv4Subnet subnet, CancellationToken cancellationToken)
    {
        try
        {
            return await engine.Networks.CreateAsync(Describe(spec, subnet), cancellationToken).ConfigureAwait(false);
        }
        catch (EngineException e) when (e.Message.Contains("overlap", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }
        catch (EngineException e)
        {
            throw new InstanceFailedException($"The way to the internet could not be made: {e.Message}", null, e);
        }
    }

    private NetworkCreation Describe(InstanceSpec spec, Ipv4Subnet subnet) => new()
    {
        Name = names.Uplink(spec.InstanceId),
        Labels = EngineLabels.For(installation, spec, EngineRoles.Uplink, LossWords.Uplink),
        Addresses = new AddressManagement
        {
            Config = [new AddressRange { Subnet = subnet.ToString(), Gateway = Ipv4Subnet.Format(subnet.First + 1) }],
        },
        Options = new Dictionary<string, string>
        {
            ["com.docker.network.bridge.name"] = names.UplinkBridge(spec.InstanceId),
            ["com.docker.network.bridge.enable_ip_masquerade"] = "true",
        },
    };
}

/// <summary>The way of one helper to the internet.</summary>
/// <param name="NetworkId">The engine's identity of the network.</param>
/// <param name="Subnet">Its subnet.</param>
internal sealed record LabUplink(string NetworkId, Ipv4Subnet Subnet)
{
    /// <summary>The host's address, by which all else is reached.</summary>
    public string Gateway => Ipv4Subnet.Format(Subnet.First + 1);

    /// <summary>The helper's address.</summary>
    public string Helper => Ipv4Subnet.Format(Subnet.First + 2);
}
