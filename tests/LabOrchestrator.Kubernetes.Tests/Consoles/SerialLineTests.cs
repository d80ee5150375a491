using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using LabOrchestrator.Consoles;
using LabOrchestrator.Kubernetes.Consoles;

namespace LabOrchestrator.Kubernetes.Tests.Consoles;

public sealed class SerialLineTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task The_end_of_one_session_ends_nobody_who_came_for_the_next()
    {
        var letGo = new TaskCompletionSource();
        await using var first = new PlayedStream { ToLetGo = letGo.Task };
        await using var second = new PlayedStream();
        var sessions = new Queue<PlayedStream>([first, second]);
        using var line = new SerialLine(_ => Task.FromResult<Stream>(sessions.Dequeue()), TimeProvider.System);
        await using var one = await AttachAsync(line);
        first.End();
        await first.LetGo.WaitAsync(Patience, TestContext.Current.CancellationToken);

        await using var two = await AttachAsync(line);
        letGo.SetResult();
        (await ReadUntilAsync(one, null)).ShouldBeEmpty();

        foreach (var word in new[] { "login:", "Password:", "welcome" })
        {
            await second.SayAsync(Encoding.ASCII.GetBytes(word));
            (await ReadUntilAsync(two, word)).ShouldContain(word);
        }

        second.End();
        await ReadUntilAsync(two, null);
    }

    [Fact]
    public async Task Who_is_attached_when_nobody_wants_the_line_any_more_is_ended_with_it()
    {
        await using var session = new PlayedStream();
        var line = new SerialLine(_ => Task.FromResult<Stream>(session), TimeProvider.System);
        await using var viewer = await AttachAsync(line);

        line.Dispose();

        await ReadUntilAsync(viewer, null);
        await session.LetGo.WaitAsync(Patience, TestContext.Current.CancellationToken);
    }

    private static async Task<Stream> AttachAsync(SerialLine line)
    {
        var viewer = await line.AttachAsync(TestContext.Current.CancellationToken);
        var attach = new ArrayBufferWriter<byte>();
        KeeperFrame.Write(attach, KeeperProtocol.Attach, new byte[sizeof(long)]);
        await viewer.WriteAsync(attach.WrittenMemory, TestContext.Current.CancellationToken);
        return viewer;
    }

    /// <summary>Reads output until a word was in it; to the end of the stream without one.</summary>
    private static async Task<string> ReadUntilAsync(Stream viewer, string? word)
    {
        var output = new StringBuilder();
        var reader = PipeReader.Create(viewer, new StreamPipeReaderOptions(leaveOpen: true));
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        while (word is null || !output.ToString().Contains(word, StringComparison.Ordinal))
        {
            var read = await reader.ReadAsync(patience.Token);
            var buffer = read.Buffer;
            while (KeeperFrame.TryRead(ref buffer, out var frame))
            {
                output.Append(frame.Type == KeeperProtocol.Output ? Encoding.ASCII.GetString(frame.Payload.Slice(sizeof(long)).ToArray()) : "");
            }

            reader.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted)
            {
                word.ShouldBeNull("The stream ended.");
                break;
            }
        }

        return output.ToString();
    }
}
