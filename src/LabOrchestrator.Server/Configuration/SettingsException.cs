namespace LabOrchestrator.Server.Configuration;

/// <summary>The server cannot start as it is set up.</summary>
/// <param name="sentences">What is wrong, one sentence each, with the name of the setting and the remedy.</param>
public sealed class SettingsException(IReadOnlyList<string> sentences) : Exception(string.Join(Environment.NewLine, sentences))
{
    /// <summary>The server cannot start for one reason.</summary>
    public SettingsException(string sentence)
        : this([sentence])
    {
    }

    /// <summary>What is wrong, one sentence each.</summary>
    public IReadOnlyList<string> Sentences { get; } = sentences;
}
