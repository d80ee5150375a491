using System.Text.Json.Nodes;
using LabOrchestrator.KubernetesSimulator.Requests;
using LabOrchestrator.KubernetesSimulator.Store;

namespace LabOrchestrator.KubernetesSimulator.Controllers;

/// <summary>The half of virt-controller that sees to VirtualMachines.</summary>
internal sealed class MachineController(ClusterState cluster) : IController
{
    private const string Group = "kubevirt.io";
    private const string Finalizer = "kubevirt.io/virtualMachineControllerFinalize";
    private const string By = "virt-controller";

    public IEnumerable<ObjectAddress> Concerned(StoreChange change)
    {
        var one = change.Object;
        return (one.Kind.Group, one.Kind.Plural) switch
        {
            (Group, "virtualmachines" or "virtualmachineinstances") or ("cdi.kubevirt.io", "datavolumes") => Machines(one),
            ("", "pods") when one.Labels.TryGetValue("vm.kubevirt.io/name", out var name) => [Address(one.Namespace, name)],
            _ => [],
        };
    }

    public TimeSpan? Reconcile(ObjectAddress at)
    {
        if (cluster.Store.Find(at) is not { } vm)
        {
            return null;
        }

        var value = vm.Read();
        var instance = cluster.Find(Group, "virtualmachineinstances", vm.Namespace, vm.Name);
        if (vm.IsEnding)
        {
            End(vm, value, instance);
            return null;
        }

        if (!value.Metadata().Texts("finalizers").Contains(Finalizer))
        {
            cluster.Update(at, v => v.Metadata()["finalizers"] = ObjectJson.List([.. v.Metadata().Texts("finalizers"), Finalizer]));
            return null;
        }

        var disks = Disks(vm, value);
        string? failure = null;
        try
        {
            Run(vm, value, instance, disks);
        }
        catch (ApiRefusal e)
        {
            failure = e.Message;
            cluster.Tell(vm, "Warning", "FailedCreate", "Error creating virtual machine instance: " + failure, By);
        }

        Report(vm, disks, failure);
        return failure is null ? null : TimeSpan.FromSeconds(1);
    }

    private void End(StoredObject vm, JsonObject value, StoredObject? instance)
    {
        if (instance is null)
        {
            if (value.Metadata().Texts("finalizers").Contains(Finalizer))
            {
                cluster.Release(vm.Address, Finalizer);
            }

            return;
        }

        cluster.Update(vm.Address, v => v.Part("status")["printableStatus"] = "Terminating");
        if (!instance.IsEnding)
        {
            cluster.Delete(instance);
        }
    }

    /// <summary>The DataVolumes of its templates, made where they are missing.</summary>
    private List<StoredObject> Disks(StoredObject vm, JsonObject value)
    {
        List<StoredObject> disks = [];
        foreach (var template in value.Objects("spec", "dataVolumeTemplates"))
        {
            var name = template.Text("metadata", "name")!;
            var found = cluster.Find("cdi.kubevirt.io", "datavolumes", vm.Namespace, name);
            if (found is null && cluster.Kinds.Find("cdi.kubevirt.io", "datavolumes") is not null)
            {
                var disk = (JsonObject)template.DeepClone();
                disk["apiVersion"] = "cdi.kubevirt.io/v1beta1";
                disk["kind"] = "DataVolume";
                disk.Remove("status");
                disk.Metadata()["ownerReferences"] = ClusterState.OwnedBy(vm);
                found = cluster.Create("cdi.kubevirt.io", "datavolumes", vm.Namespace, disk, By);
            }

            if (found is not null)
            {
                disks.Add(found);
            }
        }

        return disks;
    }

    private void Run(StoredObject vm, JsonObject value, StoredObject? instance, List<StoredObject> disks)
    {
        var strategy = MachineVerbs.Strategy(value);
        var phase = instance?.Read().Text("status", "phase");
        var isOver = phase is "Succeeded" or "Failed";
        var request = value.Objects("status", "stateChangeRequests").FirstOrDefault();
        switch (request.Text("action"))
        {
            case "Stop" when instance is not null && instance.Uid == request.Text("uid"):
                if (!instance.IsEnding)
                {
                    cluster.Delete(instance);
                }

                return;
            case "Stop":
                Next(vm);
                return;
            case "Start" when instance is null:
                if (Create(vm, value, disks))
                {
                    Next(vm);
                }

                return;
            case "Start" when isOver && !instance!.IsEnding:
                cluster.Delete(instance);
                return;
            default:
                break;
        }

        if (instance is null)
        {
            // RerunOnFailure starts by itself only when the machine comes to it from another strategy.
            if (strategy is "Always" or "Once" || (strategy == "RerunOnFailure" && value.Text("status", "runStrategy") != strategy))
            {
                Create(vm, value, disks);
            }
        }
        else if (!instance.IsEnding && (strategy == "Halted" || (isOver && (strategy == "Always" || (strategy == "RerunOnFailure" && phase == "Failed")))))
        {
            cluster.Delete(instance);
        }
    }

