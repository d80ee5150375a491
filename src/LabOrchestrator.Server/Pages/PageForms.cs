using LabOrchestrator.Instances;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LabOrchestrator.Server.Pages;

/// <summary>What posted forms have in common: the check against forgery, and problems shown as pages.</summary>
internal sealed class PageForms(IAntiforgery antiforgery)
{
    /// <summary>A page that says what is wrong.</summary>
    public static RazorComponentResult<FormPage> Problem(string message, string back, int status, string? title = null)
    {
        var values = new Dictionary<string, object> { ["Message"] = message, ["Back"] = back };
        if (title is not null)
        {
            values["Title"] = title;
        }

        return Page<ProblemPage>(status, values);
    }

    /// <summary>A page as the answer to a form.</summary>
    public static RazorComponentResult<FormPage> Page<TPage>(int status, Dictionary<string, object>? values = null) =>
        new(new { Page = typeof(TPage), Values = values ?? [] }) { StatusCode = status };

    /// <summary>A page for a change that was not possible; otherwise on to the page it concerns.</summary>
    public static IResult After(ChangeResult result, string page) => result switch
    {
        ChangeResult.Accepted => TypedResults.LocalRedirect(page),
        ChangeResult.Conflict conflict => Problem(conflict.Reason, page, StatusCodes.Status409Conflict),
        _ => TypedResults.NotFound(),
    };

    /// <summary>Whether the form was made by this server for this browser.</summary>
    public Task<bool> IsGenuineAsync(HttpContext context) => antiforgery.IsRequestValidAsync(context);

    /// <summary>Refuses forged forms of a group of endpoints.</summary>
    public static RouteGroupBuilder Group(IEndpointRouteBuilder endpoints)
    {
        // Pages answer posts to their own address too; ours come first.
        var group = endpoints.MapGroup("").ExcludeFromDescription().WithOrder(-1);
        group.AddEndpointFilter(async (context, next) =>
            await context.HttpContext.RequestServices.GetRequiredService<PageForms>().IsGenuineAsync(context.HttpContext)
                ? await next(context)
                : TypedResults.LocalRedirect("/sign-in?problem=cookie"));
        return group;
    }
}
