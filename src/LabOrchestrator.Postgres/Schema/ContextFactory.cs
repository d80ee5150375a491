using Microsoft.EntityFrameworkCore;

namespace LabOrchestrator.Postgres.Schema;

/// <summary>Makes contexts for a connection string.</summary>
internal sealed class ContextFactory(string connectionString) : IDbContextFactory<LabDbContext>
{
    private readonly DbContextOptions<LabDbContext> _options = new DbContextOptionsBuilder<LabDbContext>().UseNpgsql(connectionString).Options;

    public LabDbContext CreateDbContext() => new(_options);
}
