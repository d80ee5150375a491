using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json.Nodes;

namespace LabOrchestrator.KubernetesSimulator.Tests;

/// <summary>An answer: its code, its body, and the body as an object where it is one.</summary>
internal sealed record Answer(int Code, string Body, HttpResponseHeaders Headers)
{
    public JsonNode Json => JsonNode.Parse(Body)!;

    public string? Text(params string[] path) => Json.Text(path);
}

/// <summary>A simulated cluster and a client that knows nothing but HTTP.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private readonly SimulatedCluster _cluster;
    private readonly HttpClient _http;

    private TestCluster(SimulatedCluster cluster, string? token)
    {
        _cluster = cluster;
        _http = new HttpClient { BaseAddress = cluster.Address, Timeout = TimeSpan.FromMinutes(1) };
        if (token is not null)
        {
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }
    }

    public SimulatedCluster Cluster => _cluster;

    public static async Task<TestCluster> StartAsync(SimulatorOptions? options = null) =>
        new(await SimulatedCluster.StartAsync(options), options?.Token);

    public async Task<Answer> SendAsync(string method, string path, string? body = null, string type = "application/json", params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(type);
        }

        foreach (var (name, value) in headers)
        {
            request.Headers.Remove(name);
            request.Headers.Add(name, value);
        }

        using var response = await ReachAsync(request);
        return new Answer((int)response.StatusCode, await response.Content.ReadAsStringAsync(), response.Headers);
    }

    public Task<Answer> GetAsync(string path) => SendAsync("GET", path);

    public Task<Answer> PostAsync(string path, string body) => SendAsync("POST", path, body);

    public Task<Answer> ApplyAsync(string path, string body, string manager = "us", string more = "") =>
        SendAsync("PATCH", $"{path}?fieldManager={manager}{more}", body, "application/apply-patch+yaml");

    public async Task AdminAsync(string method, string path, string? body = null)
    {
        using var http = new HttpClient { BaseAddress = _cluster.AdminAddress };
        using var request = new HttpRequestMessage(new HttpMethod(method), "/_simulator/" + path);
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await http.SendAsync(request);
        ((int)response.StatusCode).ShouldBeLessThan(300, await response.Content.ReadAsStringAsync());
    }

    public async Task<JsonNode> AskAdminAsync(string path)
    {
        using var http = new HttpClient { BaseAddress = _cluster.AdminAddress };
        return JsonNode.Parse(await http.GetStringAsync("/_simulator/" + path))!;
    }

    public async Task NamespaceAsync(string name, string labels = "{}") =>
        (await PostAsync("/api/v1/namespaces", $$$"""{"metadata":{"name":"{{{name}}}","labels":{{{labels}}}}}""")).Code.ShouldBe(201);

    /// <summary>Reads again until it is as expected.</summary>
    public async Task<Answer> EventuallyAsync(string path, Func<Answer, bool> expected)
    {
        using var patience = new CancellationTokenSource(Patience);
        var seen = await GetAsync(path);
        while (!expected(seen))
        {
            patience.IsCancellationRequested.ShouldBeFalse($"In vain waited for {path}, last: {seen.Code} {seen.Body}");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
            seen = await GetAsync(path);
        }

        return seen;
    }

    public async Task<WatchReader> WatchAsync(string pathAndQuery)
    {
        var response = await _http.GetAsync(new Uri(pathAndQuery, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
        response.IsSuccessStatusCode.ShouldBeTrue();
        return new WatchReader(response, new StreamReader(await response.Content.ReadAsStreamAsync()));
    }

    public async Task<ClientWebSocket> OpenAsync(string pathAndQuery, params string[] protocols)
    {
        var socket = new ClientWebSocket();
        Array.ForEach(protocols, socket.Options.AddSubProtocol);
        await socket.ConnectAsync(new UriBuilder(new Uri(_cluster.Address, pathAndQuery)) { Scheme = "ws" }.Uri, CancellationToken.None);
        return socket;
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _cluster.DisposeAsync();
    }

    /// <summary>A connection that is cut in the moment in which it was made is told by .NET as what the socket says, not as a failed request.</summary>
    private async Task<HttpResponseMessage> ReachAsync(HttpRequestMessage request)
    {
        try
        {
            return await _http.SendAsync(request);
        }
        catch (SocketException e)
        {
            throw new HttpRequestException(e.Message, e);
        }
    }
}

/// <summary>A watch, line by line.</summary>
internal sealed class WatchReader(HttpResponseMessage response, StreamReader lines) : IDisposable
{
    /// <summary>The next event; null at the end.</summary>
    public async Task<JsonNode?> NextAsync()
    {
        var line = await lines.ReadLineAsync().WaitAsync(TimeSpan.FromMinutes(1), TimeProvider.System);
        return line is null ? null : JsonNode.Parse(line);
    }

    public void Dispose()
    {
        lines.Dispose();
        response.Dispose();
    }
}
