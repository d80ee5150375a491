using System.Text;
using LabOrchestrator.Consoles;
using LabOrchestrator.Kubernetes.Api;
using LabOrchestrator.Kubernetes.Api.Errors;
using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Consoles.Screens;
using LabOrchestrator.Kubernetes.Instances;
using LabOrchestrator.Kubernetes.Machines;
using LabOrchestrator.Kubernetes.Manifests;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Consoles;

/// <summary>Opens the consoles of machines and runs commands in them.</summary>
internal sealed class MachineDoors(
    KubernetesClient client, ClusterView view, ContainerTerminals terminals, SerialLines lines, SharedScreens screens, KubernetesRuntimeOptions options)
{
    private const int MostOutput = 64 << 10;
    private const string LauncherContainer = "compute";

    private static ReadOnlySpan<byte> PngSignature => [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];

    public async Task<Stream> OpenAsync(long instanceId, string machine, ConsoleDefinition console, CancellationToken cancellationToken)
    {
        var (pod, guest) = await RunningAsync(instanceId, machine, cancellationToken).ConfigureAwait(false);
        return console.Kind switch
        {
            ConsoleKind.Graphical when guest is not null => await OpenAsync(() => screens.OpenAsync(guest, cancellationToken)).ConfigureAwait(false),
            ConsoleKind.Terminal when guest is not null => await OpenAsync(() => lines.OpenAsync(guest, cancellationToken)).ConfigureAwait(false),
            ConsoleKind.Terminal => await terminals.OpenAsync(pod!, cancellationToken).ConfigureAwait(false),
            _ => throw new ConsoleUnavailableException($"The machine \"{machine}\" has no {console.Kind} console."),
        };
    }

    public async Task<CommandResult> RunAsync(long instanceId, string machine, IReadOnlyList<string> command, CancellationToken cancellationToken)
    {
        var (pod, guest) = await RunningAsync(instanceId, machine, cancellationToken).ConfigureAwait(false);
        var (@namespace, name, container, words) = guest is null
            ? (pod!.Namespace, pod.Name, ContainerManifests.Container, command)
            : (guest.Namespace, Launcher(guest).Name, LauncherContainer, GuestProbe.Command(guest, command, options.GuestCommandSeconds));
        try
        {
            var result = await client.RunAsync(@namespace, name, container, words, default, MostOutput, cancellationToken).ConfigureAwait(false);
            return guest is null
                ? new CommandResult(result.ExitCode, Text(result.Output, result.Errors))
                : GuestProbe.Result(machine, result, options.GuestCommandSeconds);
        }
        catch (KubernetesException e) when (e is not ThrottledException)
        {
            throw new ConsoleUnavailableException($"The command could not be run in \"{machine}\": {e.Message}", e);
        }
        catch (IOException e)
        {
            throw new ConsoleUnavailableException($"The machine \"{machine}\" ended before the command did: {e.Message}", e);
        }
    }

    /// <summary>A picture of a VM's screen, which KubeVirt takes beside its one VNC session.</summary>
    public async Task<byte[]> ScreenshotAsync(long instanceId, string machine, CancellationToken cancellationToken)
    {
        var (_, guest) = await RunningAsync(instanceId, machine, cancellationToken).ConfigureAwait(false);
        if (guest is null)
        {
            throw new ConsoleUnavailableException($"The machine \"{machine}\" has no screen.");
        }

        try
        {
            var picture = await client.GetKubeVirtAsync(Kinds.VirtualMachineInstance, guest.Namespace, guest.Name, "vnc/screenshot", cancellationToken)
                .ConfigureAwait(false);
            return picture.AsSpan().StartsWith(PngSignature)
                ? picture
                : throw new ConsoleUnavailableException($"KubeVirt's picture of the screen of \"{machine}\" is none.");
        }
        catch (KubernetesException e) when (e is not (ThrottledException or ForbiddenException or NotAuthenticatedException))
        {
            // It answers whatever is the matter with 500 and a text.
            throw new ConsoleUnavailableException($"KubeVirt takes no picture of the screen of \"{machine}\" now: {e.Message}", e);
        }
    }

    /// <summary>The pod in which a machine runs: its own, or a VM's launcher.</summary>
    /// <exception cref="ConsoleUnavailableException">It does not run.</exception>
    public async Task<Pod> PodOfAsync(long instanceId, string machine, CancellationToken cancellationToken)
    {
        var (pod, guest) = await RunningAsync(instanceId, machine, cancellationToken).ConfigureAwait(false);
        return pod ?? Launcher(guest!);
    }

    private static async Task<Stream> OpenAsync<T>(Func<Task<T>> open)
        where T : Stream
    {
        try
        {
            return await open().ConfigureAwait(false);
        }
        catch (KubernetesException e) when (e is not ThrottledException)
        {
            throw new ConsoleUnavailableException(
                e.Message.Contains("(503)", StringComparison.Ordinal)
                    ? "Somebody outside of this server is connected to the machine's screen, and KubeVirt has room for one. Try again when they have left."
                    : e.Message,
                e);
        }
    }

    private static string Text(byte[] output, byte[] errors) => Encoding.UTF8.GetString([.. output, .. errors.Take(MostOutput - output.Length)]);

    private Pod Launcher(VirtualMachineInstance guest) => view.Pods.In(guest.Namespace)
        .FirstOrDefault(p => InstanceObserver.IsLauncherOf(p, guest) && !p.IsDeleting && p.Status.Phase == "Running")
        ?? throw new ConsoleUnavailableException($"The machine \"{guest.Name}\" runs in no pod that can be found.");

    private async Task<(Pod? Pod, VirtualMachineInstance? Guest)> RunningAsync(long instanceId, string machine, CancellationToken cancellationToken)
    {
        await view.ReadyAsync(cancellationToken).ConfigureAwait(false);
        if (view.Index.Find(instanceId) is { } @namespace)
        {
            if (view.VirtualMachines.TryGet(@namespace, machine, out var vm) && view.Guests.TryGet(@namespace, machine, out var guest)
                && GuestReading.Sight(vm, guest, null, null).Phase is MachinePhase.Running or MachinePhase.Paused)
            {
                return (null, guest);
            }

            if (view.Pods.TryGet(@namespace, machine, out var pod) && InstanceObserver.IsContainerMachine(pod)
                && PodReading.Sight(pod).Phase == MachinePhase.Running)
            {
                return (pod, null);
            }
        }

        throw new ConsoleUnavailableException($"The machine \"{machine}\" does not run.");
    }
}
