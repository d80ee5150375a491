using LabOrchestrator.Images;
using LabOrchestrator.Server.Api;
using LabOrchestrator.Server.Users;

namespace LabOrchestrator.Server.Images;

/// <summary>The logins of image registries, for admins. Passwords go in and never come out.</summary>
internal static class RegistryEndpoints
{
    public static void MapRegistries(this IEndpointRouteBuilder api)
    {
        var registries = api.MapGroup("/registries").WithTags("Images");
        registries.MapGet("", ListAsync).WithName("ListRegistries").WithSummary("The image registries that are signed in to; for admins.")
            .Answers<IReadOnlyList<RegistryAccount>>(200).MayBe(403);
        registries.MapPut("/{registry}", SaveAsync).WithName("SaveRegistry").WithSummary("Keeps the login of an image registry; for admins.")
            .Answers(204).MayBe(400, 403);
        registries.MapDelete("/{registry}", RemoveAsync).WithName("RemoveRegistry").WithSummary("Forgets the login of an image registry; for admins.")
            .Answers(204).MayBe(403, 404);
    }

    private static async Task<IResult> ListAsync(Caller caller, Rights rights, IRegistryCredentialStore registries, CancellationToken cancellationToken) =>
        rights.Deny(caller, LabAction.ChangeImages) is { } denied ? denied : TypedResults.Ok(await registries.ListAsync(cancellationToken));

    private static async Task<IResult> SaveAsync(
        string registry, RegistryRequest request, Caller caller, Rights rights, IRegistryCredentialStore registries, CancellationToken cancellationToken)
    {
        if (rights.Deny(caller, LabAction.ChangeImages) is { } denied)
        {
            return denied;
        }

        if (!ImageRules.IsRegistry(registry))
        {
            return Problems.Invalid("registry", $"The registry must be {ImageRules.RegistryMeaning}.");
        }

        await registries.SaveAsync(new RegistryCredential(registry, request.Username!, request.Password!), cancellationToken);
        return TypedResults.NoContent();
    }

    private static async Task<IResult> RemoveAsync(
        string registry, Caller caller, Rights rights, IRegistryCredentialStore registries, CancellationToken cancellationToken) =>
        rights.Deny(caller, LabAction.ChangeImages) is { } denied ? denied
        : await registries.RemoveAsync(registry, cancellationToken) ? TypedResults.NoContent()
        : Problems.NotFound($"There is no login for the registry {registry}.");
}
