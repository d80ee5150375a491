using System.Net;
using System.Text;
using System.Text.Json;
using LabOrchestrator.Kubernetes.Api.Objects;

namespace LabOrchestrator.Kubernetes.Api.Errors;

/// <summary>Turns what a server answered into the exception that says it.</summary>
internal static class Refusal
{
    /// <summary>Text answers may be whole pages of a proxy: no more than this of them is told.</summary>
    private const int MostText = 500;

    /// <param name="code">The HTTP status.</param>
    /// <param name="body">The answer's body: a Status object, or text.</param>
    /// <param name="request">What was asked, such as <c>GET /api/v1/pods</c>.</param>
    /// <param name="retryAfter">What the header of that name says, or null.</param>
    public static KubernetesException Of(HttpStatusCode code, ReadOnlySpan<byte> body, string request, TimeSpan? retryAfter = null) =>
        Of(code, Read(body), request, retryAfter);

    /// <summary>The same of a status that a stream carried.</summary>
    public static KubernetesException Of(HttpStatusCode code, ServerStatus status, string request, TimeSpan? retryAfter = null)
    {
        var words = string.IsNullOrWhiteSpace(status.Message) ? $"the server answered {(int)code} without a reason" : status.Message.Trim();
        var message = $"{request}: {words}";
        retryAfter ??= status.Details?.RetryAfterSeconds is { } seconds and > 0 ? TimeSpan.FromSeconds(seconds) : null;
        return ((int)code, status.Reason) switch
        {
            (_, "Expired") or (410, _) => new StateExpiredException(code, status, message) { RetryAfter = retryAfter },
            (400 or 422, _) => new ManifestRefusedException(code, status, message) { RetryAfter = retryAfter },
            (401, _) => new NotAuthenticatedException(code, status, message) { RetryAfter = retryAfter },
            (403, _) => new ForbiddenException(code, status, message) { RetryAfter = retryAfter },
            (404, _) => new ObjectNotFoundException(code, status, message) { RetryAfter = retryAfter },
            (409, "AlreadyExists") => new ObjectExistsException(code, status, message) { RetryAfter = retryAfter },
            (409, _) when FieldConflict.Of(status).Any() => new ApplyConflictException(code, status, message) { RetryAfter = retryAfter },
            (409, _) => new ObjectConflictException(code, status, message) { RetryAfter = retryAfter },
            (429, _) => new ThrottledException(code, status, message) { RetryAfter = retryAfter },
            _ => new KubernetesException(code, status, message) { RetryAfter = retryAfter },
        };
    }

    /// <summary>The Status object of a body, or one that holds its text. Nodes tell the end of commands without saying its kind.</summary>
    public static ServerStatus Read(ReadOnlySpan<byte> body)
    {
        try
        {
            if (JsonSerializer.Deserialize(body, KubernetesJson.Default.ServerStatus) is { } status && (status.Kind == "Status" || status is { Kind: null, Status: "Success" or "Failure" }))
            {
                return status;
            }
        }
        catch (JsonException)
        {
            // Plain text, as some of KubeVirt's handlers and every proxy answer.
        }

        var text = Encoding.UTF8.GetString(body[..Math.Min(body.Length, MostText)]).Trim();
        return new ServerStatus { Status = "Failure", Message = text };
    }
}
