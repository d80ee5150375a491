using LabOrchestrator.Images;
using LabOrchestrator.Server.Images;
using LabOrchestrator.Server.Users;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LabOrchestrator.Server.Pages;

/// <summary>The logins of image registries, as admins fill them in.</summary>
internal static class RegistryForms
{
    private const string Back = "/admin/images";
    private const int LongestUsername = 255;
    private const int LongestPassword = 4096;

    /// <summary>Maps what the forms post to.</summary>
    public static void MapRegistryForms(this IEndpointRouteBuilder endpoints)
    {
        var group = PageForms.Group(endpoints);
        group.RequireAuthorization();
        group.MapPost("/admin/registries", SaveAsync);
        group.MapPost("/admin/registries/remove", RemoveAsync);
    }

    private static async Task<IResult> SaveAsync(HttpContext context, Caller caller, Rights rights, IRegistryCredentialStore registries)
    {
        if (rights.Authorize(caller, LabAction.ChangeImages) != Decision.Granted)
        {
            return TypedResults.NotFound();
        }

        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        var registry = form["registry"].ToString().Trim();
        var username = form["username"].ToString().Trim();
        var password = form["password"].ToString();
        if (!ImageRules.IsRegistry(registry))
        {
            return Wrong($"The registry must be {ImageRules.RegistryMeaning}.");
        }

        if (username.Length is 0 or > LongestUsername || password.Length is 0 or > LongestPassword)
        {
            return Wrong($"Give an account of at most {LongestUsername} characters and a password or token of at most {LongestPassword}.");
        }

        await registries.SaveAsync(new RegistryCredential(registry, username, password), context.RequestAborted);
        return TypedResults.LocalRedirect(Back);
    }

    private static async Task<IResult> RemoveAsync(HttpContext context, Caller caller, Rights rights, IRegistryCredentialStore registries)
    {
        if (rights.Authorize(caller, LabAction.ChangeImages) != Decision.Granted)
        {
            return TypedResults.NotFound();
        }

        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        await registries.RemoveAsync(form["registry"].ToString(), context.RequestAborted);
        return TypedResults.LocalRedirect(Back);
    }

    private static RazorComponentResult<FormPage> Wrong(string sentence) => PageForms.Problem(sentence, Back, StatusCodes.Status400BadRequest);
}
