using LabOrchestrator.Postgres.Users;

namespace LabOrchestrator.Server.Users;

/// <summary>A role, as requests and answers name it.</summary>
public enum RoleName
{
    /// <summary>Writes labs.</summary>
    Author,

    /// <summary>Teaches.</summary>
    Teacher,

    /// <summary>Looks after the installation.</summary>
    Admin,
}

/// <summary>Roles as a list of names.</summary>
internal static class RoleNames
{
    private static readonly (UserRoles Role, RoleName Name)[] All =
    [
        (UserRoles.Author, RoleName.Author), (UserRoles.Teacher, RoleName.Teacher), (UserRoles.Admin, RoleName.Admin),
    ];

    public static IReadOnlyList<RoleName> Of(UserRoles roles) => [.. All.Where(r => roles.HasFlag(r.Role)).Select(r => r.Name)];

    public static UserRoles From(IEnumerable<RoleName> names) =>
        names.Aggregate(UserRoles.None, (all, name) => all | All.First(r => r.Name == name).Role);
}
