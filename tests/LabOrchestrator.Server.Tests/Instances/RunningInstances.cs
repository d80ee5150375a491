using System.Net;
using System.Net.WebSockets;
using System.Runtime.CompilerServices;
using System.Text.Json;
using LabOrchestrator.Conformance;
using LabOrchestrator.Consoles;

namespace LabOrchestrator.Server.Tests.Instances;

/// <summary>Starts labs, and waits for what becomes of them.</summary>
internal static class RunningInstances
{
    /// <summary>Starts a lab and returns its instance's address.</summary>
    public static async Task<string> StartAsync(this TestUser user, long labId)
    {
        using var started = await user.Client.PostAsJsonAsync("/api/v1/instances", new { labId });
        started.StatusCode.ShouldBe(HttpStatusCode.Accepted, await started.Content.ReadAsStringAsync());
        return started.Headers.Location!.ToString();
    }

    /// <summary>Opens a terminal.</summary>
    public static async Task<ClientWebSocket> OpenAsync(this TestUser user, ServerFixture server, string tickets, string mode)
    {
        var ticket = await user.Client.PostAsJsonAsync(tickets, new { mode }).JsonAsync(HttpStatusCode.Created);
        return await OpenAsync(server, ticket);
    }

    /// <summary>Opens a terminal with a ticket.</summary>
    public static async Task<ClientWebSocket> OpenAsync(ServerFixture server, JsonElement ticket)
    {
        var browser = new ClientWebSocket();
        await browser.ConnectAsync(
            new UriBuilder(new Uri(server.Address, ticket.GetProperty("address").GetString())) { Scheme = "ws" }.Uri, default);
        await browser.SendAsync(new byte[] { KeeperProtocol.Attach, 0, 0, 0, 0, 0, 0, 0, 0 }, WebSocketMessageType.Binary, true, default);
        return browser;
    }

    /// <summary>Waits until an instance is in a phase.</summary>
    public static Task<JsonElement> WaitAsync(this HttpClient client, string address, string phase) =>
        client.WaitForAsync(address, i => i.GetProperty("phase").GetString() == phase, phase);

    /// <summary>Waits until an instance looks as wanted.</summary>
    public static Task<JsonElement> WaitForAsync(
        this HttpClient client, string address, Func<JsonElement, bool> wanted, [CallerArgumentExpression(nameof(wanted))] string? what = null) =>
        Eventually.ShowsAsync(() => client.GetAsync(address).JsonAsync(), wanted, what);
}
