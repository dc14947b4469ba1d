#include "dynamicRule.h"

#include "memory/lines.h"

namespace engine {

DynamicRule::DynamicRule(StepReader& reader, WeightSums sums, std::size_t factors, std::size_t elements)
    : sums_(std::move(sums)), factors_(factors) {
  const std::size_t channels = sums_->size();
  reader.expect(factors == 1 || factors == channels, "a multiplier, or one a channel");
  zero_ = reader.input(2, 1);
  multiplier_ = reader.input(3, factors * sizeof(float));
  if (reader.flag()) added_ = reader.input(4, channels * sizeof(std::int32_t));
  epilogue_ = read_epilogue(reader, added_ ? 5 : 4, channels, elements);
}

std::size_t DynamicRule::scratch_bytes() const { return 2 * whole_lines(sums_->size() * sizeof(float)); }

Dequantize DynamicRule::floats(const Run& run, std::byte* scratch) const {
  const std::size_t channels = sums_->size();
  auto* const bias = reinterpret_cast<std::int32_t*>(scratch);
  auto* const scales = reinterpret_cast<float*>(scratch + scratch_bytes() / 2);
  const std::uint32_t point = *run.at<const std::uint8_t>(zero_);
  const float* const given = run.at<const float>(multiplier_);
  const std::int32_t* const added = added_ ? run.at<const std::int32_t>(*added_) : nullptr;
  for (std::size_t c = 0; c < channels; ++c) {
    const std::uint32_t own = added ? static_cast<std::uint32_t>(added[c]) : 0;
    bias[c] = static_cast<std::int32_t>(own - point * static_cast<std::uint32_t>((*sums_)[c]));
    scales[c] = given[factors_ == 1 ? 0 : c];
  }
  return {bias, scales, epilogue_.bias_of(run), epilogue_.residual_of(run), epilogue_.activation};
}

}  // namespace engine
