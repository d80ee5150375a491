using System.Net;
using System.Net.Mime;
using System.Text;
using System.Text.Json;
using LabOrchestrator.Server.Tests.Instances;

namespace LabOrchestrator.Server.Tests.Api;

/// <summary>A server with people and labs that requests can be about.</summary>
public sealed class RefusalFixture : IAsyncLifetime
{
    private readonly ServerFixture _server = new();
    private readonly Dictionary<string, string> _things = [];
    private readonly Dictionary<Sender, HttpClient> _clients = [];

    /// <summary>The API's description.</summary>
    public JsonElement Description { get; private set; }

    /// <summary>Every operation: its identity, method, path and description.</summary>
    public IEnumerable<Operation> Operations => Description.GetProperty("paths").EnumerateObject().SelectMany(path => path.Value.EnumerateObject()
        .Select(o => new Operation(o.Value.GetProperty("operationId").GetString()!, new HttpMethod(o.Name.ToUpperInvariant()), path.Name, o.Value)));

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        await _server.InitializeAsync();
        _clients[Sender.Admin] = await _server.AdminAsync();
        _clients[Sender.Password] = _server.Client();
        _clients[Sender.Password].DefaultRequestHeaders.Authorization = ServerFixture.Basic(ServerFixture.AdminName, ServerFixture.AdminPassword);
        var owner = await _server.UserAsync("owner");
        _clients[Sender.Owner] = owner.Client;
        _clients[Sender.Other] = (await _server.UserAsync("other")).Client;
        Description = await owner.Client.GetAsync("/api/v1/openapi.json").JsonAsync();
        var lab = await _server.LabAsync("refusals");
        var other = await _server.LabAsync("ended");
        var wants = await _server.LabAsync("wants", "networks: [{name: n, internet: true}]");
        var ended = await owner.StartAsync(other);
        var live = await owner.StartAsync(lab);
        await owner.Client.WaitAsync(ended, "Running");
        await owner.Client.DeleteAsync(ended).JsonAsync(HttpStatusCode.Accepted);
        await owner.Client.WaitAsync(ended, "Stopped");
        await owner.Client.WaitAsync(live, "Running");
        _things["live"] = live.Split('/')[^1];
        _things["ended"] = ended.Split('/')[^1];
        _things["lab"] = $"{lab}";
        _things["wants"] = $"{wants}";
        _things["owner"] = $"{owner.Id}";
        _things["admin"] = (await _clients[Sender.Admin].GetAsync("/api/v1/users/me").JsonAsync()).GetProperty("id").GetRawText();
        _things["token"] = (await owner.Client.GetAsync("/api/v1/tokens").JsonAsync())[0].GetProperty("id").GetRawText();
        _things["upload"] = (await _clients[Sender.Admin].PostAsJsonAsync("/api/v1/image-uploads", new { name = "refused", size = 10 })
            .JsonAsync(HttpStatusCode.Created)).GetProperty("id").GetRawText();
        _things["image"] = (await owner.Client.GetAsync("/api/v1/images").JsonAsync()).EnumerateArray()
            .Single(i => i.GetProperty("name").GetString() == "terminal").GetProperty("id").GetRawText();
    }

    /// <summary>Sends a request; names in braces are replaced by the identities of things.</summary>
    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, Sender sender, string address, object? body)
    {
        using var request = new HttpRequestMessage(method, $"/api/v1{WithThings(address)}");

        // A body that is too long is refused before it is sent.
        request.Headers.ExpectContinue = body is string;
        request.Content = body switch
        {
            null => null,
            Piece piece => ContentOf(piece, request),
            string yaml => new StringContent(yaml, null, "application/yaml"),
            _ => new StringContent(WithThings(JsonSerializer.Serialize(body, JsonSerializerOptions.Web)), Encoding.UTF8, MediaTypeNames.Application.Json),
        };
        return await _clients[sender].SendAsync(request);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients.Values)
        {
            client.Dispose();
        }

        await _server.DisposeAsync();
    }

    private static ByteArrayContent ContentOf(Piece piece, HttpRequestMessage request)
    {
        if (piece.Offset is { } offset)
        {
            request.Headers.Add("Upload-Offset", $"{offset}");
        }

        var content = new ByteArrayContent(piece.Bytes);
        content.Headers.ContentType = new("application/offset+octet-stream");
        return content;
    }

    // Identities are numbers in JSON.
    private string WithThings(string text) => _things.Aggregate(text, (t, thing) => t
        .Replace($"\"{{{thing.Key}}}\"", thing.Value, StringComparison.Ordinal).Replace($"{{{thing.Key}}}", thing.Value, StringComparison.Ordinal));
}

/// <summary>An operation of the API.</summary>
/// <param name="Id">Its identity.</param>
/// <param name="Method">Its method.</param>
/// <param name="Path">Its path, with parameters in braces.</param>
/// <param name="Description">What is said of it.</param>
public sealed record Operation(string Id, HttpMethod Method, string Path, JsonElement Description);
