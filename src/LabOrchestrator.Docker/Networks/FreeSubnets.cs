using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Docker.Networks;

/// <summary>Finds subnets of the pool that neither the engine nor the host's routes have.</summary>
internal sealed class FreeSubnets(EngineClient engine, AddressPool pool, string poolName)
{
    private const int MostTries = 50;

    /// <summary>Offers one subnet after the other until one is taken, and returns that.</summary>
    /// <param name="prefix">Bits of its prefix.</param>
    /// <param name="except">Subnets it may not overlap, beside those in use.</param>
    /// <param name="tryTake">Takes it; false when somebody else was quicker.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <exception cref="InstanceFailedException">There is none.</exception>
    public async Task<Ipv4Subnet> TakeAsync(
        int prefix, IEnumerable<Ipv4Subnet> except, Func<Ipv4Subnet, Task<bool>> tryTake, CancellationToken cancellationToken)
    {
        List<Ipv4Subnet> refused = [.. except];
        for (var i = 0; i < MostTries; i++)
        {
            var used = await UsedAsync(cancellationToken).ConfigureAwait(false);
            if (pool.Reserve(prefix, [.. used, .. refused]) is not { } subnet)
            {
                break;
            }

            try
            {
                if (await tryTake(subnet).ConfigureAwait(false))
                {
                    return subnet;
                }

                refused.Add(subnet);
            }
            finally
            {
                pool.Release(subnet);
            }
        }

        throw new InstanceFailedException($"No subnet is free in Docker__AddressPool ({poolName}). Stop other labs, or set a larger pool.");
    }

    private async Task<IEnumerable<Ipv4Subnet>> UsedAsync(CancellationToken cancellationToken)
    {
        var networks = await engine.Networks.ListAsync([], cancellationToken).ConfigureAwait(false);
        return networks.SelectMany(n => n.Subnets)
            .Select(s => Ipv4Subnet.TryParse(s, out var subnet) ? subnet : (Ipv4Subnet?)null)
            .OfType<Ipv4Subnet>()
            .Concat(HostRoutes.Read());
    }
}
