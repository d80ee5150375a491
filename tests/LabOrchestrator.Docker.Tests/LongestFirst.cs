using LabOrchestrator.Docker.Tests;
using LabOrchestrator.Docker.Tests.Instances;
using LabOrchestrator.Docker.Tests.VirtualMachines;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(LongestFirst))]

namespace LabOrchestrator.Docker.Tests;

/// <summary>Begins with what takes longest: a single test that begins last lets the rest of the machine stand idle.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly Type[] Long = [typeof(DebianVmTests), typeof(VirtualMachineTests), typeof(NetworkLossTests)];

    /// <inheritdoc/>
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. testCollections.OrderBy(c => Array.FindIndex(Long, t => c.TestCollectionDisplayName.Contains(t.FullName!, StringComparison.Ordinal)) is >= 0 and var at ? at : Long.Length)];
}
