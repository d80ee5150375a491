using System.Text.Json.Nodes;
using LabOrchestrator.KubernetesSimulator.Kinds;

namespace LabOrchestrator.KubernetesSimulator.Requests;

/// <param name="Reason">One word for programs.</param>
/// <param name="Message">The words.</param>
/// <param name="Field">The path of the field at fault, or null.</param>
internal sealed record StatusCause(string Reason, string Message, string? Field = null);

/// <summary>A request is refused: becomes a <c>Status</c> object in the shape that the API server gives it.</summary>
internal sealed class ApiRefusal(int code, string reason, string message) : Exception(message)
{
    public int Code => code;

    public string Reason => reason;

    public ResourceKind? Kind { get; init; }

    public string? Name { get; init; }

    public IReadOnlyList<StatusCause> Causes { get; init; } = [];

    public int? RetryAfterSeconds { get; init; }

    /// <summary>Details name the kind rather than the resource, as refusals of validation do.</summary>
    public bool NamesKind { get; init; }

    /// <summary>A plain text answer, as some of KubeVirt's handlers give.</summary>
    public bool IsText { get; init; }

    public static ApiRefusal NotFound(ResourceKind kind, string name) =>
        new(404, "NotFound", $"{kind.Resource} \"{name}\" not found") { Kind = kind, Name = name };

    public static ApiRefusal AlreadyExists(ResourceKind kind, string name) =>
        new(409, "AlreadyExists", $"{kind.Resource} \"{name}\" already exists") { Kind = kind, Name = name };

    public static ApiRefusal Conflict(ResourceKind kind, string name, string why) =>
        new(409, "Conflict", $"Operation cannot be fulfilled on {kind.Resource} \"{name}\": {why}") { Kind = kind, Name = name };

    public static ApiRefusal Modified(ResourceKind kind, string name) =>
        Conflict(kind, name, "the object has been modified; please apply your changes to the latest version and try again");

    public static ApiRefusal BadRequest(string message) => new(400, "BadRequest", message);

    public static ApiRefusal Forbidden(ResourceKind kind, string name, string why) =>
        new(403, "Forbidden", $"{kind.Resource} \"{name}\" is forbidden: {why}") { Kind = kind, Name = name };

    public static ApiRefusal Invalid(ResourceKind kind, string name, IReadOnlyList<StatusCause> causes)
    {
        var words = causes.Select(c => c.Field is null ? c.Message : c.Field + ": " + c.Message).ToList();
        var joined = words.Count == 1 ? words[0] : "[" + string.Join(", ", words) + "]";
        return new(422, "Invalid", $"{kind.KindAndGroup} \"{name}\" is invalid: {joined}") { Kind = kind, Name = name, Causes = causes, NamesKind = true };
    }

    public static ApiRefusal Expired() => new(
        410, "Expired", "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.");

    public static ApiRefusal VersionTooOld(long wanted, long first) => new(410, "Expired", $"too old resource version: {wanted} ({first})");

    public static ApiRefusal Timeout(string message) => new(504, "Timeout", message) { RetryAfterSeconds = 1 };

    /// <summary>An unknown path: the details name nothing.</summary>
    public static ApiRefusal UnknownPath() => new(404, "NotFound", "the server could not find the requested resource");

    public JsonObject ToStatus()
    {
        var status = new JsonObject { ["kind"] = "Status", ["apiVersion"] = "v1", ["metadata"] = new JsonObject(), ["status"] = "Failure", ["message"] = Message };
        if (reason.Length > 0)
        {
            status["reason"] = reason;
        }

        var details = new JsonObject();
        Put(details, "name", Name);
        if (Kind is { } kind)
        {
            Put(details, "group", kind.Group.Length == 0 ? null : kind.Group);
            Put(details, "kind", NamesKind ? kind.Kind : kind.Plural);
        }

        if (Causes.Count > 0)
        {
            details["causes"] = new JsonArray([.. Causes.Select(c =>
            {
                var cause = new JsonObject { ["reason"] = c.Reason, ["message"] = c.Message };
                Put(cause, "field", c.Field);
                return (JsonNode)cause;
            })]);
        }

        if (RetryAfterSeconds is { } seconds)
        {
            details["retryAfterSeconds"] = seconds;
        }

        status["details"] = details;
        status["code"] = code;
        return status;
    }

    private static void Put(JsonObject map, string name, string? value)
    {
        if (value is not null)
        {
            map[name] = value;
        }
    }
}
