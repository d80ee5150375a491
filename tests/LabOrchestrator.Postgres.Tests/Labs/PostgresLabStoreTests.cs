using LabOrchestrator.Conformance.Labs;
using LabOrchestrator.Instances;
using LabOrchestrator.Labs;
using LabOrchestrator.Postgres.Instances;
using LabOrchestrator.Postgres.Schema;

namespace LabOrchestrator.Postgres.Labs;

public sealed class PostgresLabStoreTests(DatabaseFixture fixture) : LabStoreContract
{
    private LabDatabase? _database;

    protected override async ValueTask<ILabStore> OpenAsync()
    {
        _database = await fixture.NewStoreAsync();
        return new PostgresLabStore(_database);
    }

    protected override async Task ReferToAsync(Lab lab) =>
        await new PostgresLabInstanceStore(_database!, DatabaseFixture.Secrets).AddAsync(
            new LabInstance
            {
                LabId = lab.Id,
                LabName = lab.Name,
                LabVersion = lab.Version,
                NamespacePrefix = lab.NamespacePrefix,
                Runtime = "memory",
                OwnerId = 1,
                Members = [],
                CreatedAt = DateTimeOffset.UnixEpoch,
            },
            new OwnerLimits(1),
            default);
}
