using System.Net;

namespace LabOrchestrator.Kubernetes.Api.Errors;

/// <summary>
/// The API server, or what stands behind it, refused a request; the message holds its own words. That it cannot be reached at all
/// is a <see cref="Runtimes.RuntimeUnavailableException"/>.
/// </summary>
internal class KubernetesException(HttpStatusCode statusCode, ServerStatus status, string message) : Exception(message)
{
    public HttpStatusCode StatusCode { get; } = statusCode;

    /// <summary>One word for programs, such as <c>AlreadyExists</c>; empty when the answer was plain text.</summary>
    public string Reason => Status.Reason ?? "";

    /// <summary>What the server said, made up from its text when it sent no such object.</summary>
    public ServerStatus Status { get; } = status;

    public IReadOnlyList<StatusCause> Causes => Status.Details?.Causes ?? [];

    /// <summary>The server asked to wait that long before another try.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Another try may succeed without anybody doing anything.</summary>
    public bool IsTransient => (int)StatusCode is 429 or >= 500;
}

/// <summary>404: there is no such object, namespace or kind.</summary>
internal sealed class ObjectNotFoundException(HttpStatusCode statusCode, ServerStatus status, string message)
    : KubernetesException(statusCode, status, message)
{
    /// <summary>The path itself is unknown, so that the definition of the kind is probably not installed.</summary>
    public bool IsUnknownKind => Status.Details?.Name is null;
}

/// <summary>409: an object of that name exists.</summary>
internal sealed class ObjectExistsException(HttpStatusCode statusCode, ServerStatus status, string message)
    : KubernetesException(statusCode, status, message);

/// <summary>409: the object is in a state, or of a version, that does not allow the request.</summary>
internal class ObjectConflictException(HttpStatusCode statusCode, ServerStatus status, string message)
    : KubernetesException(statusCode, status, message);

/// <summary>409 to an apply: other field managers own what we want to set.</summary>
internal sealed class ApplyConflictException(HttpStatusCode statusCode, ServerStatus status, string message)
    : ObjectConflictException(statusCode, status, message)
{
    /// <summary>The owners, and the fields that are theirs.</summary>
    public IReadOnlyList<FieldConflict> Conflicts { get; } = [.. FieldConflict.Of(status)];
}

/// <summary>410, or its like on a watch: the state asked for is too old; list again.</summary>
internal sealed class StateExpiredException(HttpStatusCode statusCode, ServerStatus status, string message)
    : KubernetesException(statusCode, status, message);

/// <summary>400 or 422: the manifest is wrong; <see cref="KubernetesException.Causes"/> name the fields.</summary>
internal sealed class ManifestRefusedException(HttpStatusCode statusCode, ServerStatus status, string message)
    : KubernetesException(statusCode, status, message);

/// <summary>401: our credentials are wrong or have expired.</summary>
internal sealed class NotAuthenticatedException(HttpStatusCode statusCode, ServerStatus status, string message)
    : KubernetesException(statusCode, status, message);

/// <summary>403: we lack a right, a quota is used up, or an admission rule forbids it.</summary>
internal sealed class ForbiddenException(HttpStatusCode statusCode, ServerStatus status, string message)
    : KubernetesException(statusCode, status, message)
{
    /// <summary>A quota is used up: more may be asked for when something else ends.</summary>
    public bool IsQuota => Message.Contains("exceeded quota", StringComparison.Ordinal);
}

/// <summary>429: too many requests, also after the retries.</summary>
internal sealed class ThrottledException(HttpStatusCode statusCode, ServerStatus status, string message)
    : KubernetesException(statusCode, status, message);
