using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using LabOrchestrator.KubernetesSimulator.Administration;
using LabOrchestrator.KubernetesSimulator.Kinds;
using LabOrchestrator.KubernetesSimulator.Requests;
using LabOrchestrator.KubernetesSimulator.Store;

namespace LabOrchestrator.KubernetesSimulator.Streams;

/// <summary>exec, port-forward and logs of pods.</summary>
internal sealed class PodStreams(ObjectStore store, KindRegistry kinds, SimulatorSettings settings, ForwardedPorts ports, PodFolders folders)
{
    public async Task ServeAsync(HttpContext context, RequestInfo request)
    {
        var kind = kinds.Find("", "pods")!;
        var one = store.Of(kind).Find(request.Namespace!, request.Name!) ?? throw ApiRefusal.NotFound(kind, request.Name!);
        var pod = one.Read();
        if (request.Subresource == "log")
        {
            await context.Response.WriteAsync($"{pod.Text("status", "startTime")} container of {one.Name} started\n");
            return;
        }

        if (pod.Text("spec", "nodeName") is null)
        {
            throw ApiRefusal.BadRequest($"pod {one.Name} does not have a host assigned");
        }

        if (!context.WebSockets.IsWebSocketRequest)
        {
            throw ApiRefusal.BadRequest("Upgrade request required");
        }

        if (request.Subresource == "exec")
        {
            await ExecAsync(context, one, pod);
        }
        else
        {
            await ForwardAsync(context, one, pod);
        }
    }

    private async Task ExecAsync(HttpContext context, StoredObject one, JsonObject pod)
    {
        var names = pod.Objects("spec", "containers").Select(c => c.Text("name")).ToList();
        var container = context.Query("container") ?? (names.Count == 1 ? names[0] : throw ApiRefusal.BadRequest(
            $"a container name must be specified for pod {one.Name}, choose one of: [{string.Join(' ', names)}]"));
        if (!names.Contains(container))
        {
            throw ApiRefusal.BadRequest($"container {container} is not valid for pod {one.Name}");
        }

        if (pod.Text("status", "phase") != "Running")
        {
            throw new ApiRefusal(500, "InternalError", $"Internal error occurred: unable to upgrade connection: container not found (\"{container}\")");
        }

        var command = context.Request.Query["command"].OfType<string>().ToArray();
        if (command.Length == 0)
        {
            throw ApiRefusal.BadRequest("you must specify at least one command for the container");
        }

        var protocol = Protocol(context, "v5.channel.k8s.io", "v4.channel.k8s.io");
        using var socket = new ChannelSocket(await context.WebSockets.AcceptWebSocketAsync(protocol));
        bool Flag(string name) => context.Query(name) is "true" or "1";
        var run = new PodCommand(socket, Guest(one, command), folders.Of(one, container!), one.Name, settings.ProgramFolder);
        await run.RunAsync(Flag("stdin"), Flag("tty"), protocol[1] == '5', context.RequestAborted);
    }

    /// <summary>KubeVirt's probe runs its command in the guest: the guest of a simulated machine is this machine too.</summary>
    private static string[] Guest(StoredObject pod, string[] command)
    {
        const string brought = "/usr/lib/lab-orchestrator/";
        if (command[0].StartsWith(brought, StringComparison.Ordinal))
        {
            // What the helper's image brings into every machine is in the folder of programs.
            command[0] = command[0][brought.Length..];
        }

        return pod.Labels.ContainsKey("kubevirt.io") && Path.GetFileName(command[0]) == "virt-probe" ? GuestCommand.Of(command) : command;
    }

    private async Task ForwardAsync(HttpContext context, StoredObject one, JsonObject pod)
    {
        if (pod.Text("status", "phase") != "Running")
        {
            throw ApiRefusal.BadRequest($"unable to forward port because pod is not running. Current status={pod.Text("status", "phase")}");
        }

        var wanted = context.Request.Query["ports"].SelectMany(p => p!.Split(',')).Select(p => int.Parse(p, CultureInfo.InvariantCulture)).ToArray();
        if (wanted.Length != 1)
        {
            throw ApiRefusal.BadRequest("the simulator forwards one port per connection: give ports=N once");
        }

        var protocol = Protocol(context, "v4.channel.k8s.io");
        using var socket = new ChannelSocket(await context.WebSockets.AcceptWebSocketAsync(protocol));
        var port = new byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(port, (ushort)wanted[0]);
        await socket.SendAsync(0, port, context.RequestAborted);
        await socket.SendAsync(1, port, context.RequestAborted);
        using var target = await DialAsync(one, wanted[0], context.RequestAborted);
        if (target is null)
        {
            await socket.SendAsync(1, Encoding.UTF8.GetBytes(
                $"error forwarding port {wanted[0]} to pod {one.Uid}, uid : failed to connect to localhost:{wanted[0]} inside namespace: dial tcp4 127.0.0.1:{wanted[0]}: connect: connection refused"), context.RequestAborted);
            await socket.EndAsync(context.RequestAborted);
            await socket.ReceiveAsync(context.RequestAborted).WaitAsync(TimeSpan.FromSeconds(5), TimeProvider.System);
            return;
        }

        await CopyAsync(socket, target, context.RequestAborted);
    }

    private async Task<TcpClient?> DialAsync(StoredObject pod, int port, CancellationToken cancellationToken)
    {
        if (ports.Find(pod.Namespace, pod.Name, port) is not { } forwarded)
        {
            return null;
        }

        var client = new TcpClient { NoDelay = true };
        try
        {
            await client.ConnectAsync(forwarded.Host, forwarded.TargetPort, cancellationToken);
            return client;
        }
        catch (SocketException)
        {
            client.Dispose();
            return null;
        }
    }

    private static async Task CopyAsync(ChannelSocket socket, TcpClient target, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var stream = target.GetStream();
        var toTarget = Task.Run(async () =>
        {
            while (await socket.ReceiveAsync(ended.Token) is var (channel, bytes))
            {
                if (channel == 0)
                {
                    await stream.WriteAsync(bytes, ended.Token);
                }
            }
        }, ended.Token);
        var buffer = new byte[32 * 1024];
        var toClient = Task.Run(async () =>
        {
            int read;
            while ((read = await stream.ReadAsync(buffer, ended.Token)) > 0)
            {
                await socket.SendAsync(0, buffer.AsMemory(0, read), ended.Token);
            }

            await socket.EndAsync(ended.Token);
        }, ended.Token);
        if (await Task.WhenAny(toTarget, toClient) == toClient)
        {
            // The client reads what is on its way and closes; to cancel a receive would abort the connection.
            await toTarget.WaitAsync(TimeSpan.FromSeconds(5), TimeProvider.System, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await ended.CancelAsync();
        await Task.WhenAll(toTarget, toClient).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static string Protocol(HttpContext context, params string[] served) =>
        served.FirstOrDefault(context.WebSockets.WebSocketRequestedProtocols.Contains)
        ?? throw ApiRefusal.BadRequest($"unable to upgrade: none of the protocols [{string.Join(' ', context.WebSockets.WebSocketRequestedProtocols)}] is served, of {string.Join(' ', served)}");
}
