using LabOrchestrator.Postgres;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Server.Hosting;

/// <summary>Knows whether labs can be started, and whether they ever could since the server's start.</summary>
internal sealed class Readiness(LabRuntimes runtimes, RuntimeHealth health, DatabaseHealth database)
{
    private volatile bool _wasReady;
    private volatile bool _catalogueIsFilled;

    /// <summary>Says that images and labs were looked for once.</summary>
    public void CatalogueIsFilled() => _catalogueIsFilled = true;

    /// <summary>What is the matter now; empty when all is well.</summary>
    public async Task<ReadinessReport> CheckAsync(CancellationToken cancellationToken)
    {
        var troubles = new List<string>();
        if (!_catalogueIsFilled)
        {
            troubles.Add("The server is filling its catalogue of images and labs.");
        }

        if (await database.CheckAsync(cancellationToken) is { } away)
        {
            troubles.Add(away);
        }

        foreach (var runtime in runtimes.All)
        {
            var readiness = await health.CheckAsync(runtime.Name, cancellationToken);
            if (!readiness.IsReady)
            {
                troubles.Add($"{runtime.Name}: {readiness.Reason}");
            }
        }

        _wasReady |= troubles.Count == 0;
        return new ReadinessReport(_wasReady, troubles);
    }
}

/// <summary>Whether labs can be started.</summary>
/// <param name="WasReady">True once they could, since the server's start.</param>
/// <param name="Troubles">What is the matter now.</param>
internal sealed record ReadinessReport(bool WasReady, IReadOnlyList<string> Troubles);
