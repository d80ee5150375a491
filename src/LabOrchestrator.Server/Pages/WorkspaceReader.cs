using System.Text.Json;
using LabOrchestrator.Instances;
using LabOrchestrator.Labs;
using LabOrchestrator.Runtimes;
using LabOrchestrator.Server.Users;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.Extensions.Options;

namespace LabOrchestrator.Server.Pages;

/// <summary>Puts together what the page of an instance shows, for the rights of who looks.</summary>
internal sealed class WorkspaceReader(LabInstances instances, ILabStore labs, Rights rights, IOptions<JsonOptions> json)
{
    /// <summary>Null when there is no such instance, or not for this caller.</summary>
    public async Task<WorkspaceView?> ReadAsync(Caller caller, long id, CancellationToken cancellationToken)
    {
        if (await instances.FindAsync(id, cancellationToken) is not { } instance
            || rights.Authorize(caller, LabAction.SeeInstance, instance) != Decision.Granted
            || await labs.FindDefinitionAsync(instance.LabId, instance.LabVersion, cancellationToken) is not { } lab)
        {
            return null;
        }

        bool May(LabAction action) => rights.Authorize(caller, action, instance) == Decision.Granted;
        return new WorkspaceView(instance, lab)
        {
            MayControl = May(LabAction.ControlInstance),
            MayPower = May(LabAction.PowerMachines),
            MayType = May(LabAction.UseConsoles),
            StateJson = JsonSerializer.Serialize(
                new
                {
                    instance.Id,
                    instance.Status.Version,
                    instance.Status.Phase,
                    instance.Status.Reason,
                    instance.Status.Remark,
                    instance.Status.QueuePlace,
                    instance.Status.Machines,
                },
                json.Value.SerializerOptions),
        };
    }
}

/// <summary>What the page of an instance shows.</summary>
/// <param name="Instance">The instance.</param>
/// <param name="Lab">Its lab version.</param>
public sealed record WorkspaceView(LabInstance Instance, LabDefinition Lab)
{
    /// <summary>Whether the caller may stop, pause and reset.</summary>
    public bool MayControl { get; init; }

    /// <summary>Whether the caller may power machines on and off.</summary>
    public bool MayPower { get; init; }

    /// <summary>Whether the caller may type, and read logins.</summary>
    public bool MayType { get; init; }

    /// <summary>Whether web consoles have hosts of their own; otherwise their pages are locked in.</summary>
    public bool HasWebHosts { get; init; }

    /// <summary>The state as events tell it.</summary>
    public string StateJson { get; init; } = "";

    /// <summary>Mode of the consoles.</summary>
    public string Mode => MayType ? "interact" : "view";

    /// <summary>Logins of a machine that the caller may read.</summary>
    public IEnumerable<MachineCredential> CredentialsOf(string machine) => MayType ? Instance.Credentials.Where(c => c.Machine == machine) : [];
}
