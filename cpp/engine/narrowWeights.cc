#include "narrowWeights.h"

#include <stdexcept>

#include "stepReader.h"

namespace engine {
namespace {

NarrowSteps read_steps(FormReader& reader) { return {reader.size(), reader.size()}; }

/// The last element of a matrix of outputs by `columns`; throws where the steps leave any memory.
std::size_t last_of(const NarrowSteps& steps, std::size_t outputs, std::size_t columns) {
  product_of({outputs, steps.outer + 1});
  product_of({columns, steps.inner + 1});
  return (outputs - 1) * steps.outer + (columns - 1) * steps.inner;
}

void expect(bool holds, const char* what) {
  if (!holds) throw std::invalid_argument(std::string("Expected ") + what);
}

}  // namespace

Constant pack_narrowgemm(const std::string& form, std::span<const std::byte> bytes, FormReader& reader) {
  NarrowView v{};
  v.outputs = reader.size(), v.inputs = reader.size(), v.block = reader.size(), v.bits = reader.size();
  v.is_signed = reader.size() != 0;
  const std::size_t zero = reader.size();
  v.at = read_steps(reader), v.scale_at = read_steps(reader), v.zero_at = read_steps(reader);
  const std::size_t scales = reader.size(), zeros = reader.size();
  reader.end();
  expect(v.outputs > 0 && v.inputs > 0, "weights that are not empty");
  expect(v.block > 0 && v.block % 8 == 0 && v.block <= v.inputs + 65536, "blocks of 8 inputs or a multiple");
  expect(v.bits == 4 || v.bits == 8, "integers of 4 or 8 bits");
  expect(zero < 512, "zero points of so many bits");
  expect(scales % 4 == 0 && scales <= bytes.size() && zeros <= bytes.size(),
         "parts of weights within their bytes");
  expect(last_of(v.at, v.outputs, v.inputs) / (8 / v.bits) < scales, "more integers");
  expect(last_of(v.scale_at, v.outputs, v.blocks()) < (bytes.size() - scales) / 4, "more scales");
  expect(zero != 0 || last_of(v.zero_at, v.outputs, v.blocks()) / (8 / v.bits) < bytes.size() - zeros,
         "more zero points");
  const auto* const data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  v.integers = data;
  v.scales = reinterpret_cast<const float*>(data + scales);
  v.zeros = zero == 0 ? data + zeros : nullptr;
  v.zero = static_cast<std::int32_t>(zero) - 256;
  auto packed = std::make_shared<NarrowWeights>();
  const NarrowPanels shape = narrow_shape(v, gemm_kernels().size.columns);
  const std::size_t total = shape.bytes();
  packed->memory = aligned_bytes(total);
  const NarrowOrder order = form == "qnarrowgemm" ? NarrowOrder::words : NarrowOrder::inputs;
  packed->weights = pack_narrow(v, shape, order, reinterpret_cast<std::uint32_t*>(packed->memory.get()));
  return {form, std::move(packed), nullptr, total};
}

}  // namespace engine
