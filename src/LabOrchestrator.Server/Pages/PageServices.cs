namespace LabOrchestrator.Server.Pages;

/// <summary>The pages: rendered here, navigated as a whole, with custom elements for what must live in the browser.</summary>
internal static class PageServices
{
    /// <summary>Adds them.</summary>
    public static void AddPages(this WebApplicationBuilder builder)
    {
        builder.Services.AddRazorComponents();
        builder.Services.AddCascadingAuthenticationState();
        builder.Services.AddLocalization();
        builder.Services.AddAntiforgery(o =>
        {
            o.Cookie.Name = "lab-antiforgery";
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
