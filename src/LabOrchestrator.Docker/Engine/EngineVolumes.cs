namespace LabOrchestrator.Docker.Engine;

/// <summary>Volumes of the engine. What is already so is no error.</summary>
internal sealed class EngineVolumes(EngineConnection connection)
{
    /// <summary>Makes a volume; one of that name stays as it is.</summary>
    public Task CreateAsync(VolumeCreation volume, CancellationToken cancellationToken) =>
        connection.PostAsync("volumes/create", volume, EngineJson.Default.VolumeCreation, cancellationToken);

    public async Task<VolumeSummary?> FindAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            return await connection.GetAsync($"volumes/{name}", EngineJson.Default.VolumeSummary, cancellationToken).ConfigureAwait(false);
        }
        catch (EngineException e) when (e.IsNotFound)
        {
            return null;
        }
    }

    public async Task RemoveAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            await connection.CallAsync(HttpMethod.Delete, $"volumes/{name}", cancellationToken).ConfigureAwait(false);
        }
        catch (EngineException e) when (e.IsNotFound)
        {
        }
    }

    /// <summary>Volumes that carry the labels.</summary>
    public async Task<IReadOnlyList<VolumeSummary>> ListAsync(IEnumerable<string> labels, CancellationToken cancellationToken)
    {
        var list = await connection.GetAsync($"volumes?{Filters.Labels(labels)}", EngineJson.Default.VolumeList, cancellationToken).ConfigureAwait(false);
        return list.Volumes ?? [];
    }

    /// <summary>All volumes with their sizes. The engine counts their files for it, so it is not asked without need.</summary>
    public async Task<IReadOnlyList<VolumeSummary>> ListSizesAsync(CancellationToken cancellationToken)
    {
        var list = await connection.GetAsync("system/df?type=volume", EngineJson.Default.VolumeList, cancellationToken).ConfigureAwait(false);
        return list.Volumes ?? [];
    }
}
