using LabOrchestrator.Conformance.Instances;
using LabOrchestrator.Labs;

namespace LabOrchestrator.Instances;

public sealed class InMemoryOwnerLimitsTests : OwnerLimitsContract
{
    protected override ValueTask<(ILabInstanceStore Store, ILabStore Labs)> OpenAsync() =>
        ValueTask.FromResult<(ILabInstanceStore, ILabStore)>((new InMemoryLabInstanceStore(), new InMemoryLabStore()));
}
