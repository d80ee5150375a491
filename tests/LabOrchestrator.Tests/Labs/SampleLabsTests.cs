using LabOrchestrator.Images;

namespace LabOrchestrator.Labs;

public sealed class SampleLabsTests
{
    [Theory]
    [MemberData(nameof(SampleLabs.Names), MemberType = typeof(SampleLabs))]
    public void Samples_have_no_mistakes_and_the_name_of_their_folder(string name)
    {
        var reading = LabReader.Read(SampleLabs.Read(name), TestImages.All);

        reading.Mistakes.ShouldBeEmpty();
        reading.Definition!.Name.ShouldBe(name);
    }

    [Fact]
    public void The_server_of_client_and_server_is_a_VM_with_user_data()
    {
        var lab = LabReader.Read(SampleLabs.Read("client-and-server"), TestImages.All).Definition!;

        var server = lab.Machines.Single(m => m.Name == "server");
        server.Kind.ShouldBe(ImageKind.Vm);
        server.UserData.ShouldStartWith("#!/bin/sh\n");
        lab.Machines.Single(m => m.Name == "client").Kind.ShouldBe(ImageKind.Container);
    }
}
