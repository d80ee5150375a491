using LabOrchestrator.Server.Images;
using LabOrchestrator.Server.Instances;
using LabOrchestrator.Server.Labs;
using LabOrchestrator.Server.Operation;
using LabOrchestrator.Server.Users;

namespace LabOrchestrator.Server.Api;

/// <summary>Everything below <c>/api/v1</c>.</summary>
internal static class ApiEndpoints
{
    /// <summary>Adds validation and the description.</summary>
    public static void AddApi(this WebApplicationBuilder builder)
    {
        builder.Services.AddValidation();
        builder.Services.AddApiDescription();
        builder.Services.AddInstances();
        builder.Services.AddSingleton<ImageBuilds>();
        builder.Services.AddSingleton<SystemReport>();
    }

    /// <summary>Maps all endpoints; each needs a signed-in user unless it says otherwise.</summary>
    public static void MapApi(this WebApplication app)
    {
        app.MapApiDescription();
        var api = app.MapGroup("/api/v1").RequireAuthorization();
        api.MapSession();
        api.MapTokens();
        api.MapProfile();
        api.MapUsers();
        api.MapLabs();
        api.MapImages();
        api.MapImageUploads();
        api.MapRegistries();
        api.MapInstances();
        api.MapEvents();
        api.MapSystem();
    }
}
