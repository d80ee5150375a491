using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Requests;

namespace LabOrchestrator.Kubernetes.Api;

/// <summary>Parts of objects, verbs of KubeVirt, and what the server says of itself.</summary>
internal sealed partial class KubernetesClient
{
    /// <summary>Replaces a part of an object, such as a namespace's <c>finalize</c>.</summary>
    public Task PutSubresourceAsync(
        KubernetesKind kind, string? @namespace, string name, string subresource, JsonObject body, CancellationToken cancellationToken) =>
        SendAsync(ApiRequest.With(HttpMethod.Put, ApiPath.Of(kind, @namespace, name, subresource), body), cancellationToken);

    /// <summary>
    /// One of KubeVirt's verbs, such as <c>start</c>, <c>stop</c>, <c>restart</c> of a VirtualMachine or <c>pause</c> of a
    /// VirtualMachineInstance.
    /// </summary>
    /// <exception cref="Errors.ObjectConflictException">The machine is not in a state for it.</exception>
    public Task PutKubeVirtAsync(
        KubernetesKind kind, string @namespace, string name, string verb, JsonObject? body, CancellationToken cancellationToken) =>
        SendAsync(ApiRequest.With(HttpMethod.Put, ApiPath.KubeVirt(kind, @namespace, name, verb), body), cancellationToken);

    /// <summary>What KubeVirt tells of a machine as bytes: <c>vnc/screenshot</c> (PNG), <c>guestosinfo</c> (JSON)….</summary>
    public Task<byte[]> GetKubeVirtAsync(KubernetesKind kind, string @namespace, string name, string subresource, CancellationToken cancellationToken) =>
        SendAsync(ApiRequest.Get(ApiPath.KubeVirt(kind, @namespace, name, subresource)), cancellationToken);

    /// <summary>The last lines that a container wrote.</summary>
    public async Task<string> ReadLogAsync(string @namespace, string pod, string container, int lines, CancellationToken cancellationToken)
    {
        var path = ApiPath.Of(Kinds.Pod, @namespace, pod, "log") + ApiPath.Query(
            ("container", container), ("tailLines", ApiPath.Number(lines)), ("limitBytes", ApiPath.Number(1 << 20)));
        return Encoding.UTF8.GetString(await SendAsync(ApiRequest.Get(path), cancellationToken).ConfigureAwait(false));
    }

    /// <summary>The API server's version.</summary>
    public async Task<ServerVersion> VersionAsync(CancellationToken cancellationToken)
    {
        var body = await SendAsync(ApiRequest.Get("/version"), cancellationToken).ConfigureAwait(false);
        return Parse("/version", () => JsonSerializer.Deserialize(body, KubernetesJson.Default.ServerVersion));
    }

    /// <summary>The groups of kinds that the API server serves.</summary>
    public async Task<ApiGroups> GroupsAsync(CancellationToken cancellationToken)
    {
        var body = await SendAsync(ApiRequest.Get("/apis"), cancellationToken).ConfigureAwait(false);
        return Parse("/apis", () => JsonSerializer.Deserialize(body, KubernetesJson.Default.ApiGroups));
    }

    /// <summary>Whether we (or whom we impersonate) may do something.</summary>
    /// <param name="verb">Such as <c>create</c>.</param>
    /// <param name="group">The kind's group, empty for the core.</param>
    /// <param name="resource">The kind's plural.</param>
    /// <param name="subresource">A part of it, or null.</param>
    /// <param name="namespace">In this namespace; null is in all.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="name">With this object alone; null is with all.</param>
    public async Task<bool> MayAsync(
        string verb, string group, string resource, string? subresource, string? @namespace, CancellationToken cancellationToken, string? name = null)
    {
        var attributes = new JsonObject { ["verb"] = verb, ["group"] = group, ["resource"] = resource };
        Set(attributes, "subresource", subresource);
        Set(attributes, "namespace", @namespace);
        Set(attributes, "name", name);
        var review = new JsonObject
        {
            ["apiVersion"] = Kinds.SelfSubjectAccessReview.ApiVersion,
            ["kind"] = Kinds.SelfSubjectAccessReview.Name,
            ["spec"] = new JsonObject { ["resourceAttributes"] = attributes },
        };
        var answer = await CreateAsync(Kinds.SelfSubjectAccessReview, review, WriteOptions.Default, cancellationToken).ConfigureAwait(false);
        return answer.Status.Allowed;
    }
}
