#!/usr/bin/env bash
# Formats the C++ sources in place; with --check says what is not formatted and fails.
set -euo pipefail
cd "$(dirname "$0")/.."
if ! command -v clang-format >/dev/null; then
  echo 'format-cpp: clang-format is not installed (Debian: apt-get install clang-format); C++ sources left as they are' >&2
  [ "${1:-}" = --check ] && exit 1
  exit 0
fi
mapfile -t files < <(find cpp binding test/cpp bench/kernels -name '*.cc' -o -name '*.h' -o -name '*.inc' | grep -v '/kernels\.inc$' | sort)
if [ "${1:-}" = --check ]; then
  clang-format --dry-run --Werror "${files[@]}"
else
  clang-format -i "${files[@]}"
fi
