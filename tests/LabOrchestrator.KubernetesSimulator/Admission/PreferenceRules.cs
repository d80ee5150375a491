using System.Text.Json.Nodes;
using LabOrchestrator.KubernetesSimulator.Requests;
using LabOrchestrator.KubernetesSimulator.Store;

namespace LabOrchestrator.KubernetesSimulator.Admission;

/// <summary>
/// What the preference of a machine demands of it, or of its instancetype. One that is not there demands nothing yet.
/// </summary>
internal sealed class PreferenceRules(ObjectStore store)
{
    private const string Domain = "spec.template.spec.domain.";

    /// <summary>The refusal, or null.</summary>
    public StatusCause? Check(JsonObject machine, string @namespace)
    {
        if (Find(machine, @namespace, "preference") is not { } preference || preference.At("spec", "requirements") is not JsonObject demands)
        {
            return null;
        }

        var type = Find(machine, @namespace, "instancetype");
        return (demands.Number("cpu", "guest") is { } processors ? Processors(machine, type, preference, processors) : null)
            ?? (demands.Text("memory", "guest") is { } memory ? Memory(machine, type, memory) : null);
    }

    private JsonObject? Find(JsonObject machine, string @namespace, string what)
    {
        if (machine.Text("spec", what, "name") is not { } name)
        {
            return null;
        }

        var isLocal = machine.Text("spec", what, "kind")?.ToLowerInvariant() == "virtualmachine" + what;
        var all = store.Of("instancetype.kubevirt.io", $"virtualmachine{(isLocal ? "" : "cluster")}{what}s");
        return all.Find(isLocal ? @namespace : "", name)?.Read();
    }

    private static StatusCause? Processors(JsonObject machine, JsonObject? type, JsonObject preference, long demanded)
    {
        if (type is not null)
        {
            var given = type.Number("spec", "cpu", "guest") ?? 0;
            return given >= demanded ? null : Refused($"insufficient CPU resources of {given} vCPU provided by instance type, preference requires {demanded} vCPU", "spec.instancetype");
        }

        // Defaults are given where nothing is said of all three.
        var cpu = machine.At("spec", "template", "spec", "domain", "cpu");
        var resources = machine.At("spec", "template", "spec", "domain", "resources");
        var (sockets, cores, threads) = (cpu.Number("sockets") ?? 0, cpu.Number("cores") ?? 0, cpu.Number("threads") ?? 0);
        if (sockets + cores + threads == 0)
        {
            sockets = (resources.Text("limits", "cpu") ?? resources.Text("requests", "cpu")) is { } stated ? (long)Math.Ceiling(Quantity.Parse(stated)) : 1;
            cores = threads = 1;
        }

        var across = preference.Text("spec", "cpu", "spreadOptions", "across") ?? "SocketsCores";
        var (counted, unit) = (preference.Text("spec", "cpu", "preferredCPUTopology"), across) switch
        {
            ("cores" or "preferCores", _) => (cores, "cores"),
            ("threads" or "preferThreads", _) => (threads, "threads"),
            ("any" or "preferAny", _) => (sockets * cores * threads, "cores, sockets and threads"),
            ("spread" or "preferSpread", "SocketsCores") => (sockets * cores, across),
            ("spread" or "preferSpread", "CoresThreads") => (cores * threads, across),
            ("spread" or "preferSpread", _) => (sockets * cores * threads, across),
            _ => (sockets, "sockets"),
        };
        return counted >= demanded
            ? null
            : Refused($"insufficient CPU resources of {counted} vCPU provided by VirtualMachine, preference requires {demanded} vCPU provided as {unit}", Domain + "cpu." + unit);
    }

    private static StatusCause? Memory(JsonObject machine, JsonObject? type, string demanded)
    {
        var stated = machine.Text("spec", "template", "spec", "domain", "memory", "guest");
        var given = stated ?? type.Text("spec", "memory", "guest") ?? "0";
        return Quantity.Parse(given) >= Quantity.Parse(demanded)
            ? null
            : Refused(
                $"insufficient Memory resources of {given} provided by {(type is null ? "VirtualMachine" : "instance type")}, preference requires {demanded}",
                type is null ? Domain + "memory" : "spec.instancetype");
    }

    private static StatusCause Refused(string message, string field) => new("FieldValueNotFound", "failure checking preference requirements: " + message, field);
}
