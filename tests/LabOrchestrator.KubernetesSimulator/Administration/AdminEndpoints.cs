using System.Text.Json;
using System.Text.Json.Nodes;
using LabOrchestrator.KubernetesSimulator.Access;
using LabOrchestrator.KubernetesSimulator.Requests;
using LabOrchestrator.KubernetesSimulator.Store;
using LabOrchestrator.KubernetesSimulator.Streams;

namespace LabOrchestrator.KubernetesSimulator.Administration;

/// <summary>What a test does to the cluster from outside of its API, below <c>/_simulator</c>.</summary>
internal static class AdminEndpoints
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow };

    public static void Map(IEndpointRouteBuilder routes, AdminServices services)
    {
        var group = routes.MapGroup("/_simulator");
        MapSettings(group, services);
        MapFaults(group, services);
        MapWatches(group, services);
        MapUsers(group, services);
        group.MapPut("/ports", async (HttpContext context) =>
        {
            services.Ports.Add((await context.Request.ReadFromJsonAsync<ForwardedPort>(Json))!);
            return TypedResults.NoContent();
        });
        group.MapDelete("/ports", services.Ports.Clear);
        group.MapPost("/copies", async Task<IResult> (HttpContext context) =>
        {
            try
            {
                return TypedResults.Json((await context.Request.ReadFromJsonAsync<Copies>(Json))!.Make(services.Store));
            }
            catch (Exception e) when (e is ArgumentException or JsonException)
            {
                return TypedResults.BadRequest(e.Message);
            }
        });
        group.MapPost("/add-ons/{name}", IResult (string name) =>
        {
            try
            {
                Installation.Install(services.Writer, services.Signer, name);
                return TypedResults.NoContent();
            }
            catch (ArgumentException e)
            {
                return TypedResults.BadRequest(e.Message);
            }
        });
        group.MapGet("/streams", () => TypedResults.Json(services.Machines.Describe(), Json));
    }

    private static void MapSettings(RouteGroupBuilder group, AdminServices services)
    {
        group.MapGet("/settings", () => TypedResults.Json(services.Settings.ToJson()));
        group.MapPut("/settings", async Task<IResult> (HttpContext context) =>
        {
            try
            {
                services.Settings.Take((JsonObject)(await Answers.ReadAsync(context))!);
                services.Store.HistoryLimit = services.Settings.HistoryLimit;
                return TypedResults.NoContent();
            }
            catch (Exception e) when (e is ArgumentException or JsonException)
            {
                return TypedResults.BadRequest(e.Message);
            }
        });
        group.MapGet("/requests", () => TypedResults.Json(services.Faults.Requests));
        group.MapDelete("/requests", services.Faults.Forget);
        group.MapGet("/objects", () => TypedResults.Json(
            services.Store.Collections.OrderBy(c => c.Plural, StringComparer.Ordinal).ToDictionary(c => c.Plural + (c.Group.Length == 0 ? "" : "." + c.Group), c => c.Count)));
    }

    private static void MapFaults(RouteGroupBuilder group, AdminServices services)
    {
        group.MapGet("/faults", () => TypedResults.Json(services.Faults.All.Select(f => new { fault = f, struck = f.Struck }), Json));
        group.MapPost("/faults", async Task<IResult> (HttpContext context) =>
        {
            try
            {
                services.Faults.Add((await context.Request.ReadFromJsonAsync<Fault>(Json))!);
                return TypedResults.NoContent();
            }
            catch (JsonException e)
            {
                return TypedResults.BadRequest(e.Message);
            }
        });
        group.MapDelete("/faults", services.Faults.Clear);
        group.MapPut("/partition", (bool keepsStreams = false) => services.Faults.Partition(true, keepsStreams));
        group.MapDelete("/partition", () => services.Faults.Partition(false));
        group.MapPost("/cut", () => TypedResults.Json(services.Faults.Cut()));
    }

    private static void MapWatches(RouteGroupBuilder group, AdminServices services)
    {
        group.MapPost("/watches/drop", (string? resource) => TypedResults.Json(Collections(services.Store, resource).Sum(c => c.DropWatches())));
        group.MapGet("/watches", () => TypedResults.Json(services.Store.Collections.Where(c => c.WatcherCount > 0).ToDictionary(c => c.Plural, c => c.WatcherCount)));
        group.MapPost("/expire", () =>
        {
            services.Store.Expire();
            services.Lists.Expire();
        });
    }

    private static void MapUsers(RouteGroupBuilder group, AdminServices services)
    {
        group.MapPost("/tokens", async Task<IResult> (HttpContext context) =>
        {
            var body = await Answers.ReadAsync(context);
            if (body.Text("token") is not { Length: > 0 } token || body.Text("user") is not { Length: > 0 } user)
            {
                return TypedResults.BadRequest("Give \"token\" and \"user\", and \"groups\" where it has some.");
            }

            services.Authentication.Add(token, new User(user, [.. body.Texts("groups"), "system:authenticated"]));
            return TypedResults.NoContent();
        });
        group.MapDelete("/tokens/{token}", IResult (string token) => services.Authentication.Revoke(token) ? TypedResults.NoContent() : TypedResults.NotFound());
    }

    private static IEnumerable<ResourceCollection> Collections(ObjectStore store, string? resource) =>
        store.Collections.Where(c => resource is null || c.Plural == resource);
}

/// <summary>What the endpoints act on.</summary>
internal sealed record AdminServices(
    SimulatorSettings Settings, Faults Faults, ObjectStore Store, ObjectWriter Writer, Lists Lists, Authentication Authentication, ForwardedPorts Ports, SimulatedMachines Machines, UploadSigner Signer);
