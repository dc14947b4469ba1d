#include "broadcast.h"

namespace engine {

std::size_t Broadcast::runs() const {
  std::size_t count = 1;
  for (std::size_t a = 0; a + 1 < sizes.size(); ++a) count *= sizes[a];
  return count;
}

std::size_t Broadcast::span(std::size_t operand) const {
  std::size_t last = 0;
  for (std::size_t a = 0; a < sizes.size(); ++a) {
    if (sizes[a] == 0) return 0;
    last += (sizes[a] - 1) * strides[operand][a];
  }
  return last + 1;
}

std::array<std::size_t, 3> Broadcast::starts(std::size_t index) const {
  std::array<std::size_t, 3> at{};
  for (std::size_t a = sizes.size() - 1; a-- > 0; index /= sizes[a]) {
    const std::size_t here = index % sizes[a];
    for (std::size_t o = 0; o < operands; ++o) at[o] += here * strides[o][a];
  }
  return at;
}

Broadcast read_broadcast(StepReader& reader, std::size_t operands) {
  const std::size_t rank = reader.size();
  reader.expect(rank >= 1, "at least one axis");
  Broadcast shape;
  shape.operands = operands;
  shape.sizes = reader.sizes(rank);
  product_of(shape.sizes);
  for (std::size_t o = 0; o < operands; ++o) {
    shape.strides[o] = reader.sizes(rank);
    reader.expect(shape.step(o) <= 1, "a last axis along which operands step by 0 or 1");
  }
  return shape;
}

}  // namespace engine
