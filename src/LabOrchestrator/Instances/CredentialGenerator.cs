using System.Collections.Immutable;
using System.Security.Cryptography;
using LabOrchestrator.Images;
using LabOrchestrator.Labs;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Instances;

/// <summary>Makes the logins of an instance's machines.</summary>
public static class CredentialGenerator
{
    private const int Length = 15;

    // Small letters alone, for digits and punctuation lie elsewhere or need a shift key on other keyboards; without letters that look
    // alike (l) or change places between the layouts of countries (a, m, q, w, y, z).
    private const string Letters = "bcdefghijknoprstuvx";

    /// <summary>
    /// The author's logins with generated passwords where there is none; a VM without any gets one for its image's login user.
    /// </summary>
    public static ImmutableArray<MachineCredential> ForMachines(LabDefinition lab, IReadOnlyCollection<Image> images)
    {
        var credentials = ImmutableArray.CreateBuilder<MachineCredential>();
        foreach (var machine in lab.Machines)
        {
            foreach (var credential in machine.Credentials)
            {
                credentials.Add(new MachineCredential(machine.Name, credential.Username, credential.Password ?? NewPassword()));
            }

            if (machine is { Kind: ImageKind.Vm, Credentials.IsEmpty: true } && InstanceSpecs.ImageOf(machine, images)?.LoginUser is { } user)
            {
                credentials.Add(new MachineCredential(machine.Name, user, NewPassword()));
            }
        }

        return credentials.ToImmutable();
    }

    /// <summary>A random password of 15 letters, 63 bits, that is typed by the same keys on every Latin keyboard.</summary>
    public static string NewPassword() => RandomNumberGenerator.GetString(Letters, Length);
}
