using System.Net;

namespace LabOrchestrator.Docker.Engine;

/// <summary>The engine refused a call; the message is its own.</summary>
/// <param name="status">The HTTP status it answered with.</param>
/// <param name="message">Its reason.</param>
internal sealed class EngineException(HttpStatusCode status, string message) : Exception(message)
{
    /// <summary>The HTTP status.</summary>
    public HttpStatusCode Status { get; } = status;

    /// <summary>There is no such object.</summary>
    public bool IsNotFound => Status == HttpStatusCode.NotFound;

    /// <summary>The object exists already, or is in a state that does not allow the call.</summary>
    public bool IsConflict => Status == HttpStatusCode.Conflict;
}
