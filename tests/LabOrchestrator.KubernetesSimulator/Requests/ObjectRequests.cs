using System.Globalization;
using System.Text.Json.Nodes;
using LabOrchestrator.KubernetesSimulator.Access;
using LabOrchestrator.KubernetesSimulator.Admission;
using LabOrchestrator.KubernetesSimulator.Kinds;
using LabOrchestrator.KubernetesSimulator.Patches;
using LabOrchestrator.KubernetesSimulator.Store;

namespace LabOrchestrator.KubernetesSimulator.Requests;

/// <summary>Reading and writing of objects by HTTP.</summary>
internal sealed class ObjectRequests(ObjectWriter writer, Deletion deletion, Lists lists, Watches watches)
{
    private const int MostManagerLength = 128;

    public async Task ServeAsync(HttpContext context, RequestInfo request, User user)
    {
        var kind = writer.Kinds.Find(request.Group, request.Version, request.Resource) ?? throw ApiRefusal.UnknownPath();
        if (request.Subresource is not (null or "status" or "finalize") || (request.Subresource == "status" && !kind.HasStatus))
        {
            throw ApiRefusal.UnknownPath();
        }

        var verb = request.Verb == "get" && context.Query("watch") is "true" or "1" ? "watch" : request.Verb;
        await (verb switch
        {
            "get" => GetAsync(context, kind, request),
            "list" => lists.WriteAsync(context, kind, request.Namespace),
            "create" => CreateAsync(context, kind, request, user),
            "update" => UpdateAsync(context, kind, request, user),
            "patch" => PatchAsync(context, kind, request, user),
            "deletecollection" => DeleteAllAsync(context, kind, request),
            "delete" => DeleteAsync(context, kind, request),
            _ => watches.ServeAsync(context, kind, request.Namespace, request.Name),
        });
    }

    private async Task GetAsync(HttpContext context, ResourceKind kind, RequestInfo request)
    {
        var found = writer.Store.Of(kind).Find(request.Namespace ?? "", request.Name!) ?? throw ApiRefusal.NotFound(kind, request.Name!);
        await Answers.WriteAsync(context, 200, found.Bytes);
    }

    private async Task CreateAsync(HttpContext context, ResourceKind kind, RequestInfo request, User user)
    {
        var body = await BodyAsync(context);
        if (kind.Namespaced && request.Namespace is null)
        {
            throw ApiRefusal.BadRequest("an empty namespace may not be set during creation");
        }

        var options = Options(context, request, user);
        var created = writer.Create(kind, request.Namespace, body, options);
        await AnswerAsync(context, 201, created, options);
    }

    private async Task UpdateAsync(HttpContext context, ResourceKind kind, RequestInfo request, User user)
    {
        var body = await BodyAsync(context);
        var options = Options(context, request, user);
        var updated = request.Subresource == "finalize"
            ? writer.Change(kind, request.Namespace, request.Name!, options, live =>
            {
                live.Part("spec")["finalizers"] = body.At("spec", "finalizers")?.DeepClone() ?? new JsonArray();
                return live;
            })
            : writer.Update(kind, request.Namespace, request.Name!, body, options);
        await AnswerAsync(context, 200, updated, options);
    }

    private async Task PatchAsync(HttpContext context, ResourceKind kind, RequestInfo request, User user)
    {
        var type = context.Request.ContentType?.Split(';')[0];
        var body = await Answers.ReadAsync(context) ?? throw ApiRefusal.BadRequest("a patch needs a body");
        var options = Options(context, request, user);
        if (type is "application/apply-patch+yaml" or "application/apply-patch+cbor")
        {
            if (context.Query("fieldManager") is null)
            {
                throw new ApiRefusal(422, "Invalid", "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch")
                {
                    Causes = [new StatusCause("FieldValueRequired", "Required value: is required for apply patch", "fieldManager")],
                };
            }

            var (applied, isNew) = writer.Apply(kind, request.Namespace, request.Name!, body as JsonObject ?? throw ApiRefusal.BadRequest("an apply needs an object"), options);
            await AnswerAsync(context, isNew ? 201 : 200, applied, options);
            return;
        }

        if (options.Force)
        {
            throw new ApiRefusal(422, "Invalid", "PatchOptions.meta.k8s.io \"\" is invalid: force: Forbidden: may not be specified for non-apply patch");
        }

        var patched = writer.Change(kind, request.Namespace, request.Name!, options, live => Patch(kind, type, live, body, options));
        await AnswerAsync(context, 200, patched, options);
    }

