# shellcheck shell=bash disable=SC2154
# What the recipes share. Sourced by images/build after eng/lib.sh.

suite=bookworm
mirror=${LABORCHESTRATOR_DebianMirror:-}
security_mirror=${LABORCHESTRATOR_DebianSecurityMirror:-}

# Writes the state of one image, and the file with the states of all, which the server reads for its page.
state() { # NAME STATE MESSAGE
    mkdir -p "$cache/state"
    printf '%s\t%s\t%s\n' "$2" "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$3" >"$cache/state/$1"
    (
        flock 8
        write_states
    ) 8>"$cache/state.lock"
}

write_states() {
    local file word updated message separator=''
    {
        printf '['
        for file in "$cache"/state/*; do
            IFS=$'\t' read -r word updated message <"$file" || true
            printf '%s\n  {"name": "%s", "state": "%s", "message": "%s", "updated": "%s"}' \
                "$separator" "${file##*/}" "$word" "$(json_text "$message")" "$updated"
            separator=','
        done
        printf '\n]\n'
    } >"$cache/images.json.new"
    mv "$cache/images.json.new" "$cache/images.json"
}

json_text() {
    local text=${1//\\/\\\\}
    text=${text//\"/\\\"}
    printf '%s' "$text" | tr -d '\000-\037'
}

# The hash that tells whether an image is of this recipe: names, modes and contents of all files that it is made of.
recipe_hash() { # FOLDER…
    local folder
    {
        printf '%s %s %s\n' "$suite" "$mirror" "$security_mirror"
        for folder in "$here/lib.sh" "$@"; do
            find "$folder" -not -name test \( -type f -perm -100 -printf 'x ' -exec sha256sum {} \; -o -type f -printf '- ' -exec sha256sum {} \; \)
        done | sed "s#$here/##" | sort -k3
    } | sha256sum | cut -c1-16
}

# Where packages come from: the mirrors that are set; else this machine's own sources, which may be the only ones that it reaches, where
# they have the suite; else nothing, and mmdebstrap takes Debian's.
package_sources() {
    local own
    if [ -n "$mirror" ]; then
        printf '%s\n' "deb $mirror $suite main" "deb $mirror $suite-updates main" "deb ${security_mirror:-$mirror-security} $suite-security main"
        return
    fi
    own=$(apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' 2>/dev/null |
        grep -E "^deb https?://[^ @]+ $suite(-updates|-security)? main\$" | sort -u || true)
    if grep -q " $suite main" <<<"$own" && grep -q " $suite-security main" <<<"$own"; then
        printf '%s\n' "$own"
    fi
}

# Calls mmdebstrap: as root where we are root, in a user namespace where the system lets an ordinary user, else by sudo.
bootstrap() { # TARGET ARGUMENT…
    local target=$1 option value
    local -a options=()
    shift
    for option in Acquire::http::Proxy Acquire::https::Proxy; do
        value=$(apt-config dump --format '%v' "$option" 2>/dev/null || true)
        [ -z "$value" ] || options+=("--aptopt=$option \"$value\"")
    done
    local -a sources
    mapfile -t sources < <(package_sources)
    local -a command=(mmdebstrap --quiet --architectures=amd64 --format=tar
        --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' --aptopt='Acquire::Retries "3"'
        --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*'
        --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright'
        --dpkgopt='path-exclude=/usr/share/info/*' "${options[@]}" "$@"
        --customize-hook='rm -f "$1/etc/apt/apt.conf.d/99mmdebstrap" "$1/etc/dpkg/dpkg.cfg.d/99mmdebstrap"'
        "$suite" "$target" "${sources[@]}")
    if [ "$(id -u)" -eq 0 ]; then
        "${command[@]}"
    elif can_unshare; then
        # The home is closed to the users of the name space, and its settings are of no concern here.
        HOME=/ "${command[@]}" --mode=unshare
    else
        as_root "${command[@]}"
        as_root chown "$(id -u):$(id -g)" "$target"
    fi
}

can_unshare() {
    command -v newuidmap >/dev/null && grep -q "^$(id -un):" /etc/subuid && unshare --user --map-root-user true 2>/dev/null
}

# A hook that lays a folder's files into the root, owned by root and with the usual modes, whoever cloned the repository how.
lay_in() { # FOLDER
    tar -C "$1" --owner=0 --group=0 --mode=u+rwX,go+rX,go-w -cf "$work/rootfs.tar" .
    printf 'tar-in %s /\n' "$work/rootfs.tar"
}

# Options of 'bootstrap' that lay a recipe's files into the root and then run its script 'customize' inside.
root_hooks() { # FOLDER
    [ ! -d "$1/rootfs" ] || printf '%s\n' "--customize-hook=$(lay_in "$1/rootfs")"
    if [ -f "$1/customize" ]; then
        printf '%s\n' "--customize-hook=upload $1/customize /root/customize" \
            '--customize-hook=chroot "$1" sh -eu /root/customize' '--customize-hook=rm "$1/root/customize"'
    fi
}

# Makes an image of a tar: our labels and the changes of the recipe.
import_image() { # TAR HASH TAG…
    local tar=$1 hash=$2 change tag id
    local -a arguments=()
    shift 2
    for change in "LABEL lab-orchestrator.kind=$kind" "LABEL lab-orchestrator.user=$user" \
        "LABEL lab-orchestrator.recipe=$hash" "LABEL lab-orchestrator.description=\"$description\"" "${changes[@]}"; do
        arguments+=(--change "$change")
    done
    local former
    former=$(docker_ image inspect --format '{{.Id}}' "lab-orchestrator/$1:1" 2>/dev/null || true)
    # Named only when all of it is there: the engine takes what was cut off for a whole image.
    id=$(zstd -dcq "$tar" | docker_ import "${arguments[@]}" -)
    for tag in "$@"; do
        docker_ tag "$id" "lab-orchestrator/$tag:1"
    done
    # The image that this one follows goes when no container uses it; no other image is touched.
    [ -z "$former" ] || [ "$former" = "$id" ] || docker_ image rm "$former" >/dev/null 2>&1 || true
}
