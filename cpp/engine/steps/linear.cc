#include "linear.h"

#include "names.h"

namespace engine {

FloatLinear read_float_linear(StepReader& reader) {
  const std::size_t items = reader.size();
  FloatLinear l{};
  l.rows = reader.size();
  l.outputs = reader.size();
  l.depth = reader.size();
  const std::vector<std::size_t> left = reader.sizes(3), right = reader.sizes(5);
  reader.expect(items == 1 && right[1] == 1 && left[0] == l.depth && left[1] == 1, "rows by one matrix");
  reader.expect(l.rows > 0 && l.outputs > 0 && l.depth > 0, "a product that is not empty");
  l.x = reader.input(0, product_of({l.rows, l.depth, sizeof(float)}));
  l.epilogue = read_epilogue(reader, 2, l.outputs, product_of({l.rows, l.outputs}));
  l.y = reader.output(0, l.rows * l.outputs * sizeof(float));
  return l;
}

Output row_output(const StepReader& reader) {
  static constexpr std::string_view names[] = {"rows", "f32", "activated"};
  constexpr Output outputs[] = {Output::rows, Output::f32, Output::activated};
  return outputs[variant_among<std::size_t>(reader, names)];
}

IntegerLinear::IntegerLinear(StepReader& reader, WeightSums sums)
    : IntegerLinear(reader, std::move(sums), reader.variant() == "dynamic") {}

IntegerLinear::IntegerLinear(StepReader& reader, WeightSums sums, bool is_dynamic) : sums_(std::move(sums)) {
  rows = reader.size();
  outputs = reader.size();
  inputs = reader.size();
  reader.expect(rows > 0 && inputs > 0 && outputs == sums_->size(), "weights of the product");
  x = reader.input(0, product_of({rows, inputs}));
  if (is_dynamic) {
    read_dynamic(reader);
  } else {
    read_fixed(reader);
  }
  y = reader.output(0, product_of({rows, outputs, output == Output::f32 ? sizeof(float) : 1}));
}

void IntegerLinear::read_fixed(StepReader& reader) {
  output = row_output(reader);
  const std::size_t zero_point = reader.size();
  reader.expect(zero_point < 256, "a zero point of bytes");
  fixed_ = std::make_shared<const SumRule>(reader, 2, sums_, static_cast<std::int32_t>(zero_point),
                                           product_of({rows, outputs}), output == Output::rows);
  if (output == Output::activated) to = read_byte_scale(reader);
}

void IntegerLinear::read_dynamic(StepReader& reader) {
  const std::size_t factors = reader.size();
  output = Output::f32;
  dynamic_ = std::make_shared<const DynamicRule>(reader, sums_, factors, product_of({rows, outputs}));
}

std::size_t IntegerLinear::scratch_bytes() const { return dynamic_ ? dynamic_->scratch_bytes() : 0; }

IntegerLinear::Rules IntegerLinear::rules(const Run& run, std::byte* scratch) const {
  if (dynamic_) return {{}, dynamic_->floats(run, scratch)};
  if (output == Output::rows) return {fixed_->bytes(run), {}};
  return {{}, fixed_->floats(run)};
}

}  // namespace engine
