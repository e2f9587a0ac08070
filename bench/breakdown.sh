#!/bin/sh
# Copyright 2026 The pimvp authors
# SPDX-License-Identifier: Apache-2.0
#
# Where a simulation's instructions go: breakdown.sh [--whole] PIMVP [ARGUMENTS OF pimvp run]. Groups
# callgrind's own counts by what the functions are for; what one image alone takes (start, import, data set) is
# subtracted, so that the shares are those of a long run. --whole is all of a run of one image instead. Needs
# valgrind.
set -eu
whole=false
[ "${1-}" != --whole ] || { whole=true; shift; }
[ $# -ge 2 ] || { echo "usage: $0 [--whole] PIMVP PLATFORM [OPTION]..." >&2; exit 2; }
pimvp=$1
shift
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
images=200

profile() {  # LAST_IMAGE NAME ARGUMENTS
    last=$1 name=$2
    shift 2
    valgrind --tool=callgrind --callgrind-out-file="$folder/$name" "$pimvp" run "$@" --images "0..$last" \
        --no-check --quiet >/dev/null 2>"$folder/err" || { cat "$folder/err" >&2; exit 1; }
    callgrind_annotate --threshold=100 "$folder/$name" | awk '
        function group(f) {
            if (f ~ /SramArray|EdramArray|matrix_vector|ternary_sums|count_conducting|add_clipped|bit_plane|ternary_kernel|TernaryKernel/)
                return "arrays: arithmetic"
            if (f ~ /SramMacro|EdramMacro|MacroFrontEnd|EdramRefresh|RefreshSchedule|Retention/)
                return "arrays: registers, counts, refresh"
            if (f ~ /PostUnit/) return "postprocessor: arithmetic"
            if (f ~ /Postprocess/) return "postprocessor: registers, counts"
            if (f ~ /pack<|unpack/) return "postprocessor: arithmetic"
            if (f ~ /WindowBuffer|copy_bits/) return "sequencer: windows"
            if (f ~ /Sequencer/) return "sequencer: control"
            if (f ~ /Interconnect|tlm_utils|tlm::|simple_target|Memory::|SparseBytes|Dma::/) return "transport: sockets, interconnect, memory"
            if (f ~ /sc_time/) return "transport: time conversion"
            if (f ~ /sc_core/) return "SystemC kernel"
            if (f ~ /NodeCheck|validate/) return "host: checks of the network"
            if (f ~ /Drawing|DrawnWeights|RandomBits|JsonReader|import|nlohmann/) return "host: import, drawn weights"
            if (f ~ /pimvp::net::/) return "host: mapping, compiling"
            if (f ~ /dl_|do_lookup|strcmp|ld-linux/) return "start of the process"
            if (f ~ /mem(set|cpy|move)|malloc|free|operator (new|delete)/) return "memory copies, allocation"
            return "other"
        }
        /^ *[0-9,]+ +\(/ && !/PROGRAM TOTALS/ { n = $1; gsub(/,/, "", n); sum[group($0)] += n }
        END { for (g in sum) printf "%s\t%d\n", g, sum[g] }' | sort >"$folder/$name.txt"
}
profile 0 one "$@"
if $whole; then
    awk -F '\t' '{ sum += $2; lines[$1] = $2 }
        END {
            for (g in lines) printf "%6.1f %%  %11.0f  %s\n", 100 * lines[g] / sum, lines[g], g
            printf "        %11.0f  instructions\n", sum
        }' "$folder/one.txt" | sort -rn
    exit
fi
profile $images many "$@"
awk -F '\t' -v images=$images '
    FNR == NR { one[$1] = $2; next }
    { n = ($2 - one[$1]) / images; sum += n; lines[$1] = n }
    END {
        for (g in lines) printf "%6.1f %%  %9.0f  %s\n", 100 * lines[g] / sum, lines[g], g
        printf "        %9.0f  instructions per image\n", sum
    }' "$folder/one.txt" "$folder/many.txt" | sort -rn
