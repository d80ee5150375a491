using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using LabOrchestrator.KubernetesSimulator;

namespace LabOrchestrator.Deploy.Kubernetes;

/// <summary>The simulator of the Kubernetes API with its published schemas, roles and Pod Security, and an administrator who applies to it.</summary>
internal sealed class StrictCluster : IAsyncDisposable
{
    private const string Token = "administrator";

    private readonly SimulatedCluster _cluster;
    private readonly HttpClient _http;
    private readonly Dictionary<string, JsonArray> _resources = [];

    private StrictCluster(SimulatedCluster cluster)
    {
        _cluster = cluster;
        _http = new HttpClient(Trusting(cluster.AuthorityPem)) { BaseAddress = cluster.Address };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
    }

    /// <summary>Where its API is.</summary>
    public Uri Address => _cluster.Address;

    /// <summary>The authority of its certificate.</summary>
    public string AuthorityPem => _cluster.AuthorityPem;

    public static async Task<StrictCluster> StartAsync(bool tls = false) =>
        new(await SimulatedCluster.StartAsync(new SimulatorOptions { Token = Token, Tls = tls }));

    /// <summary>Gives a service account a token.</summary>
    public async Task AddTokenAsync(string token, string @namespace, string account)
    {
        using var http = new HttpClient { BaseAddress = _cluster.AdminAddress };
        using var response = await http.PostAsJsonAsync("/_simulator/tokens", new
        {
            token,
            user = $"system:serviceaccount:{@namespace}:{account}",
            groups = (string[])["system:serviceaccounts", $"system:serviceaccounts:{@namespace}"],
        });
        response.EnsureSuccessStatusCode();
    }

    public async Task<JsonNode> GetAsync(string path) => JsonNode.Parse(await _http.GetStringAsync(path))!;

    /// <summary>Applies objects in their order; unknown, missing or mistyped fields fail.</summary>
    public async Task ApplyAsync(IEnumerable<JsonObject> objects)
    {
        foreach (var o in objects)
        {
            var (status, answer) = await TryApplyAsync(o);
            status.ShouldBeInRange(200, 201, $"{RenderedObjects.Kind(o)} {RenderedObjects.Name(o)}: {answer}");
        }
    }

    public async Task<(int Status, string Answer)> TryApplyAsync(JsonObject o)
    {
        var version = o["apiVersion"]!.GetValue<string>();
        var root = version.Contains('/', StringComparison.Ordinal) ? $"/apis/{version}" : $"/api/{version}";
        var resource = (await ResourcesAsync(root)).Single(r => r!["kind"]!.GetValue<string>() == RenderedObjects.Kind(o) && !r["name"]!.GetValue<string>().Contains('/', StringComparison.Ordinal))!;
        var space = resource["namespaced"]!.GetValue<bool>() ? $"/namespaces/{RenderedObjects.Namespace(o)}" : "";
        var path = $"{root}{space}/{resource["name"]}/{RenderedObjects.Name(o)}?fieldManager=deployment&fieldValidation=Strict";
        return await SendAsync(HttpMethod.Patch, path, o, "application/apply-patch+yaml");
    }

    /// <summary>Everything that can be done in the cluster: group, resource with its part, and verb.</summary>
    public async Task<IReadOnlyList<(string Group, string Resource)>> EverythingAsync()
    {
        var groups = JsonNode.Parse(await _http.GetStringAsync("/apis"))!["groups"]!.AsArray();
        var found = new List<(string, string)>();
        foreach (var (group, root) in groups.Select(g => (g!["name"]!.GetValue<string>(), $"/apis/{g["preferredVersion"]!["groupVersion"]}")).Prepend(("", "/api/v1")))
        {
            found.AddRange((await ResourcesAsync(root)).Select(r => (group, r!["name"]!.GetValue<string>())));
        }

        return found;
    }

    /// <summary>Whether a service account may do something in some lab's namespace.</summary>
    public async Task<bool> AllowsAsync(string account, string verb, string group, string resource, string? name = null)
    {
        var parts = resource.Split('/', 2);
        var attributes = new JsonObject { ["verb"] = verb, ["group"] = group, ["resource"] = parts[0], ["namespace"] = "default" };
        if (parts.Length > 1)
        {
            attributes["subresource"] = parts[1];
        }

        if (name is not null)
        {
            attributes["name"] = name;
        }

        var review = new JsonObject
        {
            ["apiVersion"] = "authorization.k8s.io/v1",
            ["kind"] = "SubjectAccessReview",
            ["spec"] = new JsonObject
            {
                ["user"] = account,
                ["groups"] = new JsonArray("system:serviceaccounts", "system:authenticated"),
                ["resourceAttributes"] = attributes,
            },
        };
        var (status, answer) = await SendAsync(HttpMethod.Post, "/apis/authorization.k8s.io/v1/subjectaccessreviews", review, "application/json");
        status.ShouldBeInRange(200, 201, answer);
        return JsonNode.Parse(answer)!["status"]!["allowed"]!.GetValue<bool>();
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _cluster.DisposeAsync();
    }

    private static HttpClientHandler Trusting(string authority) => new()
    {
        ServerCertificateCustomValidationCallback = (_, certificate, _, _) =>
        {
            using var chain = new X509Chain();
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
            chain.ChainPolicy.CustomTrustStore.ImportFromPem(authority);
            return chain.Build(certificate!);
        },
    };

    private async Task<JsonArray> ResourcesAsync(string root)
    {
        if (!_resources.TryGetValue(root, out var resources))
        {
            _resources[root] = resources = JsonNode.Parse(await _http.GetStringAsync(root))!["resources"]!.AsArray();
        }

        return resources;
    }

    private async Task<(int Status, string Answer)> SendAsync(HttpMethod method, string path, JsonNode body, string type)
    {
        using var request = new HttpRequestMessage(method, path) { Content = new StringContent(body.ToJsonString(), Encoding.UTF8) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        using var response = await _http.SendAsync(request);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
