using LabOrchestrator.Docker.Engine;
using LabOrchestrator.Docker.Instances;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace LabOrchestrator.Docker.Tests.Engine;

/// <summary>Commands in containers that do not wait for them.</summary>
[Trait("Category", "Engine")]
public sealed class EngineExecsTests(EngineFixture engine) : IAsyncLifetime
{
    private static readonly ExecCreation Command = new() { Cmd = ["true"], AttachStdout = true };

    private readonly string _folder = Directory.CreateTempSubdirectory("lab-exec-").FullName;

    private static CancellationToken Patient => new CancellationTokenSource(TimeSpan.FromMinutes(1)).Token;

    /// <summary>
    /// Docker Engine 20 to 28 answers 500 in the moment between a container's end and the forgetting of its commands. No test can meet
    /// that moment at will, so its answers are played here.
    /// </summary>
    [Theory]
    [InlineData("exited", true)]
    [InlineData("running", false)]
    public async Task A_container_that_ends_before_a_commands_start_is_a_conflict(string state, bool isConflict)
    {
        await using var played = Play(state);
        await played.StartAsync(Patient);
        using var client = new EngineClient(Path.Combine(_folder, "docker.sock"), TimeProvider.System);

        var refusal = await Should.ThrowAsync<EngineException>(() => client.Execs.OpenAsync("box", Command, Patient));

        refusal.IsConflict.ShouldBe(isConflict);
        refusal.Message.ShouldBe("Container box is not running: Exited (127) Less than a second ago");
    }

    [Fact]
    public async Task A_command_of_a_container_that_has_ended_is_a_conflict_or_unknown()
    {
        var container = await SleeperAsync();
        var id = await engine.Engine.Execs.CreateAsync(container, Command, Patient);
        await engine.Engine.Containers.StopAsync(container, TimeSpan.Zero, Patient);

        var refusal = await Should.ThrowAsync<EngineException>(() => engine.Engine.Execs.StartAsync(id, container, tty: false, Patient));

        (refusal.IsConflict || refusal.IsNotFound).ShouldBeTrue(refusal.Message);
    }

    [Fact]
    public async Task A_command_that_does_not_read_its_input_says_how_it_ended()
    {
        var (code, _) = await engine.Engine.Execs.RunAsync(
            await SleeperAsync(), Command with { Cmd = ["sh", "-c", "exec <&-; exit 3"] }, new byte[4 << 20], 100, Patient);

        code.ShouldBe(3);
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await engine.Engine.Containers.RemoveAsync(engine.Names.Task("sleeper"), CancellationToken.None);
        Directory.Delete(_folder, recursive: true);
    }

    private async Task<string> SleeperAsync()
    {
        var sleeper = new ContainerCreation
        {
            Image = EngineFixture.Terminal.Reference,
            Entrypoint = ["sleep", "infinity"],
            Labels = EngineLabels.Shared(engine.Installation, EngineRoles.Task),
        };
        var id = (await engine.Engine.Containers.CreateAsync(engine.Names.Task("sleeper"), sleeper, Patient)).ShouldNotBeNull();
        await engine.Engine.Containers.StartAsync(id, Patient);
        return id;
    }

    private WebApplication Play(string state)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(k => k.ListenUnixSocket(Path.Combine(_folder, "docker.sock")));
        builder.Logging.ClearProviders();
        var played = builder.Build();
        played.Run(context => (context.Request.Path.Value ?? "") switch
        {
            "/_ping" => Pong(context),
            var path when path.EndsWith("/exec/1/start", StringComparison.Ordinal) =>
                AnswerAsync(context, StatusCodes.Status500InternalServerError, """{"message":"Container box is not running: Exited (127) Less than a second ago"}"""),
            var path when path.EndsWith("/containers/box/exec", StringComparison.Ordinal) => AnswerAsync(context, StatusCodes.Status201Created, """{"Id":"1"}"""),
            _ => AnswerAsync(context, StatusCodes.Status200OK, $$$"""{"Id":"box","State":{"Status":"{{{state}}}"}}"""),
        });
        return played;
    }

    private static Task Pong(HttpContext context)
    {
        context.Response.Headers["Api-Version"] = "1.41";
        return Task.CompletedTask;
    }

    private static Task AnswerAsync(HttpContext context, int status, string json)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(json);
    }
}
