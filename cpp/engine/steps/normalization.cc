#include "normalization/normalization.h"

#include "../registry.h"
#include "scoreMask.h"

namespace engine {

/// softmax.linear, softmax.logarithmic: x -> y; outer, n, inner
Step softmax_step(StepReader& reader) {
  const bool logarithmic = reader.variant() == "logarithmic";
  const std::size_t outer = reader.size(), n = reader.size(), inner = reader.size();
  const std::size_t bytes = product_of({outer, n, inner}) * sizeof(float);
  const std::size_t x = reader.input(0, bytes), y = reader.output(0, bytes);
  return {[=](const Run& run) {
            softmax(run.work, run.at<const float>(x), outer, n, inner, logarithmic, run.at<float>(y));
          },
          0, cpu::name(normalization_kernels().isa)};
}

ScoreMaskSpec::ScoreMaskSpec(StepReader& reader, std::size_t n, std::size_t first_input)
    : is_masked_(reader.input_count() > first_input) {
  mask_.factor = reader.real();
  const std::size_t rank = reader.size();
  reader.expect(rank <= 16, "at most 16 axes");
  mask_.sizes = reader.sizes(rank);
  mask_.strides = reader.sizes(rank);
  std::size_t span = n;
  for (std::size_t i = 0; i < rank && rows() > 0; ++i)
    span += product_of({mask_.sizes[i] - 1, mask_.strides[i]});
  if (is_masked_) addend_ = reader.input(first_input, product_of({span}) * sizeof(float));
}

/// maskedSoftmax: x, mask or nothing -> y; n, ScoreMask
Step masked_softmax_step(StepReader& reader) {
  const std::size_t n = reader.size();
  const ScoreMaskSpec mask(reader, n, 1);
  const std::size_t rows = mask.rows(), bytes = product_of({rows, n}) * sizeof(float);
  const std::size_t x = reader.input(0, bytes), y = reader.output(0, bytes);
  return {[=](const Run& run) {
            masked_softmax(run.work, run.at<const float>(x), rows, n, mask.of(run), run.at<float>(y));
          },
          0, cpu::name(normalization_kernels().isa)};
}

/// layerNormalization.element, .channel: x, scale, shift or nothing -> y; rows, n, channels, epsilon, whether
/// the mean stays. Scale and shift have one number an element of the row, or one a row modulo channels.
Step layer_normalization_step(StepReader& reader) {
  const std::size_t rows = reader.size(), n = reader.size(), channels = reader.size();
  const std::size_t step = reader.variant() == "element" ? 1 : 0;
  NormalizedRow row{n, reader.real(), nullptr, nullptr, step, reader.flag()};
  const std::size_t factors = (step == 1 ? n : channels) * sizeof(float);
  reader.expect(step == 1 || channels > 0, "at least one channel");
  const std::size_t bytes = product_of({rows, n}) * sizeof(float);
  const std::size_t x = reader.input(0, bytes), scale = reader.input(1, factors);
  const bool shifted = reader.input_count() > 2;
  const std::size_t shift = shifted ? reader.input(2, factors) : 0, y = reader.output(0, bytes);
  return {[=](const Run& run) {
            NormalizedRow own = row;
            own.scale = run.at<const float>(scale);
            if (shifted) own.shift = run.at<const float>(shift);
            normalize_rows(run.work, run.at<const float>(x), rows, own, channels, run.at<float>(y));
          },
          0, cpu::name(normalization_kernels().isa)};
}

}  // namespace engine
