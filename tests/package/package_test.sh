#!/usr/bin/env bash
# package_test.sh BUILD EXAMPLE external|headers|each_header: installs BUILD into a clean prefix and uses that, as somebody else would.
set -euo pipefail
build=$1 example=$2 what=$3
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    echo "package_test: $*" >&2
    exit 1
}

cmake --install "$build" --prefix "$work/prefix" >"$work/install.log"
prefix=$work/prefix
source_folder=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
! grep -rn -e "$source_folder" -e "$build" "$prefix"/lib*/cmake "$prefix"/lib*/*/cmake 2>/dev/null ||
    fail "an installed CMake file names the tree it came from"

include=$prefix/include/pimvp
systemc=$(pkg-config --cflags systemc)
headers() { (cd "$include" && find . -name '*.h' -printf '%P\n' | sort); }

case $what in
    external)
        # Outside of the tree, moved once to show that the package can be.
        mv "$prefix" "$work/moved"
        cp -r "$example" "$work/example"
        cmake -S "$work/example" -B "$work/out" -DCMAKE_PREFIX_PATH="$work/moved" -DCMAKE_BUILD_TYPE=Release >"$work/log" ||
            { cat "$work/log"; fail "find_package(pimvp) failed"; }
        cmake --build "$work/out" >"$work/log" 2>&1 || { cat "$work/log"; fail "the example does not build"; }
        env -u PIMVP_HOME SYSTEMC_DISABLE_COPYRIGHT_MESSAGE=1 "$work/out/my_accelerator" >"$work/out.txt"
        cat "$work/out.txt"
        # 4096 bytes written and read with all bits of their words, then read with 4 of 16.
        grep -q "bits over its TSVs  *73728," "$work/out.txt" || fail "expected 32768 + 32768 + 8192 bits"
        grep -q "all as expected" "$work/out.txt" || fail "the example does not agree with itself"
        (cd / && env -u PIMVP_HOME "$work/moved/bin/pimvp" list) >"$work/list.txt"
        grep -q fmnist_dualnet_50 "$work/list.txt" || fail "the program finds no networks"
        ;;
    headers)
        # What all of them include in the end: nothing but SystemC, the standard library and themselves.
        headers | sed 's/.*/#include "&"/' >"$work/all.cpp"
        # shellcheck disable=SC2086
        c++ -std=c++17 $systemc -I "$include" -M "$work/all.cpp" | tr ' \\' '\n\n' | sed '/^$/d' >"$work/files"
        if grep -v /sysc/ "$work/files" | grep -E '/(spdlog|fmt|toml\+\+|nlohmann|CLI|boost|google|onnx|unicorn|verilat|gtest|flatbuffers)'; then
            fail "a public header includes the files above"
        fi
        (($(grep -c "^$include/" "$work/files") == $(headers | wc -l))) || fail "expected every header in the list"
        # The contract with firmware is C99.
        for header in "$include"/driver/*.h; do
            printf '#include "driver/%s"\ntypedef int used;\n' "${header##*/}" | cc -std=c99 -pedantic -Wall -Werror -fsyntax-only -I "$include" -x c -
        done
        ;;
    each_header)
        headers | while read -r header; do
            # shellcheck disable=SC2086
            printf '#include "%s"\n' "$header" | c++ -std=c++17 -fsyntax-only $systemc -I "$include" -x c++ - ||
                fail "$header does not stand alone"
        done
        ;;
esac
