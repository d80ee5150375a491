namespace LabOrchestrator.Server.Gateway;

/// <summary>The gateway's patience.</summary>
internal sealed record GatewayTimes
{
    /// <summary>A browser that was not heard for so long is pinged: 25 s, below the 30 to 100 s after which proxies cut idle connections.</summary>
    public TimeSpan PingAfter { get; init; } = TimeSpan.FromSeconds(25);

    /// <summary>How long after that a browser may stay silent: 60 s, because on a slow line the ping waits behind a screen.</summary>
    public TimeSpan PongWithin { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How often the registry looks who needs a ping.</summary>
    public TimeSpan LookEvery { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a machine may take to accept a console.</summary>
    public TimeSpan DialWithin { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a graphical console waits for the pong that lets it send directly.</summary>
    public TimeSpan FirstPongWithin { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How long the browser may take to fetch the rest and close, after the machine's end.</summary>
    public TimeSpan CloseWithin { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The same when the server stops.</summary>
    public TimeSpan CloseWithinAtStop { get; init; } = TimeSpan.FromSeconds(2);
}
