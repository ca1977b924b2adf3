#!/usr/bin/env bash
# Runs the installed addon, one build, under several versions of Node, which npm fetches: exercise.mjs, and the backend
# package's own check of a started backend. Usage: test-node-versions.sh [major ..., default 20 22 24]
set -euo pipefail
cd "$(dirname "$0")"
root="${ACCORD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/accord-rl}/native"
folder="$root/$(node -p 'JSON.parse(require("fs").readFileSync(process.argv[1])).folder' "$root/cpu.json")"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

[ $# -gt 0 ] || set -- 20 22 24
for version in "$@"; do
  npm install --silent --no-audit --no-fund --prefix "$work/$version" "node@$version"
  binary="$work/$version/node_modules/node/bin/node"
  TF_CPP_MIN_LOG_LEVEL=3 "$binary" exercise.mjs "$folder/tfjs-node/lib/accord_tensorflow.node" 60
  answer="$("$binary" ../bin/accord-native.js probe native)"
  echo "Node $("$binary" --version): $answer"
  case "$answer" in *'"works":true'*) ;; *) exit 1 ;; esac
done
