using System.Net;

namespace LabOrchestrator.Server.Tests.Images;

public sealed class ImageTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task An_admin_adds_changes_and_removes_images_that_everybody_sees()
    {
        using var admin = await server.AdminAsync();
        using var user = await server.UserAsync("learner");

        var image = await admin.PostAsJsonAsync("/api/v1/images", new
        {
            name = "windows",
            reference = "registry.example.org:5000/labs/windows:11",
            kind = "vm",
            loginUser = "lab",
            hardware = new { firmware = "uefi", diskBus = "sata", nic = "e1000" },
        }).JsonAsync(HttpStatusCode.Created);

        var address = $"/api/v1/images/{image.GetProperty("id").GetInt64()}";
        (await user.Client.GetAsync(address).JsonAsync()).GetProperty("hardware").GetProperty("firmware").GetString().ShouldBe("Uefi");
        await admin.PostAsJsonAsync("/api/v1/images", new { name = "windows", reference = "other:1", kind = "vm" }).ProblemAsync(HttpStatusCode.Conflict);
        var changed = await admin.PutAsJsonAsync(address, new { name = "windows", reference = "other:1", kind = "vm", description = "A desktop" }).JsonAsync();
        changed.GetProperty("hardware").GetProperty("nic").GetString().ShouldBe("Virtio");
        (await user.Client.GetAsync("/api/v1/images").JsonAsync()).EnumerateArray()
            .Single(i => i.GetProperty("name").GetString() == "windows").GetProperty("description").GetString().ShouldBe("A desktop");
        (await admin.DeleteAsync(address).StatusAsync()).ShouldBe(HttpStatusCode.NoContent);
        await admin.GetAsync(address).ProblemAsync(HttpStatusCode.NotFound);
        await admin.DeleteAsync(address).ProblemAsync(HttpStatusCode.NotFound);
        await admin.PutAsJsonAsync(address, new { name = "x", reference = "x:1", kind = "vm" }).ProblemAsync(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Others_change_no_images()
    {
        using var user = await server.UserAsync("teacher", "author", "teacher");
        var request = new { name = "x", reference = "x:1", kind = "container" };

        await user.Client.PostAsJsonAsync("/api/v1/images", request).ProblemAsync(HttpStatusCode.Forbidden);
        await user.Client.PutAsJsonAsync("/api/v1/images/1", request).ProblemAsync(HttpStatusCode.Forbidden);
        await user.Client.DeleteAsync("/api/v1/images/1").ProblemAsync(HttpStatusCode.Forbidden);
    }

    [Theory]
    [InlineData("../../containers/json")]
    [InlineData("a/../b:1")]
    [InlineData("Upper/case:1")]
    [InlineData("x:1?force=1")]
    [InlineData("x@sha256:12")]
    [InlineData("")]
    public async Task A_reference_that_is_none_is_named(string reference)
    {
        using var admin = await server.AdminAsync();

        (await admin.PostAsJsonAsync("/api/v1/images", new { name = "x", reference, kind = "vm" }).WrongFieldsAsync()).ShouldBe(["reference"]);
        (await admin.PutAsJsonAsync("/api/v1/images/1", new { name = "x", reference, kind = "vm" }).WrongFieldsAsync()).ShouldBe(["reference"]);
    }

    [Fact]
    public async Task Other_wrong_values_are_named()
    {
        using var admin = await server.AdminAsync();

        (await admin.PostAsJsonAsync("/api/v1/images", new { }).WrongFieldsAsync()).ShouldBe(["kind", "name", "reference"]);
        (await admin.PostAsJsonAsync("/api/v1/images", new { name = "x", reference = "x:1", kind = "disk" }).WrongFieldsAsync()).ShouldBe(["kind"]);
        (await admin.PostAsJsonAsync("/api/v1/images", new { name = "x", reference = "x:1", kind = "vm", hardware = new { nic = "ne2000" } }).WrongFieldsAsync()).ShouldBe(["hardware.nic"]);
        (await admin.PostAsJsonAsync("/api/v1/images", new { name = "x", reference = "x:1", kind = "vm", loginUser = "A B" }).WrongFieldsAsync()).ShouldBe(["loginUser"]);
        (await admin.PostAsJsonAsync("/api/v1/images", new { name = "x", reference = "x:1", kind = "vm", url = "y" }).WrongFieldsAsync()).ShouldBe(["url"]);
    }

    [Fact]
    public async Task How_far_images_are_built_is_read_from_the_builders_file()
    {
        var file = Path.Combine(Path.GetTempPath(), $"images-{Guid.NewGuid():N}.json");
        await using var own = await ServerFixture.StartAsync([KeyValuePair.Create("Images__StateFile", (string?)file)]);
        using var admin = await own.AdminAsync();
        (await admin.GetAsync("/api/v1/images/builds").JsonAsync()).GetArrayLength().ShouldBe(0);
        try
        {
            await File.WriteAllTextAsync(file, """[{"name": "debian-vm", "state": "building", "message": "from Debian packages", "updated": "2026-11-21T08:00:00Z"}]""");

            var build = (await admin.GetAsync("/api/v1/images/builds").JsonAsync())[0];

            build.GetProperty("state").GetString().ShouldBe("building");
            await File.WriteAllTextAsync(file, "[{");
            (await admin.GetAsync("/api/v1/images/builds").JsonAsync()).GetArrayLength().ShouldBe(0);
        }
        finally
        {
            File.Delete(file);
        }
    }
}
