using LabOrchestrator.Images;
using LabOrchestrator.Instances;
using LabOrchestrator.Labs;

namespace LabOrchestrator.Conformance.Instances;

/// <summary>What the contracts of stores of instances have in common.</summary>
public abstract class LabInstanceStoreHarness
{
    protected static readonly DateTimeOffset Monday = new(2026, 10, 5, 8, 0, 0, TimeSpan.Zero);

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>An empty store, and the labs its instances may be of.</summary>
    protected abstract ValueTask<(ILabInstanceStore Store, ILabStore Labs)> OpenAsync();

    /// <summary>An instance to be added, of a lab of that name.</summary>
    protected static async Task<LabInstance> NewAsync(ILabStore labs, string name = "lab")
    {
        var lab = await labs.PutAsync(
            new LabDefinition
            {
                Name = name,
                Title = name,
                Networks = [],
                Machines = [new MachineDefinition { Name = "server", Title = "", Image = "tiny-vm", Kind = ImageKind.Vm }],
            },
            LabFiles.FromDefinition(name),
            null,
            Monday,
            Token);
        return new LabInstance
        {
            LabId = lab.Id,
            LabName = lab.Name,
            LabVersion = lab.Version,
            NamespacePrefix = lab.NamespacePrefix,
            Runtime = "memory",
            OwnerId = 1,
            Members = [new InstanceMember(1, InstanceRole.Owner)],
            CreatedAt = Monday,
        };
    }
}
