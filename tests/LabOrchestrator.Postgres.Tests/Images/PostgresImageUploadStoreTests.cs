using LabOrchestrator.Conformance.Images;
using LabOrchestrator.Images.Uploads;

namespace LabOrchestrator.Postgres.Images;

public sealed class PostgresImageUploadStoreTests(DatabaseFixture fixture) : ImageUploadStoreContract
{
    protected override async ValueTask<IImageUploadStore> OpenAsync() => new PostgresImageUploadStore(await fixture.NewStoreAsync());
}
