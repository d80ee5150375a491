using LabOrchestrator.Postgres.Schema;
using Microsoft.EntityFrameworkCore;

namespace LabOrchestrator.Postgres.Users;

/// <summary>Lists and counts accounts.</summary>
internal sealed class UserDirectory(LabDatabase database) : IUserDirectory
{
    public Task<IReadOnlyList<User>> ListAsync(long after, int limit, CancellationToken cancellationToken) => database.RunAsync<IReadOnlyList<User>>(
        async db => await db.Users.AsNoTracking().Where(u => u.Id > after).OrderBy(u => u.Id).Take(limit)
            .ToListAsync(cancellationToken).ConfigureAwait(false),
        cancellationToken);

    public Task<IReadOnlyDictionary<long, string>> NamesAsync(IReadOnlyCollection<long> ids, CancellationToken cancellationToken) =>
        database.RunAsync<IReadOnlyDictionary<long, string>>(
            async db => await db.Users.AsNoTracking().Where(u => ids.Contains(u.Id))
                .Select(u => new { u.Id, Name = u.DisplayName == "" ? u.UserName! : u.DisplayName })
                .ToDictionaryAsync(u => u.Id, u => u.Name, cancellationToken).ConfigureAwait(false),
            cancellationToken);

    public Task<int> CountAdminsAsync(CancellationToken cancellationToken) => database.RunAsync(
        db => db.Users.CountAsync(u => !u.IsClosed && (u.Roles & UserRoles.Admin) == UserRoles.Admin, cancellationToken), cancellationToken);
}
