#!/bin/sh
# Copyright 2026 The pimvp authors
# SPDX-License-Identifier: Apache-2.0
#
# Pictures of the saved views: docs/waveforms/PLATFORM.png, of one image each. Needs gtkwave, xvfb, xdotool
# and imagemagick.
#   docs/waveforms/screenshots.sh PIMVP [PLATFORM...]
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
if [ $# -lt 1 ] || [ ! -x "$1" ]; then
    echo "usage: screenshots.sh PIMVP [PLATFORM...], PIMVP the built program" >&2
    exit 2
fi
for tool in gtkwave Xvfb xdotool import convert; do
    command -v "$tool" > /dev/null || { echo "screenshots.sh: $tool is missing" >&2; exit 2; }
done
pimvp=$(realpath "$1")
shift
[ $# -gt 0 ] || set -- cmos dualpim mram quantpim reram sun

work=$(mktemp -d)
viewer='' server=''
trap 'kill $viewer $server 2> /dev/null; rm -rf "$work"' EXIT

cat > "$work/gtkwaverc" << END
fontname_signals Monospace 9
fontname_waves Monospace 8
splash_disable 1
hide_sst 1
use_maxtime_display 0
enable_vcd_autosave 0
END

# The server takes a free display and says which.
mkfifo "$work/display"
Xvfb -displayfd 3 -screen 0 1600x900x24 3> "$work/display" 2> /dev/null &
server=$!
DISPLAY=:$(head -n 1 "$work/display")
export DISPLAY

for platform; do
    view=$root/traces/$platform.gtkw
    # The first line of a view is the command that it is made for.
    options=$(sed -n '1s/.*pimvp run \(.*\) --vcd .*/\1/p' "$view")
    # shellcheck disable=SC2086 # words
    PIMVP_HOME=$root "$pimvp" run $options --no-check --quiet --vcd "$work/$platform.vcd"
    # GTKWave reads its own ~/.gtkwaverc unless told.
    gtkwave --rcfile="$work/gtkwaverc" --nomenu "$work/$platform.vcd" "$view" > "$work/log" 2>&1 &
    viewer=$!
    xdotool search --sync --onlyvisible --pid $viewer > /dev/null
    sleep 2
    import -window root "$work/$platform.png"
    convert "$work/$platform.png" -strip +dither -colors 32 -define png:compression-level=9 \
        "$root/docs/waveforms/$platform.png"
    kill $viewer
    wait $viewer 2> /dev/null || true
    viewer=''
    echo "docs/waveforms/$platform.png"
done
