namespace LabOrchestrator.Server.Gateway;

/// <summary>
/// Why a console ended, as the browser gets it: a WebSocket close code and a reason that is a key, not a text; the page shows the text
/// of that key in its user's language. They are listed in <c>docs/reference/gateway.md</c>.
/// </summary>
/// <param name="Code">Close code (RFC 6455; 4000 and up are ours).</param>
/// <param name="Reason">Key of the text, in ASCII, at most 123 bytes.</param>
internal sealed record ConsoleEnd(ushort Code, string Reason)
{
    /// <summary>The machine closed its console: it was powered off, restarted or ended by itself.</summary>
    public static readonly ConsoleEnd MachineEnded = new(1000, "machine-ended");

    /// <summary>The console broke its protocol or could not be read any more.</summary>
    public static readonly ConsoleEnd ConsoleFailed = new(1011, "console-failed");

    /// <summary>The browser broke the WebSocket, RFB or keeper protocol.</summary>
    public static readonly ConsoleEnd ProtocolError = new(1002, "protocol-error");

    /// <summary>The browser sent text; consoles speak binary.</summary>
    public static readonly ConsoleEnd NotBinary = new(1003, "not-binary");

    /// <summary>A watching browser sent a message that the gateway cannot tell from input.</summary>
    public static readonly ConsoleEnd NotForWatching = new(1008, "not-for-watching");

    /// <summary>A message was larger than its protocol allows.</summary>
    public static readonly ConsoleEnd TooBig = new(1009, "message-too-big");

    /// <summary>The server stops; the page comes back with a new ticket.</summary>
    public static readonly ConsoleEnd ServerStops = new(1012, "server-restart");

    /// <summary>The user's access to the instance was withdrawn.</summary>
    public static readonly ConsoleEnd AccessWithdrawn = new(4001, "access-withdrawn");

    /// <summary>The user signed out.</summary>
    public static readonly ConsoleEnd SignedOut = new(4002, "signed-out");

    /// <summary>A token of the user was revoked; the page comes back with a new ticket.</summary>
    public static readonly ConsoleEnd TokenRevoked = new(4004, "token-revoked");

    /// <summary>The instance is being stopped.</summary>
    public static readonly ConsoleEnd InstanceStopped = new(4003, "lab-stopped");

    /// <summary>The browser closed the console.</summary>
    public static readonly ConsoleEnd BrowserClosed = new(1000, "closed");

    /// <summary>The browser went away without a word. Never sent.</summary>
    public static readonly ConsoleEnd BrowserGone = new(1006, "browser-gone");

    /// <summary>The browser answered no ping in time. Never sent.</summary>
    public static readonly ConsoleEnd BrowserSilent = new(1006, "browser-silent");

    /// <summary>Whether there is still a browser to tell.</summary>
    public bool CanBeSent => Code != 1006;
}
