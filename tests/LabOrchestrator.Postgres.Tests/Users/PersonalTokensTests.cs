using LabOrchestrator.Conformance;
using LabOrchestrator.Postgres.Schema;

namespace LabOrchestrator.Postgres.Users;

public sealed class PersonalTokensTests(DatabaseFixture fixture)
{
    private readonly ManualTimeProvider _time = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_token_is_good_until_it_expires_and_for_its_scope_alone()
    {
        var (tokens, user) = await OpenAsync();
        var (secret, token) = await tokens.IssueAsync(user, "laptop", TokenScope.Api, TimeSpan.FromDays(1), Token);

        (await tokens.VerifyAsync(secret, TokenScope.Api, Token))!.Id.ShouldBe(token.Id);
        (await tokens.VerifyAsync(secret, TokenScope.Prototype, Token)).ShouldBeNull();
        (await tokens.VerifyAsync(secret + "x", TokenScope.Api, Token)).ShouldBeNull();
        _time.Advance(TimeSpan.FromDays(1));
        (await tokens.VerifyAsync(secret, TokenScope.Api, Token)).ShouldBeNull();
    }

    [Fact]
    public async Task A_revoked_token_is_worth_nothing_and_only_its_owner_can_revoke_it()
    {
        var (tokens, user) = await OpenAsync();
        var (secret, token) = await tokens.IssueAsync(user, "laptop", TokenScope.Api, TimeSpan.FromDays(1), Token);

        (await tokens.RevokeAsync(user + 1, token.Id, Token)).ShouldBeFalse();
        (await tokens.ListAsync(user, Token)).Select(t => t.Name).ShouldBe(["laptop"]);
        (await tokens.RevokeAsync(user, token.Id, Token)).ShouldBeTrue();

        (await tokens.VerifyAsync(secret, TokenScope.Api, Token)).ShouldBeNull();
        (await tokens.ListAsync(user, Token)).ShouldBeEmpty();
    }

    private async Task<(PersonalTokens Tokens, long User)> OpenAsync()
    {
        var connectionString = await fixture.NewDatabaseAsync();
        await using var db = new ContextFactory(connectionString).CreateDbContext();
        var user = new LabUser { UserName = "ada", CreatedAt = _time.GetUtcNow() };
        db.Users.Add(user);
        await db.SaveChangesAsync(Token);
        return (new PersonalTokens(new LabDatabase(new ContextFactory(connectionString)), _time), user.Id);
    }
}
