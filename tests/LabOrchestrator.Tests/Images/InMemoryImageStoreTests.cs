using LabOrchestrator.Conformance.Images;
using LabOrchestrator.Images;

namespace LabOrchestrator.Tests.Images;

public sealed class InMemoryImageStoreTests : ImageStoreContract
{
    protected override ValueTask<IImageStore> OpenAsync() => new(new InMemoryImageStore());
}
