using System.Text.Json.Nodes;
using LabOrchestrator.KubernetesSimulator.Administration;
using LabOrchestrator.KubernetesSimulator.Requests;
using LabOrchestrator.KubernetesSimulator.Store;
using LabOrchestrator.KubernetesSimulator.Streams;

namespace LabOrchestrator.KubernetesSimulator.Controllers;

/// <summary>The half of virt-controller, and virt-handler, that walk a VirtualMachineInstance through its phases.</summary>
internal sealed class MachineInstanceController(ClusterState cluster, SimulatorSettings settings, Clock clock, SimulatedMachines machines) : IController
{
    private const string Group = "kubevirt.io";
    private const string Plural = "virtualmachineinstances";
    private const string Finalizer = "kubevirt.io/virtualMachineControllerFinalize";
    private const string By = "virt-controller";

    public IEnumerable<ObjectAddress> Concerned(StoreChange change)
    {
        var one = change.Object;
        if (one.Kind is { Group: Group, Plural: Plural })
        {
            if (change.Kind == ChangeKind.Deleted)
            {
                machines.End(one.Uid);
            }

            return [one.Address];
        }

        return one.Kind is { Group: "", Plural: "pods" } && one.Labels.TryGetValue("vmi.kubevirt.io/id", out var name) ? [new(Group, Plural, one.Namespace, name)] : [];
    }

    public TimeSpan? Reconcile(ObjectAddress at)
    {
        if (cluster.Store.Find(at) is not { } one)
        {
            return null;
        }

        var launchers = cluster.Owned("", "pods", one).ToList();
        if (one.IsEnding)
        {
            End(one, launchers);
            return null;
        }

        var value = one.Read();
        return value.Text("status", "phase") switch
        {
            null or "" => Phase(one, "Pending", v => v.Part("status")["guestOSInfo"] = new JsonObject()),
            "Pending" => Launch(one, value, launchers),
            "Scheduling" => AwaitPod(one, launchers),
            "Scheduled" => Boot(one, launchers),
            "Running" => Follow(one, value, launchers),
            _ => null,
        };
    }

    private void End(StoredObject one, List<StoredObject> launchers)
    {
        machines.End(one.Uid);
        launchers.Where(p => !p.IsEnding).ToList().ForEach(p => cluster.Delete(p, new DeleteOptions { GracePeriodSeconds = 1 }));
        cluster.Update(one.Address, v =>
        {
            if (v.Text("status", "phase") == "Running")
            {
                cluster.Condition(v, "Ready", false, "PodTerminating", "virt-launcher pod is terminating");
            }
        });
        if (launchers.Count == 0)
        {
            cluster.Release(one.Address, Finalizer);
        }
    }

    private TimeSpan? Launch(StoredObject one, JsonObject value, List<StoredObject> launchers)
    {
        if (MissingClaim(one, value) is { } claim)
        {
            cluster.Update(one.Address, v => cluster.Condition(v, "Synchronized", false, "FailedPvcNotFound", $"PVC {one.Namespace}/{claim} does not exist, waiting for it to appear"));
            return TimeSpan.FromMilliseconds(200);
        }

        if (IsFilling(one, value))
        {
            cluster.Update(one.Address, v => cluster.Condition(v, "Provisioning", true));
            return TimeSpan.FromMilliseconds(50);
        }

        if (launchers.Count == 0)
        {
            try
            {
                cluster.Create("", "pods", one.Namespace, LauncherPod.Of(one, value, settings.SeccompProfile), By);
            }
            catch (ApiRefusal e)
            {
                var message = "failed to create virtual machine pod: " + e.Message;
                cluster.Update(one.Address, v => cluster.Condition(v, "Synchronized", false, "FailedCreate", message));
                cluster.Tell(one, "Warning", "FailedCreate", "Error creating pod: " + e.Message, By);
                return TimeSpan.FromMilliseconds(500);
            }
        }

        return Phase(one, "Scheduling", v =>
        {
            cluster.Condition(v, "Ready", false, "GuestNotRunning", "Guest VM is not reported as running");
            ClusterState.DropCondition(v, "Synchronized");
            ClusterState.DropCondition(v, "Provisioning");
        });
    }

    /// <summary>A disk that waited for this machine is being filled.</summary>
    private bool IsFilling(StoredObject one, JsonObject value) => value.Objects("spec", "volumes")
        .Select(v => v.Text("dataVolume", "name") ?? v.Text("persistentVolumeClaim", "claimName")).OfType<string>()
        .Any(d => cluster.Find("cdi.kubevirt.io", "datavolumes", one.Namespace, d) is { } disk && disk.Read().Text("status", "phase") != "Succeeded");

