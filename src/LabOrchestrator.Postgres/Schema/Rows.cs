using LabOrchestrator.Consoles;
using LabOrchestrator.Images;
using LabOrchestrator.Images.Uploads;
using LabOrchestrator.Instances;
using LabOrchestrator.Postgres.Users;

namespace LabOrchestrator.Postgres.Schema;

// One class for each table; meaning is documented on the library's records.
internal sealed class InstallationRow
{
    public int Id { get; set; } = 1;

    public required string InstallationId { get; set; }

    public DateTimeOffset CreatedAt { get; set; }
}

internal sealed class DataProtectionKeyRow
{
    public long Id { get; set; }

    public string? FriendlyName { get; set; }

    public required string Xml { get; set; }
}

internal sealed class ImageRow
{
    public long Id { get; set; }

    public required string Name { get; set; }

    public required string Reference { get; set; }

    public ImageKind Kind { get; set; }

    public required string Description { get; set; }

    public string? LoginUser { get; set; }

    public required string Hardware { get; set; }
}

internal sealed class ImageUploadRow
{
    public long Id { get; set; }

    public required string Name { get; set; }

    public required string Version { get; set; }

    public long Size { get; set; }

    public long OwnerId { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public string? Sha256 { get; set; }

    public required string Description { get; set; }

    public string? LoginUser { get; set; }

    public required string Hardware { get; set; }

    public ImageUploadState State { get; set; }

    public DiskFormat? Format { get; set; }

    public string? Reason { get; set; }

    public long? ImageId { get; set; }

    public DateTimeOffset UpdatedAt { get; set; }
}

internal sealed class RegistryCredentialRow
{
    public required string Registry { get; set; }

    public required string Username { get; set; }

    public required byte[] Password { get; set; }
}

internal sealed class LabRow
{
    public long Id { get; set; }

    public required string Name { get; set; }

    public required string Title { get; set; }

    public required string Description { get; set; }

    public required string Version { get; set; }

    public required string NamespacePrefix { get; set; }

    public DateTimeOffset ImportedAt { get; set; }

    public DateTimeOffset? RemovedAt { get; set; }
}

internal sealed class LabVersionRow
{
    public long LabId { get; set; }

    public required string Hash { get; set; }

    public required string Definition { get; set; }

    public DateTimeOffset ImportedAt { get; set; }
}

internal sealed class LabVersionFileRow
{
    public long LabId { get; set; }

    public required string Hash { get; set; }

    public required string Path { get; set; }

    public required byte[] Content { get; set; }
}

internal sealed class InstanceRow
{
    public long Id { get; set; }

    /// <summary>Random; binds the sealed credentials to this row.</summary>
    public Guid Key { get; set; }

    public long LabId { get; set; }

    public required string LabName { get; set; }

    public required string LabVersion { get; set; }

    public required string NamespacePrefix { get; set; }

    public required string Runtime { get; set; }

    public long OwnerId { get; set; }

    public string? Context { get; set; }

    public string? IdempotencyKey { get; set; }

    public DesiredState Desired { get; set; }

    public required string Machines { get; set; }

    public required byte[] Credentials { get; set; }

    public required string Images { get; set; }

    public required string ImageDigests { get; set; }

    public long MemoryBytes { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public InstancePhase Phase { get; set; }

    public required string Status { get; set; }

    public long Revision { get; set; }

    public List<InstanceMemberRow> Members { get; set; } = [];
}

internal sealed class InstanceMemberRow
{
    public long InstanceId { get; set; }

    public long UserId { get; set; }

    public InstanceRole Role { get; set; }
}

internal sealed class InstanceHistoryRow
{
    public long Id { get; set; }

    public long InstanceId { get; set; }

    public InstancePhase Phase { get; set; }

    public string? Reason { get; set; }

    public DateTimeOffset At { get; set; }
}

internal sealed class ConsoleTicketRow
{
    public required byte[] Hash { get; set; }

    public long UserId { get; set; }

    public long InstanceId { get; set; }

    public required string Machine { get; set; }

    public required string Console { get; set; }

    public ConsoleMode Mode { get; set; }

    public DateTimeOffset ExpiresAt { get; set; }
}

internal sealed class WebSessionRow
{
    public required byte[] Hash { get; set; }

    public long UserId { get; set; }

    public long InstanceId { get; set; }

    public required string Machine { get; set; }

    public required string Console { get; set; }

    public required string Page { get; set; }

    public DateTimeOffset ExpiresAt { get; set; }
}

internal sealed class AccessTokenRow
{
    public long Id { get; set; }

    public long UserId { get; set; }

    public required byte[] Hash { get; set; }

    public required string Name { get; set; }

    public AccessTokenScope Scope { get; set; }

    public DateTimeOffset CreatedAt { get; set; }

    public DateTimeOffset ExpiresAt { get; set; }

    public DateTimeOffset? LastUsedAt { get; set; }

    public AccessToken ToToken() => new(Id, UserId, Name, Scope, CreatedAt, ExpiresAt) { LastUsedAt = LastUsedAt };
}
