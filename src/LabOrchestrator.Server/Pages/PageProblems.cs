using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Localization;

namespace LabOrchestrator.Server.Pages;

/// <summary>Shows errors as pages to those who read pages; programs get ProblemDetails.</summary>
internal sealed class PageProblems(IStringLocalizer<Texts> texts) : IProblemDetailsWriter
{
    /// <inheritdoc/>
    public bool CanWrite(ProblemDetailsContext context)
    {
        var request = context.HttpContext.Request;
        return !request.Path.StartsWithSegments("/api")
            && request.GetTypedHeaders().Accept.Any(a => a.MediaType.Equals("text/html", StringComparison.OrdinalIgnoreCase));
    }

    /// <inheritdoc/>
    public async ValueTask WriteAsync(ProblemDetailsContext context)
    {
        var status = context.ProblemDetails.Status ?? context.HttpContext.Response.StatusCode;
        var (title, message) = status == StatusCodes.Status404NotFound
            ? (texts["NotFound.Title"].Value, texts["NotFound.Text"].Value)
            : (texts["Problem.Title"].Value, context.ProblemDetails.Detail ?? context.ProblemDetails.Title ?? $"{status}");

        // Without it the renderer takes 404 for its own "no such page" and leaves the answer empty.
        context.HttpContext.Features.Set<IStatusCodeReExecuteFeature>(new StatusCodeReExecuteFeature { OriginalPath = context.HttpContext.Request.Path });
        await RenderAsync(context.HttpContext, PageForms.Problem(message, "/", status, title));
    }

    // The page that found out may have used the request's renderer, which renders only once, and left its header.
    private static async Task RenderAsync(HttpContext context, RazorComponentResult<FormPage> page)
    {
        context.Response.Headers.Remove("blazor-enhanced-nav");
        var services = context.RequestServices;
        await using var scope = services.CreateAsyncScope();
        context.RequestServices = scope.ServiceProvider;
        try
        {
            await page.ExecuteAsync(context);
        }
        finally
        {
            context.RequestServices = services;
        }
    }
}
