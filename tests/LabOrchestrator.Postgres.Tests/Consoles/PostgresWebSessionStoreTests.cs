using LabOrchestrator.Conformance.Consoles;
using LabOrchestrator.Consoles;

namespace LabOrchestrator.Postgres.Consoles;

public sealed class PostgresWebSessionStoreTests(DatabaseFixture fixture) : WebSessionStoreContract
{
    protected override async ValueTask<IWebSessionStore> OpenAsync() => new PostgresWebSessionStore(await fixture.NewStoreAsync());
}
