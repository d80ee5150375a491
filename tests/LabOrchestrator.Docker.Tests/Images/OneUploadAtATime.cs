namespace LabOrchestrator.Docker.Tests.Images;

/// <summary>An installation takes in one disk after the other: whoever begins clears away what an earlier one left.</summary>
[CollectionDefinition]
public sealed class OneUploadAtATime : ICollectionFixture<TinyDisk>;
