# shellcheck shell=bash disable=SC2154
# What the recipes of VM disks share. Nothing here needs root, a loop device or a mount.

# Runs a command as root, or as one that believes to be.
as_fake_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        fakeroot -- "$@"
    fi
}

# A FAT partition with kernel, initrd and SYSLINUX.
make_boot_part() { # FOLDER CONFIGURATION FILE MIB
    truncate -s "$4M" "$3"
    mkfs.vfat -n BOOT "$3" >/dev/null
    mcopy -i "$3" "$1"/* ::/
    mcopy -i "$3" "$2" ::/syslinux.cfg
    syslinux --install "$3"
}

# A bootable disk of a boot and a root partition.
make_disk() { # BOOT ROOT QCOW2
    local raw=$work/disk.raw boot_sectors root_sectors root_start
    boot_sectors=$(($(stat -c %s "$1") / 512))
    root_sectors=$(($(stat -c %s "$2") / 512))
    root_start=$((2048 + boot_sectors))
    truncate -s $(((root_start + root_sectors) * 512)) "$raw"
    printf 'label: dos\nstart=2048, size=%s, type=c, bootable\nstart=%s, size=%s, type=83\n' \
        "$boot_sectors" "$root_start" "$root_sectors" | sfdisk --quiet "$raw"
    dd if=/usr/lib/syslinux/mbr/mbr.bin of="$raw" conv=notrunc status=none
    dd if="$1" of="$raw" bs=1M seek=1 conv=notrunc,sparse status=none
    dd if="$2" of="$raw" bs=512 seek="$root_start" conv=notrunc,sparse status=none
    qemu-img convert -O qcow2 -o compression_type=zstd -c "$raw" "$3"
}

# A containerDisk: one file in /disk that uid 107 may read, as KubeVirt wants it.
pack_disk() { # QCOW2 FILE
    mkdir -p "$work/pack/disk"
    mv "$1" "$work/pack/disk/disk.qcow2"
    chmod 444 "$work/pack/disk/disk.qcow2"
    tar -C "$work/pack" --owner=107 --group=107 --numeric-owner -cf - disk | zstd -q -1 -o "$2"
}
