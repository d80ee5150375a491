using System.Text.Json;
using LabOrchestrator.Kubernetes.Api.Errors;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Requests;

namespace LabOrchestrator.Kubernetes.Api;

/// <summary>Lists.</summary>
internal sealed partial class KubernetesClient
{
    /// <summary>All objects of a scope, page by page. When the pages' state expires on the way it starts again, once.</summary>
    /// <param name="kind">The kind.</param>
    /// <param name="scope">Which of them.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="resourceVersion">At least as fresh as this; empty or null is the newest, <c>0</c> whatever the server has at hand.</param>
    public async Task<KubernetesList<T>> ListAsync<T>(
        KubernetesKind<T> kind, ObjectScope scope, CancellationToken cancellationToken, string? resourceVersion = null)
        where T : KubernetesObject
    {
        try
        {
            return await ListPagesAsync(kind, scope, resourceVersion, cancellationToken).ConfigureAwait(false);
        }
        catch (StateExpiredException) when (string.IsNullOrEmpty(resourceVersion))
        {
            return await ListPagesAsync(kind, scope, resourceVersion, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>One page of a list.</summary>
    /// <exception cref="StateExpiredException">The token is too old.</exception>
    public async Task<KubernetesList<T>> ListPageAsync<T>(
        KubernetesKind<T> kind, ObjectScope scope, int limit, string? continueToken, CancellationToken cancellationToken, string? resourceVersion = null)
        where T : KubernetesObject
    {
        var path = ApiPath.Of(kind, scope.Namespace) + ApiPath.Query(
            ("labelSelector", scope.LabelSelector),
            ("fieldSelector", scope.FieldSelector),
            ("limit", ApiPath.Number(limit)),
            ("continue", continueToken),
            ("resourceVersion", continueToken is null && !string.IsNullOrEmpty(resourceVersion) ? resourceVersion : null));
        var body = await SendAsync(ApiRequest.Get(path), cancellationToken).ConfigureAwait(false);
        return Parse(kind, () => ReadList(kind, body));
    }

    private async Task<KubernetesList<T>> ListPagesAsync<T>(
        KubernetesKind<T> kind, ObjectScope scope, string? resourceVersion, CancellationToken cancellationToken)
        where T : KubernetesObject
    {
        var page = await ListPageAsync(kind, scope, Settings.PageSize, null, cancellationToken, resourceVersion).ConfigureAwait(false);
        if (page.Continue is null)
        {
            return page;
        }

        var items = new List<T>(page.Items);
        while (page.Continue is not null)
        {
            page = await ListPageAsync(kind, scope, Settings.PageSize, page.Continue, cancellationToken).ConfigureAwait(false);
            items.AddRange(page.Items);
        }

        return new KubernetesList<T>(items, page.ResourceVersion, null);
    }

    private static KubernetesList<T> ReadList<T>(KubernetesKind<T> kind, byte[] body)
        where T : KubernetesObject
    {
        var reader = new Utf8JsonReader(body);
        var items = new List<T>();
        var metadata = new ListMetadata();
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("metadata"))
            {
                reader.Read();
                metadata = JsonSerializer.Deserialize(ref reader, KubernetesJson.Default.ListMetadata) ?? metadata;
            }
            else if (reader.ValueTextEquals("items"))
            {
                ReadItems(ref reader, kind, items);
            }
            else
            {
                reader.Skip();
            }
        }

        return new KubernetesList<T>(items, metadata.ResourceVersion, string.IsNullOrEmpty(metadata.Continue) ? null : metadata.Continue);
    }

    private static void ReadItems<T>(ref Utf8JsonReader reader, KubernetesKind<T> kind, List<T> items)
        where T : KubernetesObject
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return;
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (JsonSerializer.Deserialize(ref reader, kind.Type) is { } item)
            {
                items.Add(item);
            }
        }
    }
}
