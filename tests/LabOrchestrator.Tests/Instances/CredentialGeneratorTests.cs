using System.Collections.Immutable;
using LabOrchestrator.Images;
using LabOrchestrator.Labs;

namespace LabOrchestrator.Instances;

public sealed class CredentialGeneratorTests
{
    private static readonly Image Vm = new(1, "tiny-vm", "lab-orchestrator/tiny-vm:1", ImageKind.Vm, "") { LoginUser = "lab" };
    private static readonly Image Container = new(2, "terminal", "lab-orchestrator/terminal:1", ImageKind.Container, "") { LoginUser = "lab" };

    [Fact]
    public void Passwords_are_typed_by_the_same_keys_everywhere()
    {
        var passwords = Enumerable.Range(0, 2000).Select(_ => CredentialGenerator.NewPassword()).ToList();

        passwords.ShouldAllBe(p => p.All(c => c >= 'a' && c <= 'z' && !"lamqwyz".Contains(c)));
        passwords.Distinct().Count().ShouldBe(passwords.Count);
    }

    [Fact]
    public void Passwords_have_at_least_sixty_bits()
    {
        var passwords = Enumerable.Range(0, 2000).Select(_ => CredentialGenerator.NewPassword()).ToList();

        var letters = passwords.SelectMany(p => p).Distinct().Count();
        (passwords.Min(p => p.Length) * Math.Log2(letters)).ShouldBeGreaterThanOrEqualTo(60);
        var byPlace = passwords.GroupBy(p => p[0]).Select(g => g.Count()).ToList();
        byPlace.Count.ShouldBe(letters);
        byPlace.Max().ShouldBeLessThan(3 * passwords.Count / letters);
    }

    [Fact]
    public void The_authors_password_is_kept_and_others_are_made_for_each_call()
    {
        var lab = LabOf(MachineOf(Vm) with { Credentials = [new CredentialDefinition("root", "known"), new CredentialDefinition("guest")] });

        var first = CredentialGenerator.ForMachines(lab, [Vm]);
        var second = CredentialGenerator.ForMachines(lab, [Vm]);

        first.Select(c => (c.Machine, c.Username)).ShouldBe([("tiny-vm", "root"), ("tiny-vm", "guest")]);
        first[0].Password.ShouldBe("known");
        first[1].Password.ShouldNotBe(second[1].Password);
    }

    [Fact]
    public void A_VM_without_logins_gets_one_for_the_images_user_and_a_container_none()
    {
        var credentials = CredentialGenerator.ForMachines(LabOf(MachineOf(Vm), MachineOf(Container)), [Vm, Container]);

        credentials.ShouldHaveSingleItem().ShouldSatisfyAllConditions(
            c => c.Machine.ShouldBe("tiny-vm"), c => c.Username.ShouldBe("lab"));
    }

    private static MachineDefinition MachineOf(Image image) =>
        new() { Name = image.Name, Title = image.Name, Image = image.Name, Kind = image.Kind };

    private static LabDefinition LabOf(params ImmutableArray<MachineDefinition> machines) =>
        new() { Name = "lab", Title = "Lab", Machines = machines, Networks = [new NetworkDefinition("lab")] };
}
