using LabOrchestrator.Conformance.Consoles;

namespace LabOrchestrator.Consoles;

public sealed class InMemoryConsoleTicketStoreTests : ConsoleTicketStoreContract
{
    protected override ValueTask<IConsoleTicketStore> OpenAsync() => ValueTask.FromResult<IConsoleTicketStore>(new InMemoryConsoleTicketStore());
}
