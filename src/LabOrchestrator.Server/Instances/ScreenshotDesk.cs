using LabOrchestrator.Consoles;
using LabOrchestrator.Instances;
using LabOrchestrator.Labs;
using LabOrchestrator.Runtimes;
using LabOrchestrator.Server.Api;
using LabOrchestrator.Server.Gateway;
using Microsoft.Net.Http.Headers;

namespace LabOrchestrator.Server.Instances;

/// <summary>Hands out pictures of screens of the instances that a user may watch.</summary>
internal sealed class ScreenshotDesk(ILabStore labs, LabRuntimes runtimes, MachinePictures pictures)
{
    /// <summary>The picture, or why there is none.</summary>
    public async Task<IResult> AnswerAsync(LabInstance instance, string machine, HttpContext context)
    {
        var lab = await labs.FindDefinitionAsync(instance.LabId, instance.LabVersion, context.RequestAborted);
        if (lab?.Machines.FirstOrDefault(m => m.Name == machine) is not { } definition)
        {
            return Problems.NotFound($"There is no machine \"{machine}\" in lab instance {instance.Id}.");
        }

        if (LabConsoleDirectory.ReasonWhyNot(instance, machine) is { } reason)
        {
            return Problems.Conflict(reason);
        }

        if (!HasScreen(definition))
        {
            return Problems.NotFound($"The machine \"{machine}\" has no screen.");
        }

        if (runtimes.Find(instance.Runtime) is not IMachineScreenshots screens)
        {
            return Problems.Conflict($"The runtime \"{instance.Runtime}\" is not configured on this server, or takes no pictures of screens.");
        }

        try
        {
            var picture = await pictures.TakeAsync(screens, instance.Id, machine, context.RequestAborted);
            context.Response.Headers.CacheControl = $"private, max-age={MachinePictures.FreshFor.TotalSeconds:0}";
            return TypedResults.File(picture.Png, "image/png", entityTag: new EntityTagHeaderValue($"\"{picture.Tag}\""));
        }
        catch (ConsoleUnavailableException e)
        {
            return Problems.Conflict(e.Message);
        }
    }

    /// <summary>The machine has a screen that can be looked at.</summary>
    public static bool HasScreen(MachineDefinition machine) => machine.Consoles.Any(c => c.Kind == ConsoleKind.Graphical);
}
