using LabOrchestrator.Postgres.Schema;

namespace LabOrchestrator.Postgres.Users;

public sealed class AccessTokenStoreTests(DatabaseFixture fixture)
{
    private static readonly DateTimeOffset Monday = new(2026, 10, 5, 8, 0, 0, TimeSpan.Zero);
    private static readonly byte[] Hash = [1, 2, 3];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_token_is_found_by_its_hash_until_it_expires()
    {
        var (store, user) = await OpenAsync();
        var added = await AddAsync(store, user);

        var (token, owner) = (await store.FindAsync(Hash, Monday.AddHours(23), Token)).ShouldNotBeNull();
        token.ShouldBe(added);
        owner.Id.ShouldBe(user);
        (await store.FindAsync(Hash, Monday.AddHours(24), Token)).ShouldBeNull();
        (await store.FindAsync(new byte[] { 9 }, Monday, Token)).ShouldBeNull();
    }

    [Fact]
    public async Task A_token_is_listed_with_its_last_use_for_its_owner_and_scope_alone()
    {
        var (store, user) = await OpenAsync();
        var added = await AddAsync(store, user);
        await store.MarkUsedAsync(added.Id, Monday.AddMinutes(1), Token);

        (await store.ListAsync(user, AccessTokenScope.Api, Monday, Token)).ShouldBe([added with { LastUsedAt = Monday.AddMinutes(1) }]);
        (await store.ListAsync(user, AccessTokenScope.Prototype, Monday, Token)).ShouldBeEmpty();
        (await store.ListAsync(user + 1, AccessTokenScope.Api, Monday, Token)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Only_its_owner_revokes_a_token()
    {
        var (store, user) = await OpenAsync();
        var added = await AddAsync(store, user);

        (await store.RemoveAsync(user + 1, added.Id, Token)).ShouldBeFalse();
        (await store.RemoveAsync(user, added.Id, Token)).ShouldBeTrue();

        (await store.FindAsync(Hash, Monday, Token)).ShouldBeNull();
    }

    [Fact]
    public async Task All_tokens_of_an_account_can_be_revoked_at_once()
    {
        var (store, user) = await OpenAsync();
        await AddAsync(store, user);

        await store.RemoveAllAsync(user, Token);

        (await store.FindAsync(Hash, Monday, Token)).ShouldBeNull();
    }

    [Fact]
    public async Task The_directory_lists_names_and_counts_admins_that_can_sign_in()
    {
        var contexts = new ContextFactory(await fixture.NewDatabaseAsync());
        await using var db = contexts.CreateDbContext();
        db.Users.AddRange(
            new User { UserName = "ada", DisplayName = "Ada", Roles = UserRoles.Admin | UserRoles.Author },
            new User { UserName = "bob" },
            new User { UserName = "eve", Roles = UserRoles.Admin, IsClosed = true });
        await db.SaveChangesAsync(Token);
        var directory = new UserDirectory(new LabDatabase(contexts));

        var all = await directory.ListAsync(0, 2, Token);
        all.Select(u => u.UserName).ShouldBe(["ada", "bob"]);
        (await directory.ListAsync(all[1].Id, 2, Token)).Select(u => u.UserName).ShouldBe(["eve"]);
        (await directory.NamesAsync([all[0].Id, all[1].Id, 4711], Token)).Values.Order().ShouldBe(["Ada", "bob"]);
        (await directory.CountAdminsAsync(Token)).ShouldBe(1);
    }

    private static Task<AccessToken> AddAsync(IAccessTokenStore store, long user) => store.AddAsync(
        new AccessToken(0, user, "laptop", AccessTokenScope.Api, Monday, Monday.AddDays(1)), Hash, Monday, Token);

    private async Task<(IAccessTokenStore Store, long User)> OpenAsync()
    {
        var contexts = new ContextFactory(await fixture.NewDatabaseAsync());
        await using var db = contexts.CreateDbContext();
        var user = new User { UserName = "ada", CreatedAt = Monday };
        db.Users.Add(user);
        await db.SaveChangesAsync(Token);
        return (new AccessTokenStore(new LabDatabase(contexts)), user.Id);
    }
}
