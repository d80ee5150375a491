using System.Net;
using System.Text.Json;
using LabOrchestrator.Runtimes.InMemory;

namespace LabOrchestrator.Server.Tests.Instances;

public sealed class InstanceTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task A_lab_is_started_paused_resumed_and_stopped()
    {
        using var user = await server.UserAsync("learner");
        var labId = await server.LabAsync("life");

        using var started = await user.Client.PostAsJsonAsync("/api/v1/instances", new { labId });

        started.StatusCode.ShouldBe(HttpStatusCode.Accepted);
        var address = started.Headers.Location!.ToString();
        var detail = await user.Client.WaitAsync(address, "Running");
        detail.GetProperty("labTitle").GetString().ShouldBe("Title of life");
        detail.GetProperty("role").GetString().ShouldBe("Owner");
        detail.GetProperty("members")[0].GetProperty("name").GetString().ShouldBe(user.Name);
        var screen = detail.GetProperty("machines")[1];
        screen.GetProperty("consoles")[0].GetProperty("tickets").GetString().ShouldBe($"{address}/machines/screen/consoles/graphical/tickets");
        screen.GetProperty("credentials")[0].GetProperty("password").GetString()!.Length.ShouldBe(15);
        await user.Client.PostAsync($"{address}/pause", null).JsonAsync(HttpStatusCode.Accepted);
        await user.Client.WaitAsync(address, "Paused");
        await user.Client.PostAsync($"{address}/machines/shell/restart", null).ProblemAsync(HttpStatusCode.Conflict);
        await user.Client.PostAsync($"{address}/resume", null).JsonAsync(HttpStatusCode.Accepted);
        await user.Client.WaitAsync(address, "Running");
        await user.Client.DeleteAsync(address).JsonAsync(HttpStatusCode.Accepted);
        await user.Client.WaitAsync(address, "Stopped");
        await user.Client.DeleteAsync(address).JsonAsync(HttpStatusCode.Accepted);
        await user.Client.PostAsync($"{address}/pause", null).ProblemAsync(HttpStatusCode.Conflict);
        var history = await user.Client.GetAsync($"{address}/history").JsonAsync();
        history.EnumerateArray().Select(h => h.GetProperty("phase").GetString()).ShouldBe(["Queued", "Starting", "Running", "Paused", "Running", "Stopped"]);
        var ended = await user.Client.GetAsync("/api/v1/instances?ended=true").JsonAsync();
        ended.GetProperty("items").GetArrayLength().ShouldBe(1);
        (await user.Client.GetAsync("/api/v1/instances").JsonAsync()).GetProperty("items").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task A_repeated_start_answers_the_first_instance()
    {
        using var user = await server.UserAsync("learner");
        var labId = await server.LabAsync("repeated", "instances: {perUser: 3}");
        var first = await StartAsync(user, labId, "one").JsonAsync(HttpStatusCode.Accepted);

        var again = await StartAsync(user, labId, "one").JsonAsync(HttpStatusCode.OK);
        var other = await StartAsync(user, labId, "two").JsonAsync(HttpStatusCode.Accepted);

        again.GetProperty("id").GetInt64().ShouldBe(first.GetProperty("id").GetInt64());
        other.GetProperty("id").GetInt64().ShouldNotBe(first.GetProperty("id").GetInt64());
        var third = await user.Client.PostAsJsonAsync("/api/v1/instances", new { labId }).JsonAsync(HttpStatusCode.Accepted);
        var fourth = await user.Client.PostAsJsonAsync("/api/v1/instances", new { labId }).JsonAsync();
        fourth.GetProperty("id").GetInt64().ShouldBe(third.GetProperty("id").GetInt64());
    }

    [Fact]
    public async Task Machines_are_powered_off_on_restarted_and_reset()
    {
        using var user = await server.UserAsync("learner");
        var address = await user.StartAsync(await server.LabAsync("power"));
        await user.Client.WaitAsync(address, "Running");

        await user.Client.PostAsync($"{address}/machines/shell/power-off", null).JsonAsync(HttpStatusCode.Accepted);
        await user.Client.WaitForAsync(address, i => PhaseOf(i, "shell") == "PoweredOff");
        await user.Client.PostAsync($"{address}/machines/shell/power-on", null).JsonAsync(HttpStatusCode.Accepted);
        await user.Client.WaitForAsync(address, i => PhaseOf(i, "shell") == "Running");
        await user.Client.PostAsync($"{address}/machines/shell/restart", null).JsonAsync(HttpStatusCode.Accepted);
        await user.Client.PostAsync($"{address}/machines/screen/reset", null).JsonAsync(HttpStatusCode.Accepted);
        await user.Client.WaitForAsync(address, i => PhaseOf(i, "shell") == "Running" && PhaseOf(i, "screen") == "Running");

        await user.Client.PostAsync($"{address}/machines/nobody/reset", null).ProblemAsync(HttpStatusCode.NotFound);
        await user.Client.PostAsync($"{address}/machines/nobody/restart", null).ProblemAsync(HttpStatusCode.NotFound);
        await user.Client.PostAsync($"{address}/machines/nobody/power-on", null).ProblemAsync(HttpStatusCode.NotFound);
        await user.Client.PostAsync($"{address}/machines/nobody/power-off", null).ProblemAsync(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Other_peoples_instances_are_not_found()
    {
        using var owner = await server.UserAsync("owner");
        using var other = await server.UserAsync("other", "author", "teacher");
        var address = await owner.StartAsync(await server.LabAsync("private"));
        await owner.Client.WaitAsync(address, "Running");

        await other.Client.GetAsync(address).ProblemAsync(HttpStatusCode.NotFound);
        await other.Client.GetAsync($"{address}/history").ProblemAsync(HttpStatusCode.NotFound);
        await other.Client.GetAsync($"{address}/members").ProblemAsync(HttpStatusCode.NotFound);
        await other.Client.DeleteAsync(address).ProblemAsync(HttpStatusCode.NotFound);
        await other.Client.PostAsync($"{address}/pause", null).ProblemAsync(HttpStatusCode.NotFound);
        await other.Client.PostAsync($"{address}/resume", null).ProblemAsync(HttpStatusCode.NotFound);
        await other.Client.PostAsync($"{address}/machines/shell/reset", null).ProblemAsync(HttpStatusCode.NotFound);
        await other.Client.PostAsync($"{address}/machines/shell/consoles/terminal/tickets", null).ProblemAsync(HttpStatusCode.NotFound);
        await other.Client.PostAsJsonAsync($"{address}/members", new { name = other.Name, role = "member" }).ProblemAsync(HttpStatusCode.NotFound);
        await other.Client.DeleteAsync($"{address}/members/{other.Id}").ProblemAsync(HttpStatusCode.NotFound);
        (await other.Client.GetAsync("/api/v1/instances").JsonAsync()).GetProperty("items").GetArrayLength().ShouldBe(0);
        await other.Client.GetAsync("/api/v1/instances?all=true").ProblemAsync(HttpStatusCode.Forbidden);
        (await owner.Client.GetAsync(address).StatusAsync()).ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task An_admin_sees_and_stops_all_instances_without_their_logins()
    {
        using var owner = await server.UserAsync("owner");
        using var admin = await server.AdminAsync();
        var address = await owner.StartAsync(await server.LabAsync("overseen"));
        await owner.Client.WaitAsync(address, "Running");

        var detail = await admin.GetAsync(address).JsonAsync();

        detail.GetProperty("machines")[1].TryGetProperty("credentials", out _).ShouldBeFalse();
        var all = await admin.GetAsync("/api/v1/instances?all=true&limit=1000").JsonAsync();
        all.GetProperty("items").EnumerateArray().ShouldContain(i => $"/api/v1/instances/{i.GetProperty("id").GetInt64()}" == address);
        await admin.PostAsync($"{address}/machines/shell/consoles/terminal/tickets", null).ProblemAsync(HttpStatusCode.Forbidden);
        await admin.DeleteAsync(address).JsonAsync(HttpStatusCode.Accepted);
        await owner.Client.WaitAsync(address, "Stopped");
    }

    [Fact]
    public async Task A_list_goes_on_where_its_part_ended()
    {
        using var user = await server.UserAsync("many");
        var labId = await server.LabAsync("many", "instances: {perUser: 5}");
        var started = new List<long>();
        for (var i = 0; i < 5; i++)
        {
            started.Add((await StartAsync(user, labId, $"{i}").JsonAsync(HttpStatusCode.Accepted)).GetProperty("id").GetInt64());
        }

        var listed = new List<long>();
        for (var next = $"/api/v1/instances?limit=2&labId={labId}"; next is not null;)
        {
            var page = await user.Client.GetAsync(next).JsonAsync();
            page.GetProperty("items").GetArrayLength().ShouldBeInRange(1, 2);
            listed.AddRange(page.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("id").GetInt64()));
            next = page.GetProperty("next").GetString();
        }

        listed.ShouldBe(started.OrderDescending());
        (await user.Client.GetAsync("/api/v1/instances?limit=0").WrongFieldsAsync()).ShouldBe(["limit"]);
        (await user.Client.GetAsync("/api/v1/instances?labId=x").WrongFieldsAsync()).ShouldBe(["labId"]);
    }

    [Fact]
    public async Task What_cannot_be_started_says_why()
    {
        using var user = await server.UserAsync("learner");
        var labId = await server.LabAsync("refused");
        using var admin = await server.AdminAsync();
        await admin.PostAsync("/api/v1/labs", new StringContent(
            "name: wants\ntitle: Wants\nmachines: [{name: a, image: terminal}]\nnetworks: [{name: n, internet: true}]\n", null, "application/yaml")).JsonAsync(HttpStatusCode.Created);
        var wants = (await user.Client.GetAsync("/api/v1/labs").JsonAsync()).EnumerateArray().Single(l => l.GetProperty("name").GetString() == "wants");

        (await user.Client.PostAsJsonAsync("/api/v1/instances", new { }).WrongFieldsAsync()).ShouldBe(["labId"]);
        (await user.Client.PostAsJsonAsync("/api/v1/instances", new { labId = "x" }).WrongFieldsAsync()).ShouldBe(["labId"]);
        (await user.Client.PostAsJsonAsync("/api/v1/instances", new { lab = 1 }).WrongFieldsAsync()).ShouldBe(["lab"]);
        (await user.Client.PostAsJsonAsync("/api/v1/instances", new { labId, runtime = "cloud" }).WrongFieldsAsync()).ShouldBe(["runtime"]);
        (await StartAsync(user, labId, new string('x', 201)).WrongFieldsAsync()).ShouldBe(["idempotency-Key"]);
        await user.Client.PostAsJsonAsync("/api/v1/instances", new { labId = 999999 }).ProblemAsync(HttpStatusCode.NotFound);
        var refusal = await user.Client.PostAsJsonAsync("/api/v1/instances", new { labId = wants.GetProperty("id").GetInt64() }).ProblemAsync(HttpStatusCode.Conflict);
        refusal.GetProperty("detail").GetString().ShouldStartWith("The lab requires internet, which the runtime \"memory\" cannot do. ");
        refusal.GetProperty("code").GetString().ShouldBe("CapabilitiesMissing");
        var missing = refusal.GetProperty("missing").EnumerateArray().ShouldHaveSingleItem();
        missing.GetProperty("capability").GetString().ShouldBe("internet");
        missing.GetProperty("reason").GetString().ShouldNotBeNullOrEmpty();
        missing.GetProperty("remedy").GetString().ShouldNotBeNullOrEmpty();
        (await user.Client.GetAsync("/api/v1/instances?ended=true").JsonAsync()).GetProperty("items").GetArrayLength().ShouldBe(0);
        var detail = await user.Client.GetAsync($"/api/v1/labs/{wants.GetProperty("id").GetInt64()}").JsonAsync();
        detail.GetProperty("runtimes")[0].GetProperty("missing")[0].GetProperty("capability").GetString().ShouldBe("internet");
    }

    [Fact]
    public async Task A_start_waits_while_the_engine_is_away_and_nothing_is_lost()
    {
        await using var own = await ServerFixture.StartAsync();
        using var user = await own.UserAsync("patient");
        var labId = await own.LabAsync("waits");
        var engine = own.Services.GetRequiredService<InMemoryLabRuntime>();
        engine.Faults.IsAway = true;
        await Task.Delay(TimeSpan.FromSeconds(5.5), TimeProvider.System);

        var address = await user.StartAsync(labId);
        var waiting = await user.Client.WaitForAsync(address, i => i.GetProperty("reason").ValueKind == JsonValueKind.String);

        waiting.GetProperty("phase").GetString().ShouldBe("Queued");
        waiting.GetProperty("queuePlace").GetInt32().ShouldBe(1);
        engine.Faults.IsAway = false;
        await user.Client.WaitAsync(address, "Running");
    }

    private static Task<HttpResponseMessage> StartAsync(TestUser user, long labId, string key)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/instances")
        {
            Content = JsonContent.Create(new { labId }),
            Headers = { { "Idempotency-Key", key } },
        };
        return user.Client.SendAsync(request);
    }

    private static string? PhaseOf(JsonElement instance, string machine) => instance.GetProperty("machines").EnumerateArray()
        .Single(m => m.GetProperty("name").GetString() == machine).GetProperty("phase").GetString();
}
