using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;

namespace LabOrchestrator.Docker.Engine;

/// <summary>Containers of the engine. What is already so is no error.</summary>
internal sealed class EngineContainers(EngineConnection connection)
{
    private const int Glances = 200;

    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(50);

    // Docker 23's.
    private static readonly Version FirstToRemoveTogether = new(1, 42);

    /// <summary>
    /// Makes a container; null when one of that name is there. A call that was made is awaited even when cancelled: the engine would
    /// go on with it, and a container would come to be after all was looked for and removed.
    /// </summary>
    public async Task<string?> CreateAsync(string name, ContainerCreation container, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await CreateOnceAsync(name, container, cancellationToken).ConfigureAwait(false);
            }
            catch (EngineException e) when (e.IsConflict)
            {
                if (await FindAsync(name, cancellationToken).ConfigureAwait(false) is not null)
                {
                    return null;
                }

                if (attempt == Glances)
                {
                    throw;
                }

                // The name is kept for one that another call (of a server killed meanwhile) is still making, or has just failed to make.
                await Task.Delay(Glance, connection.Time, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task<string> CreateOnceAsync(string name, ContainerCreation container, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var created = await connection.PostAsync(
            $"containers/create?name={Uri.EscapeDataString(name)}",
            container, EngineJson.Default.ContainerCreation, EngineJson.Default.CreatedAnswer, CancellationToken.None).ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
        return created.Id;
    }

    public Task StartAsync(string id, CancellationToken cancellationToken) =>
        connection.CallAsync(HttpMethod.Post, $"containers/{id}/start", cancellationToken);

    /// <summary>Asks the first process to end and kills it after the grace.</summary>
    public Task StopAsync(string id, TimeSpan grace, CancellationToken cancellationToken) => connection.CallAsync(
        HttpMethod.Post, string.Create(CultureInfo.InvariantCulture, $"containers/{id}/stop?t={grace.TotalSeconds:0}"), cancellationToken);

    /// <summary>Freezes; false when it does not run.</summary>
    public Task<bool> PauseAsync(string id, CancellationToken cancellationToken) => ToleratingConflictAsync($"containers/{id}/pause", cancellationToken);

    /// <summary>Lets go on; false when it is not frozen.</summary>
    public Task<bool> UnpauseAsync(string id, CancellationToken cancellationToken) => ToleratingConflictAsync($"containers/{id}/unpause", cancellationToken);

    public Task RenameAsync(string id, string name, CancellationToken cancellationToken) =>
        connection.CallAsync(HttpMethod.Post, $"containers/{id}/rename?name={Uri.EscapeDataString(name)}", cancellationToken);

    /// <summary>
    /// Kills and removes a container with its anonymous volumes; returns when it is gone. Debian 12's engine may stand still for ever
    /// where two containers leave a network at once (https://github.com/moby/libnetwork/pull/2679), so there one goes after the other.
    /// </summary>
    public async Task RemoveAsync(string id, CancellationToken cancellationToken)
    {
        if (await connection.NegotiateAsync(cancellationToken).ConfigureAwait(false) >= FirstToRemoveTogether)
        {
            await RemoveNowAsync(id, cancellationToken).ConfigureAwait(false);
            return;
        }

        await connection.Removing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await RemoveNowAsync(id, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            connection.Removing.Release();
        }
    }

    private async Task RemoveNowAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            await connection.CallAsync(HttpMethod.Delete, $"containers/{id}?force=1&v=1", cancellationToken).ConfigureAwait(false);
        }
        catch (EngineException e) when (e.IsNotFound)
        {
        }
        catch (EngineException e) when (e.IsConflict)
        {
            // Another removal of it is under way.
            await WaitRemovedAsync(id, cancellationToken).ConfigureAwait(false);
        }
    }

