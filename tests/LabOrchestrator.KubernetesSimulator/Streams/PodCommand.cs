using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json.Nodes;

namespace LabOrchestrator.KubernetesSimulator.Streams;

/// <summary>A real process of this machine that stands for a command in a container.</summary>
internal sealed class PodCommand(ChannelSocket socket, string[] command, string folder, string hostName, string? programs)
{
    /// <summary>Runs it to its end, or until the client is gone.</summary>
    /// <param name="input">The client sends input.</param>
    /// <param name="terminal">On a pseudo terminal.</param>
    /// <param name="closes">The protocol can close the input alone (v5).</param>
    /// <param name="cancellationToken">The client is gone.</param>
    public async Task RunAsync(bool input, bool terminal, bool closes, CancellationToken cancellationToken)
    {
        using var pty = terminal ? new PseudoTerminal() : null;
        using var process = new Process { StartInfo = Start(pty) };
        if (Missing(command[0]))
        {
            await FailAsync($"OCI runtime exec failed: exec failed: unable to start container process: exec: \"{command[0]}\": executable file not found in $PATH: unknown", cancellationToken);
            return;
        }

        process.Start();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            Task pumped = pty is null
                ? Task.WhenAll(
                    PumpAsync(process, process.StandardOutput.BaseStream, ChannelSocket.Output, ended.Token),
                    PumpAsync(process, process.StandardError.BaseStream, ChannelSocket.Error, ended.Token))
                : PumpAsync(null, pty.Stream, ChannelSocket.Output, ended.Token);
            var target = pty is null ? process.StandardInput.BaseStream : (Stream)pty.Stream;
            if (!input && pty is null)
            {
                process.StandardInput.Close();
            }

            var feeding = FeedAsync(target, pty, closes, process, ended.Token);
            await process.WaitForExitAsync(ended.Token);
            await pumped.WaitAsync(TimeSpan.FromSeconds(2), TimeProvider.System, ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await TellAsync(process.ExitCode, ended.Token);
            await feeding.WaitAsync(TimeSpan.FromSeconds(2), TimeProvider.System, ended.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
        finally
        {
            await ended.CancelAsync();
            Kill(process);
        }
    }

    public Task FailAsync(string message, CancellationToken cancellationToken) => SendStatusAsync(new JsonObject
    {
        ["metadata"] = new JsonObject(),
        ["status"] = "Failure",
        ["message"] = "Internal error occurred: " + message,
        ["reason"] = "InternalError",
        ["code"] = 500,
    }, cancellationToken);

    private ProcessStartInfo Start(PseudoTerminal? pty)
    {
        var start = new ProcessStartInfo { WorkingDirectory = folder, UseShellExecute = false };
        if (pty is null)
        {
            // The framework looks in this process's folders alone.
            var brought = programs is null ? null : Path.Combine(programs, command[0]);
            start.FileName = brought is not null && File.Exists(brought) ? brought : command[0];
            Array.ForEach(command[1..], start.ArgumentList.Add);
            start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        }
        else
        {
            // A session of its own, with the slave as its controlling terminal.
            start.FileName = "sh";
            Array.ForEach((string[])["-c", "slave=$1; shift; exec setsid -c -w \"$@\" <\"$slave\" >\"$slave\" 2>&1", "sh", pty.SlavePath, .. command], start.ArgumentList.Add);
        }

        if (programs is not null)
        {
            start.Environment["PATH"] = programs + ":" + start.Environment["PATH"];
        }

        start.Environment["HOSTNAME"] = hostName;
        start.Environment["HOME"] = folder;
        start.Environment["PWD"] = folder;
        start.Environment["TERM"] = "xterm";
        return start;
    }

    private bool Missing(string program) => program.Contains('/', StringComparison.Ordinal)
        ? !File.Exists(Path.Combine(folder, program))
        : !(programs + ":" + Environment.GetEnvironmentVariable("PATH")).Split(':', StringSplitOptions.RemoveEmptyEntries).Any(p => File.Exists(Path.Combine(p, program)));

    private async Task PumpAsync(Process? ownsPipe, Stream from, byte channel, CancellationToken cancellationToken)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            int read;
            while ((read = await from.ReadAsync(buffer, cancellationToken)) > 0)
            {
                await socket.SendAsync(channel, buffer.AsMemory(0, read), cancellationToken);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException or System.Net.WebSockets.WebSocketException)
        {
            // A terminal whose last process ended reads as an error. A pipe does not: who is no longer heard must not seem to be silent.
            if (e is IOException && ownsPipe is not null)
            {
                await Console.Error.WriteLineAsync($"The output of a command could not be read: {e}");
                Kill(ownsPipe);
            }
        }
    }

    private async Task FeedAsync(Stream to, PseudoTerminal? pty, bool closes, Process process, CancellationToken cancellationToken)
    {
        try
        {
            while (await socket.ReceiveAsync(cancellationToken) is var (channel, bytes))
            {
                switch (channel)
                {
                    case ChannelSocket.Input when bytes.Length > 0:
                        await to.WriteAsync(bytes, cancellationToken);
                        await to.FlushAsync(cancellationToken);
                        break;
                    case ChannelSocket.Resize when pty is not null && JsonNode.Parse(bytes) is { } size:
                        pty.Resize((ushort)(size.Number("Width") ?? 80), (ushort)(size.Number("Height") ?? 24));
                        break;
                    case ChannelSocket.Close when closes && bytes is [ChannelSocket.Input] && pty is null:
                        to.Close();
                        break;
                    default:
                        break;
                }
            }

            Kill(process);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // The process reads no more, or ended.
        }
    }

    private async Task TellAsync(int code, CancellationToken cancellationToken)
    {
        if (code == 0)
        {
            await SendStatusAsync(new JsonObject { ["metadata"] = new JsonObject(), ["status"] = "Success" }, cancellationToken);
            return;
        }

        var number = code.ToString(System.Globalization.CultureInfo.InvariantCulture);
        await SendStatusAsync(new JsonObject
        {
            ["metadata"] = new JsonObject(),
            ["status"] = "Failure",
            ["message"] = $"command terminated with non-zero exit code: exit status {number}",
            ["reason"] = "NonZeroExitCode",
            ["details"] = new JsonObject { ["causes"] = new JsonArray(new JsonObject { ["reason"] = "ExitCode", ["message"] = number }) },
        }, cancellationToken);
    }

    private async Task SendStatusAsync(JsonObject status, CancellationToken cancellationToken)
    {
        await socket.SendAsync(ChannelSocket.Status, ObjectJson.Bytes(status), cancellationToken);
        await socket.EndAsync(cancellationToken);
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception)
        {
            // It ended by itself.
        }
    }
}
