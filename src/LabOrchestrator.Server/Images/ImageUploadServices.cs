using LabOrchestrator.Images.Uploads;
using LabOrchestrator.Server.Configuration;

namespace LabOrchestrator.Server.Images;

/// <summary>Disks that are uploaded to become images.</summary>
internal static class ImageUploadServices
{
    /// <summary>Adds them; their bytes lie in the data directory.</summary>
    public static void AddImageUploads(this WebApplicationBuilder builder, Settings settings)
    {
        builder.Services.AddSingleton(new UploadFiles(Path.Combine(settings.General.DataDirectory, "uploads")));
        builder.Services.AddSingleton(new ImageUploadLimits
        {
            UploadBytes = settings.Images.UploadBytes,
            DiskBytes = settings.Images.DiskBytes,
            Uploads = settings.Images.Uploads,
            MinimumFreeDiskBytes = settings.Limits.MinimumFreeDiskBytes,
        });
        builder.Services.AddSingleton<ImageUploads>();
        builder.Services.AddSingleton<UploadedImages>();
        builder.Services.AddSingleton<ImageUploadWork>();
        builder.Services.AddHostedService<Worker>();
    }

    private sealed class Worker(ImageUploadWork work) : BackgroundService
    {
        protected override Task ExecuteAsync(CancellationToken stoppingToken) => work.RunAsync(stoppingToken);
    }
}
