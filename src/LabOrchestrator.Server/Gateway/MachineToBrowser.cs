namespace LabOrchestrator.Server.Gateway;

/// <summary>Copies what the machine says to the browser until one of them ends.</summary>
internal sealed class MachineToBrowser(IConsoleOutput output)
{
    /// <summary>Whether it is a screen.</summary>
    public bool IsGraphical => output is GraphicalOutput;

    /// <summary>Bytes taken from the machine.</summary>
    public long Bytes { get; private set; }

    /// <summary>Why reading from the machine failed, if it did.</summary>
    public Exception? MachineFailure { get; private set; }

    /// <summary>Runs to the first end, and never throws.</summary>
    /// <param name="stop">Cancelled when the other direction has ended, or the console is to be closed.</param>
    public async Task<ConsoleEnd> RunAsync(CancellationToken stop)
    {
        try
        {
            while (await output.CopyAsync(stop) is { } count)
            {
                Bytes += count;
            }

            return ConsoleEnd.MachineEnded;
        }
        catch (MachineGoneException e)
        {
            MachineFailure = e.InnerException;
            return ConsoleEnd.MachineEnded;
        }
        catch (InvalidDataException e)
        {
            MachineFailure = e;
            return ConsoleEnd.ConsoleFailed;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ObjectDisposedException)
        {
            return ConsoleEnd.BrowserGone;
        }
    }
}
