# shellcheck shell=bash
# What the scripts of this repository share. Sourced, never run.

# Programs of administrators are not on every user's path, and some of them need no administrator.
PATH=$PATH:/usr/sbin:/sbin

# The engine that the server is told to use is the one that the scripts ask, too.
case ${LABORCHESTRATOR_Docker__Endpoint:-} in
    '') ;;
    /*) export DOCKER_HOST=unix://$LABORCHESTRATOR_Docker__Endpoint ;;
    *) export DOCKER_HOST=$LABORCHESTRATOR_Docker__Endpoint ;;
esac

# Says to the person at the terminal what is being done.
say() {
    printf '[lab-orchestrator] %s\n' "$*" >&2
}

# Ends the script with a sentence that names the remedy.
die() {
    printf '[lab-orchestrator] ERROR: %s\n' "$*" >&2
    exit 1
}

# Runs a command as root, by sudo only where this user is not root already.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
        return
    fi
    command -v sudo >/dev/null || die "This step needs root: '$*'. Install sudo and allow this user to use it, or run it as root."
    say "sudo: $*"
    sudo -- "$@"
}

# True where this process itself may talk to the engine.
reaches_docker() {
    docker version --format '{{.Server.Version}}' >/dev/null 2>&1
}

# True where the engine is not the service of this machine: then it is not ours to install or to start.
engine_is_elsewhere() {
    case ${DOCKER_HOST:-} in
        '' | unix:///var/run/docker.sock | unix:///run/docker.sock) return 1 ;;
    esac
}

# Runs a command that talks to the engine: directly, or by 'sg docker' for a user whose session is older than the group's membership.
with_docker() {
    if [ "$(id -u)" -eq 0 ] || [ -n "${LABORCHESTRATOR_IN_DOCKER_GROUP:-}" ] || id -nG | tr ' ' '\n' | grep -qx docker || engine_is_elsewhere || reaches_docker; then
        "$@"
        return
    fi
    if getent group docker | cut -d: -f4 | tr ',' '\n' | grep -qx "$(id -un)"; then
        LABORCHESTRATOR_IN_DOCKER_GROUP=1 sg docker -c "$(printf '%q ' "$@")"
        return
    fi
    die "User $(id -un) may not use Docker Engine. Run eng/setup, which adds this user to the group 'docker'."
}

docker_() {
    with_docker docker "$@"
}

# The folder of built images; outside the repository, so that a new clone finds them.
cache_folder() {
    printf '%s\n' "${LABORCHESTRATOR_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/lab-orchestrator}"
}

# The folder of database, keys and settings; the same rule as the server's.
data_folder() {
    if [ -n "${LABORCHESTRATOR_DataDirectory:-}" ]; then
        printf '%s\n' "$LABORCHESTRATOR_DataDirectory"
    elif [ "$(id -u)" -eq 0 ]; then
        printf '/var/lib/lab-orchestrator\n'
    else
        printf '%s\n' "${XDG_DATA_HOME:-$HOME/.local/share}/lab-orchestrator"
    fi
}

# Starts this script anew in the group 'docker', where the session is older than the membership; else returns.
in_docker_group() { # SCRIPT ARGUMENT…
    if [ "$(id -u)" -eq 0 ] || [ -n "${LABORCHESTRATOR_IN_DOCKER_GROUP:-}" ] || reaches_docker; then
        return
    fi
    if getent group docker | cut -d: -f4 | tr ',' '\n' | grep -qx "$(id -un)"; then
        LABORCHESTRATOR_IN_DOCKER_GROUP=1 exec sg docker -c "$(printf '%q ' "$@")"
    fi
}

# The folder of sockets; the same rule as the server's.
run_folder() {
    if [ -n "${LABORCHESTRATOR_Docker__RunDirectory:-}" ]; then
        printf '%s\n' "$LABORCHESTRATOR_Docker__RunDirectory"
    elif [ "$(id -u)" -eq 0 ]; then
        printf '/run/lab-orchestrator\n'
    elif [ -n "${XDG_RUNTIME_DIR:-}" ]; then
        printf '%s\n' "$XDG_RUNTIME_DIR/lab-orchestrator"
    else
        printf '%s\n' "${TMPDIR:-/tmp}/lab-orchestrator-$(id -un)"
    fi
}

# Ends the script while the server of this installation runs.
refuse_while_server_runs() {
    local data
    data=$(data_folder)
    if [ -e "$data/server.lock" ] && ! flock --nonblock "$data/server.lock" true; then
        die "The server of $data is running. Stop it (Ctrl-C where it runs) and try again."
    fi
}
