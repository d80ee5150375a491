using System.Net;
using System.Net.WebSockets;
using LabOrchestrator.Consoles;

namespace LabOrchestrator.Server.Tests.Instances;

public sealed class TicketTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task A_ticket_opens_the_console_of_a_running_machine_once()
    {
        using var user = await server.UserAsync("learner");
        var address = await user.StartAsync(await server.LabAsync("consoles"));
        await user.Client.WaitAsync(address, "Running");

        var ticket = await user.Client.PostAsJsonAsync($"{address}/machines/shell/consoles/terminal/tickets", new { mode = "interact" })
            .JsonAsync(HttpStatusCode.Created);

        var socket = new Uri(server.Address, ticket.GetProperty("address").GetString());
        using var browser = new ClientWebSocket();
        await browser.ConnectAsync(new UriBuilder(socket) { Scheme = "ws" }.Uri, default);
        await browser.SendAsync(new byte[] { KeeperProtocol.Attach, 0, 0, 0, 0, 0, 0, 0, 0 }, WebSocketMessageType.Binary, true, default);
        var buffer = new byte[1000];
        await browser.ReceiveAsync(buffer, default);
        buffer[0].ShouldBe(KeeperProtocol.Hello);
        (await user.Client.GetAsync(ticket.GetProperty("address").GetString()).StatusAsync()).ShouldBe(HttpStatusCode.UpgradeRequired);
        using var second = new ClientWebSocket();
        await Should.ThrowAsync<WebSocketException>(second.ConnectAsync(new UriBuilder(socket) { Scheme = "ws" }.Uri, default));
    }

    [Fact]
    public async Task A_ticket_of_an_account_that_was_closed_meanwhile_opens_nothing()
    {
        using var admin = await server.AdminAsync();
        using var user = await server.UserAsync("closed");
        var address = await user.StartAsync(await server.LabAsync("closing"));
        await user.Client.WaitAsync(address, "Running");
        var ticket = await user.Client.PostAsync($"{address}/machines/shell/consoles/terminal/tickets", null).JsonAsync(HttpStatusCode.Created);

        await admin.PatchAsJsonAsync($"/api/v1/users/{user.Id}", new { isClosed = true }).JsonAsync();

        (await Should.ThrowAsync<WebSocketException>(RunningInstances.OpenAsync(server, ticket))).Message.ShouldContain("403");
    }

    [Fact]
    public async Task A_console_that_is_not_there_or_not_open_now_says_so_when_the_ticket_is_asked_for()
    {
        using var user = await server.UserAsync("learner");
        var address = await user.StartAsync(await server.LabAsync("absent"));
        await user.Client.WaitAsync(address, "Running");
        await user.Client.PostAsync($"{address}/machines/shell/power-off", null).JsonAsync(HttpStatusCode.Accepted);
        await user.Client.WaitForAsync(address, i => i.GetProperty("machines")[0].GetProperty("phase").GetString() == "PoweredOff");

        await user.Client.PostAsync($"{address}/machines/shell/consoles/terminal/tickets", null).ProblemAsync(HttpStatusCode.Conflict);
        await user.Client.PostAsync($"{address}/machines/shell/consoles/graphical/tickets", null).ProblemAsync(HttpStatusCode.NotFound);
        await user.Client.PostAsync($"{address}/machines/nobody/consoles/terminal/tickets", null).ProblemAsync(HttpStatusCode.NotFound);
        (await user.Client.PostAsJsonAsync($"{address}/machines/shell/consoles/terminal/tickets", new { mode = "admire" }).WrongFieldsAsync()).ShouldBe(["mode"]);
        (await user.Client.PostAsJsonAsync($"{address}/machines/shell/consoles/terminal/tickets", new { made = "view" }).WrongFieldsAsync()).ShouldBe(["made"]);
    }
}
