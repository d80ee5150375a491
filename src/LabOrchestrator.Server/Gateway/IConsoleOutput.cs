namespace LabOrchestrator.Server.Gateway;

/// <summary>What of a machine's bytes goes to the browser, and in which form.</summary>
internal interface IConsoleOutput
{
    /// <summary>
    /// Waits for bytes of the machine without holding a buffer, and sends them to the browser.
    /// </summary>
    /// <returns>How many bytes were passed on; null at the machine's end.</returns>
    /// <exception cref="MachineGoneException">Reading from the machine failed.</exception>
    /// <exception cref="InvalidDataException">The machine's keeper broke its protocol.</exception>
    ValueTask<int?> CopyAsync(CancellationToken cancellationToken);
}
