using System.Text.Json.Nodes;
using LabOrchestrator.KubernetesSimulator.Store;

namespace LabOrchestrator.KubernetesSimulator.Controllers;

/// <summary>The printableStatus of a machine.</summary>
internal static class MachineWords
{
    public static string Printable(JsonObject vm, StoredObject? instance, JsonObject? seen, JsonObject? launcher, List<StoredObject> disks, string? failure)
    {
        var waiting = launcher.Objects("status", "containerStatuses").Select(s => s.Text("state", "waiting", "reason"))
            .FirstOrDefault(r => r is "ErrImagePull" or "ImagePullBackOff");
        return 0 switch
        {
            _ when instance is { IsEnding: true } => "Stopping",
            _ when seen is not null && MachineVerbs.Has(seen, "Paused") => "Paused",
            _ when seen.Text("status", "phase") == "Running" => "Running",
            _ when seen.Text("status", "phase") is "Succeeded" => "Stopped",
            _ when seen.Text("status", "phase") is "Failed" => MachineVerbs.Strategy(vm) is "Always" or "RerunOnFailure" ? "CrashLoopBackOff" : "Stopped",
            _ when waiting is not null => waiting,
            _ when seen.Objects("status", "conditions").Any(c => c.Text("reason") == "Unschedulable") => "ErrorUnschedulable",
            _ when seen.Objects("status", "conditions").Any(c => c.Text("reason") == "FailedPvcNotFound") => "ErrorPvcNotFound",
            _ when seen is not null => "Starting",
            _ when failure is not null => "Stopped",
            _ when disks.Exists(d => d.Read().Text("status", "phase") is "Failed") => "DataVolumeError",
            _ when MachineVerbs.Strategy(vm) != "Halted" && disks.Exists(d => d.Read().Text("status", "phase") is not ("Succeeded" or "WaitForFirstConsumer")) => "Provisioning",
            _ when vm.Objects("status", "stateChangeRequests").Any(r => r.Text("action") == "Start") || MachineVerbs.Strategy(vm) == "Always" => "Starting",
            _ => "Stopped",
        };
    }
}
