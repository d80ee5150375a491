using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Docker.Engine;

/// <summary>The part of the Docker Engine API that the runtime uses.</summary>
internal sealed class EngineClient(EngineConnection connection) : IDisposable
{
    public EngineClient(string socketPath, TimeProvider time)
        : this(new EngineConnection(socketPath, time))
    {
    }

    public EngineContainers Containers { get; } = new(connection);

    public EngineNetworks Networks { get; } = new(connection);

    public EngineVolumes Volumes { get; } = new(connection);

    public EngineImages Images { get; } = new(connection);

    public EngineExecs Execs { get; } = new(connection);

    /// <summary>The version both sides know.</summary>
    /// <exception cref="RuntimeUnavailableException">The engine is away or too old.</exception>
    public Task<Version> NegotiateAsync(CancellationToken cancellationToken) => connection.NegotiateAsync(cancellationToken);

    public Task<EngineInfo> InfoAsync(CancellationToken cancellationToken) =>
        connection.GetAsync("info", EngineJson.Default.EngineInfo, cancellationToken);

    /// <summary>
    /// What happens to containers and networks, from now on: first a null when the engine listens, then the events. Ends when the
    /// engine ends. Labels are no filter here, because networks' events carry none.
    /// </summary>
    public async IAsyncEnumerable<EngineEvent?> WatchAsync(
        IEnumerable<string> actions, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var filters = Filters.Of(("type", ["container", "network"]), ("event", actions));
        using var response = await connection.StreamAsync(HttpMethod.Get, $"events?{filters}", null, null, cancellationToken).ConfigureAwait(false);
        yield return null;
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false), Encoding.UTF8);
        while (await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line)
        {
            if (line.Length > 0 && JsonSerializer.Deserialize(line, EngineJson.Default.EngineEvent) is { } seen)
            {
                yield return seen;
            }
        }
    }

    public void Dispose() => connection.Dispose();
}
