using System.Net;
using LabOrchestrator.Server.Hosting;

namespace LabOrchestrator.Server.Tests.Users;

public sealed class AdminAccountTests
{
    [Fact]
    public async Task Without_a_configured_password_the_first_start_makes_one_and_says_it_once()
    {
        await using var server = await ServerFixture.StartAsync([KeyValuePair.Create("Admin__Password", (string?)null)]);
        var said = Said(server);
        var password = said[(said.IndexOf("password ", StringComparison.Ordinal) + 9)..].Split(' ')[0];
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

    private static string Said(ServerFixture server) => server.Services.GetServices<IStartStep>().SelectMany(s => s.WhatToSay).Single();
}
