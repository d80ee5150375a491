namespace LabOrchestrator.Bench.Starts;

/// <summary>A lab that is started again and again.</summary>
/// <param name="Name">Its name among the samples.</param>
/// <param name="Signs">What is waited for.</param>
internal sealed record BenchLab(string Name, IReadOnlyList<Sign> Signs)
{
    /// <summary>The labs of the measurement.</summary>
    public static IReadOnlyList<BenchLab> All { get; } =
    [
        new("first-steps", [new("linux", SignKind.ShellPrompt)]),
        new(
            "client-and-server",
            [new("server", SignKind.Screen), new("server", SignKind.LoginPrompt), new("client", SignKind.ShellPrompt)]),
    ];
}

/// <summary>A first sign of life of a machine.</summary>
/// <param name="Machine">The machine.</param>
/// <param name="Kind">Which.</param>
internal sealed record Sign(string Machine, SignKind Kind)
{
    /// <summary>The text that is waited for in a terminal; empty for any.</summary>
    public string Prompt => Kind == SignKind.LoginPrompt ? "login:" : "";

    /// <summary>In the report.</summary>
    public string Title => $"{Machine}: {Kind switch { SignKind.Screen => "ServerInit", SignKind.LoginPrompt => "login prompt", _ => "shell prompt" }}";
}

/// <summary>Kinds of first signs.</summary>
internal enum SignKind
{
    /// <summary>RFB ServerInit.</summary>
    Screen,

    /// <summary>A VM's prompt on its serial line.</summary>
    LoginPrompt,

    /// <summary>A container's prompt.</summary>
    ShellPrompt,
}
