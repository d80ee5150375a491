using System.ComponentModel.DataAnnotations;
using LabOrchestrator.Instances;
using LabOrchestrator.Postgres.Users;
using LabOrchestrator.Server.Api;
using LabOrchestrator.Server.Users;
using Microsoft.AspNetCore.Identity;

namespace LabOrchestrator.Server.Instances;

/// <summary>Who else may see and use a running lab.</summary>
internal static class MemberEndpoints
{
    public static void MapMembers(this IEndpointRouteBuilder instances)
    {
        var members = instances.MapGroup("/{id:long}/members");
        members.MapGet("", ListAsync).WithName("ListMembers").WithSummary("Everyone who may see an instance.")
            .Answers<IReadOnlyList<MemberAnswer>>(200).MayBe(404);
        members.MapPost("", SetAsync).WithName("SetMember").WithSummary("Lets somebody into an instance, or changes what they may do there.")
            .Answers<InstanceAnswer>(202).MayBe(400, 403, 404, 409);
        members.MapDelete("/{userId:long}", RemoveAsync).WithName("RemoveMember").WithSummary("Takes somebody out of an instance; members may leave by themselves.")
            .Answers<InstanceAnswer>(202).MayBe(403, 404, 409);
    }

    private static Task<IResult> ListAsync(long id, Caller caller, InstanceAccess access, InstanceAnswers answers, CancellationToken cancellationToken) =>
        access.WithAsync(
            caller, id, LabAction.SeeInstance, async i => TypedResults.Ok(await answers.MembersAsync(i, cancellationToken)), cancellationToken);

    private static Task<IResult> SetAsync(
        long id, NewMember member, Caller caller, InstanceAccess access, MemberList members, UserManager<User> users, CancellationToken cancellationToken) =>
        access.WithAsync(
            caller,
            id,
            LabAction.ChangeMembers,
            async _ =>
            {
                if (member.Role == InstanceRole.Owner)
                {
                    return Problems.Invalid("role", "The role must be Member or Observer: a lab has one owner.");
                }

                return await users.FindByNameAsync(member.Name!) is not { IsClosed: false } user
                    ? Problems.Invalid("name", $"There is no user \"{member.Name}\".")
                    : InstanceAccess.Answer(await members.SetAsync(id, user.Id, member.Role!.Value, cancellationToken), caller);
            },
            cancellationToken);

    private static Task<IResult> RemoveAsync(
        long id, long userId, Caller caller, InstanceAccess access, MemberList members, CancellationToken cancellationToken) =>
        access.WithAsync(
            caller,
            id,
            userId == caller.Id ? LabAction.SeeInstance : LabAction.ChangeMembers,
            async instance => instance.RoleOf(userId) is null
                ? Problems.NotFound($"User {userId} is no member of lab instance {id}.")
                : InstanceAccess.Answer(await members.RemoveAsync(id, userId, cancellationToken), caller),
            cancellationToken);
}

/// <summary>Somebody to let into a running lab.</summary>
public sealed record NewMember
{
    /// <summary>The account's name.</summary>
    [Required]
    [StringLength(AccountRules.MaximumNameLength)]
    [OneLine]
    public string? Name { get; init; }

    /// <summary><c>Member</c> or <c>Observer</c>.</summary>
    [Required]
    public InstanceRole? Role { get; init; }
}
