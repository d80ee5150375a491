using LabOrchestrator.Consoles;

namespace LabOrchestrator.Conformance.Consoles;

/// <summary>What every <see cref="IConsoleTicketStore"/> keeps to. Each test gets an empty store.</summary>
public abstract class ConsoleTicketStoreContract
{
    private readonly ManualTimeProvider _time = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>An empty store.</summary>
    protected abstract ValueTask<IConsoleTicketStore> OpenAsync();

    [Fact]
    public async Task A_ticket_works_once()
    {
        var tickets = new ConsoleTickets(await OpenAsync(), _time);
        var (secret, expiresAt) = await tickets.IssueAsync(1, 2, "server", "graphical", ConsoleMode.View, Token);

        (await tickets.RedeemAsync(secret, Token)).ShouldBe(new ConsoleTicket(1, 2, "server", "graphical", ConsoleMode.View, expiresAt));
        (await tickets.RedeemAsync(secret, Token)).ShouldBeNull();
    }

    [Fact]
    public async Task Of_many_that_redeem_one_ticket_at_once_one_gets_it()
    {
        var tickets = new ConsoleTickets(await OpenAsync(), _time);
        var (secret, _) = await tickets.IssueAsync(1, 2, "server", "graphical", ConsoleMode.Interact, Token);

        var redeemed = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => tickets.RedeemAsync(secret, Token))));

        redeemed.Count(t => t is not null).ShouldBe(1);
    }

    [Fact]
    public async Task A_ticket_is_worth_nothing_after_thirty_seconds()
    {
        var tickets = new ConsoleTickets(await OpenAsync(), _time);
        var (secret, _) = await tickets.IssueAsync(1, 2, "server", "graphical", ConsoleMode.Interact, Token);

        _time.Advance(ConsoleTickets.Lifetime);

        (await tickets.RedeemAsync(secret, Token)).ShouldBeNull();
    }

    [Fact]
    public async Task A_secret_that_was_never_issued_is_worth_nothing() =>
        (await new ConsoleTickets(await OpenAsync(), _time).RedeemAsync("guessed", Token)).ShouldBeNull();
}
