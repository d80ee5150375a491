using System.Text.Json;
using System.Text.Json.Nodes;
using LabOrchestrator.Kubernetes.Api.Configuration;
using LabOrchestrator.Kubernetes.Api.Errors;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Requests;
using LabOrchestrator.Runtimes;
using Microsoft.Extensions.Logging;

namespace LabOrchestrator.Kubernetes.Api;

/// <summary>
/// The part of the Kubernetes API that the runtime uses. Objects are read as typed views and written as JSON manifests. Refusals
/// are <see cref="KubernetesException"/>s; a server that cannot be reached is a <see cref="RuntimeUnavailableException"/>.
/// </summary>
internal sealed partial class KubernetesClient : IDisposable
{
    private readonly ApiConnection _connection;
    private readonly Impersonation? _impersonation;

    /// <param name="load">Reads the configuration: at the first request, and again after failures that a mended one would explain.</param>
    /// <param name="options">How to behave.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Hears of every request, without credentials and bodies.</param>
    public KubernetesClient(Func<ClusterConfiguration> load, KubernetesClientOptions options, TimeProvider time, ILogger<KubernetesClient> logger)
        : this(new ApiConnection(load, options, time, logger), null)
    {
    }

    private KubernetesClient(ApiConnection connection, Impersonation? impersonation)
    {
        _connection = connection;
        _impersonation = impersonation;
    }

    /// <summary>Requests that were sent, tries included, by this client and those made from it.</summary>
    public long RequestsSent => _connection.Sent;

    /// <summary>The cluster in use, for messages and its default namespace.</summary>
    /// <exception cref="ClusterConfigurationException">There is none, or it is wrong.</exception>
    public ClusterConfiguration Cluster => _connection.Configuration;

    /// <summary>The clock that it waits by.</summary>
    public TimeProvider Time => _connection.Time;

    internal ILogger Logger => _connection.Logger;

    /// <summary>The same connections, acting as somebody else.</summary>
    public KubernetesClient As(Impersonation impersonation) => new(_connection, impersonation);

    /// <summary>The object, or null when there is none.</summary>
    public async Task<T?> FindAsync<T>(KubernetesKind<T> kind, string? @namespace, string name, CancellationToken cancellationToken)
        where T : KubernetesObject
    {
        try
        {
            return await GetAsync(kind, @namespace, name, cancellationToken).ConfigureAwait(false);
        }
        catch (ObjectNotFoundException e) when (!e.IsUnknownKind)
        {
            return null;
        }
    }

    /// <exception cref="ObjectNotFoundException">There is none.</exception>
    public async Task<T> GetAsync<T>(KubernetesKind<T> kind, string? @namespace, string name, CancellationToken cancellationToken)
        where T : KubernetesObject => Read(kind, await SendAsync(ApiRequest.Get(ApiPath.Of(kind, @namespace, name)), cancellationToken).ConfigureAwait(false));

    /// <summary>The object with every field, as it is on the wire.</summary>
    /// <exception cref="ObjectNotFoundException">There is none.</exception>
    public async Task<JsonObject> GetRawAsync(KubernetesKind kind, string? @namespace, string name, CancellationToken cancellationToken) =>
        await SendForJsonAsync(ApiRequest.Get(ApiPath.Of(kind, @namespace, name)), cancellationToken).ConfigureAwait(false);

    /// <summary>Creates what the manifest states, with the kind's virtual objects (reviews, token requests) among it.</summary>
    /// <exception cref="ObjectExistsException">An object of that name exists.</exception>
    public async Task<T> CreateAsync<T>(KubernetesKind<T> kind, JsonObject manifest, WriteOptions options, CancellationToken cancellationToken)
        where T : KubernetesObject
    {
        var path = ApiPath.Of(kind, NamespaceFor(kind, manifest))
            + ApiPath.Query(("fieldManager", Settings.FieldManager), ("fieldValidation", Validation), DryRun(options));
        return Read(kind, await SendAsync(ApiRequest.With(HttpMethod.Post, path, manifest), cancellationToken).ConfigureAwait(false));
    }

    /// <summary>
    /// Server-side apply: creates the object, or makes the fields that the manifest states as it says. Fields that we stated
    /// before and state no more are removed.
    /// </summary>
    /// <exception cref="ApplyConflictException">Others own some of the fields, and <see cref="ApplyOptions.Force"/> is not set.</exception>
    public async Task<T> ApplyAsync<T>(KubernetesKind<T> kind, JsonObject manifest, ApplyOptions options, CancellationToken cancellationToken)
        where T : KubernetesObject => (await ApplyAndTellAsync(kind, manifest, options, cancellationToken).ConfigureAwait(false)).Object;

    /// <summary>The same, and tells whether the object was there before.</summary>
    public async Task<Applied<T>> ApplyAndTellAsync<T>(
        KubernetesKind<T> kind, JsonObject manifest, ApplyOptions options, CancellationToken cancellationToken)
        where T : KubernetesObject
    {
        var answer = await ApplyBytesAsync(kind, manifest, options, cancellationToken).ConfigureAwait(false);
        return new Applied<T>(Read(kind, answer.Body), answer.IsNew);
    }

