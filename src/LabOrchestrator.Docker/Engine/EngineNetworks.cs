namespace LabOrchestrator.Docker.Engine;

/// <summary>Networks of the engine. What is already so is no error.</summary>
internal sealed class EngineNetworks(EngineConnection connection)
{
    /// <summary>Makes a network. As with containers, a call that was made is awaited even when cancelled.</summary>
    /// <exception cref="EngineException">The name, the bridge or the subnet is taken.</exception>
    public async Task<string> CreateAsync(NetworkCreation network, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var created = await connection.PostAsync(
            "networks/create", network, EngineJson.Default.NetworkCreation, EngineJson.Default.CreatedAnswer, CancellationToken.None).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        return created.Id;
    }

    /// <summary>Gives a container a further card.</summary>
    public Task ConnectAsync(string network, NetworkConnection end, CancellationToken cancellationToken) =>
        connection.PostAsync($"networks/{network}/connect", end, EngineJson.Default.NetworkConnection, cancellationToken);

    /// <summary>Takes a container that is down out of a network, by name: the network itself may be gone.</summary>
    public Task DisconnectAsync(string network, string container, CancellationToken cancellationToken) => connection.PostAsync(
        $"networks/{network}/disconnect", new NetworkDisconnection(container, Force: true), EngineJson.Default.NetworkDisconnection, cancellationToken);

    public async Task RemoveAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            await connection.CallAsync(HttpMethod.Delete, $"networks/{id}", cancellationToken).ConfigureAwait(false);
        }
        catch (EngineException e) when (e.IsNotFound)
        {
        }
    }

    /// <summary>Networks that carry the labels; all of the engine without labels.</summary>
    public async Task<IReadOnlyList<NetworkSummary>> ListAsync(IEnumerable<string> labels, CancellationToken cancellationToken) =>
        await connection.GetAsync($"networks?{Filters.Labels(labels)}", EngineJson.Default.ListNetworkSummary, cancellationToken).ConfigureAwait(false);
}
