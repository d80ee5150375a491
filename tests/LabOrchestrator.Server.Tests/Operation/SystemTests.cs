using System.Net;

namespace LabOrchestrator.Server.Tests.Operation;

public sealed class SystemTests
{
    [Fact]
    public async Task An_admin_sees_engines_queue_and_labs_that_could_not_be_imported()
    {
        var folder = Directory.CreateTempSubdirectory("labs");
        Directory.CreateDirectory(Path.Combine(folder.FullName, "broken"));
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "broken", "lab.yaml"), "name: broken\n");
        Directory.CreateDirectory(Path.Combine(folder.FullName, "outward"));
        await File.WriteAllTextAsync(
            Path.Combine(folder.FullName, "outward", "lab.yaml"),
            "name: outward\ntitle: Outward\nmachines: [{name: a, image: terminal}]\nnetworks: [{name: n, internet: true}]\n");
        await using var server = await ServerFixture.StartAsync(new Dictionary<string, string?>
        {
            ["Labs__Directory"] = folder.FullName,
            ["Limits__Instances"] = "1",
        });
        using var admin = await server.AdminAsync();
        using var user = await server.UserAsync("learner");
        var labId = await server.LabAsync("queued", "instances: {perUser: 2}");
        foreach (var key in new[] { "one", "two" })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/instances") { Content = JsonContent.Create(new { labId }) };
            request.Headers.Add("Idempotency-Key", key);
            await user.Client.SendAsync(request).JsonAsync(HttpStatusCode.Accepted);
        }

        var system = await admin.GetAsync("/api/v1/system").JsonAsync();

        system.GetProperty("installation").GetString()!.Length.ShouldBe(16);
        system.GetProperty("runtimes")[0].GetProperty("isReady").GetBoolean().ShouldBeTrue();
        system.GetProperty("liveInstances").GetInt32().ShouldBe(2);
        system.GetProperty("queue")[0].GetProperty("place").GetInt32().ShouldBe(1);
        system.GetProperty("orphans").GetArrayLength().ShouldBe(0);
        system.GetProperty("failedFolders")[0].GetProperty("folder").GetString().ShouldEndWith("broken");
        var warned = system.GetProperty("warnedFolders").EnumerateArray().ShouldHaveSingleItem();
        warned.GetProperty("folder").GetString().ShouldEndWith("outward");
        warned.GetProperty("warnings")[0].GetProperty("path").GetString().ShouldBe("networks[0].internet");
        await user.Client.GetAsync("/api/v1/system").ProblemAsync(HttpStatusCode.Forbidden);
        await user.Client.DeleteAsync("/api/v1/system/orphans/memory/1").ProblemAsync(HttpStatusCode.Forbidden);
        await admin.DeleteAsync("/api/v1/system/orphans/memory/1").ProblemAsync(HttpStatusCode.NotFound);
        folder.Delete(recursive: true);
    }
}
