using LabOrchestrator.Instances;
using LabOrchestrator.Postgres.Users;
using LabOrchestrator.Server.Configuration;
using LabOrchestrator.Server.Hosting;
using Microsoft.AspNetCore.Identity;

namespace LabOrchestrator.Server.Users;

/// <summary>Sees to it that there is an admin, with the configured password or one made for them.</summary>
internal sealed class AdminAccount(IServiceScopeFactory scopes, Settings settings, TimeProvider time) : IStartStep
{
    private string? _generated;

    public IEnumerable<string> WhatToSay => _generated is null ? [$"Sign in as {settings.Admin.Name}"] : WhatIsSaidOnce;

    public IEnumerable<string> WhatIsSaidOnce => _generated is { } password
        ? [$"Sign in as {settings.Admin.Name} with the password {password} (shown this once; change it on your account's page)"]
        : [];

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<User>>();
        if (await users.FindByNameAsync(settings.Admin.Name) is { } admin)
        {
            await EnforceAsync(users, admin);
        }
        else
        {
            var password = settings.Admin.Password ?? CredentialGenerator.NewPassword();
            Check(await users.CreateAsync(
                new User { UserName = settings.Admin.Name, Roles = UserRoles.Admin, CreatedAt = time.GetUtcNow() }, password));
            _generated = settings.Admin.Password is null ? password : null;
        }
    }

    private async Task EnforceAsync(UserManager<User> users, User admin)
    {
        if (settings.Admin.Password is not { } password)
        {
            return;
        }

        if (!admin.Roles.HasFlag(UserRoles.Admin) || admin.IsClosed)
        {
            admin.Roles |= UserRoles.Admin;
            admin.IsClosed = false;
            Check(await users.UpdateAsync(admin));
        }

        // A password that is right already is left alone, so that a restart signs nobody out.
        if (!await users.CheckPasswordAsync(admin, password))
        {
            Check(await AccountPassword.SetAsync(users, admin, password));
        }
    }

    private static void Check(IdentityResult result)
    {
        if (!result.Succeeded)
        {
            throw new SettingsException(
                $"{SettingsReader.Prefix}Admin__Name and {SettingsReader.Prefix}Admin__Password cannot be used: "
                + string.Join(' ', result.Errors.Select(e => e.Description)));
        }
    }
}