    public async Task<ContainerDetails?> FindAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            return await connection.GetAsync($"containers/{id}/json", EngineJson.Default.ContainerDetails, cancellationToken).ConfigureAwait(false);
        }
        catch (EngineException e) when (e.IsNotFound)
        {
            return null;
        }
    }

    /// <summary>Containers that carry the labels, those that do not run included.</summary>
    public async Task<IReadOnlyList<ContainerSummary>> ListAsync(
        IEnumerable<string> labels, CancellationToken cancellationToken, bool sizes = false) =>
        await connection.GetAsync(
            $"containers/json?all=1{(sizes ? "&size=1" : "")}&{Filters.Labels(labels)}",
            EngineJson.Default.ListContainerSummary, cancellationToken).ConfigureAwait(false);

    /// <summary>Waits for the end and returns the exit code. May take as long as the container runs.</summary>
    public async Task<int> WaitAsync(string id, CancellationToken cancellationToken)
    {
        using var response = await connection.StreamAsync(
            HttpMethod.Post, $"containers/{id}/wait", null, null, cancellationToken).ConfigureAwait(false);
        var answer = await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        return System.Text.Json.JsonSerializer.Deserialize(answer, EngineJson.Default.WaitAnswer)?.StatusCode
            ?? throw new EngineException(HttpStatusCode.InternalServerError, "Docker Engine did not say how the container ended.");
    }

    /// <summary>The last lines of what it said, both streams.</summary>
    public async Task<string> LogTailAsync(string id, int lines, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await connection.SendAsync(
                HttpMethod.Get, string.Create(CultureInfo.InvariantCulture, $"containers/{id}/logs?stdout=1&stderr=1&tail={lines}"), null, cancellationToken)
                .ConfigureAwait(false);
            using var text = new MemoryStream();
            var stream = new MultiplexedReader(await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false));
            await stream.CopyAllAsync(text, 64 << 10, cancellationToken).ConfigureAwait(false);
            return Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length).Trim();
        }
        catch (EngineException)
        {
            return "";
        }
    }

    /// <summary>Lays a tar into a folder of a container.</summary>
    public async Task UploadAsync(string id, string folder, ReadOnlyMemory<byte> tar, CancellationToken cancellationToken)
    {
        using var content = new ReadOnlyMemoryContent(tar);
        using var response = await connection.SendAsync(
            HttpMethod.Put, $"containers/{id}/archive?path={Uri.EscapeDataString(folder)}", content, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Lays a tar of any length into a folder of a container, which need not run.</summary>
    public async Task UploadAsync(string id, string folder, HttpContent tar, CancellationToken cancellationToken)
    {
        using var response = await connection.StreamAsync(
            HttpMethod.Put, $"containers/{id}/archive?path={Uri.EscapeDataString(folder)}", tar, null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Takes a file or folder out of a container, which need not run, as a tar.</summary>
    public Task<HttpResponseMessage> DownloadAsync(string id, string path, CancellationToken cancellationToken) => connection.StreamAsync(
        HttpMethod.Get, $"containers/{id}/archive?path={Uri.EscapeDataString(path)}", null, null, cancellationToken);

    /// <summary>What a container says, both streams, line by line, until it ends.</summary>
    public async IAsyncEnumerable<string> FollowAsync(string id, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        const int longestLine = 4096;
        using var response = await connection.StreamAsync(
            HttpMethod.Get, $"containers/{id}/logs?stdout=1&stderr=1&follow=1", null, null, cancellationToken).ConfigureAwait(false);
        var stream = new MultiplexedReader(await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false));
        var buffer = new byte[longestLine];
        var line = new StringBuilder();
        while (await stream.ReadAsync(buffer, cancellationToken).ConfigureAwait(false) is { Count: > 0 } read)
        {
            foreach (var character in Encoding.UTF8.GetString(buffer, 0, read.Count))
            {
                if (character != '\n' && line.Length < longestLine)
                {
                    line.Append(character);
                    continue;
                }

                yield return line.ToString();
                line.Clear();
            }
        }

        if (line.Length > 0)
        {
            yield return line.ToString();
        }
    }

    private async Task WaitRemovedAsync(string id, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await connection.StreamAsync(
                HttpMethod.Post, $"containers/{id}/wait?condition=removed", null, null, cancellationToken).ConfigureAwait(false);
            await response.Content.ReadAsStringAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (EngineException e) when (e.IsNotFound)
        {
        }
    }

    private async Task<bool> ToleratingConflictAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            await connection.CallAsync(HttpMethod.Post, path, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (EngineException e) when (e.IsConflict)
        {
            return false;
        }
    }
}
