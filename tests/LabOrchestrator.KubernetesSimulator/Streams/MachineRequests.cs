using System.Text.Json.Nodes;
using System.Threading.Channels;
using LabOrchestrator.KubernetesSimulator.Access;
using LabOrchestrator.KubernetesSimulator.Controllers;
using LabOrchestrator.KubernetesSimulator.Kinds;
using LabOrchestrator.KubernetesSimulator.Requests;
using LabOrchestrator.KubernetesSimulator.Store;

namespace LabOrchestrator.KubernetesSimulator.Streams;

/// <summary>KubeVirt's subresources.</summary>
internal sealed class MachineRequests(ObjectStore store, KindRegistry kinds, SimulatedMachines machines, MachineVerbs verbs)
{
    public async Task ServeAsync(HttpContext context, RequestInfo request, User user)
    {
        switch (request.Resource, request.Subresource, request.Rest, context.Request.Method)
        {
            case ("version", null, _, "GET"):
                await Answers.WriteAsync(context, 200, new JsonObject { ["gitVersion"] = "v1.9.0" });
                break;
            case ("healthz", null, _, "GET"):
                await Answers.WriteAsync(context, 200, new JsonObject { ["apiserver"] = new JsonObject { ["connectivity"] = "ok" } });
                break;
            case ("virtualmachines", "start" or "stop" or "restart", null, "PUT"):
                verbs.Change(Find("virtualmachines", request), request.Subresource, await Answers.ReadAsync(context));
                context.Response.StatusCode = 202;
                break;
            case ("virtualmachineinstances", "pause" or "unpause" or "softreboot" or "reset", null, "PUT"):
                verbs.Act(Find("virtualmachineinstances", request), request.Subresource);
                context.Response.StatusCode = 200;
                break;
            case ("virtualmachineinstances", "vnc", "screenshot", "GET"):
                await ScreenshotAsync(context, request);
                break;
            case ("virtualmachineinstances", "vnc" or "console", null, "GET"):
                await OpenAsync(context, Find("virtualmachineinstances", request), request.Subresource);
                break;
            case ("virtualmachineinstances", "guestosinfo" or "userlist" or "filesystemlist", null, "GET"):
                await GuestAsync(context, request);
                break;
            default:
                throw new ApiRefusal(404, "NotFound", "404 page not found") { IsText = true };
        }
    }

    private async Task ScreenshotAsync(HttpContext context, RequestInfo request)
    {
        // Its errors are always 500 and text.
        var one = store.Of("kubevirt.io", "virtualmachineinstances").Find(request.Namespace!, request.Name!);
        if (one is null || !IsRunning(one.Read()))
        {
            throw new ApiRefusal(500, "InternalError", one is null ? $"virtualmachineinstance.kubevirt.io \"{request.Name}\" not found" : "VMI is not running") { IsText = true };
        }

        await context.Response.Body.WriteAsync(machines.Of(one.Uid, one.Name).Screen.ToPng(), context.RequestAborted);
    }

    private async Task GuestAsync(HttpContext context, RequestInfo request)
    {
        var one = store.Of("kubevirt.io", "virtualmachineinstances").Find(request.Namespace!, request.Name!);
        var value = one?.Read();
        if (!value.Objects("status", "conditions").Any(c => c.Text("type") == "AgentConnected" && c.Text("status") == "True"))
        {
            throw new ApiRefusal(500, "InternalError", one is null ? $"virtualmachineinstance.kubevirt.io \"{request.Name}\" not found" : "VMI does not have guest agent connected") { IsText = true };
        }

        await Answers.WriteAsync(context, 200, request.Subresource switch
        {
            "guestosinfo" => new JsonObject { ["guestAgentVersion"] = "9.2.0", ["hostname"] = request.Name, ["os"] = new JsonObject { ["name"] = "Debian GNU/Linux", ["id"] = "debian", ["version"] = "13" } },
            "userlist" => new JsonObject { ["metadata"] = new JsonObject(), ["items"] = new JsonArray(new JsonObject { ["userName"] = "student", ["loginTime"] = 1 }) },
            _ => new JsonObject { ["metadata"] = new JsonObject(), ["items"] = new JsonArray(new JsonObject { ["diskName"] = "vda", ["mountPoint"] = "/", ["fileSystemType"] = "ext4", ["usedBytes"] = 1, ["totalBytes"] = 2 }) },
        });
    }

