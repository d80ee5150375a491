using LabOrchestrator.Conformance.Labs;

namespace LabOrchestrator.Labs;

public sealed class InMemoryLabStoreTests : LabStoreContract
{
    protected override ValueTask<ILabStore> OpenAsync() => new(new InMemoryLabStore());

    // This store keeps every version, so nothing has to refer to it.
    protected override Task ReferToAsync(Lab lab) => Task.CompletedTask;
}
