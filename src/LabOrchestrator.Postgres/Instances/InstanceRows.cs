using System.Collections.Immutable;
using LabOrchestrator.Images;
using LabOrchestrator.Instances;
using LabOrchestrator.Postgres.Schema;
using LabOrchestrator.Runtimes;
using LabOrchestrator.Secrets;

namespace LabOrchestrator.Postgres.Instances;

/// <summary>Turns instances into rows and back; credentials are sealed for their row.</summary>
internal sealed class InstanceRows(SecretBox secrets)
{
    public InstanceRow ToRow(LabInstance instance)
    {
        var key = Guid.NewGuid();
        return new InstanceRow
        {
            Key = key,
            LabId = instance.LabId,
            LabName = instance.LabName,
            LabVersion = instance.LabVersion,
            NamespacePrefix = instance.NamespacePrefix,
            Runtime = instance.Runtime,
            OwnerId = instance.OwnerId,
            Context = instance.Context,
            IdempotencyKey = instance.IdempotencyKey,
            Desired = instance.Desired,
            Machines = Json.Write(instance.Machines),
            Credentials = secrets.Seal(Json.Write(instance.Credentials), PlaceOf(key)),
            Images = Json.Write(instance.Images),
            ImageDigests = Json.Write(instance.ImageDigests),
            MemoryBytes = instance.MemoryBytes,
            CreatedAt = instance.CreatedAt.ToUniversalTime(),
            Phase = instance.Status.Phase,
            Status = Json.Write(instance.Status),
            Revision = 1,
            Members = [.. instance.Members.Select(m => new InstanceMemberRow { UserId = m.UserId, Role = m.Role })],
        };
    }

    public LabInstance ToInstance(InstanceRow row) => ToInstanceWithoutCredentials(row) with
    {
        Credentials = Json.Read<ImmutableArray<MachineCredential>>(secrets.Open(row.Credentials, PlaceOf(row.Key))),
    };

    public static LabInstance ToInstanceWithoutCredentials(InstanceRow row) => new()
    {
        Id = row.Id,
        LabId = row.LabId,
        LabName = row.LabName,
        LabVersion = row.LabVersion,
        NamespacePrefix = row.NamespacePrefix,
        Runtime = row.Runtime,
        OwnerId = row.OwnerId,
        Context = row.Context,
        IdempotencyKey = row.IdempotencyKey,
        Desired = row.Desired,
        Machines = Json.Read<ImmutableSortedDictionary<string, MachineWish>>(row.Machines),
        Members = [.. row.Members.OrderBy(m => m.UserId).Select(m => new InstanceMember(m.UserId, m.Role))],
        Images = Json.Read<ImmutableSortedDictionary<string, Image>>(row.Images),
        ImageDigests = Json.Read<ImmutableSortedDictionary<string, string>>(row.ImageDigests),
        MemoryBytes = row.MemoryBytes,
        CreatedAt = row.CreatedAt,
        Status = Json.Read<LabInstanceStatus>(row.Status),
        Revision = row.Revision,
    };

    private static string PlaceOf(Guid key) => $"lab_instances/{key:N}/credentials";
}
