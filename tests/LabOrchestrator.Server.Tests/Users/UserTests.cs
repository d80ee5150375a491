using System.Net;

namespace LabOrchestrator.Server.Tests.Users;

public sealed class UserTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    [Fact]
    public async Task An_admin_makes_lists_changes_and_removes_accounts()
    {
        using var admin = await server.AdminAsync();
        var made = await admin.PostAsJsonAsync("/api/v1/users", new { name = "Ada", displayName = "Ada L.", roles = new[] { "author" } }).JsonAsync(HttpStatusCode.Created);
        var id = made.GetProperty("id").GetInt64();
        made.GetProperty("password").GetString()!.Length.ShouldBe(15);
        using var ada = await server.TokenClientAsync("ada", made.GetProperty("password").GetString()!);

        var listed = await admin.GetAsync("/api/v1/users").JsonAsync();
        listed.GetProperty("items").EnumerateArray().ShouldContain(u => u.GetProperty("name").GetString() == "Ada");
        await admin.PostAsJsonAsync("/api/v1/users", new { name = "ADA" }).ProblemAsync(HttpStatusCode.Conflict);
        var changed = await admin.PatchAsJsonAsync($"/api/v1/users/{id}", new { roles = new[] { "Teacher", "Admin" } }).JsonAsync();

        changed.GetProperty("roles").EnumerateArray().Select(r => r.GetString()).ShouldBe(["Teacher", "Admin"]);
        changed.GetProperty("displayName").GetString().ShouldBe("Ada L.");
        (await ada.GetAsync("/api/v1/users").StatusAsync()).ShouldBe(HttpStatusCode.OK);
        (await admin.DeleteAsync($"/api/v1/users/{id}").StatusAsync()).ShouldBe(HttpStatusCode.NoContent);
        await admin.GetAsync($"/api/v1/users/{id}").ProblemAsync(HttpStatusCode.NotFound);
        (await ada.GetAsync("/api/v1/users/me").StatusAsync()).ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_list_goes_on_where_its_part_ended()
    {
        using var admin = await server.AdminAsync();
        using var one = await server.UserAsync("page");
        using var two = await server.UserAsync("page");
        var names = new List<string?>();
        for (var next = "/api/v1/users?limit=1"; next is not null;)
        {
            var page = await admin.GetAsync(next).JsonAsync();
            names.AddRange(page.GetProperty("items").EnumerateArray().Select(u => u.GetProperty("name").GetString()));
            next = page.GetProperty("next").GetString();
        }

        names.Count.ShouldBe(names.Distinct().Count());
        names.ShouldContain(one.Name);
        names.ShouldContain(two.Name);
    }

    [Fact]
    public async Task Others_see_only_their_own_account()
    {
        using var user = await server.UserAsync("plain");
        using var other = await server.UserAsync("plain", "author", "teacher");

        (await user.Client.GetAsync($"/api/v1/users/{user.Id}").JsonAsync()).GetProperty("name").GetString().ShouldBe(user.Name);
        await user.Client.GetAsync($"/api/v1/users/{other.Id}").ProblemAsync(HttpStatusCode.NotFound);
        await user.Client.PatchAsJsonAsync($"/api/v1/users/{other.Id}", new { isClosed = true }).ProblemAsync(HttpStatusCode.NotFound);
        await user.Client.DeleteAsync($"/api/v1/users/{other.Id}").ProblemAsync(HttpStatusCode.NotFound);
        await other.Client.GetAsync("/api/v1/users").ProblemAsync(HttpStatusCode.Forbidden);
        await other.Client.PostAsJsonAsync("/api/v1/users", new { name = "new" }).ProblemAsync(HttpStatusCode.Forbidden);
        await user.Client.PatchAsJsonAsync($"/api/v1/users/{user.Id}", new { roles = new[] { "admin" } }).ProblemAsync(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task The_last_admin_stays_one()
    {
        using var admin = await server.AdminAsync();
        var id = (await admin.GetAsync("/api/v1/users/me").JsonAsync()).GetProperty("id").GetInt64();

        await admin.PatchAsJsonAsync($"/api/v1/users/{id}", new { roles = Array.Empty<string>() }).ProblemAsync(HttpStatusCode.Conflict);
        await admin.PatchAsJsonAsync($"/api/v1/users/{id}", new { isClosed = true }).ProblemAsync(HttpStatusCode.Conflict);
        await admin.DeleteAsync($"/api/v1/users/{id}").ProblemAsync(HttpStatusCode.Conflict);
    }

    [Theory]
    [InlineData("aaaaaaaa")]
    [InlineData("short")]
    public async Task A_password_that_is_refused_leaves_the_old_one_and_all_else(string refused)
    {
        using var admin = await server.AdminAsync();
        using var user = await server.UserAsync("keeps");

        (await admin.PatchAsJsonAsync($"/api/v1/users/{user.Id}", new { displayName = "Changed", password = refused }).WrongFieldsAsync()).ShouldBe(["password"]);
        (await user.Client.PutAsJsonAsync("/api/v1/users/me/password", new { current = ServerFixture.UserPassword, @new = refused }).WrongFieldsAsync()).ShouldBe(["new"]);

        using var again = await server.TokenClientAsync(user.Name, ServerFixture.UserPassword);
        (await again.GetAsync("/api/v1/users/me").JsonAsync()).GetProperty("displayName").GetString().ShouldBe(user.Name);
    }

    [Fact]
    public async Task A_password_that_an_admin_sets_works_and_the_old_one_no_more()
    {
        using var admin = await server.AdminAsync();
        using var user = await server.UserAsync("forgot");

        await admin.PatchAsJsonAsync($"/api/v1/users/{user.Id}", new { password = "an admin's choice" }).JsonAsync();

        using var again = await server.TokenClientAsync(user.Name, "an admin's choice");
        using var client = server.Client();
        (await client.SendAsync(SessionTests.SignIn(user.Name, ServerFixture.UserPassword)).StatusAsync()).ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Texts_that_cannot_be_stored_are_refused_by_name()
    {
        using var admin = await server.AdminAsync();
        const string text = "a\0b";

        (await admin.PatchAsJsonAsync("/api/v1/users/me", new { displayName = text }).WrongFieldsAsync()).ShouldBe(["displayName"]);
        (await admin.PostAsJsonAsync("/api/v1/users", new { name = "x", displayName = text }).WrongFieldsAsync()).ShouldBe(["displayName"]);
        (await admin.PostAsJsonAsync("/api/v1/instances", new { labId = 1, context = text }).WrongFieldsAsync()).ShouldBe(["context"]);
        (await admin.PostAsJsonAsync("/api/v1/images", new { name = "x", reference = "x:1", kind = "Vm", description = text }).WrongFieldsAsync()).ShouldBe(["description"]);
        (await admin.PutAsJsonAsync("/api/v1/registries/registry.example", new { username = text, password = text }).WrongFieldsAsync()).ShouldBe(["password", "username"]);
        using var token = new HttpRequestMessage(HttpMethod.Post, "/api/v1/tokens")
        {
            Headers = { Authorization = ServerFixture.Basic(ServerFixture.AdminName, ServerFixture.AdminPassword) },
            Content = JsonContent.Create(new { name = text }),
        };
        (await admin.SendAsync(token).WrongFieldsAsync()).ShouldBe(["name"]);
    }

    [Fact]
    public async Task A_request_without_its_body_says_so()
    {
        using var admin = await server.AdminAsync();

        var problem = await admin.PostAsync("/api/v1/users", null).ProblemAsync(HttpStatusCode.BadRequest);

        problem.GetProperty("errors").ToString().ShouldContain("The request needs a body");
    }

    [Fact]
    public async Task Wrong_values_are_named()
    {
        using var admin = await server.AdminAsync();

        (await admin.PostAsJsonAsync("/api/v1/users", new { name = "a:b", password = "short" }).WrongFieldsAsync()).ShouldBe(["name", "password"]);
        (await admin.PostAsJsonAsync("/api/v1/users", new { }).WrongFieldsAsync()).ShouldBe(["name"]);
        (await admin.PostAsJsonAsync("/api/v1/users", new { name = "x", roles = new[] { "king" } }).WrongFieldsAsync()).ShouldBe(["roles[0]"]);
        (await admin.PostAsJsonAsync("/api/v1/users", new { name = "x", roles = new[] { "king" } }).ProblemAsync(HttpStatusCode.BadRequest))
            .ToString().ShouldContain("The value must be one of Author, Teacher, Admin.");
        (await admin.PostAsJsonAsync("/api/v1/users", new { name = "x", isAdmin = true }).WrongFieldsAsync()).ShouldBe(["isAdmin"]);
        (await admin.PatchAsJsonAsync("/api/v1/users/1", new { displayName = new string('x', 101) }).WrongFieldsAsync()).ShouldBe(["displayName"]);
        (await admin.PatchAsJsonAsync("/api/v1/users/me", new { displayName = 7 }).WrongFieldsAsync()).ShouldBe(["displayName"]);
        (await admin.PutAsJsonAsync("/api/v1/users/me/password", new { current = "x", @new = "y" }).WrongFieldsAsync()).ShouldBe(["new"]);
        (await admin.PutAsJsonAsync("/api/v1/users/me/password", new { current = "x", @new = "long enough" }).WrongFieldsAsync()).ShouldBe(["current"]);
        (await admin.GetAsync("/api/v1/users?limit=0").WrongFieldsAsync()).ShouldBe(["limit"]);
        (await admin.GetAsync("/api/v1/users?after=x").WrongFieldsAsync()).ShouldBe(["after"]);
    }
}
