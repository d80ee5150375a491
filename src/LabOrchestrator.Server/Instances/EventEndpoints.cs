using LabOrchestrator.Server.Users;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LabOrchestrator.Server.Instances;

/// <summary>Tells a browser of all its user's instances, in one stream.</summary>
internal static class EventEndpoints
{
    public static void MapEvents(this IEndpointRouteBuilder api) => api.MapGet("/events", Watch).WithTags("Instances").WithName("WatchInstances")
        .WithSummary("Server-sent events: \"instance\" with the newest state of an instance that the user is a member of (first of all live ones, then of each "
            + "that changed), \"gone\" with the identity of one that the user is no longer a member of, \"ping\" every 15 seconds.");

    private static ServerSentEventsResult<object> Watch(
        HttpContext context, Caller caller, InstanceEvents events, CancellationToken cancellationToken)
    {
        // Proxies that collect answers before they pass them on would hold events back.
        context.Response.Headers["X-Accel-Buffering"] = "no";
        return TypedResults.ServerSentEvents(events.WatchAsync(caller, cancellationToken));
    }
}
