namespace LabOrchestrator.Server.Users;

/// <summary>What somebody may want to do; the resource that goes with it is named in parentheses.</summary>
public enum LabAction
{
    /// <summary>See labs in the catalogue, and start them.</summary>
    UseLabs,

    /// <summary>Import and remove labs, and read their files, which hold passwords and solutions.</summary>
    WriteLabs,

    /// <summary>Import labs that write to a cluster (<see cref="LabOrchestrator.Labs.LabDefinition.WritesToCluster"/>).</summary>
    WriteClusterLabs,

    /// <summary>See images.</summary>
    SeeImages,

    /// <summary>Add, change and remove images.</summary>
    ChangeImages,

    /// <summary>See an instance (<see cref="LabOrchestrator.Instances.LabInstance"/>).</summary>
    SeeInstance,

    /// <summary>Watch the consoles of an instance (<see cref="LabOrchestrator.Instances.LabInstance"/>).</summary>
    WatchConsoles,

    /// <summary>Type in the consoles of an instance, and read its logins (<see cref="LabOrchestrator.Instances.LabInstance"/>).</summary>
    UseConsoles,

    /// <summary>Power machines of an instance on and off (<see cref="LabOrchestrator.Instances.LabInstance"/>).</summary>
    PowerMachines,

    /// <summary>Stop, pause and resume an instance, and reset its machines (<see cref="LabOrchestrator.Instances.LabInstance"/>).</summary>
    ControlInstance,

    /// <summary>Let others into an instance (<see cref="LabOrchestrator.Instances.LabInstance"/>).</summary>
    ChangeMembers,

    /// <summary>See and change an account (its identity, a <see cref="long"/>).</summary>
    SeeAccount,

    /// <summary>Make, change and remove accounts.</summary>
    ManageAccounts,

    /// <summary>See the instances of all users.</summary>
    SeeAllInstances,

    /// <summary>See and mend the state of the installation.</summary>
    ManageSystem,
}
