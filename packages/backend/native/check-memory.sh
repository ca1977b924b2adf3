#!/usr/bin/env bash
# Runs exercise.mjs with the addon built for AddressSanitizer, which also looks for leaks at the end.
# Fails on any error it reports, and on leaks that were allocated below the addon once a round or more.
# Usage: check-memory.sh [rounds, default 1000]. Needs g++ with libasan, and what `accord-native install` made.
set -euo pipefail
cd "$(dirname "$0")"
rounds=${1:-1000}
root="${ACCORD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/accord-rl}/native"
folder="$root/$(node -p 'JSON.parse(require("fs").readFileSync(process.argv[1])).folder' "$root/cpu.json")"
headers="$(dirname "$(node -p 'require.resolve("node-api-headers/include/node_api.h")')")"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

echo "Compiling the addon with AddressSanitizer"
g++ -std=c++17 -O1 -g -fPIC -shared -fsanitize=address -fno-omit-frame-pointer -Wall -Wextra -Werror \
  -DNAPI_VERSION=8 -I "$headers" -isystem "$folder/tensorflow/include" addon/*.cc \
  "$folder"/tensorflow/libtensorflow_cc.so.2 "$folder"/tensorflow/libtensorflow_framework.so.2 \
  -pthread "-Wl,-rpath,$folder/tensorflow" -o "$work/addon.node"

# Node and TensorFlow are not instrumented: containers that pass between them and the addon look wrong, and so does
# memory of theirs that is freed by another allocator. What they never free is sorted out below.
exercise() { # rounds, more options
  rm -f "$work"/report*
  if ! LD_PRELOAD="$(g++ -print-file-name=libasan.so)" TF_CPP_MIN_LOG_LEVEL=3 \
    ASAN_OPTIONS="detect_container_overflow=0:alloc_dealloc_mismatch=0:log_path=$work/report:$2" \
    node exercise.mjs "$work/addon.node" "$1" || grep -qs "ERROR: AddressSanitizer" "$work"/report*; then
    cat "$work"/report* 2>/dev/null || true
    echo "FAILED"
    exit 1
  fi
}

exercise "$rounds" "detect_leaks=0"
echo "AddressSanitizer found no error in $rounds rounds"

# Whole stacks, which take their time: fewer rounds. One record of a leak is a line "... leak of N byte(s) in M
# object(s) ..." and the stack below it.
leak_rounds=$((rounds < 30 ? rounds : 30))
# XLA registers its code with the unwinder under a lock that such stacks need: no XLA here.
export EXERCISE_XLA=0
exercise "$leak_rounds" "detect_leaks=1:fast_unwind_on_malloc=0:malloc_context_size=16:exitcode=0"
touch "$work/report"
awk -v rounds="$leak_rounds" '
  function finish() {
    if (ours) { below++; if (objects * 3 >= rounds) { print record; growing++ } }
    record = ""; ours = 0
  }
  /leak of/ { finish(); all++; record = $0; for (i = 1; i <= NF; i++) if ($i ~ /^object/) objects = $(i - 1) + 0 }
  /^ +#/ { record = record "\n" $0; if ($0 ~ /addon\.node/) ours = 1 }
  END {
    finish()
    printf "%d kinds of leaks at the end, %d of them below the addon, %d growing with the %d rounds\n", all, below, growing, rounds
    exit growing > 0
  }
' "$work"/report*
