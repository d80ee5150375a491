using System.Text.Json;
using System.Text.Json.Nodes;

namespace LabOrchestrator.KubernetesSimulator.Requests;

/// <summary>Reading of bodies and writing of answers.</summary>
internal static class Answers
{
    public static Task WriteAsync(HttpContext context, int code, JsonNode body) => WriteAsync(context, code, ObjectJson.Bytes(body));

    public static async Task WriteAsync(HttpContext context, int code, ReadOnlyMemory<byte> body)
    {
        context.Response.StatusCode = code;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }

    public static async Task RefuseAsync(HttpContext context, ApiRefusal refusal)
    {
        if (refusal.RetryAfterSeconds is { } seconds)
        {
            context.Response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        if (refusal.IsText)
        {
            context.Response.StatusCode = refusal.Code;
            await context.Response.WriteAsync(refusal.Message);
        }
        else
        {
            await WriteAsync(context, refusal.Code, refusal.ToStatus());
        }
    }

    /// <summary>The body as JSON; YAML of an apply is taken only in its JSON form.</summary>
    public static async Task<JsonNode?> ReadAsync(HttpContext context)
    {
        using var bytes = new MemoryStream();
        await context.Request.Body.CopyToAsync(bytes, context.RequestAborted);
        if (bytes.Length == 0)
        {
            return null;
        }

        if (bytes.Length > 3 * 1024 * 1024)
        {
            throw new ApiRefusal(413, "RequestEntityTooLarge", "Request entity too large: limit is 3145728");
        }

        try
        {
            return JsonNode.Parse(bytes.ToArray(), documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false });
        }
        catch (JsonException e)
        {
            throw ApiRefusal.BadRequest("the object provided is unrecognized (must be of type JSON): " + e.Message);
        }
    }

    public static string? Query(this HttpContext context, string name) =>
        context.Request.Query.TryGetValue(name, out var value) && value.Count > 0 && value[0]!.Length > 0 ? value[0] : null;
}