    private void Next(StoredObject vm) => cluster.Update(vm.Address, v =>
    {
        var rest = v.Objects("status", "stateChangeRequests").Skip(1).Select(r => r.DeepClone()).ToArray();
        if (rest.Length == 0)
        {
            v.Part("status").Remove("stateChangeRequests");
        }
        else
        {
            v.Part("status")["stateChangeRequests"] = new JsonArray(rest);
        }
    });

    private bool Create(StoredObject vm, JsonObject value, List<StoredObject> disks)
    {
        if (disks.Exists(d => d.Read().Text("status", "phase") is not ("Succeeded" or "WaitForFirstConsumer" or "PendingPopulation")))
        {
            return false;
        }

        var template = (JsonObject)value.At("spec", "template")!.DeepClone();
        var metadata = template.Metadata();
        metadata["name"] = vm.Name;
        metadata["namespace"] = vm.Namespace;
        metadata["ownerReferences"] = ClusterState.OwnedBy(vm);
        metadata["finalizers"] = ObjectJson.List(["kubevirt.io/virtualMachineControllerFinalize"]);
        metadata.Part("labels")["vm.kubevirt.io/name"] = vm.Name;
        var spec = template.Part("spec");
        Instancetype(vm, value, spec);
        cluster.Create(Group, "virtualmachineinstances", vm.Namespace, new JsonObject { ["metadata"] = metadata.DeepClone(), ["spec"] = spec.DeepClone() }, By);
        return true;
    }

    private void Instancetype(StoredObject vm, JsonObject value, JsonObject spec)
    {
        if (value.Text("spec", "instancetype", "name") is not { } name)
        {
            return;
        }

        var isLocal = value.Text("spec", "instancetype", "kind")?.ToLowerInvariant() is "virtualmachineinstancetype";
        var type = cluster.Find("instancetype.kubevirt.io", isLocal ? "virtualmachineinstancetypes" : "virtualmachineclusterinstancetypes", isLocal ? vm.Namespace : "", name)?.Read();
        if (type is not null)
        {
            spec.Part("domain").Part("memory")["guest"] = type.Text("spec", "memory", "guest");
            spec.Part("domain").Part("cpu")["sockets"] = type.Number("spec", "cpu", "guest") ?? 1;
        }
    }

    private void Report(StoredObject vm, List<StoredObject> disks, string? failure)
    {
        var instance = cluster.Find(Group, "virtualmachineinstances", vm.Namespace, vm.Name);
        var seen = instance?.Read();
        cluster.Update(vm.Address, value =>
        {
            var status = value.Part("status");
            status["created"] = instance is not null;
            status["ready"] = seen is not null && MachineVerbs.Has(seen, "Ready");
            status["printableStatus"] = MachineWords.Printable(value, instance, seen, Launcher(instance), disks, failure);
            if (instance is not null || MachineVerbs.Strategy(value) != "RerunOnFailure")
            {
                status["runStrategy"] = MachineVerbs.Strategy(value);
            }

            status["observedGeneration"] = value.Metadata().Number("generation");
            Copy(value, seen, failure);
        });
    }

    /// <summary>Every condition of the instance is copied onto the machine.</summary>
    private void Copy(JsonObject value, JsonObject? seen, string? failure)
    {
        var kept = seen.Objects("status", "conditions").Select(c => c.Text("type")).Append("Ready").ToHashSet();
        foreach (var old in value.Objects("status", "conditions").Select(c => c.Text("type")!).Where(t => !kept.Contains(t)).ToList())
        {
            ClusterState.DropCondition(value, old);
        }

        foreach (var condition in seen.Objects("status", "conditions"))
        {
            cluster.Condition(value, condition.Text("type")!, condition.Text("status") == "True", condition.Text("reason"), condition.Text("message"));
        }

        if (seen is null)
        {
            cluster.Condition(value, "Ready", false, "VMINotExists", "VMI does not exist");
        }

        if (failure is not null)
        {
            cluster.Condition(value, "Failure", true, "FailedCreate", failure);
        }
    }

    private JsonObject? Launcher(StoredObject? instance) =>
        instance is null ? null : cluster.Owned("", "pods", instance).FirstOrDefault(p => !p.IsEnding)?.Read();

    private List<ObjectAddress> Machines(StoredObject one)
    {
        if (one.Kind.Plural == "virtualmachines" || one.Kind.Plural == "virtualmachineinstances")
        {
            return [Address(one.Namespace, one.Name)];
        }

        return cluster.Store.Of(Group, "virtualmachines").In(one.Namespace).Where(v => one.OwnerUids.Contains(v.Uid)).Select(v => v.Address).ToList();
    }

    private static ObjectAddress Address(string @namespace, string name) => new(Group, "virtualmachines", @namespace, name);
}
