using LabOrchestrator.Conformance.Consoles;

namespace LabOrchestrator.Consoles;

public sealed class InMemoryWebSessionStoreTests : WebSessionStoreContract
{
    protected override ValueTask<IWebSessionStore> OpenAsync() => ValueTask.FromResult<IWebSessionStore>(new InMemoryWebSessionStore());
}
