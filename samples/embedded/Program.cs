// Starts the lab of a folder on the Docker runtime, through the library alone: no server, no database, no sign-in.
using LabOrchestrator;
using LabOrchestrator.Docker;
using LabOrchestrator.Images;
using LabOrchestrator.Installations;
using LabOrchestrator.Instances;
using LabOrchestrator.Labs;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

var builder = Host.CreateApplicationBuilder();
builder.Services.AddSingleton(new Installation("embedded-sample")); // marks what is ours in the engine
builder.Services.AddLabOrchestrator().AddInMemoryStores().AddDockerRuntime();
using var host = builder.Build();
await host.StartAsync();

var images = host.Services.GetRequiredService<IImageStore>();
await images.AddAsync(new Image(0, "terminal", "lab-orchestrator/terminal:1", ImageKind.Container, "Shell"), default);
await images.AddAsync(new Image(0, "tiny-vm", "lab-orchestrator/tiny-vm:1", ImageKind.Vm, "Small VM") { LoginUser = "lab" }, default);
var import = await host.Services.GetRequiredService<LabCatalogue>().ImportAsync(LabFolder.Read(args[0]).Files!, null, LabPublisher.Admin, default);
import.Mistakes.ToList().ForEach(Console.Error.WriteLine);

var labs = host.Services.GetRequiredService<LabInstances>();
var start = (StartResult.Accepted)await labs.StartAsync(new StartRequest(import.Lab!.Id, OwnerId: 1), default);
await WaitForAsync(InstancePhase.Running);
Console.WriteLine("The lab runs. Press Enter to stop it.");
Console.ReadLine();
await labs.StopAsync(start.Instance.Id, default);
await WaitForAsync(InstancePhase.Stopped);
await host.StopAsync();

async Task WaitForAsync(InstancePhase phase)
{
    await foreach (var snapshot in labs.Feed.WatchAsync(i => i.Id == start.Instance.Id, default))
    {
        Console.WriteLine($"{snapshot.Instance.Status.Phase} {string.Join(", ", snapshot.Instance.Status.Machines.Select(m => $"{m.Name}: {m.Stage}"))}");
        if (snapshot.Instance.Status.Phase == phase || !snapshot.Instance.IsLive) { return; }
    }
}
