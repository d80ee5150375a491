using LabOrchestrator.Images;
using LabOrchestrator.Images.Uploads;
using LabOrchestrator.Postgres.Schema;
using Microsoft.EntityFrameworkCore;

namespace LabOrchestrator.Postgres.Images;

/// <summary>The uploads of disks, without their bytes.</summary>
internal sealed class PostgresImageUploadStore(LabDatabase database) : IImageUploadStore
{
    public Task<ImageUpload> AddAsync(ImageUpload upload, CancellationToken cancellationToken) => database.RunAsync(
        async db =>
        {
            var row = ToRow(upload);
            row.Id = 0;
            db.ImageUploads.Add(row);
            await db.SaveChangesAsync(cancellationToken).ConfigureAwait(false);
            return ToUpload(row);
        },
        cancellationToken);

    public Task<bool> UpdateAsync(ImageUpload upload, CancellationToken cancellationToken) => database.RunAsync(
        async db =>
        {
            db.ImageUploads.Update(ToRow(upload));
            try
            {
                return await db.SaveChangesAsync(cancellationToken).ConfigureAwait(false) > 0;
            }
            catch (DbUpdateConcurrencyException)
            {
                // There is no such row.
                return false;
            }
        },
        cancellationToken);

    public Task<ImageUpload?> FindAsync(long id, CancellationToken cancellationToken) => database.RunAsync(
        async db => await db.ImageUploads.AsNoTracking().FirstOrDefaultAsync(u => u.Id == id, cancellationToken).ConfigureAwait(false) is { } row
            ? ToUpload(row)
            : null,
        cancellationToken);

    public Task<IReadOnlyList<ImageUpload>> ListAsync(CancellationToken cancellationToken) => database.RunAsync<IReadOnlyList<ImageUpload>>(
        async db => [.. (await db.ImageUploads.AsNoTracking().OrderByDescending(u => u.Id).ToListAsync(cancellationToken).ConfigureAwait(false)).Select(ToUpload)],
        cancellationToken);

    public Task<bool> RemoveAsync(long id, CancellationToken cancellationToken) => database.RunAsync(
        async db => await db.ImageUploads.Where(u => u.Id == id).ExecuteDeleteAsync(cancellationToken).ConfigureAwait(false) > 0,
        cancellationToken);

    private static ImageUploadRow ToRow(ImageUpload upload) => new()
    {
        Id = upload.Id,
        Name = upload.Name,
        Version = upload.Version,
        Size = upload.Size,
        OwnerId = upload.OwnerId,
        CreatedAt = upload.CreatedAt,
        Sha256 = upload.Sha256,
        Description = upload.Description,
        LoginUser = upload.LoginUser,
        Hardware = Json.Write(upload.Hardware),
        State = upload.State,
        Format = upload.Format,
        Reason = upload.Reason,
        ImageId = upload.ImageId,
        UpdatedAt = upload.UpdatedAt,
    };

    private static ImageUpload ToUpload(ImageUploadRow row) => new(row.Id, row.Name, row.Version, row.Size, row.OwnerId, row.CreatedAt)
    {
        Sha256 = row.Sha256,
        Description = row.Description,
        LoginUser = row.LoginUser,
        Hardware = Json.Read<ImageHardware>(row.Hardware),
        State = row.State,
        Format = row.Format,
        Reason = row.Reason,
        ImageId = row.ImageId,
        UpdatedAt = row.UpdatedAt,
    };
}
