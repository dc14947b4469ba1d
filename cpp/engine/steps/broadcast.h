#pragma once
#include <array>
#include <cstddef>
#include <vector>

#include "../../roundUp.h"
#include "../stepReader.h"

namespace engine {

/// Up to three operands seen over the axes of a result: strides in elements, 0 where an operand is broadcast.
/// The last axis is a run: every operand steps by 0 or 1 along it.
struct Broadcast {
  std::vector<std::size_t> sizes;
  std::array<std::vector<std::size_t>, 3> strides;
  std::size_t operands = 2;

  std::size_t run() const { return sizes.back(); }
  std::size_t runs() const;
  std::size_t elements() const { return runs() * run(); }
  std::size_t step(std::size_t operand) const { return strides[operand].back(); }
  /// Elements that an operand must have.
  std::size_t span(std::size_t operand) const;
  /// Where each operand's run number `index` begins.
  std::array<std::size_t, 3> starts(std::size_t index) const;
};

/// rank, sizes, and the strides of each operand.
Broadcast read_broadcast(StepReader& reader, std::size_t operands);

/// Calls body(starts, length, position in the result) over all runs, long ones in pieces, several of short
/// ones a task.
template <class Body>
void for_runs(const Work& work, const Broadcast& shape, Body body) {
  constexpr std::size_t piece = 16384;
  const std::size_t run = shape.run(), runs = shape.runs();
  if (run == 0 || runs == 0) return;
  if (runs == 1) {
    work.for_each(ceil_div(run, piece), [&](std::size_t k) {
      const std::size_t from = k * piece;
      std::array<std::size_t, 3> at{};
      for (std::size_t o = 0; o < shape.operands; ++o) at[o] = from * shape.step(o);
      body(at, std::min(piece, run - from), from);
    });
    return;
  }
  const std::size_t each = std::max<std::size_t>(1, piece / run);
  work.for_each(ceil_div(runs, each), [&](std::size_t k) {
    for (std::size_t r = k * each; r < std::min(runs, (k + 1) * each); ++r)
      body(shape.starts(r), run, r * run);
  });
}

}  // namespace engine
