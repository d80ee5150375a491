using System.Text.Json.Nodes;
using LabOrchestrator.KubernetesSimulator.Requests;
using LabOrchestrator.KubernetesSimulator.Store;
using LabOrchestrator.KubernetesSimulator.Streams;

namespace LabOrchestrator.KubernetesSimulator.Controllers;

/// <summary>start, stop and restart of machines by their run strategy; pause and unpause.</summary>
internal sealed class MachineVerbs(ClusterState cluster, ObjectWriter writer, SimulatedMachines machines)
{
    public void Change(StoredObject vm, string verb, JsonNode? body)
    {
        var strategy = Strategy(vm.Read());
        var instance = cluster.Find("kubevirt.io", "virtualmachineinstances", vm.Namespace, vm.Name);
        var isLive = instance is not null && instance.Read().Text("status", "phase") is not ("Succeeded" or "Failed");
        switch (verb)
        {
            case "start":
                Start(vm, strategy, isLive);
                break;
            case "stop":
                Stop(vm, strategy, isLive ? instance : null);
                break;
            default:
                Restart(vm, strategy, isLive ? instance : null, body);
                break;
        }
    }

    public void Act(StoredObject instance, string verb)
    {
        var value = instance.Read();
        if (value.Text("status", "phase") != "Running")
        {
            throw ApiRefusal.Conflict(instance.Kind, instance.Name, "VMI is not running");
        }

        var isPaused = Has(value, "Paused");
        switch (verb)
        {
            case "pause" when value.At("spec", "livenessProbe") is JsonObject probe && probe["guestAgentPing"] is null:
                throw ApiRefusal.Forbidden(instance.Kind, instance.Name, "Pausing VMIs with LivenessProbe is currently not supported");
            case "pause" when isPaused:
                throw ApiRefusal.Conflict(instance.Kind, instance.Name, "VMI is already paused");
            case "unpause" when !isPaused:
                throw ApiRefusal.Conflict(instance.Kind, instance.Name, "VMI is not paused");
            case "pause" or "unpause":
                machines.Of(instance.Uid, instance.Name).Pause(verb == "pause");
                cluster.Update(instance.Address, changed =>
                {
                    // The condition is there only while it is paused.
                    if (verb == "pause")
                    {
                        cluster.Condition(changed, "Paused", true, "PausedByUser", "VMI was paused by user");
                    }
                    else
                    {
                        ClusterState.DropCondition(changed, "Paused");
                    }
                });
                break;
            default:
                break;
        }
    }

    public static string Strategy(JsonObject vm) => vm.Text("spec", "runStrategy") ?? (vm.Flag("spec", "running") == true ? "Always" : "Halted");

    public static bool Has(JsonObject value, string condition) =>
        value.Objects("status", "conditions").Any(c => c.Text("type") == condition && c.Text("status") == "True");

    private void Start(StoredObject vm, string strategy, bool isLive)
    {
        switch (strategy)
        {
            case var _ when isLive:
                throw ApiRefusal.Conflict(vm.Kind, vm.Name, "VM is already running");
            case "Halted":
                Run(vm, "Always");
                break;
            case "Manual" or "RerunOnFailure":
                Ask(vm, new JsonObject { ["action"] = "Start" });
                break;
            default:
                throw ApiRefusal.Conflict(vm.Kind, vm.Name, $"{strategy} does not support manual start requests");
        }
    }

    private void Stop(StoredObject vm, string strategy, StoredObject? instance)
    {
        switch (strategy)
        {
            case "Halted":
            case var _ when instance is null:
                throw ApiRefusal.Conflict(vm.Kind, vm.Name, "VM is not running");
            case "Always" or "Once":
                Run(vm, "Halted");
                break;
            default:
                Ask(vm, new JsonObject { ["action"] = "Stop", ["uid"] = instance.Uid });
                break;
        }
    }

    private void Restart(StoredObject vm, string strategy, StoredObject? instance, JsonNode? body)
    {
        if (body.Number("gracePeriodSeconds") is > 0)
        {
            throw ApiRefusal.BadRequest("For force restart, only gracePeriod=0 is supported for now");
        }

        if (strategy is "Halted" or "Once")
        {
            throw ApiRefusal.Conflict(vm.Kind, vm.Name, $"{strategy} does not support manual restart requests");
        }

        if (instance is null)
        {
            throw ApiRefusal.Conflict(vm.Kind, vm.Name, "VM is not running");
        }

        Ask(vm, new JsonObject { ["action"] = "Stop", ["uid"] = instance.Uid }, new JsonObject { ["action"] = "Start" });
    }

    /// <summary>KubeVirt patches the spec itself, and owns the field from then on: the next apply of it is a conflict.</summary>
    private void Run(StoredObject vm, string strategy) => writer.Change(vm.Kind, vm.Namespace, vm.Name, WriteOptions.Of("virt-api"), live =>
    {
        var spec = live.Part("spec");
        if (spec["running"] is not null)
        {
            spec["running"] = strategy == "Always";
        }
        else
        {
            spec["runStrategy"] = strategy;
        }

        return live;
    });

    private void Ask(StoredObject vm, params JsonNode[] requests)
    {
        if (vm.Read().At("status", "stateChangeRequests") is JsonArray { Count: > 0 })
        {
            throw ApiRefusal.Conflict(vm.Kind, vm.Name, "unable to complete request: stop/start already underway");
        }

        cluster.Update(vm.Address, value => value.Part("status")["stateChangeRequests"] = new JsonArray([.. requests.Select(r => r.DeepClone())]));
    }
}
