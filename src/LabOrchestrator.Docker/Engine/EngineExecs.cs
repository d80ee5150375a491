using System.Net;
using System.Text;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Docker.Engine;

/// <summary>Commands in running containers.</summary>
internal sealed class EngineExecs(EngineConnection connection)
{
    private static readonly Dictionary<string, string> Upgrade = new() { ["Connection"] = "Upgrade", ["Upgrade"] = "tcp" };

    /// <summary>Starts a command and returns its standard streams, multiplexed where it has no terminal.</summary>
    /// <exception cref="EngineException">The engine refuses; a conflict when the container has ended.</exception>
    public async Task<ExecStream> OpenAsync(string container, ExecCreation command, CancellationToken cancellationToken) =>
        await StartAsync(await CreateAsync(container, command, cancellationToken).ConfigureAwait(false), container, command.Tty, cancellationToken)
            .ConfigureAwait(false);

    /// <summary>Runs a command to its end; what it said beyond so many bytes is cut.</summary>
    public async Task<(int ExitCode, string Output)> RunAsync(
        string container, ExecCreation command, ReadOnlyMemory<byte> input, int mostBytes, CancellationToken cancellationToken)
    {
        await using var exec = await OpenAsync(
            container, command with { AttachStdin = !input.IsEmpty, AttachStdout = true, AttachStderr = true }, cancellationToken).ConfigureAwait(false);
        using var output = new MemoryStream();
        IOException? cut = null;

        // At the same time: a command may end without reading its input, and then nobody takes that.
        var writing = input.IsEmpty ? Task.CompletedTask : exec.WriteAsync(input, cancellationToken).AsTask();
        try
        {
            await exec.Output.CopyAllAsync(output, mostBytes, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            // So one also ends that left some of its input.
            cut = e;
        }
        finally
        {
            _ = writing.ContinueWith(t => t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        }

        var details = await connection.GetAsync($"exec/{exec.Id}/json", EngineJson.Default.ExecDetails, cancellationToken).ConfigureAwait(false);
        return cut is not null && details.Running
            ? throw new RuntimeUnavailableException($"Docker Engine cut off a command in a container: {cut.Message}", cut)
            : (details.ExitCode ?? -1, Encoding.UTF8.GetString(output.GetBuffer(), 0, (int)output.Length));
    }

    /// <summary>Makes a command ready in a container and returns its identity.</summary>
    internal async Task<string> CreateAsync(string container, ExecCreation command, CancellationToken cancellationToken)
    {
        var created = await connection.PostAsync(
            $"containers/{container}/exec", command, EngineJson.Default.ExecCreation, EngineJson.Default.CreatedAnswer, cancellationToken)
            .ConfigureAwait(false);
        return created.Id;
    }

    /// <summary>Starts a command that is ready.</summary>
    internal async Task<ExecStream> StartAsync(string id, string container, bool tty, CancellationToken cancellationToken)
    {
        using var content = EngineConnection.Json(new ExecStart(Detach: false, tty), EngineJson.Default.ExecStart);
        HttpResponseMessage? response = null;
        try
        {
            response = await connection.StreamAsync(HttpMethod.Post, $"exec/{id}/start", content, Upgrade, cancellationToken).ConfigureAwait(false);
            return new ExecStream(id, response, await response.Content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false));
        }
        catch (EngineException e) when (!e.IsConflict && !e.IsNotFound)
        {
            throw await RefusalAsync(container, e, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            response?.Dispose();
            throw;
        }
    }

    // A container that ends between the making of a command and its start is no fault of the engine, which yet answers 500 then.
    private async Task<EngineException> RefusalAsync(string container, EngineException refusal, CancellationToken cancellationToken)
    {
        var details = await connection.GetAsync($"containers/{container}/json", EngineJson.Default.ContainerDetails, cancellationToken).ConfigureAwait(false);
        return ContainerStates.IsUp(details.State.Status) ? refusal : new EngineException(HttpStatusCode.Conflict, refusal.Message);
    }
}
