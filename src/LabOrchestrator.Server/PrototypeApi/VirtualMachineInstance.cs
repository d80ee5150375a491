using System.Globalization;
using LabOrchestrator.Instances;
using LabOrchestrator.Labs;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Server.PrototypeApi;

/// <summary>A machine in the form of KubeVirt's object, which the prototype passed on as it came from the cluster.</summary>
/// <param name="Metadata">Its name.</param>
/// <param name="Spec">What it should be.</param>
/// <param name="Status">What it is.</param>
internal sealed record VirtualMachineInstance(VmiMetadata Metadata, VmiSpec Spec, VmiStatus Status)
{
    /// <summary>The version that the prototype used.</summary>
    internal const string Version = "kubevirt.io/v1alpha3";

    public string ApiVersion { get; } = Version;

    public string Kind { get; } = "VirtualMachineInstance";

    /// <summary>The machine of an instance.</summary>
    public static VirtualMachineInstance Of(LabInstance instance, MachineDefinition machine)
    {
        var status = instance.Status.Machines.FirstOrDefault(m => m.Name == machine.Name) ?? new MachineStatus(machine.Name, MachinePhase.Pending);
        return new VirtualMachineInstance(
            new VmiMetadata(
                machine.Name,
                string.Create(CultureInfo.InvariantCulture, $"{instance.NamespacePrefix}-{instance.OwnerId}-{instance.Id}"),
                instance.CreatedAt),
            new VmiSpec(new VmiDomain(
                new VmiCpu((int)Math.Ceiling(machine.Cpus)),
                new VmiResources(new Dictionary<string, string> { ["memory"] = machine.MemoryBytes.ToString(CultureInfo.InvariantCulture) }))),
            new VmiStatus(
                PhaseOf(status.Phase),
                status.Reason,
                [.. status.Addresses.Select(a => new VmiInterface(a))],
                status.Phase == MachinePhase.Paused ? [new VmiCondition("Paused", "True")] : []));
    }

    private static string PhaseOf(MachinePhase phase) => phase switch
    {
        MachinePhase.Pending => "Pending",
        MachinePhase.Starting => "Scheduling",
        MachinePhase.PoweredOff => "Succeeded",
        MachinePhase.Failed => "Failed",
        _ => "Running",
    };
}

/// <summary>The machines of an instance, as KubeVirt lists them.</summary>
/// <param name="Items">The machines.</param>
internal sealed record VirtualMachineInstanceList(IReadOnlyList<VirtualMachineInstance> Items)
{
    public string ApiVersion { get; } = VirtualMachineInstance.Version;

    public string Kind { get; } = "VirtualMachineInstanceList";
}

internal sealed record VmiMetadata(string Name, string Namespace, DateTimeOffset CreationTimestamp);

internal sealed record VmiSpec(VmiDomain Domain);

internal sealed record VmiDomain(VmiCpu Cpu, VmiResources Resources);

internal sealed record VmiCpu(int Cores);

internal sealed record VmiResources(IReadOnlyDictionary<string, string> Requests);

internal sealed record VmiStatus(string Phase, string? Reason, IReadOnlyList<VmiInterface> Interfaces, IReadOnlyList<VmiCondition> Conditions);

internal sealed record VmiInterface(string IpAddress);

internal sealed record VmiCondition(string Type, string Status);
