#pragma once
#include <memory>
#include <vector>

#include "../sharedSums.h"
#include "../stepReader.h"
#include "../weights.h"
#include "qgemm/requantize.h"

namespace engine {

/// How a step's sums become bytes or floats. Behind its first inputs stand the channels' bias (int32) where
/// there is one, their multipliers (float32), and what else there is: `other`, tables of 256 bytes, a float
/// bias, a residual.
class SumRule {
 public:
  /// Parameters: whether there is a bias; for bytes zero point, low, high, whether there is a table, `other`,
  /// a last table, ratio, other ratio, fixed, whether `other` is first, other low, other high; for floats
  /// whether there is a float bias, a residual, and the activation.
  /// @param sums of the channels' weights, which the zero point of x multiplies
  SumRule(StepReader& reader, std::size_t first_input, const WeightSums& sums, std::int32_t x_zero_point,
          std::size_t elements, bool to_bytes);

  Requantize bytes(const Run& run) const;
  Dequantize floats(const Run& run) const;

 private:
  /// The next input, where `is_there`.
  std::size_t next(StepReader& reader, bool is_there, std::size_t bytes);

  Requantize bytes_{};
  Dequantize floats_{};
  /// The parameters' biases less the zero point's share of the sums.
  WeightSums bias_;
  std::size_t next_, multiplier_, table_ = none, other_ = none, last_table_ = none, float_bias_ = none,
                                  residual_ = none;
  static constexpr std::size_t none = static_cast<std::size_t>(-1);
};

/// Of activated bytes: scale and zero point of the result.
ByteScale read_byte_scale(StepReader& reader);

}  // namespace engine
