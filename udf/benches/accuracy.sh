#!/bin/sh
# Scores the grouping of labelled logs.
#
#   udf/benches/accuracy.sh DIR SCORER [OPTION…]
#
# DIR holds <name>.log beside <name>.truth.csv, and may hold the same logs with their headers as raw/<name>.log. SCORER is a
# script that takes `--dir TRUTH_DIR PRED_DIR`; options after it (such as --extra) are passed on to it.
set -eu
dir=$1 scorer=$2
shift 2
here=$(cd "$(dirname "$0")/../patterns" && pwd)
cargo build --quiet --manifest-path "$here/Cargo.toml" --example group
group=$(cargo metadata --manifest-path "$here/Cargo.toml" --format-version 1 --no-deps |
    sed 's/.*"target_directory":"\([^"]*\)".*/\1/')/debug/examples/group
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for kind in messages raw; do
    logs=$dir
    [ "$kind" = raw ] && logs=$dir/raw
    [ -d "$logs" ] || continue
    mkdir "$work/$kind"
    for truth in "$dir"/*.truth.csv; do
        name=$(basename "$truth" .truth.csv)
        "$group" "$logs/$name.log" >"$work/$kind/$name.pred.tsv"
    done
    echo "$kind"
    python3 "$scorer" --dir "$dir" "$work/$kind" "$@"
done
