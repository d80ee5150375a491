using LabOrchestrator.Bench.Measuring;

namespace LabOrchestrator.Bench.Gateway;

/// <summary>The gateway (side 0) and websockify (side 1) before the same machines.</summary>
internal sealed class Pair : IAsyncDisposable
{
    private readonly string _socket;
    private readonly Child _machines;

    private Pair(string socket, Child machines, Relay[] relays) => (_socket, _machines, Relays) = (socket, machines, relays);

    public Relay[] Relays { get; }

    public static string NameOf(int side) => side == 0 ? "gateway" : "websockify";

    /// <summary>Starts machines of that mode and both relays.</summary>
    public static async Task<Pair> StartAsync(string mode, string[] arguments, CancellationToken cancellationToken)
    {
        var socket = Path.Combine(Path.GetTempPath(), $"bench-{Path.GetRandomFileName()}");
        var (machines, _) = await Child.StartRoleAsync(cancellationToken, ["role-machines", mode, socket, .. arguments]);
        return new Pair(socket, machines,
        [
            await Relay.StartGatewayAsync(socket, cancellationToken),
            await Relay.StartWebsockifyAsync(socket, cancellationToken),
        ]);
    }

    /// <summary>The sides, the other one first in every other round.</summary>
    public static IEnumerable<int> InOrder(int round) => round % 2 == 0 ? [0, 1] : [1, 0];

    public async ValueTask DisposeAsync()
    {
        foreach (var relay in Relays)
        {
            await relay.DisposeAsync();
        }

        await _machines.DisposeAsync();
        File.Delete(_socket);
    }
}
