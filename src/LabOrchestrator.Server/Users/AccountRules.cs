using System.Text.RegularExpressions;

namespace LabOrchestrator.Server.Users;

/// <summary>What names and passwords of accounts look like.</summary>
internal static partial class AccountRules
{
    /// <summary>Fewest characters of a password.</summary>
    public const int MinimumPasswordLength = 8;

    /// <summary>Most characters of a password; more would only cost time to hash.</summary>
    public const int MaximumPasswordLength = 256;

    /// <summary>Most characters of a name.</summary>
    public const int MaximumNameLength = 64;

    /// <summary>The pattern of names. Without a colon, which ends the name in Basic authentication.</summary>
    public const string NamePattern = "[A-Za-z0-9]([A-Za-z0-9._@+-]{0,62}[A-Za-z0-9])?";

    /// <summary>The pattern in words.</summary>
    public const string NameMeaning = "1 to 64 letters, digits and . _ @ + - in between";

    /// <summary>Whether a text can be a name.</summary>
    public static bool IsName(string text) => Name().IsMatch(text);

    [GeneratedRegex($"^{NamePattern}$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Name();
}
