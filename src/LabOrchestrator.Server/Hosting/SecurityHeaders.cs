using LabOrchestrator.Server.WebPorts;

namespace LabOrchestrator.Server.Hosting;

/// <summary>Headers that keep browsers from doing with our answers what we never want.</summary>
internal static class SecurityHeaders
{
    /// <summary>Adds them to every answer that does not bring its own.</summary>
    public static IApplicationBuilder UseSecurityHeaders(this IApplicationBuilder app, bool isSecure) => app.Use((context, next) =>
    {
        context.Response.OnStarting(() =>
        {
            Add(context, isSecure);
            return Task.CompletedTask;
        });
        return next(context);
    });

    private static void Add(HttpContext context, bool isSecure)
    {
        var headers = context.Response.Headers;
        if (headers.ContentSecurityPolicy.Count == 0)
        {
            headers.ContentSecurityPolicy = PolicyOf(
                context.RequestServices.GetRequiredService<CspNonce>().Value, context.RequestServices.GetRequiredService<PageFrames>().Sources);
        }

        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Origin-Agent-Cluster"] = "?1";
        if (headers.XFrameOptions.Count == 0)
        {
            headers.XFrameOptions = "DENY";
        }

        if (isSecure)
        {
            headers.StrictTransportSecurity = "max-age=31536000";
        }
    }

    private static string PolicyOf(string nonce, string? frames) =>
        $"default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; connect-src 'self'; font-src 'self'; "
        + (frames is null ? "" : $"frame-src {frames}; ")
        + "form-action 'self'; base-uri 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'";
}