    private async Task OpenAsync(HttpContext context, StoredObject one, string kind)
    {
        var value = one.Read();
        Refuse(one, value, kind);
        if (!context.WebSockets.IsWebSocketRequest)
        {
            throw ApiRefusal.BadRequest("Upgrade request required");
        }

        var machine = machines.Of(one.Uid, one.Name);
        // The one before is cut as TCP: its browser sees no close frame.
        void Leave() => context.Abort();
        if (!machine.TryEnter(kind, Leave, preserve: kind == "vnc" && context.Query("preserveSession") == "true"))
        {
            throw new ApiRefusal(500, "InternalError", "Internal error occurred: unable to dial virt-handler: websocket: bad handshake (503)");
        }

        try
        {
            using var socket = new PlainSocket(await context.WebSockets.AcceptWebSocketAsync(
                context.WebSockets.WebSocketRequestedProtocols.Contains("plain.kubevirt.io") ? "plain.kubevirt.io" : null));
            using var screen = new ScreenSession(socket, machine);
            await (kind == "vnc" ? screen.RunAsync(context.RequestAborted) : SerialAsync(socket, machine, context.RequestAborted));
        }
        finally
        {
            machine.Leave(kind, Leave);
        }
    }

    private static async Task SerialAsync(PlainSocket socket, SimulatedMachine machine, CancellationToken cancellationToken)
    {
        var output = Channel.CreateBounded<byte[]>(new BoundedChannelOptions(10_000) { FullMode = BoundedChannelFullMode.DropOldest });
        void Show(byte[] bytes) => output.Writer.TryWrite(bytes);
        machine.SerialOutput = Show;
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var showing = Task.Run(async () =>
        {
            await foreach (var bytes in output.Reader.ReadAllAsync(ended.Token))
            {
                await socket.WriteAsync(bytes, ended.Token);
            }
        }, ended.Token);
        var buffer = new byte[10_240];
        int read;
        while ((read = await socket.ReadAsync(buffer, ended.Token)) > 0)
        {
            machine.Type(buffer.AsSpan(0, read));
        }

        await ended.CancelAsync();
        await showing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (machine.SerialOutput == Show)
        {
            machine.SerialOutput = null;
        }
    }

    private static void Refuse(StoredObject one, JsonObject value, string kind)
    {
        var devices = value.At("spec", "domain", "devices");
        if (kind == "vnc" && devices.Flag("autoattachGraphicsDevice") == false)
        {
            throw ApiRefusal.BadRequest("No graphics devices are present.");
        }

        if (kind == "console" && devices.Flag("autoattachSerialConsole") == false)
        {
            throw ApiRefusal.BadRequest("No serial consoles are present.");
        }

        if (kind == "console" && value.Text("status", "phase") == "Failed")
        {
            throw ApiRefusal.Conflict(one.Kind, one.Name, "VMI is in failed status");
        }

        if (!IsRunning(value))
        {
            throw ApiRefusal.BadRequest("VMI is not running");
        }
    }

    private StoredObject Find(string plural, RequestInfo request)
    {
        var kind = kinds.Find("kubevirt.io", plural)!;
        return store.Of(kind).Find(request.Namespace!, request.Name!) ?? throw ApiRefusal.NotFound(kind, request.Name!);
    }

    private static bool IsRunning(JsonObject value) => value.Text("status", "phase") == "Running";
}
