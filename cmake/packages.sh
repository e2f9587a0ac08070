# shellcheck shell=bash
# require_packages FILE: installs the Debian packages that FILE names, one a line, and that are missing. For the
# launcher and .ci/run; says what it does on standard error.
require_packages() {
    local wanted missing=() package status
    mapfile -t wanted <"$1"
    if ! command -v dpkg-query >/dev/null; then
        echo "pimvp: not a Debian system; please install what these Debian packages hold: ${wanted[*]}" >&2
        return 0
    fi
    local -A installed=()
    while read -r package status; do
        [[ $status == "install ok installed" ]] && installed[$package]=1
    done < <(dpkg-query -W -f '${Package} ${Status}\n' "${wanted[@]}" 2>/dev/null || true)
    for package in "${wanted[@]}"; do
        [[ -n ${installed[$package]:-} ]] || missing+=("$package")
    done
    ((${#missing[@]})) || return 0

    local as_root=()
    if ((EUID != 0)); then
        if ! command -v sudo >/dev/null; then
            echo "pimvp: error: missing Debian packages; as root, run: apt-get install ${missing[*]}" >&2
            return 2
        fi
        as_root=(sudo)
    fi
    echo "pimvp: installing Debian packages: ${missing[*]}" >&2
    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0)
    local install=("${as_root[@]}" "${apt[@]}" install -y --no-install-recommends "${missing[@]}")
    local log
    log=$(mktemp)
    # A fresh machine or container has no package lists yet, and old lists name files that are gone.
    if ! "${install[@]}" >"$log" 2>&1 </dev/null &&
        ! { "${as_root[@]}" "${apt[@]}" update >>"$log" 2>&1 && "${install[@]}" >>"$log" 2>&1 </dev/null; }; then
        tail -n 20 "$log" >&2
        rm -f "$log"
        echo "pimvp: error: apt-get could not install these (no network, or no permission?): ${missing[*]}" >&2
        return 2
    fi
    rm -f "$log"
}
