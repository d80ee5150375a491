using System.Collections.Concurrent;
using LabOrchestrator.Docker.Images;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Docker.Tests.Images;

[Trait("Category", "Engine")]
public sealed class ImageResolverTests(EngineFixture engine)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_image_of_a_private_registry_is_fetched_with_the_stored_login_and_progress()
    {
        await using var registry = await PrivateRegistry.StartAsync();
        var reference = await registry.PublishAsync("noisy", EngineFixture.TinyVm.Reference);
        var percents = new ConcurrentQueue<int>();
        var resolver = new ImageResolver(engine.Engine, engine.Names, new OneLogin(registry.Host, PrivateRegistry.Password));

        var image = await resolver.ResolveAsync(reference, null, new Reports(percents), Token);

        try
        {
            image.Digest.ShouldStartWith("sha256:");
            percents.ShouldNotBeEmpty();
            percents.ShouldAllBe(p => p >= 0 && p <= 100);
            (await resolver.ResolveAsync(reference, image.Digest, null, Token)).Id.ShouldBe(image.Id);
        }
        finally
        {
            await registry.ForgetAsync(image.Id);
        }
    }

    [Theory]
    [InlineData(null)]
    [InlineData("wrong")]
    public async Task Without_the_right_login_the_failure_says_what_the_registry_said_and_what_to_do(string? password)
    {
        await using var registry = await PrivateRegistry.StartAsync();
        var reference = await registry.PublishAsync("secret", EngineFixture.TinyVm.Reference);
        var resolver = new ImageResolver(engine.Engine, engine.Names, password is null ? null : new OneLogin(registry.Host, password));

        var failure = await Should.ThrowAsync<InstanceFailedException>(() => resolver.ResolveAsync(reference, null, null, Token));

        failure.Message.ShouldContain(reference);
        failure.Message.ShouldContain("registry's credentials");
        failure.Message.ShouldMatch("no basic auth credentials|unauthorized");
    }

    // As it comes: Progress<T> would report later, on other threads.
    private sealed class Reports(ConcurrentQueue<int> percents) : IProgress<int>
    {
        public void Report(int value) => percents.Enqueue(value);
    }
}
