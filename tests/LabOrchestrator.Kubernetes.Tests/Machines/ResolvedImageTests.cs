using LabOrchestrator.Kubernetes.Machines;

namespace LabOrchestrator.Kubernetes.Tests.Machines;

public sealed class ResolvedImageTests
{
    private const string Digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    [Theory]
    [InlineData($"registry.example.org/labs/web@{Digest}", "registry.example.org/labs/web:2")]
    [InlineData($"registry.example.org:5000/web@{Digest}", "registry.example.org:5000/web")]
    [InlineData($"localhost/web@{Digest}", "localhost/web:2")]
    [InlineData($"docker.io/library/debian@{Digest}", "debian:13")]
    [InlineData($"docker.io/labs/web@{Digest}", "labs/web:2")]
    [InlineData($"docker-pullable://debian@{Digest}", "docker.io/library/debian:13")]
    [InlineData($"docker-pullable://labs/web@{Digest}", "index.docker.io/labs/web:2")]
    [InlineData($"docker.io/labs/web@{Digest}", $"labs/web:2@{Digest}")]
    public void An_image_that_a_registry_gave_is_had_again_by_its_digest(string imageId, string image) =>
        ResolvedImage.DigestOf(imageId, image).ShouldBe(Digest);

    [Theory]
    [InlineData($"docker.io/library/import-2026-11-21@{Digest}", "labs/web:2")]
    [InlineData(Digest, "labs/web:2")]
    [InlineData($"docker://{Digest}", "labs/web:2")]
    [InlineData($"registry.example.org/web@{Digest}", "web:2")]
    [InlineData($"docker.io/labs/web@{Digest}", null)]
    [InlineData("", "labs/web:2")]
    [InlineData(null, "labs/web:2")]
    public void What_a_node_calls_an_image_that_was_loaded_into_it_is_no_digest_of_a_registry(string? imageId, string? image) =>
        ResolvedImage.DigestOf(imageId, image).ShouldBeNull();
}
