#include "gemvWeights.h"

#include <stdexcept>

#include "turned.h"

namespace engine {
namespace {

template <class Packed>
Constant constant_of(const std::string& form, Packed packed) {
  const std::size_t bytes = packed.bytes();
  return {form, std::make_shared<const Packed>(std::move(packed)), nullptr, bytes};
}

}  // namespace

Constant pack_gemv(const std::string& form, std::span<const std::byte> bytes, FormReader& reader) {
  const FloatViews views = read_matrices(bytes, reader);
  reader.end();
  if (views.items != 1) throw std::invalid_argument("Expected one matrix of weights");
  if (form == "gemv.bitmap") return constant_of(form, pack_bitmap(views.view));
  return constant_of(form, pack_blocks(views.view, 16));
}

Constant pack_qgemv(const std::string& form, std::span<const std::byte> bytes, FormReader& reader) {
  IntegerViews views = read_views(reader);
  reader.end();
  if (views.items != 1 || views.view.taps != 1) throw std::invalid_argument("Expected one matrix of weights");
  views.view.data = reinterpret_cast<const std::int8_t*>(bytes.data());
  if (form == "qgemv.blocks") return constant_of(form, pack_qblocks(views.view, 16, gemv_block_format));
  std::vector<std::int8_t> copy;
  return constant_of(form, pack_qbitmap(with_rows(views.view, copy)));
}

}  // namespace engine
