namespace LabOrchestrator.Server.Configuration;

/// <summary>Options that can say what is wrong with them.</summary>
internal interface ICheckedOptions
{
    /// <summary>One sentence per mistake; each begins with the key without the prefix, for example <c>Http__Port</c>.</summary>
    IEnumerable<string> Check();
}
