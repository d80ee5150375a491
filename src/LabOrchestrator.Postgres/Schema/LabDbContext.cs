using System.Text.RegularExpressions;
using LabOrchestrator.Postgres.Users;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;

namespace LabOrchestrator.Postgres.Schema;

/// <summary>The database: people, labs, instances, tickets. The schema itself is in the numbered migrations.</summary>
public sealed partial class LabDbContext(DbContextOptions<LabDbContext> options) : IdentityUserContext<User, long>(options)
{
    internal DbSet<InstallationRow> Installations => Set<InstallationRow>();

    internal DbSet<DataProtectionKeyRow> DataProtectionKeys => Set<DataProtectionKeyRow>();

    internal DbSet<ImageRow> Images => Set<ImageRow>();

    internal DbSet<ImageUploadRow> ImageUploads => Set<ImageUploadRow>();

    internal DbSet<RegistryCredentialRow> RegistryCredentials => Set<RegistryCredentialRow>();

    internal DbSet<LabRow> Labs => Set<LabRow>();

    internal DbSet<LabVersionRow> LabVersions => Set<LabVersionRow>();

    internal DbSet<LabVersionFileRow> LabVersionFiles => Set<LabVersionFileRow>();

    internal DbSet<InstanceRow> Instances => Set<InstanceRow>();

    internal DbSet<InstanceMemberRow> InstanceMembers => Set<InstanceMemberRow>();

    internal DbSet<InstanceHistoryRow> InstanceHistory => Set<InstanceHistoryRow>();

    internal DbSet<ConsoleTicketRow> ConsoleTickets => Set<ConsoleTicketRow>();

    internal DbSet<WebSessionRow> WebSessions => Set<WebSessionRow>();

    internal DbSet<AccessTokenRow> AccessTokens => Set<AccessTokenRow>();

    /// <inheritdoc/>
    protected override void OnModelCreating(ModelBuilder builder)
    {
        base.OnModelCreating(builder);
        builder.Entity<User>().ToTable("users");
        builder.Entity<IdentityUserClaim<long>>().ToTable("user_claims");
        builder.Entity<IdentityUserLogin<long>>().ToTable("user_logins");
        builder.Entity<IdentityUserToken<long>>().ToTable("user_tokens");
        builder.Entity<InstallationRow>().ToTable("installation").Property(i => i.Id).ValueGeneratedNever();
        builder.Entity<DataProtectionKeyRow>().ToTable("data_protection_keys");
        BuildLabs(builder);
        BuildInstances(builder);
        builder.Entity<AccessTokenRow>(t =>
        {
            t.ToTable("access_tokens");
            t.Property(x => x.Scope).HasConversion<string>();
            t.HasIndex(x => x.Hash).IsUnique();
            t.HasOne<User>().WithMany().HasForeignKey(x => x.UserId).OnDelete(DeleteBehavior.Cascade);
        });
        NameInSnakeCase(builder);
    }

    private static void BuildLabs(ModelBuilder builder)
    {
        builder.Entity<ImageRow>(t =>
        {
            t.ToTable("images");
            t.Property(x => x.Kind).HasConversion<string>();
            t.Property(x => x.Hardware).HasColumnType("jsonb");
            t.HasIndex(x => x.Name).IsUnique();
        });
        builder.Entity<ImageUploadRow>(t =>
        {
            t.ToTable("image_uploads");
            t.Property(x => x.State).HasConversion<string>();
            t.Property(x => x.Format).HasConversion<string>();
            t.Property(x => x.Hardware).HasColumnType("jsonb");
        });
        builder.Entity<RegistryCredentialRow>().ToTable("registry_credentials").HasKey(x => x.Registry);
        builder.Entity<LabRow>(t =>
        {
            t.ToTable("labs");
            t.HasIndex(x => x.Name).IsUnique().HasFilter("removed_at IS NULL");
        });
        builder.Entity<LabVersionRow>(t =>
        {
            t.ToTable("lab_versions");
            t.HasKey(x => new { x.LabId, x.Hash });
            t.Property(x => x.Definition).HasColumnType("jsonb");
            t.HasOne<LabRow>().WithMany().HasForeignKey(x => x.LabId).OnDelete(DeleteBehavior.Cascade);
        });
        builder.Entity<LabVersionFileRow>(t =>
        {
            t.ToTable("lab_version_files");
            t.HasKey(x => new { x.LabId, x.Hash, x.Path });
            t.HasOne<LabVersionRow>().WithMany().HasForeignKey(x => new { x.LabId, x.Hash }).OnDelete(DeleteBehavior.Cascade);
        });
    }

