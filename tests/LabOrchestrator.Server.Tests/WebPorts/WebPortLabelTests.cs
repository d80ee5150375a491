using LabOrchestrator.Server.WebPorts;

namespace LabOrchestrator.Server.Tests.WebPorts;

public sealed class WebPortLabelTests
{
    [Theory]
    [InlineData("80--server--17", 17, "server", 80)]
    [InlineData("65535--a-b--9223372036854775807", long.MaxValue, "a-b", 65535)]
    [InlineData("1--a--b--2--3", 3, "a--b--2", 1)]
    public void A_label_names_a_port(string label, long instance, string machine, int port)
    {
        WebPort.Parse(label).ShouldBe(new WebPort(instance, machine, port));
        new WebPort(instance, machine, port).Label.ShouldBe(label);
    }

    [Theory]
    [InlineData("")]
    [InlineData("--")]
    [InlineData("80--server")]
    [InlineData("80----17")]
    [InlineData("080--server--17")]
    [InlineData("80--server--017")]
    [InlineData("0--server--17")]
    [InlineData("65536--server--17")]
    [InlineData("80--server--9223372036854775808")]
    [InlineData("80---server--17")]
    [InlineData("80--server---17")]
    [InlineData("80--Server--17")]
    [InlineData("80--a.b--17")]
    [InlineData("+80--server--17")]
    [InlineData("server--80--17")]
    [InlineData("80--server--x")]
    public void Another_label_names_none(string label) => WebPort.Parse(label).ShouldBeNull();

    [Theory]
    [InlineData("a=1; lab-session=2;b=3", "a=1; b=3")]
    [InlineData("__Secure-lab-port=2", null)]
    [InlineData("LAB-ANTIFORGERY=2", null)]
    [InlineData("lab-sessionC1=2", null)]
    [InlineData("labs=1; my-lab-session=2", "labs=1; my-lab-session=2")]
    [InlineData(" ; =x; y", "=x; y")]
    [InlineData("", null)]
    public void Cookies_of_ours_are_taken_out(string header, string? left) => OwnSecrets.WithoutOurCookies(header).ShouldBe(left);
}
