using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Docker.Instances;
using LabOrchestrator.Installations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace LabOrchestrator.Docker.Tests.Instances;

public sealed class EngineTaskTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("lab-task-").FullName;
    private readonly TaskCompletionSource<string> _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<string> _removed = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string Socket => Path.Combine(_folder, "docker.sock");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>No test can meet the moment in which a real engine has made a container and not said so yet.</summary>
    [Fact]
    public async Task A_task_that_is_given_up_while_its_container_is_made_leaves_none()
    {
        await using var played = Play();
        await played.StartAsync(Token);
        using var engine = new EngineClient(Socket, TimeProvider.System);
        using var lostInterest = new CancellationTokenSource();

        var running = new EngineTask(engine, new EngineNames(Installation.Create())).RunAsync("cards", new ContainerCreation { Image = "any:1" }, lostInterest.Token);
        var name = await _asked.Task.WaitAsync(Token);
        await lostInterest.CancelAsync();
        _answer.SetResult();

        await Should.ThrowAsync<OperationCanceledException>(() => running);
        _removed.ShouldBe([name]);
    }

    private WebApplication Play()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(k => k.ListenUnixSocket(Socket));
        builder.Logging.ClearProviders();
        var played = builder.Build();
        played.Run(async context =>
        {
            context.Response.Headers["Api-Version"] = "1.41";
            if (context.Request.Method == HttpMethods.Post)
            {
                _asked.SetResult(context.Request.Query["name"].ToString());
                await _answer.Task;
                context.Response.StatusCode = StatusCodes.Status201Created;
                await context.Response.WriteAsJsonAsync(new { Id = "made" });
            }
            else if (context.Request.Method == HttpMethods.Delete)
            {
                _removed.Add(context.Request.Path.Value!.Split('/')[^1]);
                context.Response.StatusCode = StatusCodes.Status204NoContent;
            }
        });
        return played;
    }
}
