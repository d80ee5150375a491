using System.Globalization;

namespace LabOrchestrator.Docker.Machines;

/// <summary>
/// A machine's container name. What must change in the life of a container is kept in its name, because labels cannot change and a
/// name changes in one step: the boot it is in, and whether a user powered it off.
/// </summary>
/// <param name="Machine">The machine.</param>
/// <param name="Boot">The boot generation it was last started for.</param>
/// <param name="IsOff">True when a user powered it off.</param>
internal sealed record MachineName(string Machine, int Boot, bool IsOff)
{
    private const string Off = "off";

    /// <summary>The name without what comes before the machine's.</summary>
    public override string ToString() => (Boot, IsOff) switch
    {
        (0, false) => Machine,
        (_, false) => string.Create(CultureInfo.InvariantCulture, $"{Machine}.{Boot}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{Machine}.{Boot}.{Off}"),
    };

    /// <summary>Reads what <see cref="ToString"/> wrote; null when it is no machine's.</summary>
    public static MachineName? Parse(string text)
    {
        var parts = text.Split('.');
        if (parts[0].Length == 0 || parts.Length > 3 || (parts.Length == 3 && parts[2] != Off))
        {
            return null;
        }

        var boot = 0;
        return parts.Length == 1 || int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out boot)
            ? new MachineName(parts[0], boot, parts.Length == 3)
            : null;
    }
}
