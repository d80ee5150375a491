using LabOrchestrator.Images;
using LabOrchestrator.Postgres.Schema;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace LabOrchestrator.Postgres.Images;

/// <summary>The image catalogue.</summary>
internal sealed class PostgresImageStore(LabDatabase database) : IImageStore
{
    public Task<Image?> AddAsync(Image image, CancellationToken cancellationToken) => database.RunAsync(
        async db =>
        {
            var row = ToRow(image);
            row.Id = 0;
            db.Images.Add(row);
            return await SaveAsync(db, cancellationToken).ConfigureAwait(false) ? ToImage(row) : null;
        },
        cancellationToken);

    public Task<bool> UpdateAsync(Image image, CancellationToken cancellationToken) => database.RunAsync(
        async db =>
        {
            if (!await db.Images.AnyAsync(i => i.Id == image.Id, cancellationToken).ConfigureAwait(false))
            {
                return false;
            }

            db.Images.Update(ToRow(image));
            return await SaveAsync(db, cancellationToken).ConfigureAwait(false);
        },
        cancellationToken);

    public Task<Image?> FindAsync(long id, CancellationToken cancellationToken) => database.RunAsync(
        async db => await db.Images.AsNoTracking().FirstOrDefaultAsync(i => i.Id == id, cancellationToken).ConfigureAwait(false) is { } row
            ? ToImage(row)
            : null,
        cancellationToken);

    public Task<IReadOnlyList<Image>> ListAsync(CancellationToken cancellationToken) => database.RunAsync<IReadOnlyList<Image>>(
        async db => [.. (await db.Images.AsNoTracking().ToListAsync(cancellationToken).ConfigureAwait(false))
            .Select(ToImage).OrderBy(i => i.Name, StringComparer.Ordinal)],
        cancellationToken);

    public Task<bool> RemoveAsync(long id, CancellationToken cancellationToken) => database.RunAsync(
        async db => await db.Images.Where(i => i.Id == id).ExecuteDeleteAsync(cancellationToken).ConfigureAwait(false) > 0,
        cancellationToken);

    private static async Task<bool> SaveAsync(LabDbContext db, CancellationToken cancellationToken)
    {
        try
        {
            return await db.SaveChangesAsync(cancellationToken).ConfigureAwait(false) > 0;
        }
        catch (DbUpdateException e) when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
        {
            return false;
        }
    }

    private static ImageRow ToRow(Image image) => new()
    {
        Id = image.Id,
        Name = image.Name,
        Reference = image.Reference,
        Kind = image.Kind,
        Description = image.Description,
        LoginUser = image.LoginUser,
        Hardware = Json.Write(image.Hardware),
    };

    private static Image ToImage(ImageRow row) => new(row.Id, row.Name, row.Reference, row.Kind, row.Description)
    {
        LoginUser = row.LoginUser,
        Hardware = Json.Read<ImageHardware>(row.Hardware),
    };
}
