#pragma once
#include <optional>

#include "../sharedSums.h"
#include "../stepReader.h"
#include "epilogue.h"
#include "qgemm/requantize.h"

namespace engine {

/// How a step's sums become floats where the range of its activations is known at run time only. Behind x and
/// the weights stand the zero point of x (a byte), the multipliers (floats: one, or one a channel), if there
/// are such what is added to the sums themselves (int32, one a channel), and what the epilogue reads.
class DynamicRule {
 public:
  /// Parameters: whether something is added to the sums, epilogue.
  /// @param factors number of multipliers
  DynamicRule(StepReader& reader, WeightSums sums, std::size_t factors, std::size_t elements);

  std::size_t scratch_bytes() const;
  /// @param scratch `scratch_bytes()` of it, aligned to 64, in which the zero point's share of each channel
  /// and the channels' multipliers then are
  Dequantize floats(const Run& run, std::byte* scratch) const;

 private:
  WeightSums sums_;
  std::size_t factors_, zero_, multiplier_;
  std::optional<std::size_t> added_;
  EpilogueSpec epilogue_;
};

}  // namespace engine
