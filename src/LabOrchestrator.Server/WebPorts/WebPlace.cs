namespace LabOrchestrator.Server.WebPorts;

/// <summary>Where a request for a machine's web port came to.</summary>
internal abstract record WebPlace
{
    private WebPlace()
    {
    }

    /// <summary>A host of the port's own.</summary>
    internal sealed record Host(WebPort Port) : WebPlace;

    /// <summary>A path of this server.</summary>
    /// <param name="Port">The port.</param>
    /// <param name="Secret">Secret of the session, which stands in the path because a page that is locked in has no cookies.</param>
    /// <param name="Prefix">Path of the port's root, without the slash at its end.</param>
    internal sealed record Path(WebPort Port, string Secret, string Prefix) : WebPlace;

    /// <summary>The path that takes tickets.</summary>
    internal sealed record PathEntrance : WebPlace;

    /// <summary>Below the domain, or the path, of web ports, and none.</summary>
    internal sealed record Nowhere : WebPlace;
}
