using System.Globalization;
using System.Net;
using LabOrchestrator.Server.Hosting;
using LabOrchestrator.Server.Pages;
using Microsoft.Extensions.Localization;
using Microsoft.Net.Http.Headers;

namespace LabOrchestrator.Server.WebPorts;

/// <summary>
/// What the gateway itself says where a machine's page should be: a page for people, which tries again by itself where that helps, and
/// ProblemDetails for scripts.
/// </summary>
internal sealed class WebAnswers(IStringLocalizer<Texts> texts)
{
    private const int TryAgainAfterSeconds = 3;

    /// <summary>Says what is wrong and what to do.</summary>
    /// <param name="context">The request.</param>
    /// <param name="status">The status.</param>
    /// <param name="detail">The sentence.</param>
    /// <param name="page">Origin of the page that may show it in a frame; null where it is not known.</param>
    /// <param name="isPassing">Whether trying again can help.</param>
    public Task ProblemAsync(HttpContext context, int status, string detail, string? page, bool isPassing = false)
    {
        var isRead = HttpMethods.IsGet(context.Request.Method)
            && context.Request.GetTypedHeaders().Accept.Any(a => a.MediaType.Equals("text/html", StringComparison.OrdinalIgnoreCase));
        if (isPassing)
        {
            context.Response.Headers.RetryAfter = $"{TryAgainAfterSeconds}";
        }

        if (!isRead)
        {
            Protect(context, page, "");
            return TypedResults.Problem(detail, statusCode: status).ExecuteAsync(context);
        }

        return PageAsync(context, status, page, new Words(texts["WebPort.Problem"], detail)
        {
            Remark = isPassing ? texts["WebPort.TryingAgain"].Value : null,
            Refresh = isPassing ? $"{TryAgainAfterSeconds}" : null,
        });
    }

    /// <summary>Asks whether somebody who comes from elsewhere wants to go on.</summary>
    public Task AskAsync(HttpContext context, string page) => PageAsync(context, StatusCodes.Status403Forbidden, page, new Words(
        texts["WebPort.Ask"], texts["WebPort.AskText", context.Request.Host.Host])
    {
        Link = WebPlaces.TargetOf(context.Request) ?? "/",
        LinkText = texts["WebPort.Continue"],
    });

    /// <summary>
    /// Leads on to a port's page. A redirection would do, were it not that browsers then take the request for one of the page before.
    /// </summary>
    public Task LeadAsync(HttpContext context, string path, string page) => PageAsync(
        context, StatusCodes.Status200OK, page, new Words(texts["WebPort.Opening"], "") { Refresh = $"0;url={path}", Link = path, LinkText = texts["WebPort.Continue"] });

    private static Task PageAsync(HttpContext context, int status, string? page, Words words)
    {
        var nonce = new CspNonce().Value;
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/html; charset=utf-8";
        Protect(context, page, $"style-src 'nonce-{nonce}'; ");
        return context.Response.WriteAsync(
            $"""
            <!DOCTYPE html>
            <html lang="{CultureInfo.CurrentUICulture.TwoLetterISOLanguageName}">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            {(words.Refresh is null ? "" : $"<meta http-equiv=\"refresh\" content=\"{Html(words.Refresh)}\">")}
            <title>{Html(words.Title)}</title>
            <style nonce="{nonce}">body {"{"} font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 2rem auto; padding: 0 1rem {"}"} h1 {"{"} font-size: 1.25rem {"}"}</style>
            </head>
            <body>
            <main>
            <h1>{Html(words.Title)}</h1>
            <p>{Html(words.Text)}</p>
            {(words.Remark is null ? "" : $"<p>{Html(words.Remark)}</p>")}
            {(words.Link is null ? "" : $"<p><a href=\"{Html(words.Link)}\">{Html(words.LinkText)}</a></p>")}
            </main>
            </body>
            </html>

            """,
            context.RequestAborted);
    }

    private static void Protect(HttpContext context, string? page, string more)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = $"default-src 'none'; {more}base-uri 'none'; form-action 'none'; frame-ancestors {page ?? "'none'"}";
        headers.XContentTypeOptions = "nosniff";
        headers.CacheControl = "no-store";
        headers["Referrer-Policy"] = "no-referrer";
        headers[HeaderNames.Vary] = "Accept, Cookie, Sec-Fetch-Site";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
    }

    private static string Html(string? text) => WebUtility.HtmlEncode(text ?? "");

    private sealed record Words(string Title, string Text)
    {
        public string? Remark { get; init; }

        public string? Refresh { get; init; }

        public string? Link { get; init; }

        public string? LinkText { get; init; }
    }
}
