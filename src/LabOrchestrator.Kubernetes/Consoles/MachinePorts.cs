using System.Text;
using LabOrchestrator.Kubernetes.Api;
using LabOrchestrator.Kubernetes.Api.Errors;
using LabOrchestrator.Kubernetes.Api.Streams;
using LabOrchestrator.Kubernetes.Instances;
using LabOrchestrator.Kubernetes.Manifests;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Consoles;

/// <summary>
/// Connects to ports of machines. The instance's helper makes the connection, since policies let nobody else in, to the address that the
/// cluster reports for the machine's pod; for a VM that is its launcher, which passes on what comes to it.
/// </summary>
internal sealed class MachinePorts(KubernetesClient client, ClusterView view, MachineDoors doors)
{
    /// <exception cref="ConsoleUnavailableException">The machine or the helper does not run, or the machine does not accept.</exception>
    public async Task<Stream> OpenAsync(long instanceId, string machine, int port, CancellationToken cancellationToken)
    {
        var pod = await doors.PodOfAsync(instanceId, machine, cancellationToken).ConfigureAwait(false);
        if (pod.Status.PodIp is not { } address
            || !view.Pods.TryGet(pod.Namespace, HelperManifests.Name, out var helper) || helper.Status.Phase != "Running")
        {
            throw new ConsoleUnavailableException("The lab's network is not up. Wait until the lab runs.");
        }

        try
        {
            var command = new ExecOptions(HelperManifests.Name, HelperRelay.Command(address, port));
            var session = await client.ExecAsync(helper.Namespace, helper.Name, command, cancellationToken).ConfigureAwait(false);
            return await ConnectedAsync(session, machine, port, cancellationToken).ConfigureAwait(false);
        }
        catch (KubernetesException e) when (e is not ThrottledException)
        {
            throw new ConsoleUnavailableException($"The machine \"{machine}\" could not be reached on port {port}: {e.Message}", e);
        }
        catch (IOException e)
        {
            throw new ConsoleUnavailableException($"The machine \"{machine}\" could not be reached on port {port}: {e.Message}", e);
        }
    }

    private static async Task<Stream> ConnectedAsync(ExecSession session, string machine, int port, CancellationToken cancellationToken)
    {
        try
        {
            var words = new StringBuilder();
            var buffer = new byte[512];
            while (words.Length < HelperRelay.MostWords && !words.ToString().Contains(HelperRelay.Connected, StringComparison.Ordinal))
            {
                var (from, count) = await session.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
                if (from != ExecOutput.Errors)
                {
                    throw HelperRelay.Refusal(words.ToString(), machine, port);
                }

                words.Append(Encoding.UTF8.GetString(buffer.AsSpan(0, count)));
            }

            return new PortStream(session.AsStream());
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
