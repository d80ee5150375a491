/* First program of tiny-vm: loads the drivers of the disk and goes on from it. In C because a shell that starts a process
   per driver takes half a second in software emulation. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { TRIES = 500, TRY_MICROSECONDS = 10000 };

static const char *const modules[] = {
    "/virtio_ring.ko", "/virtio.ko", "/virtio_pci_legacy_dev.ko", "/virtio_pci_modern_dev.ko", "/virtio_pci.ko", "/virtio_blk.ko",
};

int main(void)
{
    mount("dev", "/dev", "devtmpfs", 0, NULL);
    for (size_t i = 0; i < sizeof modules / sizeof modules[0]; i++) {
        int fd = open(modules[i], O_RDONLY | O_CLOEXEC);
        if (fd < 0 || syscall(SYS_finit_module, fd, "", 0) < 0) {
            perror(modules[i]);
        }
        close(fd);
    }
    for (int i = 0; mount("/dev/vda2", "/root", "ext4", MS_NOATIME, NULL) < 0; i++) {
        if (i == TRIES) {
            fputs("The disk does not appear: this image needs a virtio disk.\n", stderr);
            for (;;) {
                pause();
            }
        }
        usleep(TRY_MICROSECONDS);
    }
    mount("/dev", "/root/dev", NULL, MS_MOVE, NULL);
    /* What the initrd holds is small enough to stay in memory. */
    if (chdir("/root") == 0 && mount(".", "/", NULL, MS_MOVE, NULL) == 0 && chroot(".") == 0) {
        execl("/sbin/init", "init", (char *)NULL);
    }
    perror("/sbin/init");
    return 1;
}
