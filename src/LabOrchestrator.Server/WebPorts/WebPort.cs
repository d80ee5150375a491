using System.Globalization;

namespace LabOrchestrator.Server.WebPorts;

/// <summary>A TCP port of a machine, as the first label of its host's name.</summary>
/// <param name="InstanceId">The lab instance.</param>
/// <param name="Machine">The machine's name.</param>
/// <param name="Port">The port.</param>
internal sealed record WebPort(long InstanceId, string Machine, int Port)
{
    private const string Separator = "--";

    /// <summary>The label, for example <c>80--server--17</c>.</summary>
    public string Label { get; } = string.Create(CultureInfo.InvariantCulture, $"{Port}{Separator}{Machine}{Separator}{InstanceId}");

    /// <summary>Reads a label; null when it names no port. A machine's name may have hyphens in it, numbers have none.</summary>
    public static WebPort? Parse(ReadOnlySpan<char> label)
    {
        var first = label.IndexOf(Separator);
        var last = label.LastIndexOf(Separator);
        return last > first && first > 0 ? Of(label[(last + Separator.Length)..], label[(first + Separator.Length)..last], label[..first]) : null;
    }

    /// <summary>Reads the parts of a path; null when they name no port.</summary>
    public static WebPort? Of(ReadOnlySpan<char> instance, ReadOnlySpan<char> machine, ReadOnlySpan<char> port) =>
        IsNumber(instance) && long.TryParse(instance, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
        && IsNumber(port) && ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && IsName(machine)
            ? new WebPort(id, machine.ToString(), number)
            : null;

    // One port has one name: 080 is none.
    private static bool IsNumber(ReadOnlySpan<char> text) => text.Length > 0 && text[0] != '0';

    private static bool IsName(ReadOnlySpan<char> text)
    {
        foreach (var c in text)
        {
            if (c is not ((>= 'a' and <= 'z') or (>= '0' and <= '9') or '-'))
            {
                return false;
            }
        }

        return text.Length > 0 && text[0] != '-' && text[^1] != '-';
    }
}
