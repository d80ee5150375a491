using System.Text;

namespace LabOrchestrator.Docker.Engine;

/// <summary>Commands in running containers.</summary>
internal sealed class EngineExecs(EngineConnection connection)
{
    private static readonly Dictionary<string, string> Upgrade = new() { ["Connection"] = "Upgrade", ["Upgrade"] = "tcp" };

    /// <summary>Starts a command and does not wait for it.</summary>
    public async Task StartDetachedAsync(string container, ExecCreation command, CancellationToken cancellationToken)
    {
        var id = await CreateAsync(container, command, cancellationToken).ConfigureAwait(false);
        await connection.PostAsync($"exec/{id}/start", new ExecStart(Detach: true, Tty: false), EngineJson.Default.ExecStart, cancellationToken)
            .ConfigureAwait(false);
    }

    /// <summary>Starts a command and returns its standard streams, multiplexed where it has no terminal.</summary>
    public async Task<ExecStream> OpenAsync(string container, ExecCreation command, CancellationToken cancellationToken)
    {
        var id = await CreateAsync(container, command, cancellationToken).ConfigureAwait(false);
        using var content = EngineConnection.Json(new ExecStart(Detach: false, command.Tty), EngineJson.Default.ExecStart);
        var response = await connection.StreamAsync(HttpMethod.Post, $"exec/{id}/start", content, Upgrade, cancellationToken).ConfigureAwait(false);
        try
        {
            return new ExecStream(id, response, await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false));
        }
        catch
        {
            response.Dispose();
            throw;
        }
    }

    /// <summary>Runs a command to its end; what it said beyond so many bytes is cut.</summary>
    public async Task<(int ExitCode, string Output)> RunAsync(
        string container, ExecCreation command, ReadOnlyMemory<byte> input, int mostBytes, CancellationToken cancellationToken)
    {
        await using var exec = await OpenAsync(
            container, command with { AttachStdin = !input.IsEmpty, AttachStdout = true, AttachStderr = true }, cancellationToken).ConfigureAwait(false);
        if (!input.IsEmpty)
        {
            await exec.WriteAsync(input, cancellationToken).ConfigureAwait(false);
        }

        using var output = new MemoryStream();
        await exec.Output.CopyAllAsync(output, mostBytes, cancellationToken).ConfigureAwait(false);
        var ended = await connection.GetAsync($"exec/{exec.Id}/json", EngineJson.Default.ExecDetails, cancellationToken).ConfigureAwait(false);
        return (ended.ExitCode ?? -1, Encoding.UTF8.GetString(output.GetBuffer(), 0, (int)output.Length));
    }

    private async Task<string> CreateAsync(string container, ExecCreation command, CancellationToken cancellationToken)
    {
        var created = await connection.PostAsync(
            $"containers/{container}/exec", command, EngineJson.Default.ExecCreation, EngineJson.Default.CreatedAnswer, cancellationToken)
            .ConfigureAwait(false);
        return created.Id;
    }
}
