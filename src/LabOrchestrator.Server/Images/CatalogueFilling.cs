using System.Data.Common;
using LabOrchestrator.Images;
using LabOrchestrator.Labs;
using LabOrchestrator.Runtimes;
using LabOrchestrator.Server.Configuration;
using LabOrchestrator.Server.Hosting;
using LabOrchestrator.Stores;

namespace LabOrchestrator.Server.Images;

/// <summary>
/// Fills the catalogue with the images of the engine and with the labs of the samples and the configured folder. It goes on looking for
/// images, because they are built while the server runs already, and labs are imported again when one has come or changed that they may
/// need, be it an engine's or an admin's.
/// </summary>
internal sealed partial class CatalogueFilling(
    EngineImages images, LabCatalogue labs, Settings settings, Readiness readiness, TimeProvider time, ILogger<CatalogueFilling> logger)
    : BackgroundService
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);
    private string? _trouble;

    /// <summary>The folder of the samples, which are delivered beside the program.</summary>
    public static string SamplesFolder => Path.Combine(AppContext.BaseDirectory, "samples", "labs");

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        IReadOnlyList<(string, string, ImageKind)>? imported = null;
        using var timer = new PeriodicTimer(LookEvery, time);
        do
        {
            try
            {
                var catalogue = (await images.TakeInAsync(stoppingToken)).Select(i => (i.Name, i.Reference, i.Kind)).ToList();
                if (imported is null || !catalogue.SequenceEqual(imported))
                {
                    await ImportLabsAsync(stoppingToken);
                    imported = catalogue;
                }

                readiness.CatalogueIsFilled();
                _trouble = null;
            }
            catch (Exception e) when (e is StoreUnavailableException or RuntimeUnavailableException or DbException)
            {
                if (IsNews(e))
                {
                    LogWaiting(e.Message);
                }
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                // Whatever it is, it is no reason to end the server and with it everybody's consoles.
                if (IsNews(e))
                {
                    LogTrouble(e);
                }
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task ImportLabsAsync(CancellationToken cancellationToken)
    {
        if (settings.Labs.Samples && Directory.Exists(SamplesFolder))
        {
            await labs.ImportFolderAsync(SamplesFolder, cancellationToken);
        }

        if (settings.Labs.Directory is { } folder)
        {
            await labs.ImportFolderAsync(folder, cancellationToken);
        }
    }

    // Said once, not every few seconds.
    private bool IsNews(Exception trouble)
    {
        var isNews = trouble.Message != _trouble;
        _trouble = trouble.Message;
        return isNews;
    }

    [LoggerMessage(301, LogLevel.Warning, "The catalogue of images and labs waits: {Reason}")]
    private partial void LogWaiting(string reason);

    [LoggerMessage(302, LogLevel.Error, "The catalogue of images and labs could not be filled; it is tried again every few seconds")]
    private partial void LogTrouble(Exception exception);
}
