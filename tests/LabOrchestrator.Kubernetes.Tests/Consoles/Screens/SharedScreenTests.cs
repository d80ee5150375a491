using LabOrchestrator.Kubernetes.Consoles.Screens;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Kubernetes.Tests.Consoles.Screens;

public sealed class SharedScreenTests
{
    private const int UpdateRequestBytes = 10;

    [Fact]
    public async Task A_screen_that_ends_while_it_is_asked_for_its_picture_is_not_available_and_whoever_comes_next_gets_another()
    {
        await using var broken = new PlayedStream(refuses: message => message.Length == UpdateRequestBytes);
        await using var sound = new PlayedStream();
        await GreetAsync(broken);
        await GreetAsync(sound);
        var sessions = new Queue<PlayedStream>([broken, sound]);
        using var screen = new SharedScreen(_ => Task.FromResult<Stream>(sessions.Dequeue()), TimeProvider.System);

        var failure = await Should.ThrowAsync<ConsoleUnavailableException>(() => screen.AttachAsync(TestContext.Current.CancellationToken));

        failure.Message.ShouldContain("Try again");
        broken.LetGo.IsCompleted.ShouldBeTrue();
        await using var viewer = await screen.AttachAsync(TestContext.Current.CancellationToken);
        var version = new byte[12];
        await viewer.ReadExactlyAsync(version, TestContext.Current.CancellationToken);
        version.ShouldBe("RFB 003.008\n"u8.ToArray());
    }

    // Version, one security type, its acceptance, 320 by 200 pixels, no name.
    private static async Task GreetAsync(PlayedStream screen)
    {
        var start = new byte[24];
        (start[0], start[1], start[3]) = (1, 64, 200);
        byte[] greeting = [.. "RFB 003.008\n"u8, 1, 1, 0, 0, 0, 0, .. start];
        await screen.SayAsync(greeting);
    }
}
