using System.Net;

namespace LabOrchestrator.Server.Tests.Images;

public sealed class RegistryTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task An_admin_keeps_lists_and_forgets_logins_and_no_answer_has_a_password()
    {
        using var admin = await server.AdminAsync();

        (await admin.PutAsJsonAsync("/api/v1/registries/r.example.org:5000", new { username = "ada", password = "open-sesame" }).StatusAsync())
            .ShouldBe(HttpStatusCode.NoContent);
        var list = await admin.GetAsync("/api/v1/registries").JsonAsync();

        list.EnumerateArray().ShouldHaveSingleItem().ToString().ShouldBe("""{"registry":"r.example.org:5000","username":"ada"}""");
        (await admin.DeleteAsync("/api/v1/registries/r.example.org:5000").StatusAsync()).ShouldBe(HttpStatusCode.NoContent);
        await admin.DeleteAsync("/api/v1/registries/r.example.org:5000").ProblemAsync(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task What_is_no_registry_or_no_login_is_named()
    {
        using var admin = await server.AdminAsync();

        (await admin.PutAsJsonAsync("/api/v1/registries/nonsense", new { username = "ada", password = "x" }).WrongFieldsAsync()).ShouldBe(["registry"]);
        (await admin.PutAsJsonAsync("/api/v1/registries/docker.io", new { username = "", password = (string?)null }).WrongFieldsAsync())
            .ShouldBe(["username", "password"], ignoreOrder: true);
    }

    [Fact]
    public async Task Others_neither_see_nor_change_logins()
    {
        using var user = await server.UserAsync("lecturer", "author", "teacher");

        await user.Client.GetAsync("/api/v1/registries").ProblemAsync(HttpStatusCode.Forbidden);
        await user.Client.PutAsJsonAsync("/api/v1/registries/docker.io", new { username = "a", password = "b" }).ProblemAsync(HttpStatusCode.Forbidden);
        await user.Client.DeleteAsync("/api/v1/registries/docker.io").ProblemAsync(HttpStatusCode.Forbidden);
    }
}