    /// <summary>The same for a manifest whose kind is known only at run time. Returns whether there was no such object before.</summary>
    public async Task<bool> ApplyAsync(KubernetesKind kind, JsonObject manifest, ApplyOptions options, CancellationToken cancellationToken) =>
        (await ApplyBytesAsync(kind, manifest, options, cancellationToken).ConfigureAwait(false)).IsNew;

    /// <summary>Changes the fields that the patch states; a null removes one.</summary>
    public async Task<T> MergePatchAsync<T>(
        KubernetesKind<T> kind, string? @namespace, string name, JsonObject patch, WriteOptions options, CancellationToken cancellationToken, string? subresource = null)
        where T : KubernetesObject
    {
        var path = PathOf(kind, @namespace, name, subresource)
            + ApiPath.Query(("fieldManager", Settings.FieldManager), ("fieldValidation", Validation), DryRun(options));
        return Read(kind, await SendAsync(ApiRequest.With(HttpMethod.Patch, path, patch, ApiRequest.MergePatch), cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Asks for the object's end; it may live on until finalizers and processes are done.</summary>
    /// <returns>False when there was none.</returns>
    public async Task<bool> DeleteAsync(KubernetesKind kind, string? @namespace, string name, DeleteOptions options, CancellationToken cancellationToken)
    {
        var body = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "DeleteOptions",
            ["propagationPolicy"] = options.Propagation.ToString(),
        };
        if (options.GracePeriodSeconds is { } grace)
        {
            body["gracePeriodSeconds"] = grace;
        }

        if (options.Uid is not null || options.ResourceVersion is not null)
        {
            var preconditions = new JsonObject();
            body["preconditions"] = preconditions;
            Set(preconditions, "uid", options.Uid);
            Set(preconditions, "resourceVersion", options.ResourceVersion);
        }

        try
        {
            await SendAsync(ApiRequest.With(HttpMethod.Delete, ApiPath.Of(kind, @namespace, name), body), cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (ObjectNotFoundException e) when (!e.IsUnknownKind)
        {
            return false;
        }
    }

    public void Dispose()
    {
        if (_impersonation is null)
        {
            _connection.Dispose();
        }
    }

    private KubernetesClientOptions Settings => _connection.Options;

    private string? Validation => Settings.StrictFields ? "Strict" : null;

    private async Task<ApiAnswer> ApplyBytesAsync(KubernetesKind kind, JsonObject manifest, ApplyOptions options, CancellationToken cancellationToken)
    {
        var name = Manifest.NameOf(manifest) ?? throw new ArgumentException("A manifest to apply has metadata.name.", nameof(manifest));
        var path = PathOf(kind, NamespaceFor(kind, manifest), name, options.Subresource) + ApiPath.Query(
            ("fieldManager", options.FieldManager ?? Settings.FieldManager),
            ("force", options.Force ? "true" : null),
            ("fieldValidation", Validation),
            DryRun(options));
        return await _connection.SendAsync(ApiRequest.With(HttpMethod.Patch, path, manifest, ApiRequest.Apply), _impersonation, cancellationToken).ConfigureAwait(false);
    }

    private async Task<byte[]> SendAsync(ApiRequest request, CancellationToken cancellationToken) =>
        (await _connection.SendAsync(request, _impersonation, cancellationToken).ConfigureAwait(false)).Body;

    private async Task<JsonObject> SendForJsonAsync(ApiRequest request, CancellationToken cancellationToken)
    {
        var body = await SendAsync(request, cancellationToken).ConfigureAwait(false);
        return Parse(request, () => JsonNode.Parse(body) as JsonObject);
    }

    private static T Read<T>(KubernetesKind<T> kind, byte[] body)
        where T : KubernetesObject => Parse(kind, () => JsonSerializer.Deserialize(body, kind.Type));

    private static T Parse<T>(object what, Func<T?> parse)
        where T : class
    {
        try
        {
            return parse() ?? throw new RuntimeUnavailableException($"The API server answered null for {what}.");
        }
        catch (JsonException e)
        {
            throw new RuntimeUnavailableException($"What the API server answered for {what} is not what its kind looks like: {e.Message}", e);
        }
    }

    private static string PathOf(KubernetesKind kind, string? @namespace, string name, string? subresource) =>
        subresource is null ? ApiPath.Of(kind, @namespace, name) : ApiPath.Of(kind, @namespace, name, subresource);

    private static string? NamespaceFor(KubernetesKind kind, JsonObject manifest) =>
        kind.Namespaced
            ? Manifest.NamespaceOf(manifest) ?? throw new ArgumentException($"A manifest of kind {kind.Name} has metadata.namespace.", nameof(manifest))
            : null;

    private static (string Name, string? Value) DryRun(WriteOptions options) => ("dryRun", options.DryRun ? "All" : null);

    private static void Set(JsonObject json, string key, string? value)
    {
        if (value is not null)
        {
            json[key] = value;
        }
    }
}
