using System.Collections.Immutable;
using System.Security.Cryptography;
using LabOrchestrator.Images;
using LabOrchestrator.Labs;
using LabOrchestrator.Runtimes;

namespace LabOrchestrator.Instances;

/// <summary>Makes the logins of an instance's machines.</summary>
public static class CredentialGenerator
{
    // Without letters that look alike (l, o), that lie elsewhere on other keyboards (y, z, q, w, a, m), or that are hard to tell apart.
    private const string Letters = "bcdefghijknprstuvx";
    private const string Digits = "23456789";

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

    /// <summary>A password of four groups, 4.17 bits a letter and 3 a digit: 62 bits, typed without shift on any layout.</summary>
    public static string NewPassword() => string.Join(
        '-',
        Enumerable.Range(0, 4).Select(_ => RandomNumberGenerator.GetString(Letters, 3) + RandomNumberGenerator.GetString(Digits, 1)));
}
