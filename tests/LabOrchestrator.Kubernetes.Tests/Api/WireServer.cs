using System.Collections.Concurrent;
using System.Net;
using LabOrchestrator.Kubernetes.Api;
using LabOrchestrator.Kubernetes.Api.Configuration;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace LabOrchestrator.Kubernetes.Tests.Api;

/// <summary>A small server on loopback that answers each request as a test says, and remembers the requests.</summary>
internal sealed class WireServer : IAsyncDisposable
{
    private readonly WebApplication _application;

    private WireServer(WebApplication application)
    {
        _application = application;
    }

    public ConcurrentQueue<WireRequest> Requests { get; } = new();

    public Uri Address => new(_application.Urls.First());

    public static async Task<WireServer> StartAsync(RequestDelegate answer, Action<ListenOptions>? listen = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0, o => (listen ?? (_ => { }))(o)));
        builder.WebHost.UseKestrelHttpsConfiguration();
        var application = builder.Build();
        var server = new WireServer(application);
        application.UseWebSockets();
        application.Run(async context =>
        {
            var body = context.Request.ContentLength is > 0 ? await new StreamReader(context.Request.Body).ReadToEndAsync(context.RequestAborted) : "";
            server.Requests.Enqueue(new WireRequest(
                context.Request.Method,
                context.Request.Path,
                context.Request.QueryString.Value ?? "",
                context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase),
                body));
            await answer(context);
        });
        await application.StartAsync();
        return server;
    }

    /// <summary>A client of this server over plain HTTP.</summary>
    public KubernetesClient Client(TimeProvider? time = null, KubernetesClientOptions? options = null, ILogger<KubernetesClient>? logger = null) => new(
        () => new ClusterConfiguration { Server = Address, Origin = "test" },
        options ?? new KubernetesClientOptions(),
        time ?? TimeProvider.System,
        logger ?? NullLogger<KubernetesClient>.Instance);

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        await _application.StopAsync(now.Token);
        await _application.DisposeAsync();
    }
}

internal sealed record WireRequest(string Method, string Path, string Query, Dictionary<string, string> Headers, string Body)
{
    public override string ToString() => $"{Method} {Path}{Query}";
}

internal static class WireAnswers
{
    public static Task JsonAsync(this HttpContext context, string json, int status = 200)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        return context.Response.WriteAsync(json);
    }

    public static Task StatusAsync(this HttpContext context, int code, string reason, string message, string details = "{}") =>
        context.JsonAsync($$"""{"kind":"Status","apiVersion":"v1","status":"Failure","message":"{{message}}","reason":"{{reason}}","code":{{code}},"details":{{details}}}""", code);
}
