using LabOrchestrator.Kubernetes.Api;

namespace LabOrchestrator.Kubernetes.Rights;

/// <summary>Asks the cluster which rights we have.</summary>
internal static class RightsReview
{
    /// <summary>One answer per verb of each right.</summary>
    public static async Task<IReadOnlyList<RightAnswer>> AskAsync(
        KubernetesClient client, IEnumerable<RequiredRight> rights, CancellationToken cancellationToken) =>
        await Task.WhenAll(rights.SelectMany(r => r.Verbs.Select(async verb => new RightAnswer(
            r, verb, await client.MayAsync(verb, r.Group, r.Resource, r.Subresource, null, cancellationToken, r.Name).ConfigureAwait(false)))))
            .ConfigureAwait(false);
}

/// <summary>Whether we have one right.</summary>
/// <param name="Right">The right.</param>
/// <param name="Verb">The verb of it.</param>
/// <param name="IsGranted">We have it.</param>
internal sealed record RightAnswer(RequiredRight Right, string Verb, bool IsGranted)
{
    /// <summary>As an admin looks for it in a role.</summary>
    public override string ToString() => $"{Verb} {Right.Whole}{(Right.Group.Length == 0 ? "" : "." + Right.Group)}";
}
