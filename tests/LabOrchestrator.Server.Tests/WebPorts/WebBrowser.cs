using System.Net;
using System.Net.WebSockets;
using System.Text.Json;
using LabOrchestrator.Conformance;
using LabOrchestrator.Server.Tests.Instances;
using Microsoft.Net.Http.Headers;

namespace LabOrchestrator.Server.Tests.WebPorts;

/// <summary>A browser that has a web port open: it knows the port's host and its cookie.</summary>
internal sealed class WebBrowser(ServerFixture server, string host, string? cookie) : IDisposable
{
    private readonly HttpClient _http = new(WithoutCookies()) { BaseAddress = server.Address };

    /// <summary>The port's host, with the server's port.</summary>
    public string Host => host;

    /// <summary>Name and value of its cookie.</summary>
    public string? Cookie => cookie;

    /// <summary>Imports a lab whose machine <c>shell</c> has a web console on port 8080, starts it, and waits until it runs.</summary>
    public static async Task<string> StartLabAsync(ServerFixture server, TestUser user, string name)
    {
        using var admin = await server.AdminAsync();
        await admin.GetAsync("/api/v1/images").WaitForImagesAsync(admin);
        var yaml = $$"""
            name: {{name}}
            title: Web
            machines:
              - {name: shell, image: terminal, consoles: [terminal, {kind: web, name: shop, port: 8080}]}
            """;
        var lab = await admin.PostAsync("/api/v1/labs", new StringContent(yaml, null, "application/yaml")).JsonAsync(HttpStatusCode.Created);
        var address = await user.StartAsync(lab.GetProperty("id").GetInt64());
        await user.Client.WaitAsync(address, "Running");
        return address;
    }

    /// <summary>Gets a ticket for the web console of an instance.</summary>
    public static Task<JsonElement> TicketAsync(TestUser user, string instance) =>
        user.Client.PostAsync($"{instance}/machines/shell/consoles/shop/tickets", null).JsonAsync(HttpStatusCode.Created);

    /// <summary>Opens the web console of an instance.</summary>
    public static async Task<WebBrowser> OpenAsync(ServerFixture server, TestUser user, string instance)
    {
        var address = new Uri((await TicketAsync(user, instance)).GetProperty("address").GetString()!);
        using var stranger = new WebBrowser(server, address.Authority, null);
        using var opened = await stranger.SendAsync(HttpMethod.Get, address.PathAndQuery);
        opened.StatusCode.ShouldBe(HttpStatusCode.OK, await opened.Content.ReadAsStringAsync());
        return new WebBrowser(server, address.Authority, SetCookieHeaderValue.Parse(opened.Headers.GetValues("Set-Cookie").Single()) is var set ? $"{set.Name}={set.Value}" : null);
    }

    /// <summary>Sends a request to the port's host, as a page there does unless headers say otherwise.</summary>
    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, params (string Name, string Value)[] headers) =>
        SendAsync(new HttpRequestMessage(method, path), headers);

    public async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, params (string Name, string Value)[] headers)
    {
        using (request)
        {
            request.Headers.Host = host;
            if (cookie is not null && headers.All(h => h.Name != "Cookie"))
            {
                request.Headers.TryAddWithoutValidation("Cookie", cookie);
            }

            foreach (var (name, value) in headers)
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }

            return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        }
    }

    /// <summary>The headers of a request as they came to the machine.</summary>
    public Task<JsonElement> HeadersAsync(params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Get, "/headers", headers).JsonAsync();

    /// <summary>Opens the port's WebSocket, as a page of some origin does.</summary>
    public async Task<ClientWebSocket> ConnectAsync(string origin)
    {
        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Host", host);
        socket.Options.SetRequestHeader("Cookie", cookie);
        socket.Options.SetRequestHeader("Origin", origin);
        socket.Options.AddSubProtocol("tty");
        await socket.ConnectAsync(new UriBuilder(new Uri(server.Address, "/socket")) { Scheme = "ws" }.Uri, default);
        return socket;
    }

    public void Dispose() => _http.Dispose();

    private static SocketsHttpHandler WithoutCookies()
    {
        var handler = ServerFixture.Handler();
        handler.UseCookies = false;
        return handler;
    }
}

/// <summary>Waits for the catalogue.</summary>
internal static class ImageWait
{
    /// <summary>Right after the start the catalogue may still be without images.</summary>
    public static async Task WaitForImagesAsync(this Task<HttpResponseMessage> first, HttpClient client)
    {
        await first.JsonAsync();
        await Eventually.ShowsAsync(() => client.GetStringAsync("/api/v1/images"), images => images.Contains("\"terminal\"", StringComparison.Ordinal));
    }
}
