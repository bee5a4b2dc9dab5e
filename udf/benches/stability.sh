#!/bin/sh
# Prints for each log in DIR (*.log, raw/*.log) the share of lines in its first half that have the same pattern id when the
# half is grouped alone and when the whole log is.
set -eu
dir=$1
here=$(cd "$(dirname "$0")/../patterns" && pwd)
cargo build --quiet --manifest-path "$here/Cargo.toml" --example group
group=$(cargo metadata --manifest-path "$here/Cargo.toml" --format-version 1 --no-deps |
    sed 's/.*"target_directory":"\([^"]*\)".*/\1/')/debug/examples/group
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for log in "$dir"/*.log "$dir"/raw/*.log; do
    [ -f "$log" ] || continue
    half=$(($(wc -l <"$log") / 2))
    head -n "$half" "$log" >"$work/half.log"
    "$group" "$work/half.log" | cut -f2 >"$work/half"
    "$group" "$log" | cut -f2 >"$work/whole"
    paste "$work/half" "$work/whole" | head -n "$half" |
        awk -v name="${log#"$dir"/}" '$1 == $2 { same++ } END { printf "%s\t%.4f\n", name, same / NR }'
done | awk '{ print; sum += $2 } END { printf "MEAN\t%.4f\n", sum / NR }'
