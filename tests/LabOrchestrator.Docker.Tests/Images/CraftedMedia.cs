using System.Formats.Tar;
using System.IO.Compression;

namespace LabOrchestrator.Docker.Tests.Images;

/// <summary>Files as other programs write them for a virtual machine.</summary>
internal static class CraftedMedia
{
    /// <summary>An appliance as VirtualBox and VMware write them, with the disk packed as the standard allows.</summary>
    public static async Task<string> OvaAsync(string vmdk, string folder, CancellationToken cancellationToken)
    {
        var packed = vmdk + ".gz";
        await using (var target = new GZipStream(File.Create(packed), CompressionLevel.Fastest))
        await using (var source = File.OpenRead(vmdk))
        {
            await source.CopyToAsync(target, cancellationToken);
        }

        var description = Path.Combine(folder, "tiny.ovf");
        await File.WriteAllTextAsync(description, """
            <?xml version="1.0"?>
            <Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1">
              <References><File ovf:id="file1" ovf:href="tiny-disk1.vmdk.gz" ovf:compression="gzip"/></References>
              <DiskSection><Info>Disks</Info><Disk ovf:diskId="vmdisk1" ovf:fileRef="file1" ovf:capacity="269484032"/></DiskSection>
            </Envelope>
            """, cancellationToken);
        var ova = Path.Combine(folder, "tiny.ova");
        await using var tar = new TarWriter(File.Create(ova), TarEntryFormat.Ustar);
        await tar.WriteEntryAsync(description, "tiny.ovf", cancellationToken);
        await tar.WriteEntryAsync(packed, "tiny-disk1.vmdk.gz", cancellationToken);
        return ova;
    }

    /// <summary>A CD that says <c>booted from the CD</c> on the first serial line, again and again.</summary>
    public static string BootableCd(string folder)
    {
        // xor ax,ax; mov ds,ax; L: mov si,text; cld; N: lodsb; test al,al; jz W;
        // mov dx,0x3f8; out dx,al; jmp N; W: mov cx,-1; loop $; jmp L.
        byte[] code =
        [
            0x31, 0xc0, 0x8e, 0xd8, 0xbe, 0x1a, 0x7c, 0xfc, 0xac, 0x84, 0xc0, 0x74, 0x06, 0xba, 0xf8, 0x03, 0xee, 0xeb, 0xf5,
            0xb9, 0xff, 0xff, 0xe2, 0xfe, 0xeb, 0xea, .. "booted from the CD\r\n\0"u8,
        ];
        var tree = Directory.CreateDirectory(Path.Combine(folder, "cd"));
        File.WriteAllBytes(Path.Combine(tree.FullName, "boot.img"), [.. code, .. new byte[2048 - code.Length]]);
        var iso = Path.Combine(folder, "installer.iso");
        TinyDisk.Run("genisoimage", "-quiet", "-b", "boot.img", "-no-emul-boot", "-boot-load-size", "4", "-o", iso, tree.FullName);
        return iso;
    }
}
