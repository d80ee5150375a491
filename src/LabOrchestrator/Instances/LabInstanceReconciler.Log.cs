using LabOrchestrator.Runtimes;
using Microsoft.Extensions.Logging;

namespace LabOrchestrator.Instances;

internal sealed partial class LabInstanceReconciler
{
    [LoggerMessage(101, LogLevel.Information, "Instance {Instance} is {Phase} on {Runtime}")]
    private static partial void LogSettled(ILogger logger, long instance, InstancePhase phase, string runtime);

    [LoggerMessage(102, LogLevel.Warning, "Instance {Instance} waits for the engine: {Reason}")]
    private static partial void LogEngineAway(ILogger logger, long instance, string reason);

    [LoggerMessage(103, LogLevel.Warning, "Instance {Instance} waits for the database: {Reason}")]
    private static partial void LogStoreAway(ILogger logger, long instance, string reason);

    [LoggerMessage(104, LogLevel.Warning, "Instance {Instance} failed: {Reason}")]
    private static partial void LogFailed(ILogger logger, long instance, string reason);

    [LoggerMessage(105, LogLevel.Error, "Instance {Instance}: unexpected error")]
    private static partial void LogUnexpected(ILogger logger, Exception exception, long instance);

    private sealed class StageProgress(LiveInstances live, long id) : IProgress<MachineProgress>
    {
        public void Report(MachineProgress value) => live.Progress(id, value);
    }
}
