using LabOrchestrator.Conformance.Consoles;
using LabOrchestrator.Consoles;

namespace LabOrchestrator.Postgres.Consoles;

public sealed class PostgresConsoleTicketStoreTests(DatabaseFixture fixture) : ConsoleTicketStoreContract
{
    protected override async ValueTask<IConsoleTicketStore> OpenAsync() => new PostgresConsoleTicketStore(await fixture.NewStoreAsync());
}
