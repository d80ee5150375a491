using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Docker.Instances;
using LabOrchestrator.Installations;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Docker.Networks;

/// <summary>The one trusted container in an instance's networks: its gateway, name server and DHCP server.</summary>
internal sealed class LabHelper(
    EngineClient engine, EngineNames names, Installation installation, DockerRuntimeOptions options, LabUplinks uplinks, HelperPauses pauses)
{
    // Each connection to a web port is a process of its own in the helper.
    private const long MemoryBytes = 128 << 20;
    private const int MostProcesses = 256;
    private const int LogLines = 5;
    private const int MostLog = 500;

    /// <summary>
    /// Makes the helper run as the networks need it, with its way to the internet where one of them is let out. What ended is started
    /// again, what has another configuration is made anew.
    /// </summary>
    /// <param name="context">What all parts of the apply share.</param>
    /// <param name="spec">The instance.</param>
    /// <param name="found">What the engine has of it.</param>
    /// <param name="loss">That the helper was lost, where it was; null otherwise.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="RuntimeUnavailableException">It ended as soon as it was started, and is started again after a pause.</exception>
    public async Task EnsureAsync(ApplyContext context, InstanceSpec spec, FoundInstance found, string? loss, CancellationToken cancellationToken)
    {
        var uplink = uplinks.EnsureAsync(spec, found, cancellationToken);
        await Task.WhenAll(context.Networks, context.Isolation, uplink).ConfigureAwait(false);
        await EnsureAsync(
            spec.InstanceId,
            found.Helper,
            loss,
            await context.Networks.ConfigureAwait(false),
            await uplink.ConfigureAwait(false),
            cancellationToken).ConfigureAwait(false);
    }

    private async Task EnsureAsync(
        long instanceId, FoundHelper? found, string? loss, IReadOnlyList<NetworkPlan> networks, LabUplink? uplink, CancellationToken cancellationToken)
    {
        var wanted = Describe(instanceId, networks, uplink, loss);
        var configuration = wanted.Labels![EngineLabels.Configuration];
        if (found is not null && found.Configuration == configuration)
        {
            if (found.State.Status == ContainerStates.Paused)
            {
                await engine.Containers.UnpauseAsync(found.Id, cancellationToken).ConfigureAwait(false);
            }
            else if (found.State.Status != ContainerStates.Running)
            {
                await StartAgainAsync(instanceId, found, networks, cancellationToken).ConfigureAwait(false);
            }

            return;
        }

        pauses.Forget(instanceId);
        var name = names.Helper(instanceId);
        await engine.Containers.RemoveAsync(found?.Id ?? name, cancellationToken).ConfigureAwait(false);
        var id = await engine.Containers.CreateAsync(name, wanted, cancellationToken).ConfigureAwait(false) ?? name;
        foreach (var network in networks.Skip(1))
        {
            await engine.Networks.ConnectAsync(
                names.Network(instanceId, network.Definition.Name), new NetworkConnection(id, EndOf(network)), cancellationToken).ConfigureAwait(false);
        }

        if (uplink is not null)
        {
            await engine.Networks.ConnectAsync(
                uplink.NetworkId, new NetworkConnection(id, EndAt(uplink.Helper)), cancellationToken).ConfigureAwait(false);
        }

        await engine.Containers.StartAsync(id, cancellationToken).ConfigureAwait(false);
    }

    // Never made anew because it does not run, not even for a network that is gone: when it ended tells which machines went down with the engine.
    private async Task StartAgainAsync(
        long instanceId, FoundHelper found, IReadOnlyList<NetworkPlan> networks, CancellationToken cancellationToken)
    {
        if (pauses.LeftOf(instanceId, found.State) is var left && left > TimeSpan.Zero)
        {
            var log = await engine.Containers.LogTailAsync(found.Id, LogLines, cancellationToken).ConfigureAwait(false);
            throw new RuntimeUnavailableException(string.Create(
                CultureInfo.InvariantCulture,
                $"The instance's helper ended with exit code {found.State.ExitCode} as soon as it began, and is started again in {Math.Ceiling(left.TotalSeconds)} s. "
                + $"Where that goes on, stop the lab and start it anew; \"make images\" makes the helper's image {options.HelperImage}.\n{(log.Length > MostLog ? log[^MostLog..] : log)}").TrimEnd());
        }

        var ends = networks.Select(n => (names.Network(instanceId, n.Definition.Name), EndOf(n)));
        await engine.Networks.MendAsync(found.Id, found.Ends, ends, cancellationToken).ConfigureAwait(false);
        await engine.Containers.StartAsync(found.Id, cancellationToken).ConfigureAwait(false);
    }

    private ContainerCreation Describe(long instanceId, IReadOnlyList<NetworkPlan> networks, LabUplink? uplink, string? loss)
    {
        string[] environment =
        [
            "LAB_CARDS=" + string.Join('\n', networks.Select(CardOf)),
            "LAB_HOSTS=" + HelperServices.Hosts(networks),
            "LAB_DNSMASQ=" + HelperServices.Dnsmasq(networks),
            .. uplink is null ? [] : WayOut(networks, uplink),
        ];
        var labels = EngineLabels.For(installation, instanceId, EngineRoles.Helper);
        string[] engines = uplink is null ? [] : [uplink.NetworkId, options.NameServers];
        labels[EngineLabels.Configuration] = Convert.ToHexStringLower(
            SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', [options.HelperImage, .. environment, .. engines]))))[..16];
        if (loss is not null)
        {
            labels[EngineLabels.Loss] = loss;
        }

        return new ContainerCreation
        {
            Image = options.HelperImage,
            Hostname = "helper",
            Entrypoint = ["/usr/bin/tini", "--", "/usr/lib/lab-orchestrator/helper"],
            Env = environment,

            // It has nothing to keep, and its first process may not ask the others, who are nobody's, to end: it would say that it failed.
            StopSignal = "SIGKILL",
            Labels = labels,
            HostConfig = new HostConfig
            {
                NetworkMode = names.Network(instanceId, networks[0].Definition.Name),
                Memory = MemoryBytes,
                MemorySwap = MemoryBytes,
                PidsLimit = MostProcesses,
                CapDrop = ["ALL"],
                CapAdd = ["NET_ADMIN", "NET_RAW", "NET_BIND_SERVICE", "SETUID", "SETGID"],
                SecurityOpt = ["no-new-privileges"],
                ReadonlyRootfs = true,
                Tmpfs = new Dictionary<string, string> { ["/run"] = "size=1m,mode=0755" },
                Sysctls = new Dictionary<string, string> { ["net.ipv4.ip_forward"] = uplink is null ? "0" : "1" },
                Dns = uplink is null || options.NameServers.Length == 0 ? null : DockerRuntimeOptions.Comma(options.NameServers),
                LogConfig = LogConfig.Capped,
            },
            NetworkingConfig = new NetworkingConfig(new Dictionary<string, EndpointSettings>
            {
                [names.Network(instanceId, networks[0].Definition.Name)] = EndOf(networks[0]),
            }),
        };
    }

    // The address by which the card is known inside, then those it shall have; the first is taken away where it is not among them.
    private static string CardOf(NetworkPlan network) => network.IsRewritten
        ? $"{Ipv4Subnet.Format(network.HelperCarrier)} {Ipv4Subnet.Format(network.Gateway)}/{network.Subnet.Prefix}"
        : $"{Ipv4Subnet.Format(network.HelperCarrier)} {Ipv4Subnet.Format(network.HelperCarrier)}/{network.Subnet.Prefix} {Ipv4Subnet.Format(network.Gateway)}/{network.Subnet.Prefix}";

    private IEnumerable<string> WayOut(IReadOnlyList<NetworkPlan> networks, LabUplink uplink)
    {
        yield return $"LAB_UPLINK={uplink.Helper} {uplink.Gateway}";
        yield return "LAB_OPEN=" + string.Join('\n', networks.Where(n => n.Definition.Internet).Select(n => Ipv4Subnet.Format(n.HelperCarrier)));
        if (options.Forbidden.Length > 0)
        {
            yield return "LAB_REFUSED=" + string.Join(", ", DockerRuntimeOptions.Comma(options.Forbidden));
        }

        if (!networks.All(n => n.Definition.Internet))
        {
            yield return "LAB_CLOSED=" + HelperServices.Closed;
        }
    }

    private static EndpointSettings EndOf(NetworkPlan network) => EndAt(Ipv4Subnet.Format(network.HelperCarrier));

    private static EndpointSettings EndAt(string address) => new() { Address = new EndpointAddress(address) };
}
