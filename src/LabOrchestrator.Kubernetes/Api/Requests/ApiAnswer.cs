namespace LabOrchestrator.Kubernetes.Api.Requests;

/// <summary>What the API server answered.</summary>
/// <param name="Body">The body.</param>
/// <param name="IsNew">The request made something that was not there.</param>
internal readonly record struct ApiAnswer(byte[] Body, bool IsNew);

/// <summary>An object that was applied.</summary>
/// <param name="Object">The object as it is now.</param>
/// <param name="IsNew">There was none before.</param>
internal readonly record struct Applied<T>(T Object, bool IsNew);
