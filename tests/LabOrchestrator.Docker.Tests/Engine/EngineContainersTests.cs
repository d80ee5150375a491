using System.Net.Sockets;
using System.Text;
using LabOrchestrator.Docker.Engine;

namespace LabOrchestrator.Docker.Tests.Engine;

public sealed class EngineContainersTests
{
    private const int Containers = 4;

    [Fact]
    public async Task An_engine_that_may_stand_still_where_containers_leave_together_removes_one_after_the_other()
    {
        var (now, most) = (0, 0);
        await RemoveAllAsync("1.41", async () =>
        {
            most = Math.Max(most, Interlocked.Increment(ref now));
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, TestContext.Current.CancellationToken);
            Interlocked.Decrement(ref now);
        });

        most.ShouldBe(1);
    }

    [Fact]
    public async Task Other_engines_remove_together()
    {
        var asked = 0;
        var all = new TaskCompletionSource();

        // None is answered before all are asked for.
        await RemoveAllAsync("1.42", () =>
        {
            if (Interlocked.Increment(ref asked) == Containers)
            {
                all.SetResult();
            }

            return all.Task;
        });

        asked.ShouldBe(Containers);
    }

    private static async Task RemoveAllAsync(string version, Func<Task> remove)
    {
        var folder = Directory.CreateTempSubdirectory("lab-engine-");
        var path = Path.Combine(folder.FullName, "sock");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        var serving = ServeAsync(listener, version, remove);
        using (var connection = new EngineConnection(path, TimeProvider.System))
        {
            var containers = new EngineContainers(connection);
            await Task.WhenAll(Enumerable.Range(0, Containers).Select(i => containers.RemoveAsync($"c{i}", TestContext.Current.CancellationToken)))
                .WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
        }

        listener.Close();
        await serving;
        folder.Delete(recursive: true);
    }

    private static async Task ServeAsync(Socket listener, string version, Func<Task> remove)
    {
        var clients = new List<Task>();
        try
        {
            while (true)
            {
                clients.Add(AnswerAsync(await listener.AcceptAsync(), version, remove));
            }
        }
        catch (SocketException)
        {
            // Closed: the test is over.
            await Task.WhenAll(clients);
        }
    }

    private static async Task AnswerAsync(Socket client, string version, Func<Task> remove)
    {
        await using var stream = new NetworkStream(client, ownsSocket: true);
        using var reader = new StreamReader(stream, Encoding.ASCII);
        while (await reader.ReadLineAsync() is { } request)
        {
            while (await reader.ReadLineAsync() is { Length: > 0 })
            {
            }

            if (request.StartsWith("DELETE", StringComparison.Ordinal))
            {
                await remove();
            }

            await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nApi-Version: {version}\r\nContent-Length: 0\r\n\r\n"));
        }
    }
}
