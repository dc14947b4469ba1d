#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace engine {

/// Each output's sum of weights, kept as long as the weights.
using WeightSums = std::shared_ptr<const std::vector<std::int32_t>>;

/// bias[c] - x_zero_point * sums[c] modulo 2^32, as sums of products themselves; without a bias that is 0.
/// What steps of other plans have of the same operands is shared, as long as any of them has it: until then
/// `bias` must live.
WeightSums shared_sums(const WeightSums& sums, std::int32_t x_zero_point, const std::int32_t* bias);

}  // namespace engine
