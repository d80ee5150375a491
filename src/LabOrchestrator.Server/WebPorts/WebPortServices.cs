namespace LabOrchestrator.Server.WebPorts;

/// <summary>Puts the web ports of machines into the server.</summary>
internal static class WebPortServices
{
    /// <summary>Adds them.</summary>
    public static IServiceCollection AddWebPorts(this IServiceCollection services)
    {
        services.AddSingleton<WebPlaces>();
        services.AddSingleton<WebVisits>();
        services.AddSingleton<WebConnections>();
        services.AddSingleton<WebAnswers>();
        services.AddSingleton<WebSockets>();
        services.AddSingleton<WebForwarder>();
        services.AddSingleton<WebEntrance>();
        services.AddSingleton<WebGate>();
        services.AddScoped<PageFrames>();
        return services;
    }

    /// <summary>
    /// Takes requests for web ports out of the pipeline, before anything that is ours alone: sign-in, pages, the API, and the headers that
    /// protect them. What comes to a machine's host never reaches those, and the other way round.
    /// </summary>
    public static IApplicationBuilder UseWebPorts(this IApplicationBuilder app)
    {
        var places = app.ApplicationServices.GetRequiredService<WebPlaces>();
        var gate = app.ApplicationServices.GetRequiredService<WebGate>();
        return app.Use((context, next) => places.Find(context.Request) is { } place ? gate.ServeAsync(context, place) : next(context));
    }
}
