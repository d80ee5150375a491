namespace LabOrchestrator.Consoles;

/// <summary>Where tickets wait for their one use. Only a hash of the secret is kept.</summary>
public interface IConsoleTicketStore
{
    /// <summary>Keeps a ticket under the SHA-256 of its secret and drops the expired ones.</summary>
    Task AddAsync(ReadOnlyMemory<byte> secretHash, ConsoleTicket ticket, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Takes the ticket out, atomically: of many callers one gets it. Null when there is none, or it has expired.</summary>
    Task<ConsoleTicket?> TakeAsync(ReadOnlyMemory<byte> secretHash, DateTimeOffset now, CancellationToken cancellationToken);
}
