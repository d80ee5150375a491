namespace LabOrchestrator.Runtimes;

/// <summary>
/// An engine that cannot freeze every kind of machine. <see cref="ILabRuntime.PauseAsync"/> is all or nothing; where nobody needs all, as
/// with what no instance owns, this freezes what can be.
/// </summary>
public interface IPartialPause
{
    /// <summary>Freezes the running machines that can be, with their memory. The others run on, as what is returned says.</summary>
    /// <exception cref="InstanceFailedException">There is no such instance, or one that can be frozen was not.</exception>
    /// <exception cref="RuntimeUnavailableException">The engine is away; try again later.</exception>
    Task<ObservedInstance> PauseWhatCanBeAsync(long instanceId, CancellationToken cancellationToken);
}
