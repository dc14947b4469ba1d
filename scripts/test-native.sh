#!/usr/bin/env bash
# Tests the C++ kernels without Node: every variant that this machine has, under each ONNXPRESS_ISA, with the address
# and undefined-behavior sanitizers (there with AMX and AVX-VNNI too, emulated), and the NEON variants under qemu. Builds
# under build-tests/, but takes the addon's kernels in build/ where they are there.
# The last line reads `native: N passed, N failed`.
set -uo pipefail
cd "$(dirname "$0")/.."

passed=0
failed=0
jobs=$(nproc 2>/dev/null || sysctl -n hw.ncpu 2>/dev/null || echo 2)
shares=$((4 * jobs)) # of a run's tests: more than cores, since some take longer than others
log=$(mktemp)
logs=$(mktemp -d)
trap 'rm -rf "$log" "$logs"' EXIT

finish() {
  echo "native: $passed passed, $failed failed"
  [ "$failed" -eq 0 ]
  exit
}

broken() {
  echo "test-native: $1" >&2
  failed=$((failed + 1))
  finish
}

# need PACKAGE TEST…: installs the Debian package when the test fails and we may.
need() {
  local package=$1
  shift
  "$@" >/dev/null 2>&1 && return
  if [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    echo "test-native: installing $package"
    { apt-get install -y -q "$package" || { apt-get update -q && apt-get install -y -q "$package"; }; } >"$log" 2>&1
  fi
  "$@" >/dev/null 2>&1 && return
  tail -5 "$log" >&2
  broken "Expected $package to be installed; possible solution: sudo apt-get install $package"
}

# start_build FOLDER OPTION…: builds beside what follows, until `await_build`. So no processor idles while the other still
# compiles one long file, or runs one long test.
start_build() {
  folder=$1
  shift
  local generator=()
  if command -v ninja >/dev/null && [ ! -f "$folder/CMakeCache.txt" ]; then generator=(-G Ninja); fi
  mkdir -p "$folder"
  {
    cmake -S . -B "$folder" "${generator[@]}" -DBUILD_TESTING=ON -DCMAKE_COMPILE_WARNING_AS_ERROR=ON "$@" &&
      cmake --build "$folder" --target native_tests --parallel "$jobs"
  } >"$folder/test-native.log" 2>&1 &
  building=$!
}

await_build() {
  wait "$building" && return
  grep -E 'error|Error' -A3 "$folder/test-native.log" | head -40 >&2
  broken "$folder does not build"
}

# in_shares COMMAND…: share N leaves what it said in $logs/N.log and its exit status in $logs/N.status.
in_shares() {
  rm -f "$logs"/*
  # shellcheck disable=SC2016
  seq 0 $((shares - 1)) | GTEST_TOTAL_SHARDS=$shares xargs -P "$jobs" -I{} bash -c '
    export GTEST_SHARD_INDEX=$1
    "${@:3}" >"$2/$1.log" 2>&1
    echo $? >"$2/$1.status"' share {} "$logs" "$@"
}

# count_share N: adds GoogleTest's own counts.
count_share() {
  local said=$logs/$1.log ok bad
  ok=$(sed -n 's/^\[  PASSED  \] \([0-9]*\) test.*/\1/p' "$said")
  bad=$(sed -n 's/^\[  FAILED  \] \([0-9]*\) test.*/\1/p' "$said" | head -1)
  # A crash or a sanitizer's report leaves no count behind.
  if [ "$(cat "$logs/$1.status")" != 0 ] && [ -z "$bad" ]; then bad=1; fi
  if [ "${bad:-0}" -ne 0 ]; then grep -vE '^$|Skipped$|^\[( RUN|       OK|-----|  SKIPPED)' "$said" | head -60 >&2; fi
  run_passed=$((run_passed + ${ok:-0}))
  run_failed=$((run_failed + ${bad:-0}))
}

# run LABEL COMMAND…
run() {
  local label=$1 share
  shift
  run_passed=0
  run_failed=0
  in_shares "$@"
  for ((share = 0; share < shares; share++)); do count_share "$share"; done
  if [ $((run_passed + run_failed)) -eq 0 ]; then run_failed=1; fi
  passed=$((passed + run_passed))
  failed=$((failed + run_failed))
  echo "$label: $run_passed passed, $run_failed failed"
}

# verify LABEL COMMAND…: one check that is no GoogleTest.
verify() {
  local label=$1
  shift
  if "$@"; then
    passed=$((passed + 1))
    echo "$label: ok"
  else
    failed=$((failed + 1))
    echo "$label: FAILED"
  fi
}

# objects [-v]: those of the ISA files, or with -v all others.
objects() {
  find "$release/CMakeFiles" -path '*/kernels*.dir/*.cc.o' |
    grep -E "$@" '/(avx2|avxvnni|avx512|avx512vnni|avx512vbmi2|amx|neon|neondot)\.cc\.o$'
}

# What runs on every machine must not hold a wide register: one such instruction is a crash on an old processor.
baseline_is_clean() {
  local object
  for object in $(objects -v); do
    if objdump -d --no-show-raw-insn "$object" | grep -qE '%[yz]mm[0-9]|%k[0-7]|\bv[a-z0-9]+ .*%xmm'; then
      echo "$object holds AVX instructions" >&2
      return 1
    fi
  done
}

# A weak symbol of an ISA file (a shared template or inline function) may replace the baseline's copy at link time.
isa_files_export_only_kernels() {
  local object isa strays
  for object in $(objects); do
    isa=$(basename "$object" .cc.o)
    strays=$(nm -C --defined-only --extern-only "$object" | grep -vE " T [a-z0-9_]+_$isa\(") || continue
    echo "$object exports more than its kernels:" >&2
    echo "$strays" >&2
    return 1
  done
}

# A value that is not known ends the program with the list of those that are.
unknown_isa_is_refused() {
  local said
  said=$(ONNXPRESS_ISA=avx9000 "$release/native_tests" 2>&1)
  [ $? -eq 2 ] && [[ "$said" == *'Expected one of scalar, neon, neondot, avx2'*'received "avx9000"'* ]]
}

need cmake command -v cmake
need g++ command -v c++
if [ "$(uname -s)" = Linux ]; then need libgtest-dev test -f /usr/include/gtest/gtest.h; fi

# has_variants ISA: this processor has it, and kernels for it.
has_variants() {
  [ -n "$("$release/native_tests" --gtest_filter="*Variants.*/$1" --gtest_list_tests)" ]
}

# Without Node nothing may be configured in build/: the addon would not be built there any more.
if grep -q CMAKE_JS_INC build/CMakeCache.txt 2>/dev/null; then release=build; else release=build-tests/release; fi
start_build "$release"
await_build
# The tests' own code has no sanitizers in it, and so need not be compiled twice.
start_build build-tests/sanitized -DONNXPRESS_SANITIZE=ON -DONNXPRESS_EMULATE=ON -DCMAKE_BUILD_TYPE=None \
  -DCMAKE_CXX_FLAGS='-O1 -g1' -DONNXPRESS_TEST_OBJECTS="$PWD/$release/CMakeFiles/native_tests.dir/test/cpp"
case "$(uname -m)" in
  x86_64 | amd64) isas='scalar avx2 avxvnni avx512 avx512vnni avx512vbmi2' ;;
  *) isas='scalar neon neondot' ;;
