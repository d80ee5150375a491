using System.Globalization;
using LabOrchestrator.Kubernetes.Instances;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Machines;

/// <summary>How long a machine may take to start before its start counts as failed, by what keeps it.</summary>
internal sealed class StartPatience(string machine, KubernetesRuntimeOptions options)
{
    private static readonly TimeSpan MayPass = TimeSpan.FromMinutes(2);

    private TimeSpan _movedAt;
    private MachineSight? _before;

    /// <summary>Goes on waiting, or gives up with the cluster's words.</summary>
    /// <exception cref="InstanceFailedException">It took too long.</exception>
    public Looked<T> Check<T>(MachineSight sight, TimeSpan since)
    {
        if (_before is null || _before.Stage != sight.Stage || _before.Percent != sight.Percent || _before.Trouble != sight.Trouble)
        {
            _movedAt = since;
        }

        _before = sight;
        var (longest, what) = sight.Trouble switch
        {
            Trouble.Lasting => (TimeSpan.Zero, "cannot be started"),
            Trouble.MayPass => (Least(MayPass, TimeSpan.FromSeconds(options.StartSeconds)), "cannot be started"),
            Trouble.NoRoom => (TimeSpan.FromSeconds(options.RoomSeconds), "found no room on the cluster"),
            _ => (TimeSpan.FromSeconds(options.StartSeconds), "did not come on"),
        };
        var waited = since - _movedAt;
        return waited < longest
            ? Looked.NotYet<T>(longest - waited)
            : throw new InstanceFailedException(
                string.Create(CultureInfo.InvariantCulture, $"The machine {what}{(longest > TimeSpan.Zero ? $" within {longest.TotalSeconds:0} s" : "")}: {sight.Reason ?? $"it is still at the stage {sight.Stage}"}"),
                machine);
    }

    private static TimeSpan Least(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
