using LabOrchestrator.Instances;
using LabOrchestrator.Labs;
using LabOrchestrator.Postgres.Users;
using LabOrchestrator.Server.Users;

namespace LabOrchestrator.Server.Instances;

/// <summary>Makes answers of instances: the projection of what a user may see.</summary>
internal sealed class InstanceAnswers(ILabStore labs, IUserDirectory users, Rights rights)
{
    /// <summary>An instance in a list or an event.</summary>
    public static InstanceAnswer Of(LabInstance instance, Caller caller) => new()
    {
        Id = instance.Id,
        Version = instance.Status.Version,
        LabId = instance.LabId,
        LabName = instance.LabName,
        LabVersion = instance.LabVersion,
        Runtime = instance.Runtime,
        OwnerId = instance.OwnerId,
        Role = instance.RoleOf(caller.Id),
        Context = instance.Context,
        CreatedAt = instance.CreatedAt,
        Desired = instance.Desired,
        Phase = instance.Status.Phase,
        PhaseSince = instance.Status.PhaseSince,
        Reason = instance.Status.Reason,
        Remark = instance.Status.Remark,
        QueuePlace = instance.Status.QueuePlace,
        Machines = [.. instance.Status.Machines.Select(Of)],
    };

    /// <summary>One instance with everything that the user may know of it.</summary>
    public async Task<InstanceDetailAnswer> DetailAsync(LabInstance instance, Caller caller, CancellationToken cancellationToken)
    {
        var lab = await labs.FindDefinitionAsync(instance.LabId, instance.LabVersion, cancellationToken);
        var seesLogins = rights.Authorize(caller, LabAction.UseConsoles, instance) == Decision.Granted;
        var summary = Of(instance, caller);
        return new InstanceDetailAnswer
        {
            Id = summary.Id,
            Version = summary.Version,
            LabId = summary.LabId,
            LabName = summary.LabName,
            LabVersion = summary.LabVersion,
            Runtime = summary.Runtime,
            OwnerId = summary.OwnerId,
            Role = summary.Role,
            Context = summary.Context,
            CreatedAt = summary.CreatedAt,
            Desired = summary.Desired,
            Phase = summary.Phase,
            PhaseSince = summary.PhaseSince,
            Reason = summary.Reason,
            Remark = summary.Remark,
            QueuePlace = summary.QueuePlace,
            Machines = [.. summary.Machines.Select(m => WithDefinition(m, instance, lab, seesLogins))],
            LabTitle = lab?.Title ?? instance.LabName,
            Members = await MembersAsync(instance, cancellationToken),
        };
    }

    /// <summary>Everyone who may see an instance, the owner first.</summary>
    public async Task<IReadOnlyList<MemberAnswer>> MembersAsync(LabInstance instance, CancellationToken cancellationToken)
    {
        var names = await users.NamesAsync([.. instance.Members.Select(m => m.UserId)], cancellationToken);
        return [.. instance.Members
            .OrderByDescending(m => m.Role).ThenBy(m => m.UserId)
            .Select(m => new MemberAnswer(m.UserId, names.GetValueOrDefault(m.UserId, ""), m.Role))];
    }

    private static MachineAnswer Of(MachineStatus machine) => new()
    {
        Name = machine.Name,
        Phase = machine.Phase,
        Stage = machine.Stage,
        Percent = machine.Percent,
        Reason = machine.Reason,
        Remark = machine.Remark,
        Addresses = machine.Addresses,
        AgentConnected = machine.AgentConnected,
    };

    private static MachineAnswer WithDefinition(MachineAnswer machine, LabInstance instance, LabDefinition? lab, bool seesLogins)
    {
        var definition = lab?.Machines.FirstOrDefault(m => m.Name == machine.Name);
        var path = $"/api/v1/instances/{instance.Id}/machines/{machine.Name}/consoles";
        return machine with
        {
            Title = definition?.Title ?? machine.Name,
            Kind = definition?.Kind,
            Consoles = [.. (definition?.Consoles ?? []).Select(c => new ConsoleAnswer(c.Name, c.Kind, c.Port, $"{path}/{c.Name}/tickets"))],
            Credentials = !seesLogins ? null : [.. instance.Credentials
                .Where(c => c.Machine == machine.Name)
                .Select(c => new CredentialAnswer(c.Username, c.Password))],
        };
    }
}
