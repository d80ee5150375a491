using System.Net.WebSockets;
using System.Text;
using LabOrchestrator.Conformance;
using LabOrchestrator.Server.Tests.Gateway;

namespace LabOrchestrator.Server.Tests.PrototypeApi;

/// <summary>Listings 79 to 88 of the documentation of 2021, typed with names of our own.</summary>
public sealed class ListingsTests
{
    private const string Admin = "keeper:keep-it-secret";

    [Fact]
    public async Task The_listings_of_2021_can_still_be_typed()
    {
        await using var server = await ServerFixture.StartAsync(
            new Dictionary<string, string?> { ["Admin__Name"] = "keeper", ["Admin__Password"] = "keep-it-secret" });

        var (me, token) = await GetAnAccountAndATokenAsync(server);
        var labId = await MakeALabAsync(server);

        // 86 and 87
        var instance = await server.TypeAsync(
            $"""
            curl \
              -u ada:secret \
              -X POST \
              -d lab_id={labId} \
              localhost:5000/lab_instance
            """);
        var id = instance.GetProperty("id").GetInt64();
        instance.GetProperty("lab_id").GetInt64().ShouldBe(labId);
        instance.GetProperty("user_id").GetInt64().ShouldBe(me);
        var listing87 =
            $"""
            curl \
              -u ada:secret \
              localhost:5000/lab_instance/{id}/virtual_machine_instances/
            """;
        var machines = await Eventually.ShowsAsync(
            () => server.TypeAsync(listing87), m => m.GetProperty("items")[0].GetProperty("status").GetProperty("phase").GetString() == "Running");
        var machine = machines.GetProperty("items").EnumerateArray().ShouldHaveSingleItem();
        machine.GetProperty("metadata").GetProperty("name").GetString().ShouldBe("puzzle-box");
        machine.GetProperty("metadata").GetProperty("namespace").GetString().ShouldBe($"lab-puzzle-{me}-{id}");

        // 88: what vnc_lite.html does with host, port and path=LAB_INSTANCE_ID/TOKEN, on a page of another port
        using var browser = new ClientWebSocket();
        browser.Options.SetRequestHeader("Origin", "http://localhost:8000");
        browser.Options.AddSubProtocol("binary");
        await browser.ConnectAsync(new Uri($"ws://localhost:{server.Address.Port}/{id}/{token}"), default);
        browser.SubProtocol.ShouldBe("binary");
        Encoding.ASCII.GetString(await browser.ReceiveAsync(12)).ShouldBe("RFB 003.008\n");
    }

    private static async Task<(long UserId, string Token)> GetAnAccountAndATokenAsync(ServerFixture server)
    {
        // 79 and 80
        var user = await server.TypeAsync(
            """
            curl \
              -X POST \
              -H "Content-Type: application/json" \
              -d '{"username": "ada", "password": "secret"}' \
              localhost:5000/api/users
            """);
        user.GetProperty("username").GetString().ShouldBe("ada");
        var instances = await server.TypeAsync(
            """
            curl \
              -u ada:secret \
              localhost:5000/lab_instance
            """);
        instances.EnumerateArray().ShouldBeEmpty();

        // 81 and 82
        var answer = await server.TypeAsync(
            """
            curl \
              -u ada:secret \
              localhost:5000/api/token
            """);
        answer.EnumerateObject().Select(m => m.Name).ShouldBe(["duration", "token"]);
        answer.GetProperty("duration").GetInt32().ShouldBe(600);
        var token = answer.GetProperty("token").GetString()!;

        // 83
        instances = await server.TypeAsync(
            $"""
            curl \
              -u {token}:unused \
              localhost:5000/lab_instance
            """);
        instances.EnumerateArray().ShouldBeEmpty();
        return (user.GetProperty("id").GetInt64(), token);
    }

    private static async Task<long> MakeALabAsync(ServerFixture server)
    {
        // 84
        var image = await server.TypeAsync(
            $"""
            curl -u \
              {Admin} \
              -X POST \
              -d name=puzzle-vm \
              -d description="A small machine with a puzzle" \
              -d urls="lab-orchestrator/tiny-vm:1" \
              localhost:5000/docker_image
            """);
        image.EnumerateObject().Select(m => m.Name).ShouldBe(["id", "name", "description", "url"]);
        image.GetProperty("url").GetString().ShouldBe("lab-orchestrator/tiny-vm:1");
        var images = await server.TypeAsync("curl -u ada:secret localhost:5000/docker_image");
        var imageId = images.EnumerateArray().Single(i => i.GetProperty("name").GetString() == "puzzle-vm").GetProperty("id").GetInt64();

        // 85
        var lab = await server.TypeAsync(
            $"""
            curl \
              -u {Admin} \
              -X POST \
              -d name="Lab Puzzle Solving" \
              -d namespace_prefix="lab-puzzle" \
              -d description="How to solve a puzzle" \
              -d docker_image_id={imageId} \
              -d docker_image_name="puzzle-box" \
              localhost:5000/lab
            """);
        lab.GetProperty("name").GetString().ShouldBe("Lab Puzzle Solving");
        lab.GetProperty("namespace_prefix").GetString().ShouldBe("lab-puzzle");
        lab.GetProperty("docker_image").GetInt64().ShouldBe(imageId);
        lab.GetProperty("docker_image_name").GetString().ShouldBe("puzzle-box");
        var labs = await server.TypeAsync("curl -u ada:secret localhost:5000/lab/");
        labs.EnumerateArray().Select(l => l.GetProperty("id").GetInt64()).ShouldContain(lab.GetProperty("id").GetInt64());
        return lab.GetProperty("id").GetInt64();
    }
}
