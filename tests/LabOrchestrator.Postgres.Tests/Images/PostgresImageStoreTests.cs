using LabOrchestrator.Conformance.Images;
using LabOrchestrator.Images;

namespace LabOrchestrator.Postgres.Images;

public sealed class PostgresImageStoreTests(DatabaseFixture fixture) : ImageStoreContract
{
    protected override async ValueTask<IImageStore> OpenAsync() => new PostgresImageStore(await fixture.NewStoreAsync());
}