    private string? MissingClaim(StoredObject one, JsonObject value) => value.Objects("spec", "volumes")
        .Select(v => v.Text("persistentVolumeClaim", "claimName") ?? v.Text("dataVolume", "name")).OfType<string>()
        .FirstOrDefault(c => cluster.Find("", "persistentvolumeclaims", one.Namespace, c) is null);

    private TimeSpan? AwaitPod(StoredObject one, List<StoredObject> launchers)
    {
        if (launchers.Find(p => !p.IsEnding)?.Read() is not { } pod)
        {
            return Phase(one, "Failed", v => cluster.Condition(v, "Ready", false, "PodNotExists", "virt-launcher pod has not yet been scheduled"));
        }

        var unscheduled = pod.Objects("status", "conditions").FirstOrDefault(c => c.Text("type") == "PodScheduled" && c.Text("status") == "False");
        cluster.Update(one.Address, v =>
        {
            if (unscheduled is not null)
            {
                cluster.Condition(v, "PodScheduled", false, "Unschedulable", unscheduled.Text("message"));
            }
            else
            {
                ClusterState.DropCondition(v, "PodScheduled");
            }
        });
        return pod.Text("status", "phase") == "Running"
            ? Phase(one, "Scheduled", v =>
            {
                v.Part("status")["nodeName"] = pod.Text("spec", "nodeName");
                v.Metadata().Part("labels")["kubevirt.io/nodeName"] = pod.Text("spec", "nodeName");
                v.Part("status")["activePods"] = new JsonObject { [pod.Metadata().Text("uid")!] = pod.Text("spec", "nodeName") };
            })
            : null;
    }

    private TimeSpan? Boot(StoredObject one, List<StoredObject> launchers)
    {
        if (clock.Left(one.Uid, "booting", settings.BootingMilliseconds) is { } left)
        {
            return left;
        }

        var address = launchers.Find(p => !p.IsEnding)?.Read().Text("status", "podIP");
        return Phase(one, "Running", v =>
        {
            cluster.Condition(v, "Ready", true);
            cluster.Condition(v, "LiveMigratable", false, "DisksNotLiveMigratable", "cannot migrate VMI: the VMI uses ephemeral disks");
            v.Part("status")["interfaces"] = new JsonArray([.. v.Objects("spec", "domain", "devices", "interfaces").Select(i => (JsonNode)new JsonObject
            {
                ["name"] = i.Text("name"), ["mac"] = i.Text("macAddress") ?? "02:00:00:00:00:01", ["infoSource"] = "domain", ["podInterfaceName"] = i.At("masquerade") is null ? "tap" : "eth0",
                ["ipAddress"] = i.At("masquerade") is null ? null : address,
                ["ipAddresses"] = i.At("masquerade") is not null && address is not null ? ObjectJson.List([address]) : new JsonArray(),
            })]);
        });
    }

    private TimeSpan? Follow(StoredObject one, JsonObject value, List<StoredObject> launchers)
    {
        if (!launchers.Exists(p => !p.IsEnding))
        {
            machines.End(one.Uid);
            return Phase(one, "Failed", v => cluster.Condition(v, "Ready", false, "PodNotExists", "virt-launcher pod does not exist"));
        }

        if (settings.AgentMilliseconds < 0 || MachineVerbs.Has(value, "AgentConnected"))
        {
            return null;
        }

        if (clock.Left(one.Uid, "agent", settings.AgentMilliseconds) is { } left)
        {
            return left;
        }

        cluster.Update(one.Address, v =>
        {
            cluster.Condition(v, "AgentConnected", true);
            v.Part("status")["guestOSInfo"] = new JsonObject { ["name"] = "Debian GNU/Linux", ["id"] = "debian", ["version"] = "13" };
            foreach (var network in v.Objects("status", "interfaces").Take(1))
            {
                // What a guest says of itself is to be believed by nobody.
                network["infoSource"] = "domain, guest-agent";
                if (settings.AgentLie is { } lie)
                {
                    network["ipAddresses"] = ObjectJson.List([lie, .. network.Texts("ipAddresses")]);
                    network["ipAddress"] = lie;
                }
            }
        });
        return null;
    }

    private TimeSpan? Phase(StoredObject one, string phase, Action<JsonObject> also)
    {
        cluster.Update(one.Address, v =>
        {
            var status = v.Part("status");
            also(v);
            if (status.Text("phase") != phase)
            {
                status["phase"] = phase;
                var times = status["phaseTransitionTimestamps"] as JsonArray ?? [];
                times.Add((JsonNode)new JsonObject { ["phase"] = phase, ["phaseTransitionTimestamp"] = clock.Text });
                status["phaseTransitionTimestamps"] = times.DeepClone();
            }
        });
        return null;
    }
}
