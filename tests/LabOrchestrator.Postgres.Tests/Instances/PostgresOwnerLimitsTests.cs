using LabOrchestrator.Conformance.Instances;
using LabOrchestrator.Instances;
using LabOrchestrator.Labs;
using LabOrchestrator.Postgres.Labs;

namespace LabOrchestrator.Postgres.Instances;

public sealed class PostgresOwnerLimitsTests(DatabaseFixture fixture) : OwnerLimitsContract
{
    protected override async ValueTask<(ILabInstanceStore Store, ILabStore Labs)> OpenAsync()
    {
        var database = await fixture.NewStoreAsync();
        return (new PostgresLabInstanceStore(database, DatabaseFixture.Secrets), new PostgresLabStore(database));
    }
}
