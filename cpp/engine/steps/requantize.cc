#include "requantize.h"

#include "epilogue.h"

namespace engine {
namespace {

std::int32_t small(StepReader& reader) {
  const std::int64_t number = reader.integer();
  reader.expect(number >= -65536 && number <= 65536, "zero points and bounds of bytes");
  return static_cast<std::int32_t>(number);
}

}  // namespace

std::size_t SumRule::next(StepReader& reader, bool is_there, std::size_t bytes) {
  return is_there ? reader.input(next_++, bytes) : none;
}

SumRule::SumRule(StepReader& reader, std::size_t first_input, const WeightSums& sums,
                 std::int32_t x_zero_point, std::size_t elements, bool to_bytes)
    : next_(first_input) {
  const std::size_t channels = sums->size();
  const bool has_bias = reader.flag();
  bias_ =
      shared_sums(sums, x_zero_point, has_bias ? reader.constant<std::int32_t>(next_++, channels) : nullptr);
  multiplier_ = next(reader, true, channels * sizeof(float));
  if (to_bytes) {
    bytes_.zero_point = small(reader);
    bytes_.low = small(reader);
    bytes_.high = small(reader);
    table_ = next(reader, reader.flag(), 256);
    other_ = next(reader, reader.flag(), elements);
    last_table_ = next(reader, reader.flag(), 256);
    bytes_.ratio = reader.real();
    bytes_.other_ratio = reader.real();
    bytes_.fixed = reader.real();
    bytes_.other_first = reader.flag();
    bytes_.other_low = small(reader);
    bytes_.other_high = small(reader);
  } else {
    float_bias_ = next(reader, reader.flag(), channels * sizeof(float));
    residual_ = next(reader, reader.flag(), elements * sizeof(float));
    floats_.activation = read_activation(reader);
  }
}

Requantize SumRule::bytes(const Run& run) const {
  Requantize rule = bytes_;
  rule.bias = bias_->data();
  rule.multiplier = run.at<const float>(multiplier_);
  if (table_ != none) rule.table = run.at<const std::uint8_t>(table_);
  if (other_ != none) rule.other = run.at<const std::uint8_t>(other_);
  if (last_table_ != none) rule.last_table = run.at<const std::uint8_t>(last_table_);
  return rule;
}

Dequantize SumRule::floats(const Run& run) const {
  Dequantize rule = floats_;
  rule.bias = bias_->data();
  rule.multiplier = run.at<const float>(multiplier_);
  if (float_bias_ != none) rule.float_bias = run.at<const float>(float_bias_);
  if (residual_ != none) rule.residual = run.at<const float>(residual_);
  return rule;
}

ByteScale read_byte_scale(StepReader& reader) {
  const float scale = reader.real();
  const std::size_t zero_point = reader.size();
  reader.expect(scale >= 0x1p-60f && scale <= 0x1p60f && zero_point < 256, "a scale and zero point of bytes");
  return {scale, static_cast<std::int32_t>(zero_point)};
}

}  // namespace engine
