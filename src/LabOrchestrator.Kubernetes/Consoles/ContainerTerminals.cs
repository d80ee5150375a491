using System.Collections.Concurrent;
using System.Text;
using LabOrchestrator.Kubernetes.Api;
using LabOrchestrator.Kubernetes.Api.Errors;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Streams;
using LabOrchestrator.Kubernetes.Manifests;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Consoles;

/// <summary>
/// Terminals of container machines. The keeper runs in the machine beside its program, so a terminal outlives browser and server; we
/// reach it by an exec stream.
/// </summary>
internal sealed class ContainerTerminals(KubernetesClient client)
{
    private const int MostComplaint = 2048;
    private const int MostKept = 20_000;

    private readonly ConcurrentDictionary<string, bool> _kept = new();

    /// <summary>Attaches to the keeper; the stream speaks its protocol.</summary>
    /// <exception cref="ConsoleUnavailableException">The terminal cannot be started.</exception>
    public async Task<Stream> OpenAsync(Pod pod, CancellationToken cancellationToken)
    {
        try
        {
            if (!_kept.ContainsKey(pod.Metadata.Uid))
            {
                await StartAsync(pod, cancellationToken).ConfigureAwait(false);
            }

            var session = await client.ExecAsync(
                pod.Namespace, pod.Name, Command("attach", "--socket", ContainerManifests.TerminalSocket) with { Input = true }, cancellationToken).ConfigureAwait(false);

            // Somebody in the machine may have ended the keeper; whoever comes next gets a new one.
            return new TerminalStream(session.AsStream(), () => _kept.TryRemove(pod.Metadata.Uid, out _));
        }
        catch (KubernetesException e) when (!e.IsTransient || e is not ThrottledException)
        {
            throw new ConsoleUnavailableException($"The terminal of \"{pod.Name}\" cannot be opened: {e.Message}", e);
        }
        catch (IOException e)
        {
            throw new ConsoleUnavailableException($"The terminal of \"{pod.Name}\" cannot be opened: {e.Message}", e);
        }
    }

    private async Task StartAsync(Pod pod, CancellationToken cancellationToken)
    {
        var result = await client.RunAsync(
            pod.Namespace, pod.Name, ContainerManifests.Container,
            Command("serve", "--socket", ContainerManifests.TerminalSocket, "--detach").Command, default, MostComplaint, cancellationToken).ConfigureAwait(false);
        if (result.ExitCode != 0)
        {
            throw new ConsoleUnavailableException($"The terminal could not be started: {Encoding.UTF8.GetString(result.Errors).Trim()}");
        }

        if (_kept.Count >= MostKept)
        {
            _kept.Clear();
        }

        _kept[pod.Metadata.Uid] = true;
    }

    private static ExecOptions Command(params string[] arguments) => new(ContainerManifests.Container, [ContainerManifests.Keeper, .. arguments]);
}