    private static JsonObject Patch(ResourceKind kind, string? type, JsonObject live, JsonNode body, WriteOptions options)
    {
        var patched = type switch
        {
            "application/merge-patch+json" => PlainPatches.Merge(live, body),
            "application/json-patch+json" => PlainPatches.Json(live, body as JsonArray ?? throw ApiRefusal.BadRequest("a JSON patch is an array")),
            "application/strategic-merge-patch+json" when !kind.IsCustom => PlainPatches.Strategic(live, body, kind.Schema),
            _ => throw new ApiRefusal(415, "UnsupportedMediaType",
                $"the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml ({type})"),
        };
        var value = patched as JsonObject ?? throw ApiRefusal.BadRequest("the patch leaves no object");
        if (value.Metadata().Text("resourceVersion") != live.Metadata().Text("resourceVersion"))
        {
            throw ApiRefusal.Modified(kind, live.Metadata().Text("name")!);
        }

        Decoding.Check(kind, value, options);
        return value;
    }

    private async Task DeleteAsync(HttpContext context, ResourceKind kind, RequestInfo request)
    {
        NamespaceLifecycle.RefuseKept(request.Name!, kind);
        var (one, isGone) = deletion.Delete(kind, request.Namespace, request.Name!, await DeleteOptionsAsync(context));
        if (!isGone || kind is { Group: "", Plural: "pods" or "namespaces" })
        {
            await Answers.WriteAsync(context, 200, one.Bytes);
            return;
        }

        await Answers.WriteAsync(context, 200, new JsonObject
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject(),
            ["status"] = "Success",
            ["details"] = new JsonObject { ["name"] = one.Name, ["group"] = kind.Group, ["kind"] = kind.Plural, ["uid"] = one.Uid },
        });
    }

    private async Task DeleteAllAsync(HttpContext context, ResourceKind kind, RequestInfo request)
    {
        var options = await DeleteOptionsAsync(context);
        var selects = Selectors.Parse(context.Query("labelSelector"), context.Query("fieldSelector"));
        foreach (var one in writer.Store.Of(kind).In(request.Namespace).Where(selects).ToList())
        {
            deletion.Delete(kind, one.Namespace, one.Name, options);
        }

        await Answers.WriteAsync(context, 200, new JsonObject { ["kind"] = "Status", ["apiVersion"] = "v1", ["metadata"] = new JsonObject(), ["status"] = "Success" });
    }

    private static async Task<DeleteOptions> DeleteOptionsAsync(HttpContext context)
    {
        var body = await Answers.ReadAsync(context);
        var grace = body.Number("gracePeriodSeconds") ?? (context.Query("gracePeriodSeconds") is { } text ? long.Parse(text, CultureInfo.InvariantCulture) : null);
        return new DeleteOptions
        {
            GracePeriodSeconds = (int?)grace,
            Propagation = body.Text("propagationPolicy") ?? context.Query("propagationPolicy") ?? "Background",
            Uid = body.Text("preconditions", "uid"),
            ResourceVersion = body.Text("preconditions", "resourceVersion"),
            DryRun = context.Query("dryRun") is not null || body.At("dryRun") is JsonArray { Count: > 0 },
        };
    }

    private static async Task<JsonObject> BodyAsync(HttpContext context) =>
        await Answers.ReadAsync(context) as JsonObject ?? throw ApiRefusal.BadRequest("the request needs an object as its body");

    private static WriteOptions Options(HttpContext context, RequestInfo request, User user)
    {
        var manager = context.Query("fieldManager") ?? context.Request.Headers.UserAgent.ToString().Split('/')[0];
        if (manager.Length > MostManagerLength)
        {
            throw ApiRefusal.BadRequest("fieldManager: Too long: may not be more than 128 bytes");
        }

        return new WriteOptions(user, manager.Length == 0 ? "unknown" : manager)
        {
            FieldValidation = context.Query("fieldValidation") ?? "Warn",
            DryRun = context.Query("dryRun") switch { null => false, "All" => true, var other => throw ApiRefusal.BadRequest($"dryRun: Unsupported value: \"{other}\"") },
            Subresource = request.Subresource,
            Force = context.Query("force") == "true",
        };
    }

    private static async Task AnswerAsync(HttpContext context, int code, StoredObject one, WriteOptions options)
    {
        foreach (var warning in options.Warnings)
        {
            context.Response.Headers.Append("Warning", $"299 - \"{warning.Replace("\"", "\\\"", StringComparison.Ordinal)}\"");
        }

        await Answers.WriteAsync(context, code, one.Bytes);
    }
}
