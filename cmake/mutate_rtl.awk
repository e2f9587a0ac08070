# awk -f mutate_rtl.awk BUGS RTL: the RTL with all of the seeded bugs, of which the new input `bug` chooses one, 0 none.
#
# A line of BUGS: `name: text of the RTL -> what comes in its place`, where @ stands for "this bug is chosen". The text must be
# there exactly once. Lines that are empty or begin with # do not count.
function trim(s) { sub(/^[ \t]+/, "", s); sub(/[ \t]+$/, "", s); return s }
function fail(text) { print "mutate_rtl: " text > "/dev/stderr"; failed = 1; exit 1 }
# Replaces the only occurrence of `from`, taken literally.
function replace(from, to, what,    at, rest) {
    at = index(rtl, from)
    if (at == 0) fail(what ": expected `" from "' in the RTL, found none")
    rest = substr(rtl, at + length(from))
    if (index(rest, from) != 0) fail(what ": expected `" from "' once in the RTL, found it again")
    rtl = substr(rtl, 1, at - 1) to rest
}
FNR == NR {
    if ($0 ~ /^[ \t]*(#|$)/) next
    colon = index($0, ": "); arrow = index($0, " -> ")
    if (colon == 0 || arrow < colon) fail("line " FNR ": expected name: text -> replacement, found " $0)
    ++bugs
    name[bugs] = trim(substr($0, 1, colon - 1))
    from[bugs] = trim(substr($0, colon + 2, arrow - colon - 2))
    to[bugs] = trim(substr($0, arrow + 4))
    if (index(to[bugs], "@") == 0) fail(name[bugs] ": expected an @ in the replacement, found none")
    next
}
{ rtl = rtl $0 "\n" }
END {
    if (failed) exit 1
    for (k = 1; k <= bugs; ++k) {
        while ((at = index(to[k], "@")) != 0)
            to[k] = substr(to[k], 1, at - 1) "(bug == 8'd" k ")" substr(to[k], at + 1)
        replace(from[k], to[k], name[k])
    }
    port = "    input  logic                   clk,\n"
    replace(port, port "    input  logic [7:0]             bug,\n", "port")
    printf "%s", rtl
}
