using System.Text.RegularExpressions;

namespace LabOrchestrator.Server.Images;

/// <summary>What names and references of images look like.</summary>
internal static partial class ImageRules
{
    /// <summary>The pattern of names.</summary>
    public const string NamePattern = "[A-Za-z0-9]([A-Za-z0-9 ._-]{0,98}[A-Za-z0-9])?";

    /// <summary>The pattern in words.</summary>
    public const string NameMeaning = "1 to 100 letters, digits, blanks and . _ - in between";

    /// <summary>The pattern of references (OCI distribution, with a host, tag and digest where given).</summary>
    public const string ReferencePattern =
        "((localhost|[A-Za-z0-9-]+([.][A-Za-z0-9-]+)+)(:[0-9]{1,5})?/|[A-Za-z0-9-]+:[0-9]{1,5}/)?[a-z0-9]+([._-]+[a-z0-9]+)*(/[a-z0-9]+([._-]+[a-z0-9]+)*)*"
        + "(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(@sha256:[0-9a-f]{64})?";

    /// <summary>The pattern in words.</summary>
    public const string ReferenceMeaning = "an OCI reference, such as registry.example.org/labs/attacker:2";

    /// <summary>The pattern of versions: an OCI tag.</summary>
    public const string VersionPattern = "[A-Za-z0-9_][A-Za-z0-9._-]{0,127}";

    /// <summary>The pattern in words.</summary>
    public const string VersionMeaning = "1 to 128 letters, digits and . _ -, such as 2 or 24.04";

    /// <summary>The pattern of registries: what stands before the first slash of a reference, or <c>docker.io</c>.</summary>
    public const string RegistryPattern = "(localhost|[A-Za-z0-9-]+([.][A-Za-z0-9-]+)+)(:[0-9]{1,5})?|[A-Za-z0-9-]+:[0-9]{1,5}";

    /// <summary>The pattern in words.</summary>
    public const string RegistryMeaning = "a host with its port where it is not the usual one, such as registry.example.org:5000, or docker.io";

    /// <summary>Whether a text looks like a registry's host.</summary>
    public static bool IsRegistry(string text) => Registry().IsMatch(text);

    /// <summary>Whether a text looks like a reference.</summary>
    public static bool IsReference(string text) => Reference().IsMatch(text);

    [GeneratedRegex("\\A(?:" + ReferencePattern + ")\\z", RegexOptions.ExplicitCapture)]
    private static partial Regex Reference();

    [GeneratedRegex("\\A(?:" + RegistryPattern + ")\\z", RegexOptions.ExplicitCapture)]
    private static partial Regex Registry();
}
