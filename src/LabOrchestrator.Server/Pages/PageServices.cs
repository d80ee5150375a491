using LabOrchestrator.Server.Configuration;

namespace LabOrchestrator.Server.Pages;

/// <summary>The pages: rendered here, navigated as a whole, with custom elements for what must live in the browser.</summary>
internal static class PageServices
{
    /// <summary>Name of the cookie that protects forms; with TLS <c>__Host-</c> comes before it.</summary>
    public const string AntiforgeryCookie = "lab-antiforgery";

    /// <summary>Adds them.</summary>
    public static void AddPages(this WebApplicationBuilder builder, Settings settings)
    {
        builder.Services.AddRazorComponents();
        builder.Services.AddCascadingAuthenticationState();
        builder.Services.AddLocalization();
        builder.Services.AddAntiforgery(o =>
        {
            // The prefix keeps hosts below a common domain, such as machines', from setting it.
            o.Cookie.Name = settings.Http.IsSecure ? "__Host-" + AntiforgeryCookie : AntiforgeryCookie;
            o.Cookie.SecurePolicy = settings.Http.IsSecure ? CookieSecurePolicy.Always : CookieSecurePolicy.SameAsRequest;
            o.Cookie.Path = "/";
            o.Cookie.SameSite = SameSiteMode.Strict;
        });
        builder.Services.AddSingleton<WebAssets>();
        builder.Services.AddSingleton<WorkspaceReader>();
        builder.Services.AddScoped<PageForms>();

        // The first writer that can is taken, and the one for programs takes what browsers accept too.
        builder.Services.Insert(0, ServiceDescriptor.Singleton<IProblemDetailsWriter, PageProblems>());
    }

    /// <summary>Puts static files and form protection into the pipeline; before the pages, after sign-in.</summary>
    public static void UsePages(this WebApplication app)
    {
        app.UseStaticFiles(new StaticFileOptions
        {
            OnPrepareResponse = context =>
            {
                // Names below assets hold their content's hash.
                if (context.Context.Request.Path.StartsWithSegments("/assets") && context.File.Name != "manifest.json")
                {
                    context.Context.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
                }
            },
        });
        app.UseAntiforgery();
    }

    /// <summary>Maps the pages and what their forms post to.</summary>
    public static void MapPages(this WebApplication app)
    {
        app.MapRazorComponents<App>();
        app.MapSignInForms();
        app.MapInstanceForms();
        app.MapProfileForms();
        app.MapAdminForms();
        app.MapRegistryForms();
    }
}
