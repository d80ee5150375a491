using Microsoft.AspNetCore.Http.HttpResults;

namespace LabOrchestrator.Server.Hosting;

/// <summary>Says to whoever looks after the process how it is.</summary>
internal static class HealthEndpoints
{
    /// <summary>Maps <c>/healthz/live</c> and <c>/healthz/ready</c>.</summary>
    public static void MapHealth(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet("/healthz/live", () => TypedResults.Text("live\n")).AllowAnonymous().ExcludeFromDescription();
        endpoints.MapGet("/healthz/ready", ReadyAsync).AllowAnonymous().ExcludeFromDescription();
    }

    // Trouble that comes later must not have a balancer take the page away that tells of it.
    private static async Task<JsonHttpResult<HealthAnswer>> ReadyAsync(Readiness readiness, CancellationToken cancellationToken)
    {
        var report = await readiness.CheckAsync(cancellationToken);
        return TypedResults.Json(
            new HealthAnswer(report.Troubles.Count == 0 ? "ready" : report.WasReady ? "degraded" : "starting", report.Troubles),
            statusCode: report.WasReady ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
    }

    /// <summary>How the server is.</summary>
    /// <param name="Status"><c>starting</c>, <c>ready</c> or <c>degraded</c>.</param>
    /// <param name="Troubles">What is the matter, one sentence each.</param>
    internal sealed record HealthAnswer(string Status, IReadOnlyList<string> Troubles);
}
