using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Routing.Patterns;

namespace LabOrchestrator.Server.Tests.Api;

public sealed class ApiDescriptionTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    // A WebSocket, of which OpenAPI has no notion.
    private const string Socket = "/api/v1/console";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Fact]
    public async Task The_published_description_is_that_of_the_code()
    {
        using var client = server.Client();

        var document = await client.GetAsync("/api/v1/openapi.json").JsonAsync();

        RepositoryDocument.ShouldBe("docs/reference/openapi.json", JsonSerializer.Serialize(document, Indented).ReplaceLineEndings("\n") + "\n");
    }

    [Fact]
    public async Task Every_operation_is_named_summarised_and_says_who_may()
    {
        using var client = server.Client();
        var document = await client.GetAsync("/api/v1/openapi.json").JsonAsync();
        var operations = document.GetProperty("paths").EnumerateObject().SelectMany(p => p.Value.EnumerateObject().Select(o => (Path: p.Name, Operation: o.Value))).ToList();

        operations.Count.ShouldBeGreaterThan(40);
        operations.ShouldAllBe(o => o.Path.StartsWith("/api/v1/", StringComparison.Ordinal));
        operations.ShouldAllBe(o => o.Operation.GetProperty("summary").GetString()!.Length > 0);
        operations.Select(o => o.Operation.GetProperty("operationId").GetString()).Distinct().Count().ShouldBe(operations.Count);
        operations.Where(o => o.Operation.GetProperty("security").GetArrayLength() == 0).Select(o => o.Path).ShouldBe(["/api/v1/session"]);
    }

    [Fact]
    public async Task Every_route_is_described()
    {
        using var client = server.Client();
        var document = await client.GetAsync("/api/v1/openapi.json").JsonAsync();
        var described = document.GetProperty("paths").EnumerateObject().SelectMany(p => p.Value.EnumerateObject().Select(o => $"{o.Name.ToUpperInvariant()} {p.Name}"));

        var routes = server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(e => e.RoutePattern.RawText!.StartsWith("/api/v1/", StringComparison.Ordinal) && e.RoutePattern.RawText != Socket)
            .SelectMany(e => e.Metadata.GetRequiredMetadata<HttpMethodMetadata>().HttpMethods.Where(m => m != HttpMethods.Head)
                .Select(m => $"{m} {Plain(e.RoutePattern)}"));

        described.Order(StringComparer.Ordinal).ShouldBe(routes.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Every_operation_but_signing_in_refuses_strangers()
    {
        using var client = server.Client();
        var document = await client.GetAsync("/api/v1/openapi.json").JsonAsync();
        foreach (var path in document.GetProperty("paths").EnumerateObject())
        {
            foreach (var operation in path.Value.EnumerateObject().Where(o => o.Value.GetProperty("operationId").GetString() != "SignIn"))
            {
                var address = path.Name.Replace("{id}", "1", StringComparison.Ordinal).Replace("{userId}", "1", StringComparison.Ordinal)
                    .Replace("{instanceId}", "1", StringComparison.Ordinal).Replace("{", "", StringComparison.Ordinal).Replace("}", "", StringComparison.Ordinal);
                using var request = new HttpRequestMessage(new HttpMethod(operation.Name.ToUpperInvariant()), address);

                (await client.SendAsync(request).StatusAsync()).ShouldBe(HttpStatusCode.Unauthorized, $"{operation.Name} {address}");
            }
        }
    }

    [Fact]
    public async Task The_page_to_try_it_has_a_policy_of_its_own_and_all_its_parts()
    {
        using var client = server.Client();

        using var page = await client.GetAsync("/api/try/index.html");

        page.StatusCode.ShouldBe(HttpStatusCode.OK);
        page.Headers.GetValues("Content-Security-Policy").Single().ShouldContain("frame-ancestors 'none'");
        var html = await page.Content.ReadAsStringAsync();
        html.ShouldNotContain("<script>");
        foreach (var part in new[] { "swagger-ui-bundle.js", "swagger-ui-standalone-preset.js", "swagger-ui.css", "index.js" })
        {
            html.ShouldContain(part);
            (await client.GetAsync($"/api/try/{part}").StatusAsync()).ShouldBe(HttpStatusCode.OK, part);
        }
    }

    [Theory]
    [InlineData("/healthz/live")]
    [InlineData("/api/v1/users/me")]
    [InlineData("/nothing-here")]
    public async Task Every_answer_has_the_headers_that_keep_browsers_careful(string path)
    {
        using var client = server.Client();

        using var one = await client.GetAsync(path);
        using var two = await client.GetAsync(path);

        var policy = one.Headers.GetValues("Content-Security-Policy").Single();
        policy.ShouldContain("script-src 'self';");
        policy.ShouldContain("frame-ancestors 'none'");
        policy.ShouldNotContain("unsafe");
        policy.ShouldNotBe(two.Headers.GetValues("Content-Security-Policy").Single(), "each answer has its own nonce");
        one.Headers.GetValues("X-Content-Type-Options").Single().ShouldBe("nosniff");
        one.Headers.GetValues("Referrer-Policy").Single().ShouldBe("same-origin");
        one.Headers.Contains("Server").ShouldBeFalse();
    }

    private static string Plain(RoutePattern route) => "/" + string.Join('/', route.PathSegments.Select(s => string.Concat(s.Parts.Select(p => p switch
    {
        RoutePatternParameterPart parameter => $"{{{parameter.Name}}}",
        RoutePatternLiteralPart literal => literal.Content,
        _ => throw new InvalidOperationException($"The route {route.RawText} has a part of another kind."),
    }))));
}
