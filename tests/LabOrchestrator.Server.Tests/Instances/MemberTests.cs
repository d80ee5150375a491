using System.Net;
using System.Net.WebSockets;
using LabOrchestrator.Server.Tests.Gateway;

namespace LabOrchestrator.Server.Tests.Instances;

public sealed class MemberTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task Members_use_observers_watch_and_only_the_owner_decides()
    {
        using var owner = await server.UserAsync("owner");
        using var member = await server.UserAsync("member");
        using var observer = await server.UserAsync("observer");
        var address = await owner.StartAsync(await server.LabAsync("shared"));
        await owner.Client.WaitAsync(address, "Running");
        var terminal = $"{address}/machines/shell/consoles/terminal/tickets";

        await owner.Client.PostAsJsonAsync($"{address}/members", new { name = member.Name, role = "Member" }).JsonAsync(HttpStatusCode.Accepted);
        await owner.Client.PostAsJsonAsync($"{address}/members", new { name = observer.Name, role = "observer" }).JsonAsync(HttpStatusCode.Accepted);

        (await member.Client.GetAsync($"{address}/members").JsonAsync()).EnumerateArray().Select(m => m.GetProperty("role").GetString())
            .ShouldBe(["Owner", "Member", "Observer"]);
        (await member.Client.GetAsync(address).JsonAsync()).GetProperty("machines")[1].GetProperty("credentials").GetArrayLength().ShouldBe(1);
        (await observer.Client.GetAsync(address).JsonAsync()).GetProperty("machines")[1].TryGetProperty("credentials", out _).ShouldBeFalse();
        await member.Client.PostAsJsonAsync(terminal, new { mode = "interact" }).JsonAsync(HttpStatusCode.Created);
        await observer.Client.PostAsJsonAsync(terminal, new { mode = "view" }).JsonAsync(HttpStatusCode.Created);
        await observer.Client.PostAsJsonAsync(terminal, new { mode = "interact" }).ProblemAsync(HttpStatusCode.Forbidden);
        await member.Client.PostAsync($"{address}/machines/shell/restart", null).JsonAsync(HttpStatusCode.Accepted);
        await observer.Client.PostAsync($"{address}/machines/shell/restart", null).ProblemAsync(HttpStatusCode.Forbidden);
        await member.Client.DeleteAsync(address).ProblemAsync(HttpStatusCode.Forbidden);
        await member.Client.PostAsync($"{address}/pause", null).ProblemAsync(HttpStatusCode.Forbidden);
        await member.Client.PostAsync($"{address}/machines/shell/reset", null).ProblemAsync(HttpStatusCode.Forbidden);
        await member.Client.DeleteAsync($"{address}/members/{observer.Id}").ProblemAsync(HttpStatusCode.Forbidden);
        await observer.Client.DeleteAsync($"{address}/members/{observer.Id}").JsonAsync(HttpStatusCode.Accepted);
        await observer.Client.GetAsync(address).ProblemAsync(HttpStatusCode.NotFound);
        await owner.Client.DeleteAsync($"{address}/members/{owner.Id}").ProblemAsync(HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task A_member_who_may_only_watch_from_now_on_can_no_longer_type_in_an_open_console()
    {
        using var owner = await server.UserAsync("owner");
        using var member = await server.UserAsync("member");
        var address = await owner.StartAsync(await server.LabAsync("demoted"));
        await owner.Client.WaitAsync(address, "Running");
        await owner.Client.PostAsJsonAsync($"{address}/members", new { name = member.Name, role = "Member" }).JsonAsync(HttpStatusCode.Accepted);
        using var typing = await member.OpenAsync(server, $"{address}/machines/shell/consoles/terminal/tickets", "interact");
        using var watching = await member.OpenAsync(server, $"{address}/machines/shell/consoles/terminal/tickets", "view");

        await owner.Client.PostAsJsonAsync($"{address}/members", new { name = member.Name, role = "Observer" }).JsonAsync(HttpStatusCode.Accepted);

        (await typing.WaitForCloseAsync()).ShouldBe((4001, "access-withdrawn"));
        watching.State.ShouldBe(WebSocketState.Open);
        await owner.Client.DeleteAsync($"{address}/members/{member.Id}").JsonAsync(HttpStatusCode.Accepted);
        (await watching.WaitForCloseAsync()).ShouldBe((4001, "access-withdrawn"));
        await owner.Client.DeleteAsync($"{address}/members/{member.Id}").ProblemAsync(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Wrong_members_are_named()
    {
        using var owner = await server.UserAsync("owner");
        var address = await owner.StartAsync(await server.LabAsync("members"));

        (await owner.Client.PostAsJsonAsync($"{address}/members", new { }).WrongFieldsAsync()).ShouldBe(["name", "role"]);
        (await owner.Client.PostAsJsonAsync($"{address}/members", new { name = "nobody-here", role = "Member" }).WrongFieldsAsync()).ShouldBe(["name"]);
        (await owner.Client.PostAsJsonAsync($"{address}/members", new { name = owner.Name, role = "Owner" }).WrongFieldsAsync()).ShouldBe(["role"]);
        (await owner.Client.PostAsJsonAsync($"{address}/members", new { name = owner.Name, role = "King" }).WrongFieldsAsync()).ShouldBe(["role"]);
    }
}
