using System.Net;
using LabOrchestrator.Server.Configuration;
using LabOrchestrator.Server.Hosting;

namespace LabOrchestrator.Server.Tests.Users;

public sealed class AdminAccountTests
{
    [Fact]
    public async Task Without_a_configured_password_the_first_start_makes_one_and_says_it_once()
    {
        await using var server = await ServerFixture.StartAsync([KeyValuePair.Create("Admin__Password", (string?)null)]);
        var password = PasswordIn(Said(server));
        (await server.TokenClientAsync(ServerFixture.AdminName, password)).Dispose();

        await server.RestartAsync();

        Said(server).ShouldBe($"Sign in as {ServerFixture.AdminName}");
        (await server.TokenClientAsync(ServerFixture.AdminName, password)).Dispose();
    }

    [Fact]
    public async Task A_configured_password_is_enforced_at_each_start()
    {
        await using var server = await ServerFixture.StartAsync();
        using var admin = await server.AdminAsync();
        using var change = await admin.PutAsJsonAsync(
            "/api/v1/users/me/password", new { current = ServerFixture.AdminPassword, @new = "something else" });
        change.StatusCode.ShouldBe(HttpStatusCode.NoContent);

        await server.RestartAsync();

        (await server.AdminAsync()).Dispose();
    }

    [Fact]
    public async Task A_password_made_by_a_start_that_fails_after_it_is_said_all_the_same()
    {
        var settings = new Dictionary<string, string?>
        {
            ["Http__Port"] = "0",
            ["Admin__Password"] = null,
            ["Postgres__ConnectionString"] = await TestDatabases.NewAsync(),
            ["DataDirectory"] = TestFolders.New().FullName,
            ["Runtime__Name"] = RuntimeOptions.Memory,
        };
        using var output = new StringWriter();

        await Should.ThrowAsync<InvalidOperationException>(RunningServer.StartAsync(
            Settings.From(settings), (s, database) => Program.Build(s, database, b => b.Services.AddSingleton<IStartStep, Broken>()), output));

        var password = PasswordIn(output.ToString());
        await using var server = await ServerFixture.StartAsync([.. settings, KeyValuePair.Create("Admin__Name", (string?)"admin")]);
        Said(server).ShouldBe("Sign in as admin");
        (await server.TokenClientAsync("admin", password)).Dispose();
    }

    private static string PasswordIn(string said) => said[(said.IndexOf("password ", StringComparison.Ordinal) + 9)..].Split(' ')[0];

    private static string Said(ServerFixture server) => server.Services.GetServices<IStartStep>().SelectMany(s => s.WhatToSay).Single();

    private sealed class Broken : IStartStep
    {
        public Task RunAsync(CancellationToken cancellationToken) => throw new InvalidOperationException("It does not start.");
    }
}
