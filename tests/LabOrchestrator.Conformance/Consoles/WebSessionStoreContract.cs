using LabOrchestrator.Consoles;

namespace LabOrchestrator.Conformance.Consoles;

/// <summary>What every <see cref="IWebSessionStore"/> keeps to. Each test gets an empty store.</summary>
public abstract class WebSessionStoreContract
{
    private const string Page = "https://lab.example.org";

    private readonly ManualTimeProvider _time = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>An empty store.</summary>
    protected abstract ValueTask<IWebSessionStore> OpenAsync();

    [Fact]
    public async Task A_session_is_found_as_often_as_it_is_asked_for()
    {
        var sessions = new WebSessions(await OpenAsync(), _time);
        var secret = await sessions.StartAsync(Ticket(1), Page, Token);
        var expected = new WebSession(1, 2, "server", "shop", Page, _time.GetUtcNow() + WebSessions.Lifetime);

        (await sessions.FindAsync(secret, Token)).ShouldBe(expected);
        (await sessions.FindAsync(secret, Token)).ShouldBe(expected);
    }

    [Fact]
    public async Task A_session_is_worth_nothing_after_twelve_hours()
    {
        var sessions = new WebSessions(await OpenAsync(), _time);
        var secret = await sessions.StartAsync(Ticket(1), Page, Token);

        _time.Advance(WebSessions.Lifetime);

        (await sessions.FindAsync(secret, Token)).ShouldBeNull();
    }

    [Fact]
    public async Task Ending_a_users_sessions_leaves_those_of_others()
    {
        var sessions = new WebSessions(await OpenAsync(), _time);
        var first = await sessions.StartAsync(Ticket(1), Page, Token);
        var second = await sessions.StartAsync(Ticket(1), Page, Token);
        var other = await sessions.StartAsync(Ticket(3), Page, Token);

        await sessions.EndAllAsync(1, Token);

        (await sessions.FindAsync(first, Token)).ShouldBeNull();
        (await sessions.FindAsync(second, Token)).ShouldBeNull();
        (await sessions.FindAsync(other, Token)).ShouldNotBeNull();
    }

    [Theory]
    [InlineData("")]
    [InlineData("guessed")]
    [InlineData("0123456789012345678901234567890123456789012")]
    public async Task A_secret_that_was_never_given_out_is_worth_nothing(string secret) =>
        (await new WebSessions(await OpenAsync(), _time).FindAsync(secret, Token)).ShouldBeNull();

    private ConsoleTicket Ticket(long userId) => new(userId, 2, "server", "shop", ConsoleMode.Interact, _time.GetUtcNow());
}
