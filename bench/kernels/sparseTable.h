#pragma once
#include <cstddef>
#include <cstdio>

#include "blockgemm/blockgemm.h"
#include "qblockgemm/qblockgemm.h"
#include "sparseWeights.h"
#include "timing.h"

/// Blocks that the benches of block-sparse kernels go through.
inline constexpr Blocks float_blocks[] = {{4, 1, 0.2}, {4, 1, 0.1}, {8, 1, 0.1}, {1, 1, 0.1}};
inline constexpr Blocks byte_blocks[] = {{4, 4, 0.2}, {4, 4, 0.1}, {8, 4, 0.1}, {32, 4, 0.2}};

/// What is multiplied a second, in 10^9; in parentheses what a dense product would have counted.
template <class Run>
void report(double operations, const Blocks& blocks, Run run) {
  const double seconds = fastest_seconds(run, 0.08);
  std::printf(" %7.1f us %5.0f (%5.0f)", seconds * 1e6, blocks.density * operations / seconds / 1e9,
              operations / seconds / 1e9);
}

inline void print_blocks(const char* title, cpu::Isa isa, const Blocks (&all)[4]) {
  std::printf("%s %s:", title, cpu::name(isa));
  for (const Blocks& b : all) std::printf(" %zux%zu %.0f %%", b.rows, b.columns, (1 - b.density) * 100);
}

/// A line a layer: what floats(layer, blocks) and then bytes(layer, blocks) report.
template <class Layers, class Floats, class Bytes>
void print_table(Layers&& layers, Floats floats, Bytes bytes) {
  print_blocks("float", blockgemm_kernels().isa, float_blocks);
  std::printf(" | ");
  print_blocks("8 bits", qblockgemm_kernels().isa, byte_blocks);
  std::printf("\n");
  for (const auto& layer : layers) {
    std::printf("%-16s", layer.name);
    for (const Blocks& blocks : float_blocks) floats(layer, blocks);
    std::printf(" |");
    for (const Blocks& blocks : byte_blocks) bytes(layer, blocks);
    std::printf("\n");
  }
}