esac
for isa in $isas amx; do
  if has_variants "$isa"; then best=$isa; fi
done
# Tests of single variants name what they run: once is enough.
for isa in $isas; do
  if has_variants "$isa" && [ "$isa" != "$best" ]; then
    run "ONNXPRESS_ISA=$isa" env "ONNXPRESS_ISA=$isa" "$release/native_tests" --gtest_filter=-'*Variants.*'
  else
    run "ONNXPRESS_ISA=$isa, whose kernels here are those of another run" \
      env "ONNXPRESS_ISA=$isa" "$release/native_tests" --gtest_filter='Cpu.*:Families.*'
  fi
done
run "best ($best)" "$release/native_tests"
verify 'an unknown ONNXPRESS_ISA is refused' unknown_isa_is_refused
if command -v objdump >/dev/null && [ "$(uname -s)" = Linux ]; then
  verify 'baseline objects hold no AVX' baseline_is_clean
  verify 'ISA objects export only their kernels' isa_files_export_only_kernels
fi

await_build
has_aarch64=
if [ "$(uname -s)" = Linux ] && [ "$(uname -m)" != aarch64 ]; then
  has_aarch64=1
  need g++-aarch64-linux-gnu command -v aarch64-linux-gnu-g++
  need qemu-user command -v qemu-aarch64
  need googletest test -f /usr/src/googletest/CMakeLists.txt
  # What is not NEON's is the code tested above: quick to build.
  start_build build-tests/aarch64 -DCMAKE_BUILD_TYPE=None -DCMAKE_CXX_FLAGS=-O1 -DONNXPRESS_ISA_FLAGS=-O3 \
    -DCMAKE_SYSTEM_NAME=Linux -DCMAKE_SYSTEM_PROCESSOR=aarch64 \
    -DCMAKE_EXE_LINKER_FLAGS=-static -DCMAKE_CXX_COMPILER=aarch64-linux-gnu-g++ \
    -DCMAKE_C_COMPILER=aarch64-linux-gnu-gcc -DONNXPRESS_GTEST_SOURCE=/usr/src/googletest -DBUILD_GMOCK=OFF \
    -DINSTALL_GTEST=OFF
fi
run 'address and undefined-behavior sanitizers' build-tests/sanitized/native_tests
if [[ " $isas " = *' avxvnni '* ]]; then
  run 'the same, ONNXPRESS_ISA=avxvnni' \
    env ONNXPRESS_ISA=avxvnni build-tests/sanitized/native_tests --gtest_filter=-'*Variants.*'
fi

if [ -n "$has_aarch64" ]; then
  await_build
  # Scalar kernels are the code tested above, and by far the slowest under qemu.
  run 'aarch64 under qemu' qemu-aarch64 build-tests/aarch64/native_tests --gtest_filter=-'*Variants.*/scalar'
fi

finish
