using System.Globalization;
using System.Net;

namespace LabOrchestrator.Server.Tests.Api;

public sealed class RefusalTests(RefusalFixture fixture) : IClassFixture<RefusalFixture>
{
    // What a request's content, or the state of things, can be refused with.
    private static readonly string[] Refusals = ["400", "404", "409", "413", "415"];

    // Nothing that is sent with these can be wrong, but who sends it.
    private static readonly string[] Simple =
        ["SignOut", "ListTokens", "FindMe", "ListLabs", "ListImages", "ListImageBuilds", "ListImageUploads", "ListRegistries", "WatchInstances", "FindSystem"];

    // Two changes of one account at the very same time; no request can bring that about by itself.
    private static readonly string[] Unreachable = ["ChangeMe 409"];

    public static TheoryData<string> Refused => [.. Refusal.All.Select(r => r.Operation).Distinct()];

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task What_is_wrong_unknown_or_in_conflict_is_refused(string operation)
    {
        var method = fixture.Operations.Single(o => o.Id == operation).Method;
        foreach (var refusal in Refusal.All.Where(r => r.Operation == operation))
        {
            var answering = fixture.SendAsync(method, refusal.Sender, refusal.Address, refusal.Body);

            if (refusal.Status == HttpStatusCode.BadRequest)
            {
                (await answering.WrongFieldsAsync()).ShouldBe(refusal.Fields, refusal.Address);
            }
            else
            {
                (await answering.ProblemAsync(refusal.Status)).GetProperty("title").GetString().ShouldNotBeNullOrEmpty();
            }
        }
    }

    [Fact]
    public void Every_refusal_that_the_description_names_has_a_case()
    {
        var cases = Refusal.All.Select(r => $"{r.Operation} {((int)r.Status).ToString(CultureInfo.InvariantCulture)}").Concat(Unreachable).ToHashSet();
        var named = fixture.Operations.SelectMany(o => o.Description.GetProperty("responses").EnumerateObject()
            .Where(r => Refusals.Contains(r.Name)).Select(r => $"{o.Id} {r.Name}")).ToHashSet();

        named.Except(cases).ShouldBeEmpty();
        cases.Except(named).ShouldBeEmpty("the description does not name these");
    }

    [Fact]
    public void Every_operation_has_a_case_but_those_that_take_nothing()
    {
        var without = fixture.Operations.Select(o => o.Id).Except(Refusal.All.Select(r => r.Operation)).Order(StringComparer.Ordinal);

        without.ShouldBe(Simple.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("/api/v1/instances/{id}", "{live}", 14)]
    [InlineData("/api/v1/tokens/{id}", "{token}", 1)]
    [InlineData("/api/v1/users/{id}", "{owner}", 3)]
    public async Task Other_peoples_things_are_as_unknown_as_those_that_are_not_there(string path, string thing, int atLeast)
    {
        var operations = fixture.Operations.Where(o => o.Path.StartsWith(path, StringComparison.Ordinal)).ToList();
        operations.Count.ShouldBeGreaterThanOrEqualTo(atLeast);
        foreach (var operation in operations)
        {
            var address = operation.Path["/api/v1".Length..].Replace("{id}", thing, StringComparison.Ordinal).Replace("{userId}", "{owner}", StringComparison.Ordinal)
                .Replace("{machine}", "shell", StringComparison.Ordinal).Replace("{console}", "terminal", StringComparison.Ordinal);
            object? body = operation.Id == "SetMember" ? new { name = ServerFixture.AdminName, role = "Member" } : operation.Id == "ChangeUser" ? new { } : null;

            await fixture.SendAsync(operation.Method, Sender.Other, address, body).ProblemAsync(HttpStatusCode.NotFound);
        }
    }
}
