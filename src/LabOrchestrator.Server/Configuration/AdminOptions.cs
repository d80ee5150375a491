namespace LabOrchestrator.Server.Configuration;

/// <summary>The first admin.</summary>
public sealed class AdminOptions : ICheckedOptions
{
    /// <summary>Name of the admin's account, made at the first start.</summary>
    public string Name { get; set; } = "admin";

    /// <summary>Password of that account, set anew at each start. Without it the first start generates one and prints it once.</summary>
    public string? Password { get; set; }

    /// <inheritdoc/>
    public IEnumerable<string> Check()
    {
        if (!Users.AccountRules.IsName(Name))
        {
            yield return $"Admin__Name must be {Users.AccountRules.NameMeaning}, not \"{Name}\".";
        }

        if (Password is not null && Password.Length < Users.AccountRules.MinimumPasswordLength)
        {
            yield return $"Admin__Password must have at least {Users.AccountRules.MinimumPasswordLength} characters; or leave it out to have one generated.";
        }
    }
}
