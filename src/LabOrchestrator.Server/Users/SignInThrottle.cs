using System.Net;
using System.Net.Sockets;

namespace LabOrchestrator.Server.Users;

/// <summary>
/// Slows guessing down. Who fails on an account from an address is kept waiting there; an address that fails on many accounts as well.
/// An account that strangers fail on from many addresses is never locked: its checks only begin later, and not for addresses from
/// which its owner has signed in.
/// </summary>
internal sealed class SignInThrottle(TimeProvider time)
{
    /// <summary>Failures of one address on one account that cost nothing.</summary>
    internal const int FreeForPair = 5;

    /// <summary>Failures of one address on any accounts that cost nothing.</summary>
    internal const int FreeForAddress = 30;

    /// <summary>Failures on one account from any addresses that cost nothing.</summary>
    internal const int FreeForAccount = 20;

    private const int MostEntries = 20_000;
    private static readonly TimeSpan LongestRefusal = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan Forgotten = TimeSpan.FromMinutes(15);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Failures> _failures = [];
    private readonly HashSet<string> _trusted = [];

    /// <summary>
    /// Enters an attempt, which counts as failed until <see cref="Succeeded"/>: so attempts at the same time do not escape.
    /// </summary>
    public ThrottleAnswer Enter(string account, IPAddress? address)
    {
        var (pair, from, of) = KeysOf(account, address);
        lock (_lock)
        {
            DropOld();
            var wait = Max(Refusal(pair, FreeForPair), Refusal(from, FreeForAddress));
            if (wait > TimeSpan.Zero)
            {
                return new ThrottleAnswer(wait, TimeSpan.Zero);
            }

            var delay = _trusted.Contains(pair) ? TimeSpan.Zero : Grown(FirstDelay, CountOf(of) - FreeForAccount, LongestDelay);
            Count(pair, 1);
            Count(from, 1);
            Count(of, 1);
            return new ThrottleAnswer(null, delay);
        }
    }

    /// <summary>Says that the attempt was none to count.</summary>
    public void Succeeded(string account, IPAddress? address)
    {
        var (pair, from, of) = KeysOf(account, address);
        lock (_lock)
        {
            _failures.Remove(pair);
            Count(from, -1);
            Count(of, -1);
            if (_trusted.Count >= MostEntries)
            {
                _trusted.Clear();
            }

            _trusted.Add(pair);
        }
    }

    private TimeSpan Refusal(string key, int free)
    {
        if (!_failures.TryGetValue(key, out var failures) || failures.Number < free)
        {
            return TimeSpan.Zero;
        }

        var until = failures.Last + Grown(TimeSpan.FromSeconds(1), failures.Number - free, LongestRefusal);
        return until - time.GetUtcNow();
    }

    private int CountOf(string key) => _failures.TryGetValue(key, out var failures) ? failures.Number : 0;

    private void Count(string key, int more)
    {
        var number = Math.Max(0, CountOf(key) + more);
        _failures[key] = new Failures(number, time.GetUtcNow());
    }

    private void DropOld()
    {
        if (_failures.Count < MostEntries)
        {
            var before = time.GetUtcNow() - Forgotten;
            if (_failures.Count % 64 == 0)
            {
                foreach (var key in _failures.Where(f => f.Value.Last < before).Select(f => f.Key).ToList())
                {
                    _failures.Remove(key);
                }
            }

            return;
        }

        foreach (var key in _failures.OrderBy(f => f.Value.Last).Take(MostEntries / 2).Select(f => f.Key).ToList())
        {
            _failures.Remove(key);
        }
    }

    private static TimeSpan Grown(TimeSpan first, int times, TimeSpan most) =>
        times < 0 ? TimeSpan.Zero : times > 20 ? most : Min(first * (1 << times), most);

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private static (string Pair, string From, string Of) KeysOf(string account, IPAddress? address)
    {
        var name = account.Length > AccountRules.MaximumNameLength ? account[..AccountRules.MaximumNameLength] : account;
        name = name.ToUpperInvariant();
        var network = NetworkOf(address);
        return ($"{network} {name}", network, $" {name}");
    }

    // A house has a whole /64, so an IPv6 address alone tells nothing.
    private static string NetworkOf(IPAddress? address)
    {
        if (address is null)
        {
            return "unknown";
        }

        address = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        return address.AddressFamily == AddressFamily.InterNetworkV6 && !IPAddress.IsLoopback(address)
            ? Convert.ToHexString(address.GetAddressBytes().AsSpan(0, 8))
            : address.ToString();
    }

    private readonly record struct Failures(int Number, DateTimeOffset Last);
}

/// <summary>What to do with an attempt to sign in.</summary>
/// <param name="RefusedFor">Refuse it, and all others until then; null to check it.</param>
/// <param name="Delay">How long to wait before checking it.</param>
internal sealed record ThrottleAnswer(TimeSpan? RefusedFor, TimeSpan Delay);
