using LabOrchestrator.Server.Users;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace LabOrchestrator.Server.Api;

/// <summary>The API's description (OpenAPI), and a page to try it.</summary>
internal static class ApiDescription
{
    /// <summary>Where the description is.</summary>
    public const string DocumentPath = "/api/v1/openapi.json";

    /// <summary>Where the page to try it is.</summary>
    public const string PagePath = "/api/try";
    private const string TokenScheme = "token";
    private const string SessionScheme = "session";
    private const string BasicScheme = "password";

    // Swagger UI styles its elements by attributes, and makes them from strings.
    private const string PagePolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; "
        + "font-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

    /// <summary>Adds the description.</summary>
    public static void AddApiDescription(this IServiceCollection services) => services.AddOpenApi("v1", options =>
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            Describe(document);
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            Describe(operation, context);
            return Task.CompletedTask;
        });
    });

    /// <summary>Maps the description and the page.</summary>
    public static void MapApiDescription(this WebApplication app)
    {
        app.MapOpenApi("/api/{documentName}/openapi.json").AllowAnonymous();
        app.UseWhen(context => context.Request.Path.StartsWithSegments(PagePath), page =>
        {
            page.Use((context, next) =>
            {
                context.Response.Headers.ContentSecurityPolicy = PagePolicy;
                return next(context);
            });
            page.UseSwaggerUI(o =>
            {
                o.RoutePrefix = PagePath.TrimStart('/');
                o.SwaggerEndpoint(DocumentPath, "v1");
                o.DocumentTitle = "Lab Orchestrator API";
            });
        });
    }

    private static void Describe(OpenApiDocument document)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Lab Orchestrator",
            Version = "v1",
            Description = "Labs of virtual machines and containers. Errors are problem details (RFC 9457); 400 names each wrong field. "
                + "Long work is answered with 202 and goes on; watch the resource, or /api/v1/events.",
        };

        // Where the server is, is for those who ask it to know.
        document.Servers?.Clear();
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [TokenScheme] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", Description = "A personal token." },
            [SessionScheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.ApiKey,
                In = ParameterLocation.Cookie,
                Name = AccountServices.CookieName,
                Description = "The session of the page. Calls that change something must come from a page of this host.",
            },
            [BasicScheme] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "basic",
                Description = "Name and password; to make a personal token.",
            },
        };
    }

    private static void Describe(OpenApiOperation operation, OpenApiOperationTransformerContext context)
    {
        operation.Responses ??= [];
        operation.Responses.TryAdd("503", new OpenApiResponse { Description = "The database or the engine is away; try again after the seconds of Retry-After." });
        var isOpen = context.Description.ActionDescriptor.EndpointMetadata.OfType<IAllowAnonymous>().Any();
        if (!isOpen)
        {
            operation.Responses.TryAdd("401", new OpenApiResponse { Description = "Nobody is signed in." });
        }

        var document = context.Document!;
        string[] schemes = !isOpen ? [TokenScheme, SessionScheme] : operation.OperationId == "IssueToken" ? [BasicScheme, SessionScheme] : [];
        operation.Security = [.. schemes.Select(s => new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(s, document)] = [] })];
    }
}
