using System.Security.Cryptography;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Server.Instances;

/// <summary>
/// Pictures of machines' screens for overviews. For each machine one is taken at a time, and serves all who ask within
/// <see cref="FreshFor"/>; the engine takes few at once, however many machines an overview shows.
/// </summary>
internal sealed class MachinePictures(TimeProvider time) : IDisposable
{
    /// <summary>How long a picture serves.</summary>
    public static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(5);

    private const int MostAtOnce = 4;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly Lock _lock = new();
    private readonly Dictionary<(long Instance, string Machine), (long At, Task<MachinePicture> Picture)> _taken = [];
    private readonly SemaphoreSlim _places = new(MostAtOnce);

    /// <summary>A picture that is not older than <see cref="FreshFor"/>. Whether the user may see it is the caller's concern.</summary>
    /// <exception cref="ConsoleUnavailableException">There is none now; the message says why.</exception>
    /// <exception cref="RuntimeUnavailableException">The engine is away.</exception>
    public Task<MachinePicture> TakeAsync(IMachineScreenshots screens, long instanceId, string machine, CancellationToken cancellationToken)
    {
        Task<MachinePicture> picture;
        lock (_lock)
        {
            foreach (var key in _taken.Where(t => t.Value.Picture.IsCompleted && time.GetElapsedTime(t.Value.At) >= FreshFor).Select(t => t.Key).ToList())
            {
                _taken.Remove(key);
            }

            if (!_taken.TryGetValue((instanceId, machine), out var known))
            {
                // Of all who ask, so it does not end with the first of them.
                known = (time.GetTimestamp(), Task.Run(() => OnceAsync(screens, instanceId, machine), CancellationToken.None));
                _taken[(instanceId, machine)] = known;
            }

            picture = known.Picture;
        }

        return picture.WaitAsync(cancellationToken);
    }

    public void Dispose() => _places.Dispose();

    private async Task<MachinePicture> OnceAsync(IMachineScreenshots screens, long instanceId, string machine)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        try
        {
            await _places.WaitAsync(patience.Token);
            try
            {
                var png = await screens.ScreenshotAsync(instanceId, machine, patience.Token);
                return new MachinePicture(png, Convert.ToHexStringLower(SHA256.HashData(png).AsSpan(0, 8)));
            }
            finally
            {
                _places.Release();
            }
        }
        catch (OperationCanceledException e)
        {
            throw new ConsoleUnavailableException($"The screen of \"{machine}\" does not answer.", e);
        }
    }
}

/// <summary>A picture of a machine's screen.</summary>
/// <param name="Png">The picture.</param>
/// <param name="Tag">Another one for another picture.</param>
internal sealed record MachinePicture(byte[] Png, string Tag);
