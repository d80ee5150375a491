using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Docker.Networks;

/// <summary>Gives out subnets of one range; those given out are kept from others until told that the engine knows them.</summary>
internal sealed class AddressPool(Ipv4Subnet range)
{
    private readonly Lock _lock = new();
    private readonly HashSet<Ipv4Subnet> _reserved = [];
    private uint _next = range.First;

    /// <summary>Takes the next subnet of that size which overlaps none of those in use; null when there is none.</summary>
    public Ipv4Subnet? Reserve(int prefix, IReadOnlyCollection<Ipv4Subnet> used)
    {
        if (prefix < range.Prefix)
        {
            return null;
        }

        lock (_lock)
        {
            // Goes round, so that an address is not used again at once: neighbours' caches would still know its last owner.
            var size = 1L << (32 - prefix);
            var count = range.Size / size;
            var start = (_next - range.First + size - 1) / size;
            for (var i = 0L; i < count; i++)
            {
                var candidate = new Ipv4Subnet((uint)(range.First + ((start + i) % count * size)), prefix);
                if (!used.Any(candidate.Overlaps) && !_reserved.Any(candidate.Overlaps))
                {
                    _reserved.Add(candidate);
                    _next = candidate.Last == range.Last ? range.First : candidate.Last + 1;
                    return candidate;
                }
            }

            return null;
        }
    }

    /// <summary>The engine has it now, or it was not needed.</summary>
    public void Release(Ipv4Subnet subnet)
    {
        lock (_lock)
        {
            _reserved.Remove(subnet);
        }
    }
}
