using LabOrchestrator.Kubernetes.Api.Objects;
using LabOrchestrator.Kubernetes.Api.Requests;
using LabOrchestrator.Kubernetes.Api.Streams;

namespace LabOrchestrator.Kubernetes.Api;

/// <summary>Streams into pods and machines. Each is a WebSocket of its own; the token only ends its opening.</summary>
internal sealed partial class KubernetesClient
{
    private const string PlainProtocol = "plain.kubevirt.io";

    /// <summary>Runs a command in a container.</summary>
    /// <exception cref="Errors.ObjectNotFoundException">There is no such pod.</exception>
    /// <exception cref="Errors.KubernetesException">It cannot be run there now; the message is the server's.</exception>
    public async Task<ExecSession> ExecAsync(string @namespace, string pod, ExecOptions options, CancellationToken cancellationToken)
    {
        var query = ApiPath.Query(
        [
            .. options.Command.Select(c => ("command", (string?)c)),
            ("container", options.Container),
            ("stdin", options.Input ? "true" : null),
            ("stdout", "true"),
            ("stderr", options.Terminal ? null : "true"),
            ("tty", options.Terminal ? "true" : null),
        ]);
        var request = ApiRequest.Get(ApiPath.Of(Kinds.Pod, @namespace, pod, "exec") + query) with { Name = "EXEC" };
        var socket = await _connection.OpenAsync(request, [ExecSession.V5, ExecSession.V4], _impersonation, cancellationToken).ConfigureAwait(false);
        return new ExecSession(new ChannelSocket(socket), request.ToString());
    }

    /// <summary>Runs a command to its end.</summary>
    /// <param name="namespace">The pod's namespace.</param>
    /// <param name="pod">The pod.</param>
    /// <param name="container">The container.</param>
    /// <param name="command">Program and arguments.</param>
    /// <param name="input">What it reads; empty is no input at all. More needs Kubernetes 1.30.</param>
    /// <param name="mostOutput">Bytes to keep of each of its output streams.</param>
    /// <param name="cancellationToken">Gives up; the command then loses its streams.</param>
    /// <exception cref="NotSupportedException">There is input, and Kubernetes is older.</exception>
    public async Task<ExecResult> RunAsync(
        string @namespace, string pod, string container, IReadOnlyList<string> command, ReadOnlyMemory<byte> input, int mostOutput, CancellationToken cancellationToken)
    {
        var options = new ExecOptions(container, command) { Input = !input.IsEmpty };
        var session = await ExecAsync(@namespace, pod, options, cancellationToken).ConfigureAwait(false);
        await using (session.ConfigureAwait(false))
        {
            using var run = new ExecRun(session, mostOutput);
            return await run.ToEndAsync(input, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Connects to a port inside a pod, through its node. Dispose ends the connection.</summary>
    public async Task<ForwardedStream> ForwardAsync(string @namespace, string pod, int port, CancellationToken cancellationToken)
    {
        var request = ApiRequest.Get(ApiPath.Of(Kinds.Pod, @namespace, pod, "portforward") + ApiPath.Query(("ports", ApiPath.Number(port)))) with { Name = "PORT-FORWARD" };
        var socket = await _connection.OpenAsync(request, [ExecSession.V4], _impersonation, cancellationToken).ConfigureAwait(false);
        return new ForwardedStream(new ChannelSocket(socket), $"{request} port {port}");
    }

    /// <summary>A machine's screen: the RFB protocol from its first byte.</summary>
    /// <param name="namespace">The machine's namespace.</param>
    /// <param name="machine">The VirtualMachineInstance.</param>
    /// <param name="preserveSession">Be refused when somebody is connected, instead of throwing them out.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<PlainStream> OpenVncAsync(string @namespace, string machine, bool preserveSession, CancellationToken cancellationToken) =>
        OpenKubeVirtAsync(@namespace, machine, "vnc", ApiPath.Query(("preserveSession", preserveSession ? "true" : null)), cancellationToken);

    /// <summary>A machine's serial line. Whoever is connected is thrown out.</summary>
    public Task<PlainStream> OpenSerialAsync(string @namespace, string machine, CancellationToken cancellationToken) =>
        OpenKubeVirtAsync(@namespace, machine, "console", "", cancellationToken);

    private async Task<PlainStream> OpenKubeVirtAsync(string @namespace, string machine, string subresource, string query, CancellationToken cancellationToken)
    {
        var request = ApiRequest.Get(ApiPath.KubeVirt(Kinds.VirtualMachineInstance, @namespace, machine, subresource) + query) with { Name = "OPEN" };
        return new PlainStream(await _connection.OpenAsync(request, [PlainProtocol], _impersonation, cancellationToken).ConfigureAwait(false));
    }
}
