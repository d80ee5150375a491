namespace LabOrchestrator.Consoles;

/// <summary>A kind of live channel into a machine.</summary>
public enum ConsoleKind
{
    /// <summary>A screen, spoken as RFB (RFC 6143).</summary>
    Graphical,

    /// <summary>A serial line or a shell, spoken in the keeper protocol (see <see cref="KeeperProtocol"/>).</summary>
    Terminal,

    /// <summary>An HTTP port.</summary>
    Web,
}

/// <summary>What somebody may do on a console.</summary>
public enum ConsoleMode
{
    /// <summary>Watch only; the gateway drops every input.</summary>
    View,

    /// <summary>Watch and type.</summary>
    Interact,
}
