using System.Net;
using LabOrchestrator.Postgres.Users;
using Microsoft.AspNetCore.Identity;

namespace LabOrchestrator.Server.Users;

/// <summary>Checks names and passwords.</summary>
internal sealed partial class PasswordSignIn(SignInThrottle throttle, IServiceScopeFactory scopes, TimeProvider time, ILogger<PasswordSignIn> logger)
    : IDisposable
{
    // A check takes a tenth of a second of a processor; more at once would only starve everything else.
    private readonly SemaphoreSlim _checks = new(Math.Max(2, Environment.ProcessorCount));
    private static readonly User Nobody = new();
    private static readonly string HashOfNothing = new PasswordHasher<User>().HashPassword(Nobody, "nothing");

    /// <summary>Finds the account of a name and password.</summary>
    public async Task<SignInAnswer> CheckAsync(string name, string password, IPAddress? address, CancellationToken cancellationToken)
    {
        var answer = throttle.Enter(name, address);
        if (answer.RefusedFor is { } wait)
        {
            return new SignInAnswer.TryLater(wait);
        }

        if (answer.Delay > TimeSpan.Zero)
        {
            await Task.Delay(answer.Delay, time, cancellationToken);
        }

        var user = await VerifyAsync(name, password, cancellationToken);
        if (user is null)
        {
            LogFailed(address);
            return new SignInAnswer.Wrong();
        }

        throttle.Succeeded(name, address);
        return new SignInAnswer.Account(user);
    }

    public void Dispose() => _checks.Dispose();

    private async Task<User?> VerifyAsync(string name, string password, CancellationToken cancellationToken)
    {
        await _checks.WaitAsync(cancellationToken);
        try
        {
            await using var scope = scopes.CreateAsyncScope();
            var users = scope.ServiceProvider.GetRequiredService<UserManager<User>>();
            var user = AccountRules.IsName(name) ? await users.FindByNameAsync(name) : null;
            if (user?.PasswordHash is null || password.Length > AccountRules.MaximumPasswordLength)
            {
                // Takes as long as for an account that is there, so that names cannot be found out.
                users.PasswordHasher.VerifyHashedPassword(Nobody, HashOfNothing, "something");
                return null;
            }

            return await users.CheckPasswordAsync(user, password) && !user.IsClosed ? user : null;
        }
        finally
        {
            _checks.Release();
        }
    }

    // The name is left out: people type their password where the name belongs.
    [LoggerMessage(401, LogLevel.Information, "A sign-in from {Address} failed")]
    private partial void LogFailed(IPAddress? address);
}

/// <summary>What came of a name and a password.</summary>
internal abstract record SignInAnswer
{
    private SignInAnswer()
    {
    }

    /// <summary>They belong to an open account.</summary>
    internal sealed record Account(User User) : SignInAnswer;

    /// <summary>They do not.</summary>
    internal sealed record Wrong : SignInAnswer;

    /// <summary>Nobody looked: there were too many failures.</summary>
    internal sealed record TryLater(TimeSpan After) : SignInAnswer;
}
