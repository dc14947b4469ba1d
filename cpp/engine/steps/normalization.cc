#include "normalization/normalization.h"

#include "../registry.h"
#include "byteRule.h"
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
  mask_.rows = read_row_axes(reader);
  const std::size_t span = span_of(mask_.rows, n);
  if (is_masked_) addend_ = reader.input(first_input, product_of({span, sizeof(float)}));
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

namespace {

/// rows, n, channels, epsilon, whether the mean stays
struct RowsSpec {
  std::size_t rows, channels;
  NormalizedRow row;
  std::size_t x, scale, shift;
  bool is_shifted;

  explicit RowsSpec(StepReader& reader) : rows(reader.size()) {
    const std::size_t n = reader.size();
    channels = reader.size();
    row = {n, reader.real(), nullptr, nullptr, reader.variant() == "channel" ? 0u : 1u, reader.flag()};
    const std::size_t factors = (row.step == 1 ? n : channels) * sizeof(float);
    reader.expect(row.step == 1 || channels > 0, "at least one channel");
    x = reader.input(0, elements() * sizeof(float));
    scale = reader.input(1, factors);
    is_shifted = reader.input_count() > 2;
    shift = is_shifted ? reader.input(2, factors) : 0;
  }

  std::size_t elements() const { return product_of({rows, row.n}); }

  NormalizedRow row_of(const Run& run) const {
    NormalizedRow own = row;
    own.scale = run.at<const float>(scale);
    if (is_shifted) own.shift = run.at<const float>(shift);
    return own;
  }
};

}  // namespace

/// layerNormalization.element, .channel: x, scale, shift or nothing -> y; RowsSpec. Scale and shift have one
/// number an element of the row, or one a row modulo channels.
/// layerNormalization.bytes: the same of elements -> y as QuantizeLinear makes it of them, the elements or
/// nothing; RowsSpec, byte rule
Step layer_normalization_step(StepReader& reader) {
  const RowsSpec spec(reader);
  const char* const isa = cpu::name(normalization_kernels().isa);
  if (reader.variant() != "bytes") {
    const std::size_t y = reader.output(0, spec.elements() * sizeof(float));
    return {[=](const Run& run) {
              normalize_rows(run.work, run.at<const float>(spec.x), spec.rows, spec.row_of(run),
                             spec.channels, run.at<float>(y));
            },
            0, isa};
  }
  const QuantizeRule rule = read_byte_rule(reader);
  const std::size_t q = reader.output(0, spec.elements());
  const bool keeps_floats = reader.output_count() > 1;
  const std::size_t y = keeps_floats ? reader.output(1, spec.elements() * sizeof(float)) : 0;
  return {[=](const Run& run) {
            normalize_rows_to_bytes(run.work, run.at<const float>(spec.x), spec.rows, spec.row_of(run),
                                    {rule, run.at<std::uint8_t>(q)},
                                    keeps_floats ? run.at<float>(y) : nullptr);
          },
          0, isa};
}

}  // namespace engine
