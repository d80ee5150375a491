using LabOrchestrator.Instances;
using LabOrchestrator.Labs;
using LabOrchestrator.Server.Pages.Admin;
using LabOrchestrator.Server.Users;
using Microsoft.Extensions.Localization;

namespace LabOrchestrator.Server.Pages;

/// <summary>What authors and admins do on their pages.</summary>
internal static class AdminForms
{
    private const string UsersPage = "/admin/users";

    /// <summary>Maps what the forms post to.</summary>
    public static void MapAdminForms(this IEndpointRouteBuilder endpoints)
    {
        var group = PageForms.Group(endpoints);
        group.RequireAuthorization();
        group.MapPost("/admin/users", AddUserAsync);
        group.MapPost("/admin/orphans/{runtime}/{id:long}/delete", DeleteOrphanAsync);
        group.MapPost("/labs/import", ImportAsync);
    }

    private static async Task<IResult> AddUserAsync(HttpContext context, Caller caller, Rights rights, Accounts accounts, IStringLocalizer<Texts> texts)
    {
        if (rights.Authorize(caller, LabAction.ManageAccounts) != Decision.Granted)
        {
            return TypedResults.NotFound();
        }

        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        var name = form["name"].ToString().Trim();
        if (!AccountRules.IsName(name))
        {
            return PageForms.Problem(texts["Users.NameRule"], UsersPage, StatusCodes.Status400BadRequest);
        }

        var roles = RoleNames.From([.. form["roles"].SelectMany(r => Enum.TryParse<RoleName>(r, out var role) && Enum.IsDefined(role) ? new[] { role } : [])]);
        return await accounts.AddAsync(name, null, form["password"].ToString(), roles) switch
        {
            AccountResult.Done => TypedResults.LocalRedirect(UsersPage),
            AccountResult.Conflict => PageForms.Problem(texts["Users.NameTaken", name], UsersPage, StatusCodes.Status409Conflict),
            _ => PageForms.Problem(AccountTexts.PasswordRule(texts), UsersPage, StatusCodes.Status400BadRequest),
        };
    }

    private static async Task<IResult> DeleteOrphanAsync(
        string runtime, long id, Caller caller, Rights rights, Orphans orphans, CancellationToken cancellationToken) =>
        rights.Authorize(caller, LabAction.ManageSystem) == Decision.Granted && await orphans.DeleteAsync(runtime, id, cancellationToken)
            ? TypedResults.LocalRedirect("/admin/system")
            : TypedResults.NotFound();

    private static async Task<IResult> ImportAsync(HttpContext context, Caller caller, Rights rights, LabCatalogue catalogue, LabWarnings warnings)
    {
        if (rights.Authorize(caller, LabAction.WriteLabs) != Decision.Granted)
        {
            return TypedResults.NotFound();
        }

        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        var yaml = form["yaml"].ToString();
        var reading = Read(form.Files["zip"], yaml);
        var isImport = form["what"] == "import";
        var result = reading.Files is not { } files
            ? new LabImport(null, reading.Mistakes)
            : isImport
                ? await catalogue.ImportAsync(files, null, rights.PublisherFor(caller), context.RequestAborted)
                : await CheckAsync(files, catalogue, warnings, context.RequestAborted);
        return PageForms.Page<ImportPage>(
            result.Mistakes.IsEmpty ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest,
            new Dictionary<string, object> { ["Result"] = result, ["Yaml"] = yaml });
    }

    private static async Task<LabImport> CheckAsync(LabFiles files, LabCatalogue catalogue, LabWarnings warnings, CancellationToken cancellationToken)
    {
        var reading = await catalogue.ValidateAsync(files, cancellationToken);
        return new LabImport(null, reading.Mistakes) { Warnings = await warnings.OfAsync(reading.Requirements, cancellationToken) };
    }

    private static LabFilesReading Read(IFormFile? zip, string yaml)
    {
        if (zip is not { Length: > 0 })
        {
            return new LabFilesReading(LabFiles.FromDefinition(yaml), []);
        }

        using var stream = zip.OpenReadStream();
        return LabArchive.Read(stream);
    }
}
