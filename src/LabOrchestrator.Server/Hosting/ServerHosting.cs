using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using LabOrchestrator.Server.Api;
using LabOrchestrator.Server.Configuration;
using LabOrchestrator.Server.WebPorts;
using Microsoft.Extensions.Logging.Console;

namespace LabOrchestrator.Server.Hosting;

/// <summary>What every part of the server stands on: logs, listening, errors, headers.</summary>
internal static class ServerHosting
{
    // Ctrl-C ends everything within 5 s; the database needs what is left.
    private static readonly TimeSpan StopWithin = TimeSpan.FromSeconds(3);

    /// <summary>Adds it.</summary>
    public static void AddHosting(this WebApplicationBuilder builder, Settings settings)
    {
        builder.Services.AddSingleton(settings);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddScoped<CspNonce>();
        builder.Services.AddSingleton<Readiness>();
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = StopWithin);
        AddLogs(builder.Logging, settings);
        builder.AddListening(settings);
        builder.Services.AddProblems();
        builder.Services.ConfigureHttpJsonOptions(o => Configure(o.SerializerOptions));
    }

    /// <summary>Puts what comes before every endpoint into the pipeline.</summary>
    public static void UseHosting(this WebApplication app)
    {
        var settings = app.Services.GetRequiredService<Settings>();
        if (settings.Http.BehindProxy)
        {
            app.UseForwardedHeaders();
        }

        // Before errors are answered, since they are pages too.
        app.UseRequestLocalization(o =>
        {
            o.SetDefaultCulture("en");
            o.SupportedCultures = [CultureInfo.GetCultureInfo("en")];
            o.SupportedUICultures = [CultureInfo.GetCultureInfo("en")];
        });
        app.UseWebPorts();
        app.UseSecurityHeaders(settings.Http.IsSecure);
        app.UseProblems();
    }

    /// <summary>How JSON looks: camel case, enumerations as words, unknown members refused.</summary>
    public static void Configure(JsonSerializerOptions json)
    {
        json.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        json.RespectNullableAnnotations = true;
        json.NumberHandling = JsonNumberHandling.Strict;
        json.Converters.Add(new JsonStringEnumConverter(namingPolicy: null, allowIntegerValues: false));
    }

    /// <summary>How logs look, and which are kept.</summary>
    public static void AddLogs(ILoggingBuilder logs, Settings settings)
    {
        logs.ClearProviders();
        logs.AddSimpleConsole(o =>
        {
            o.SingleLine = true;
            o.TimestampFormat = "HH:mm:ss ";
            o.ColorBehavior = Console.IsOutputRedirected ? LoggerColorBehavior.Disabled : LoggerColorBehavior.Default;
        });
        logs.AddFilter("Microsoft", LogLevel.Warning);

        // What it tells of failed commands comes as an exception too, and often is no failure at all: a name that is taken.
        logs.AddFilter("Microsoft.EntityFrameworkCore", LogLevel.Critical);
        logs.AddFilter("System.Net.Http", LogLevel.Warning);
        logs.AddConfiguration(settings.Source.GetSection("Logging"));
    }
}
