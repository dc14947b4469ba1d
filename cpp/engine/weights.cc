#include "weights.h"

#include <cmath>
#include <stdexcept>

#include "../depthwise/depthwise.h"
#include "../gemm/gemm.h"
#include "../qgemm/qgemm.h"
#include "stepReader.h"

namespace engine {

std::size_t FormReader::size() {
  if (next_ >= parameters_.size()) throw std::invalid_argument("Expected more parameters of packed weights");
  const double number = parameters_[next_++];
  if (!(number >= 0) || number > 1099511627776.0 || number != std::floor(number)) {
    throw std::invalid_argument("Expected sizes as parameters of packed weights");
  }
  return static_cast<std::size_t>(number);
}

void FormReader::check_reach(std::size_t last_element, std::size_t element_bytes) const {
  if (last_element >= bytes_ / element_bytes) throw std::invalid_argument("Expected more bytes of weights");
}

void FormReader::end() const {
  if (next_ != parameters_.size()) throw std::invalid_argument("Expected fewer parameters of packed weights");
}

Constant pack_gemm(const std::string& form, std::span<const std::byte> bytes, FormReader& reader) {
  const std::size_t items = reader.size(), size = reader.size(), depth = reader.size(), outer = reader.size(),
                    inner = reader.size(), item_step = reader.size();
  reader.end();
  if (items == 0 || size == 0 || depth == 0)
    throw std::invalid_argument("Expected weights that are not empty");
  product_of({items, item_step + 1});
  product_of({size, outer + 1});
  product_of({depth, inner + 1});
  reader.check_reach((items - 1) * item_step + (size - 1) * outer + (depth - 1) * inner, sizeof(float));
  const Side side = form == "gemm.left" ? Side::left : Side::right;
  auto packed = std::make_shared<GemmWeights>();
  packed->items = items;
  packed->size = size;
  packed->depth = depth;
  packed->step = gemm_packed_size(side, size, depth);
  const std::size_t total = items * packed->step * sizeof(float);
  packed->panels = aligned_bytes(total);
  const auto* const from = reinterpret_cast<const float*>(bytes.data());
  for (std::size_t i = 0; i < items; ++i) {
    gemm_pack(side, {from + i * item_step, size, depth, outer, inner},
              reinterpret_cast<float*>(packed->panels.get()) + i * packed->step);
  }
  return {form, packed, nullptr, total};
}

Constant pack_qgemm(const std::string& form, std::span<const std::byte> bytes, FormReader& reader) {
  const std::size_t items = reader.size();
  WeightView view{};
  view.size = reader.size();
  view.inputs = reader.size();
  view.taps = reader.size();
  view.outer = reader.size();
  view.inner = reader.size();
  const std::size_t item_step = reader.size();
  reader.end();
  if (items == 0 || view.size == 0 || view.inputs == 0 || view.taps == 0) {
    throw std::invalid_argument("Expected weights that are not empty");
  }
  product_of({items, item_step + 1});
  product_of({view.size, view.outer + 1});
  product_of({view.inputs, view.inner + 1});
  reader.check_reach(
      (items - 1) * item_step + (view.size - 1) * view.outer + (view.inputs - 1) * view.inner + view.taps - 1,
      1);
  const Side side = form == "qgemm.left" ? Side::left : Side::right;
  auto packed = std::make_shared<IntegerWeights>();
  packed->items = items;
  packed->size = view.size;
  packed->depth = view.depth();
  packed->step = qgemm_packed_size(side, view.size, view.depth());
  packed->sums.resize(items * view.size);
  const std::size_t total = items * packed->step * sizeof(std::uint32_t);
  packed->panels = aligned_bytes(total);
  for (std::size_t i = 0; i < items; ++i) {
    view.data = reinterpret_cast<const std::int8_t*>(bytes.data()) + i * item_step;
    qgemm_pack(side, view, reinterpret_cast<std::uint32_t*>(packed->panels.get()) + i * packed->step,
               packed->sums.data() + i * view.size);
  }
  return {form, packed, nullptr, total};
}

Constant pack_qdepthwise(std::span<const std::byte> bytes, FormReader& reader) {
  const std::size_t channels = reader.size(), taps = reader.size();
  reader.end();
  if (channels == 0 || taps == 0) throw std::invalid_argument("Expected weights that are not empty");
  reader.check_reach(product_of({channels, taps}) - 1, 1);
  auto packed = std::make_shared<IntegerWeights>();
  packed->items = 1;
  packed->size = channels;
  packed->depth = taps;
  packed->step = qdepthwise_packed_size(channels, taps);
  packed->sums.resize(channels);
  const std::size_t total = packed->step * sizeof(std::uint32_t);
  packed->panels = aligned_bytes(total);
  qdepthwise_pack(reinterpret_cast<const std::int8_t*>(bytes.data()), channels, taps,
                  reinterpret_cast<std::uint32_t*>(packed->panels.get()), packed->sums.data());
  return {"qdepthwise", packed, nullptr, total};
}

Constant pack_blockgemm(std::span<const std::byte> bytes, FormReader& reader) {
  const std::size_t items = reader.size(), size = reader.size(), depth = reader.size(), outer = reader.size(),
                    inner = reader.size(), item_step = reader.size(), block_rows = reader.size();
  reader.end();
  if (items == 0 || size == 0 || depth == 0)
    throw std::invalid_argument("Expected weights that are not empty");
  if (block_rows != 1 && block_rows != 4 && block_rows != 8) {
    throw std::invalid_argument("Expected blocks of 1, 4 or 8 rows");
  }
  product_of({items, item_step + 1});
  product_of({size, outer + 1});
  product_of({depth, inner + 1});
  reader.check_reach((items - 1) * item_step + (size - 1) * outer + (depth - 1) * inner, sizeof(float));
  auto packed = std::make_shared<BlockedWeights>();
  packed->block_rows = block_rows;
  std::size_t total = 0;
  const auto* const from = reinterpret_cast<const float*>(bytes.data());
  for (std::size_t i = 0; i < items; ++i) {
    packed->items.push_back(pack_blocks({from + i * item_step, size, depth, outer, inner}, block_rows));
    total += packed->items.back().bytes();
  }
  return {"blockgemm", packed, nullptr, total};
}

Constant pack_qblockgemm(std::span<const std::byte> bytes, FormReader& reader) {
  const std::size_t items = reader.size();
  WeightView view{};
  view.size = reader.size();
  view.inputs = reader.size();
  view.taps = reader.size();
  view.outer = reader.size();
  view.inner = reader.size();
  const std::size_t item_step = reader.size(), block_rows = reader.size();
  reader.end();
  if (items == 0 || view.size == 0 || view.inputs == 0 || view.taps == 0) {
    throw std::invalid_argument("Expected weights that are not empty");
  }
  const QBlockKernel* const kernel =
      block_rows == 4 || block_rows == 8 || block_rows == 32 ? qblock_kernel(block_rows) : nullptr;
  if (!kernel) throw std::invalid_argument("Expected blocks of rows that this processor has a kernel for");
  product_of({items, item_step + 1});
  product_of({view.size, view.outer + 1});
  product_of({view.inputs, view.inner + 1});
  reader.check_reach(
      (items - 1) * item_step + (view.size - 1) * view.outer + (view.inputs - 1) * view.inner + view.taps - 1,
      1);
  auto packed = std::make_shared<BlockedIntegers>();
  packed->block_rows = block_rows;
  std::size_t total = 0;
  for (std::size_t i = 0; i < items; ++i) {
    view.data = reinterpret_cast<const std::int8_t*>(bytes.data()) + i * item_step;
    packed->items.push_back(pack_qblocks(view, block_rows, *kernel));
    const QBlockWeights& made = packed->items.back();
    packed->sums.insert(packed->sums.end(), made.sums.begin(), made.sums.end());
    total += made.bytes();
  }
  return {"qblockgemm", packed, nullptr, total};
}

Constant pack_winograd(std::span<const std::byte> bytes, FormReader& reader) {
  const std::size_t tile = reader.size(), outputs = reader.size(), channels = reader.size();
  reader.end();
  if (tile != 2 && tile != 4) throw std::invalid_argument("Expected tiles of 2 or 4");
  if (outputs == 0 || channels == 0) throw std::invalid_argument("Expected weights that are not empty");
  reader.check_reach(product_of({outputs, channels, 9}) - 1, sizeof(float));
  auto packed = std::make_shared<WinogradWeights>();
  packed->tile = static_cast<WinogradTile>(tile);
  packed->outputs = outputs;
  packed->channels = channels;
  const std::size_t total = winograd_packed_size(packed->tile, outputs, channels) * sizeof(float);
  packed->panels = aligned_bytes(total);
  winograd_pack(packed->tile, reinterpret_cast<const float*>(bytes.data()), outputs, channels,
                reinterpret_cast<float*>(packed->panels.get()));
  return {"winograd", packed, nullptr, total};
}

}  // namespace engine
