using LabOrchestrator.Conformance.Images;

namespace LabOrchestrator.Images;

public sealed class InMemoryImageStoreTests : ImageStoreContract
{
    protected override ValueTask<IImageStore> OpenAsync() => new(new InMemoryImageStore());
}