    private static void BuildInstances(ModelBuilder builder)
    {
        builder.Entity<InstanceRow>(t =>
        {
            t.ToTable("lab_instances");
            t.Property(x => x.Desired).HasConversion<string>();
            t.Property(x => x.Phase).HasConversion<string>();
            t.Property(x => x.Machines).HasColumnType("jsonb");
            t.Property(x => x.Images).HasColumnType("jsonb").HasDefaultValueSql("'{}'");
            t.Property(x => x.ImageDigests).HasColumnType("jsonb");
            t.Property(x => x.Status).HasColumnType("jsonb");
            // A list needs no more of the status of those it knows.
            t.Property<long?>("StatusVersion").HasComputedColumnSql("(status->>'Version')::bigint", stored: true);
            t.HasMany(x => x.Members).WithOne().HasForeignKey(m => m.InstanceId).OnDelete(DeleteBehavior.Cascade);
            t.HasOne<LabVersionRow>().WithMany().HasForeignKey(x => new { x.LabId, x.LabVersion }).OnDelete(DeleteBehavior.Restrict);
            t.HasIndex(x => x.Runtime).HasFilter("phase NOT IN ('Stopped', 'Failed')");
            t.HasIndex(x => new { x.OwnerId, x.IdempotencyKey }).IsUnique().HasFilter("idempotency_key IS NOT NULL");
            t.HasIndex(x => new { x.OwnerId, x.LabId });
        });
        builder.Entity<InstanceMemberRow>(t =>
        {
            t.ToTable("lab_instance_members");
            t.HasKey(x => new { x.InstanceId, x.UserId });
            t.HasIndex(x => x.UserId);
            t.Property(x => x.Role).HasConversion<string>();
        });
        builder.Entity<InstanceHistoryRow>(t =>
        {
            t.ToTable("lab_instance_history");
            t.Property(x => x.Phase).HasConversion<string>();
            t.HasIndex(x => x.InstanceId);
            t.HasOne<InstanceRow>().WithMany().HasForeignKey(x => x.InstanceId).OnDelete(DeleteBehavior.Cascade);
        });
        builder.Entity<ConsoleTicketRow>(t =>
        {
            t.ToTable("console_tickets");
            t.HasKey(x => x.Hash);
            t.HasIndex(x => x.ExpiresAt);
            t.Property(x => x.Mode).HasConversion<string>();
        });
        builder.Entity<WebSessionRow>(t =>
        {
            t.ToTable("web_sessions");
            t.HasKey(x => x.Hash);
            t.HasIndex(x => x.UserId);
            t.HasIndex(x => x.ExpiresAt);
        });
    }

    private static void NameInSnakeCase(ModelBuilder builder)
    {
        foreach (var entity in builder.Model.GetEntityTypes())
        {
            foreach (var property in entity.GetProperties())
            {
                property.SetColumnName(Snake(property.Name));
            }

            foreach (var key in entity.GetKeys())
            {
                key.SetName(key.IsPrimaryKey() ? $"pk_{entity.GetTableName()}" : Snake(key.GetName()!));
            }

            foreach (var key in entity.GetForeignKeys())
            {
                key.SetConstraintName($"fk_{entity.GetTableName()}_{string.Join('_', key.Properties.Select(p => Snake(p.Name)))}");
            }

            foreach (var index in entity.GetIndexes())
            {
                index.SetDatabaseName($"ix_{entity.GetTableName()}_{string.Join('_', index.Properties.Select(p => Snake(p.Name)))}");
            }
        }
    }

    private static string Snake(string name) => WordStart().Replace(name, "_$1").ToLowerInvariant();

    [GeneratedRegex("(?<=[a-z0-9])([A-Z])")]
    private static partial Regex WordStart();
}
