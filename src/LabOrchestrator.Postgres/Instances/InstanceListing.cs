using System.Collections.Immutable;
using System.Text;
using LabOrchestrator.Instances;
using LabOrchestrator.Postgres.Schema;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace LabOrchestrator.Postgres.Instances;

/// <summary>
/// Reads lists of instances. By hand, because a list of a thousand is asked for often: no entities are made, nothing is decrypted, and
/// only the statuses that the caller does not know yet are read, by a query of their own.
/// </summary>
internal static class InstanceListing
{
    private const string Columns =
        """
        i.id, i.lab_id, i.lab_name, i.lab_version, i.namespace_prefix, i.runtime, i.owner_id, i.context, i.idempotency_key, i.desired,
        i.machines, i.memory_bytes, i.created_at, i.revision, i.status_version
        """;

    private const string Nothing = "{}";

    private const int FirstMemberColumn = 15;

    private static readonly LabInstanceStatus Unread = new();

    public static async Task<IReadOnlyList<LabInstance>> ReadAsync(LabDbContext db, LabInstanceQuery query, CancellationToken cancellationToken)
    {
        await db.Database.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);
        await using var command = new NpgsqlCommand(Sql(query), (NpgsqlConnection)db.Database.GetDbConnection());
        foreach (var value in new[] { query.MemberId, query.LabId, query.Before }.OfType<long>().Append(query.Limit))
        {
            command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = value });
        }

        var found = new List<LabInstance>();
        var unknown = new List<long>();
        await ReadAsync(command, found, unknown, query.Known, cancellationToken).ConfigureAwait(false);
        if (unknown.Count > 0)
        {
            var statuses = await StatusesAsync(command.Connection!, unknown, cancellationToken).ConfigureAwait(false);
            return found.ConvertAll(i => statuses.TryGetValue(i.Id, out var status) ? i with { Status = status } : i);
        }

        return found;
    }

    private static async Task ReadAsync(
        NpgsqlCommand command,
        List<LabInstance> found,
        List<long> unknown,
        IReadOnlyDictionary<long, LabInstanceStatus> known,
        CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var members = ImmutableArray.CreateBuilder<InstanceMember>();
        LabInstance? current = null;
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            // One row for each member; those of an instance come one after another.
            if (current?.Id != reader.GetInt64(0))
            {
                Finish();
                var status = known.GetValueOrDefault(reader.GetInt64(0));
                if (status is null || status.Version < reader.GetInt64(14))
                {
                    unknown.Add(reader.GetInt64(0));
                }

                current = Instance(reader, status ?? Unread);
            }

            if (!reader.IsDBNull(FirstMemberColumn))
            {
                members.Add(new InstanceMember(reader.GetInt64(FirstMemberColumn), Enum.Parse<InstanceRole>(reader.GetString(FirstMemberColumn + 1))));
            }
        }

        Finish();

        void Finish()
        {
            if (current is not null)
            {
                found.Add(current with { Members = members.ToImmutable() });
                members.Clear();
            }
        }
    }

    private static async Task<Dictionary<long, LabInstanceStatus>> StatusesAsync(
        NpgsqlConnection connection, List<long> ids, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("SELECT id, status FROM lab_instances WHERE id = ANY($1)", connection);
        command.Parameters.Add(new NpgsqlParameter<List<long>> { TypedValue = ids });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        var statuses = new Dictionary<long, LabInstanceStatus>();
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            statuses[reader.GetInt64(0)] = Json.Read<LabInstanceStatus>(reader.GetString(1));
        }

        return statuses;
    }

    private static string Sql(LabInstanceQuery query)
    {
        var where = new StringBuilder();
        var parameters = 0;
        And("EXISTS (SELECT FROM lab_instance_members o WHERE o.instance_id = i.id AND o.user_id = {0})", query.MemberId);
        And("i.lab_id = {0}", query.LabId);
        And("i.id < {0}", query.Before);
        var live = query.LiveOnly ? " AND i.phase NOT IN ('Stopped', 'Failed')" : "";
        return $"""
            SELECT i.*, m.user_id, m.role
            FROM (
                SELECT {Columns}
                FROM lab_instances i
                WHERE true{where}{live}
                ORDER BY i.id DESC LIMIT ${parameters + 1}
            ) i LEFT JOIN lab_instance_members m ON m.instance_id = i.id
            ORDER BY i.id DESC, m.user_id
            """;

        void And(string condition, long? value)
        {
            if (value is not null)
            {
                where.Append(" AND ").Append(condition.Replace("{0}", $"${++parameters}", StringComparison.Ordinal));
            }
        }
    }

    private static LabInstance Instance(NpgsqlDataReader row, LabInstanceStatus status) =>
        new()
        {
            Id = row.GetInt64(0),
            LabId = row.GetInt64(1),
            LabName = row.GetString(2),
            LabVersion = row.GetString(3),
            NamespacePrefix = row.GetString(4),
            Runtime = row.GetString(5),
            OwnerId = row.GetInt64(6),
            Context = row.IsDBNull(7) ? null : row.GetString(7),
            IdempotencyKey = row.IsDBNull(8) ? null : row.GetString(8),
            Desired = Enum.Parse<DesiredState>(row.GetString(9)),
            Machines = Wishes(row.GetString(10)),
            MemoryBytes = row.GetInt64(11),
            CreatedAt = row.GetFieldValue<DateTimeOffset>(12),
            Revision = row.GetInt64(13),
            Status = status,
            Members = [],
        };

    private static ImmutableSortedDictionary<string, MachineWish> Wishes(string json) => json == Nothing
        ? ImmutableSortedDictionary<string, MachineWish>.Empty
        : Json.Read<ImmutableSortedDictionary<string, MachineWish>>(json);
}
