using LabOrchestrator.Docker.Images;
using LabOrchestrator.Runtimes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace LabOrchestrator.Docker.Tests.Images;

public sealed class LabelledImagesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lab-images-").FullName;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Socket => Path.Combine(_folder, "docker.sock");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task An_engine_that_refuses_to_list_its_images_is_unavailable_with_its_words()
    {
        await using var refusing = Play();
        await refusing.StartAsync(Token);
        using var images = new LabelledImages(new DockerRuntimeOptions { Endpoint = Socket }, TimeProvider.System);

        var away = await Should.ThrowAsync<RuntimeUnavailableException>(() => images.ListAsync(Token));

        away.Message.ShouldBe("Docker Engine refused: the image store is being repaired");
    }

    private WebApplication Play()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(k => k.ListenUnixSocket(Socket));
        builder.Logging.ClearProviders();
        var played = builder.Build();
        played.Run(context =>
        {
            context.Response.Headers["Api-Version"] = "1.41";
            context.Response.StatusCode = context.Request.Path == "/_ping" ? StatusCodes.Status200OK : StatusCodes.Status500InternalServerError;
            return context.Response.WriteAsync("""{"message":"the image store is being repaired"}""");
        });
        return played;
    }
}
