using LabOrchestrator.Instances;
using LabOrchestrator.Labs;
using LabOrchestrator.Postgres.Users;

namespace LabOrchestrator.Server.Users;

/// <summary>Decides who may do what. Every rule is here, and nowhere else.</summary>
public sealed class Rights
{
    /// <summary>Whether a user may do something to a resource (of the type that the action names, null where it names none).</summary>
    public Decision Authorize(Caller user, LabAction action, object? resource = null) => action switch
    {
        LabAction.UseLabs or LabAction.SeeImages => Decision.Granted,
        LabAction.WriteLabs => GrantedTo(user, UserRoles.Author | UserRoles.Teacher | UserRoles.Admin),
        LabAction.WriteClusterLabs or LabAction.ChangeImages or LabAction.ManageAccounts or LabAction.SeeAllInstances or LabAction.ManageSystem => GrantedTo(user, UserRoles.Admin),
        LabAction.SeeAccount => resource is long id && id == user.Id ? Decision.Granted : user.IsAdmin ? Decision.Granted : Decision.Hidden,
        _ => OfInstance(user, action, (LabInstance)resource!),
    };

    /// <summary>On whose behalf a user imports labs.</summary>
    public LabPublisher PublisherFor(Caller user) =>
        Authorize(user, LabAction.WriteClusterLabs) == Decision.Granted ? LabPublisher.Admin : LabPublisher.Author;

    private static Decision OfInstance(Caller user, LabAction action, LabInstance instance)
    {
        var role = instance.RoleOf(user.Id);
        var isGranted = action switch
        {
            LabAction.SeeInstance => role is not null || user.IsAdmin,
            LabAction.WatchConsoles => role is not null,
            LabAction.UseConsoles or LabAction.PowerMachines => role >= InstanceRole.Member,
            LabAction.ControlInstance or LabAction.ChangeMembers => role == InstanceRole.Owner || user.IsAdmin,
            _ => throw new ArgumentOutOfRangeException(nameof(action), action, "This action has no rule."),
        };
        return isGranted ? Decision.Granted : role is null && !user.IsAdmin ? Decision.Hidden : Decision.Refused;
    }

    private static Decision GrantedTo(Caller user, UserRoles anyOf) =>
        (user.Roles & anyOf) != UserRoles.None ? Decision.Granted : Decision.Refused;
}
