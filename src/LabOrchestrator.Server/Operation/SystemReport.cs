using System.Reflection;
using LabOrchestrator.Installations;
using LabOrchestrator.Instances;
using LabOrchestrator.Labs;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Server.Operation;

/// <summary>Collects the state of the installation.</summary>
internal sealed class SystemReport(
    Installation installation, LabRuntimes runtimes, RuntimeHealth health, LabInstances instances, Orphans orphans, LabCatalogue labs)
{
    private const int MostQueued = 1000;

    public async Task<SystemAnswer> MakeAsync(CancellationToken cancellationToken)
    {
        var live = await instances.ListAsync(new LabInstanceQuery { Limit = MostQueued }, cancellationToken);
        return new SystemAnswer
        {
            Installation = installation.Id,
            Version = typeof(SystemReport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "",
            Runtimes = await Task.WhenAll(runtimes.All.Select(async r =>
            {
                var readiness = await health.CheckAsync(r.Name, cancellationToken);
                return new RuntimeAnswer(
                    r.Name, readiness.IsReady, readiness.Reason, readiness.MemoryBytes, readiness.FreeDiskBytes, [.. r.Capabilities.Names]);
            })),
            LiveInstances = live.Count,
            Queue = [.. live
                .Where(i => i.Status.QueuePlace is not null)
                .OrderBy(i => i.Status.QueuePlace)
                .Select(i => new QueuedAnswer(i.Status.QueuePlace!.Value, i.Id, i.LabName, i.OwnerId, i.Status.Reason))],
            Orphans = [.. orphans.All.Select(o => new OrphanAnswer(o.Runtime, o.InstanceId, o.SeenAt, o.SeenAt + Orphans.KeptFor, o.Machines, o.IsRunning, o.Running))],
            FailedFolders = [.. labs.FailedFolders.Select(f => new FailedFolderAnswer(f.Folder, f.Mistakes))],
            WarnedFolders = [.. (await labs.ListWarnedFoldersAsync(cancellationToken)).Select(f => new WarnedFolderAnswer(f.Folder, f.Warnings))],
        };
    }
}
