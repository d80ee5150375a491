using System.Net;
using System.Net.Http.Headers;

namespace LabOrchestrator.Server.Tests.Instances;

public sealed class ScreenshotTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task Who_may_watch_a_machine_gets_a_picture_of_its_screen_and_once_only_while_it_is_the_same()
    {
        using var owner = await server.UserAsync("painter");
        using var observer = await server.UserAsync("onlooker");
        using var stranger = await server.UserAsync("stranger");
        var address = await owner.StartAsync(await server.LabAsync("pictures"));
        await owner.Client.WaitAsync(address, "Running");
        await owner.Client.PostAsJsonAsync($"{address}/members", new { name = observer.Name, role = "Observer" }).JsonAsync(HttpStatusCode.Accepted);

        using var answer = await owner.Client.GetAsync($"{address}/machines/screen/screenshot");
        using var same = await observer.Client.SendAsync(new HttpRequestMessage(HttpMethod.Get, $"{address}/machines/screen/screenshot")
        {
            Headers = { IfNoneMatch = { answer.Headers.ETag.ShouldNotBeNull() } },
        });

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Content.Headers.ContentType.ShouldBe(new MediaTypeHeaderValue("image/png"));
        answer.Headers.CacheControl.ShouldNotBeNull().ShouldSatisfyAllConditions(c => c.Private.ShouldBeTrue(), c => c.MaxAge.ShouldBe(TimeSpan.FromSeconds(5)));
        (await answer.Content.ReadAsByteArrayAsync()).ShouldSatisfyAllConditions(
            png => png[..8].ShouldBe([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]), png => png[18..20].ShouldBe([320 >> 8, 320 & 255]));
        same.StatusCode.ShouldBe(HttpStatusCode.NotModified);
        await stranger.Client.GetAsync($"{address}/machines/screen/screenshot").ProblemAsync(HttpStatusCode.NotFound);

        // As with consoles: who looks after the server sees that it runs, not what somebody does in it.
        using var admin = await server.AdminAsync();
        await admin.GetAsync($"{address}/machines/screen/screenshot").ProblemAsync(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task A_machine_that_is_off_or_has_no_screen_has_no_picture()
    {
        using var owner = await server.UserAsync("dark");
        var address = await owner.StartAsync(await server.LabAsync("darkness"));
        await owner.Client.WaitAsync(address, "Running");

        await owner.Client.GetAsync($"{address}/machines/shell/screenshot").ProblemAsync(HttpStatusCode.NotFound);
        await owner.Client.GetAsync($"{address}/machines/nobody/screenshot").ProblemAsync(HttpStatusCode.NotFound);
        await owner.Client.PostAsync($"{address}/machines/screen/power-off", null).JsonAsync(HttpStatusCode.Accepted);
        await owner.Client.WaitForAsync(address, i => i.GetProperty("machines")[1].GetProperty("phase").GetString() == "PoweredOff");
        var problem = await owner.Client.GetAsync($"{address}/machines/screen/screenshot").ProblemAsync(HttpStatusCode.Conflict);
        problem.GetProperty("detail").GetString().ShouldNotBeNull().ShouldContain("powered off");
    }
}
