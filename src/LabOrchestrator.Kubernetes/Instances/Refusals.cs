using LabOrchestrator.Kubernetes.Api.Errors;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Instances;

/// <summary>What a refusal of the API server means for an instance: wait, or give up.</summary>
internal static class Refusals
{
    // What an admission says of an object itself; any other 403 is about our own rights, which an admin can mend.
    private static readonly string[] OfTheObject = ["exceeded quota", "violates PodSecurity", "admission webhook", "is forbidden: maximum", "is forbidden: minimum"];

    // Rules of the namespace that its controllers have not seen to yet.
    private static readonly string[] NotYet = ["status unknown for quota", "error looking up service account", "because it is being terminated"];

    /// <summary>Runs requests, with the contract's exceptions.</summary>
    public static async Task<T> TranslateAsync<T>(Func<Task<T>> requests, string? machine = null)
    {
        try
        {
            return await requests().ConfigureAwait(false);
        }
        catch (KubernetesException e)
        {
            throw Of(e, machine);
        }
    }

    /// <summary>Runs requests, with the contract's exceptions.</summary>
    public static async Task TranslateAsync(Func<Task> requests, string? machine = null)
    {
        try
        {
            await requests().ConfigureAwait(false);
        }
        catch (KubernetesException e)
        {
            throw Of(e, machine);
        }
    }

    /// <summary>The contract's exception for a refusal.</summary>
    public static Exception Of(KubernetesException e, string? machine) => e switch
    {
        ForbiddenException when IsOfTheObject(e) =>
            new InstanceFailedException(e.Message, machine, e),
        ManifestRefusedException => new InstanceFailedException(e.Message, machine, e),
        _ => Unavailable(e),
    };

    /// <summary>It is refused for what it is, not for who asks.</summary>
    public static bool IsOfTheObject(KubernetesException e) =>
        e is ForbiddenException && !IsNotYet(e) && OfTheObject.Any(w => e.Message.Contains(w, StringComparison.Ordinal));

    /// <summary>The namespace's controllers are slower than we are: the same request succeeds in a moment.</summary>
    public static bool IsNotYet(KubernetesException e) =>
        e is ForbiddenException && NotYet.Any(w => e.Message.Contains(w, StringComparison.Ordinal));

    /// <summary>The cluster cannot do it now, with what to do about it.</summary>
    public static RuntimeUnavailableException Unavailable(Exception e) => e switch
    {
        RuntimeUnavailableException unavailable => unavailable,
        NotAuthenticatedException => new($"The cluster does not accept our credentials; they are wrong or have expired. Renew them: {e.Message}", e),
        ForbiddenException f when IsNotYet(f) => new(e.Message, e),
        ForbiddenException => new($"The server lacks a right on the cluster. Grant it (see deploy/kubernetes): {e.Message}", e),
        ObjectNotFoundException { IsUnknownKind: true } => new($"The cluster does not know a kind that is needed. Install what is missing: {e.Message}", e),
        _ => new(e.Message, e),
    };
}
