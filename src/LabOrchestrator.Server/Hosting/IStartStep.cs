namespace LabOrchestrator.Server.Hosting;

/// <summary>What has to be done before anything else of the server runs. Steps run one after another, in the order of their registration.</summary>
internal interface IStartStep
{
    /// <summary>Does it.</summary>
    /// <exception cref="Configuration.SettingsException">The server cannot start.</exception>
    Task RunAsync(CancellationToken cancellationToken);

    /// <summary>Sentences for the person at the terminal, once the server listens.</summary>
    IEnumerable<string> WhatToSay => [];

    /// <summary>Those of them that no later start says again, for the person at the terminal also when this start fails.</summary>
    IEnumerable<string> WhatIsSaidOnce => [];
}
