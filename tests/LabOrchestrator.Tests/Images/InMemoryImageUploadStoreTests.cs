using LabOrchestrator.Conformance.Images;
using LabOrchestrator.Images.Uploads;

namespace LabOrchestrator.Images;

public sealed class InMemoryImageUploadStoreTests : ImageUploadStoreContract
{
    protected override ValueTask<IImageUploadStore> OpenAsync() => new(new InMemoryImageUploadStore());
}
