using System.Net;
using LabOrchestrator.Conformance;
using LabOrchestrator.Server.Users;

namespace LabOrchestrator.Server.Tests.Users;

public sealed class SignInThrottleTests
{
    private static readonly IPAddress Here = IPAddress.Parse("192.0.2.1");
    private readonly ManualTimeProvider _time = new();
    private readonly SignInThrottle _throttle;

    public SignInThrottleTests() => _throttle = new SignInThrottle(_time);

    [Fact]
    public void Failures_on_an_account_are_refused_for_longer_and_longer_at_that_address_alone()
    {
        for (var i = 0; i < SignInThrottle.FreeForPair; i++)
        {
            _throttle.Enter("ada", Here).RefusedFor.ShouldBeNull();
        }

        _throttle.Enter("ADA", Here).RefusedFor.ShouldBe(TimeSpan.FromSeconds(1));
        _throttle.Enter("ada", IPAddress.Parse("::ffff:192.0.2.1")).RefusedFor.ShouldNotBeNull();
        _throttle.Enter("ada", IPAddress.Parse("192.0.2.2")).RefusedFor.ShouldBeNull();
        _throttle.Enter("bob", Here).RefusedFor.ShouldBeNull();
        _time.Advance(TimeSpan.FromSeconds(1));
        _throttle.Enter("ada", Here).RefusedFor.ShouldBeNull();
        _throttle.Enter("ada", Here).RefusedFor.ShouldBe(TimeSpan.FromSeconds(2));
    }

    [Fact]
    public void Attempts_at_the_same_time_do_not_escape()
    {
        var answers = Enumerable.Range(0, 100).Select(_ => _throttle.Enter("ada", Here)).ToList();

        answers.Count(a => a.RefusedFor is null).ShouldBe(SignInThrottle.FreeForPair);
    }

    [Fact]
    public void Success_forgets_the_failures_before_it()
    {
        for (var i = 0; i < 20; i++)
        {
            _throttle.Enter("ada", Here).RefusedFor.ShouldBeNull();
            _throttle.Enter("ada", Here).RefusedFor.ShouldBeNull();
            _throttle.Succeeded("ada", Here);
        }
    }

    [Fact]
    public void A_stranger_with_many_addresses_slows_an_account_down_and_never_locks_its_owner_out()
    {
        _throttle.Enter("ada", Here);
        _throttle.Succeeded("ada", Here);
        for (var i = 0; i < 1000; i++)
        {
            _throttle.Enter("ada", new IPAddress([198, 51, (byte)(i / 256), (byte)i]));
        }

        _throttle.Enter("ada", IPAddress.Parse("203.0.113.1")).ShouldBe(new ThrottleAnswer(null, TimeSpan.FromSeconds(4)));
        _throttle.Enter("ada", Here).ShouldBe(new ThrottleAnswer(null, TimeSpan.Zero));
    }

    [Fact]
    public void An_address_that_tries_many_accounts_is_refused()
    {
        for (var i = 0; i < SignInThrottle.FreeForAddress; i++)
        {
            _throttle.Enter($"user{i}", IPAddress.Parse($"2001:db8::{i:x}")).RefusedFor.ShouldBeNull();
        }

        _throttle.Enter("another", IPAddress.Parse("2001:db8::ffff")).RefusedFor.ShouldNotBeNull();
        _throttle.Enter("another", IPAddress.Parse("2001:db8:0:1::1")).RefusedFor.ShouldBeNull();
    }

    [Fact]
    public void Everything_is_forgotten_after_a_quarter_of_an_hour()
    {
        for (var i = 0; i < 64; i++)
        {
            _throttle.Enter($"user{i}", Here);
        }

        _time.Advance(TimeSpan.FromMinutes(16));

        _throttle.Enter("ada", Here).ShouldBe(new ThrottleAnswer(null, TimeSpan.Zero));
    }
}
