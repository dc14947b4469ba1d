#include "weights.h"

#include <cmath>
#include <stdexcept>

#include "../depthwise/depthwise.h"
#include "../gemm/gemm.h"
#include "../qgemm/qgemm.h"
#include "stepReader.h"
#include "turned.h"

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

FloatViews read_matrices(std::span<const std::byte> bytes, FormReader& reader) {
  FloatViews v{};
  v.items = reader.size();
  v.view = {reinterpret_cast<const float*>(bytes.data()), reader.size(), reader.size(), reader.size(),
            reader.size()};
  v.item_step = reader.size();
  if (v.items == 0 || v.view.size == 0 || v.view.depth == 0)
    throw std::invalid_argument("Expected weights that are not empty");
  product_of({v.items, v.item_step + 1});
  product_of({v.view.size, v.view.outer + 1});
  product_of({v.view.depth, v.view.inner + 1});
  reader.check_reach(
      (v.items - 1) * v.item_step + (v.view.size - 1) * v.view.outer + (v.view.depth - 1) * v.view.inner,
      sizeof(float));
  return v;
}

Constant pack_gemm(const std::string& form, std::span<const std::byte> bytes, FormReader& reader) {
  const auto [items, view, item_step] = read_matrices(bytes, reader);
  reader.end();
  const Side side = form == "gemm.left" ? Side::left : Side::right;
  auto packed = std::make_shared<GemmWeights>();
  packed->items = items;
  packed->size = view.size;
  packed->depth = view.depth;
  packed->step = gemm_packed_size(side, view.size, view.depth);
  const std::size_t total = items * packed->step * sizeof(float);
  packed->panels = aligned_bytes(total);
  for (std::size_t i = 0; i < items; ++i) {
    gemm_pack(side, {view.data + i * item_step, view.size, view.depth, view.outer, view.inner},
              reinterpret_cast<float*>(packed->panels.get()) + i * packed->step);
  }
  return {form, packed, nullptr, total};
}

IntegerViews read_views(FormReader& reader) {
  IntegerViews v{};
  v.items = reader.size();
  v.view.size = reader.size();
  v.view.inputs = reader.size();
  v.view.taps = reader.size();
  v.view.outer = reader.size();
  v.view.inner = reader.size();
  v.item_step = reader.size();
  if (v.items == 0 || v.view.size == 0 || v.view.inputs == 0 || v.view.taps == 0) {
    throw std::invalid_argument("Expected weights that are not empty");
  }
  product_of({v.items, v.item_step + 1});
  product_of({v.view.size, v.view.outer + 1});
  product_of({v.view.inputs, v.view.inner + 1});
  reader.check_reach((v.items - 1) * v.item_step + (v.view.size - 1) * v.view.outer +
                         (v.view.inputs - 1) * v.view.inner + v.view.taps - 1,
                     1);
  return v;
}

Constant pack_qgemm(const std::string& form, std::span<const std::byte> bytes, FormReader& reader) {
  auto [items, view, item_step] = read_views(reader);
  reader.end();
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
  const auto [items, view, item_step] = read_matrices(bytes, reader);
  const std::size_t block_rows = reader.size();
  reader.end();
  if (block_rows != 1 && block_rows != 4 && block_rows != 8) {
    throw std::invalid_argument("Expected blocks of 1, 4 or 8 rows");
  }
  auto packed = std::make_shared<BlockedWeights>();
  packed->block_rows = block_rows;
  std::size_t total = 0;
  for (std::size_t i = 0; i < items; ++i) {
    packed->items.push_back(
        pack_blocks({view.data + i * item_step, view.size, view.depth, view.outer, view.inner}, block_rows));
    total += packed->items.back().bytes();
  }
  return {"blockgemm", packed, nullptr, total};
}

Constant pack_qblockgemm(std::span<const std::byte> bytes, FormReader& reader) {
  auto [items, view, item_step] = read_views(reader);
  const std::size_t block_rows = reader.size();
  reader.end();
  const QBlockKernel* const kernel =
      block_rows == 4 || block_rows == 8 || block_rows == 32 ? qblock_kernel(block_rows) : nullptr;
  if (!kernel) throw std::invalid_argument("Expected blocks of rows that this processor has a kernel for");
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

Constant pack_qpairs(std::span<const std::byte> bytes, FormReader& reader) {
  auto [items, view, item_step] = read_views(reader);
  reader.end();
  if (!qpair_kernels()) throw std::invalid_argument("Expected a processor with kernels for pairs of words");
  auto packed = std::make_shared<PairedIntegers>();
  std::size_t total = 0;
  for (std::size_t i = 0; i < items; ++i) {
    view.data = reinterpret_cast<const std::int8_t*>(bytes.data()) + i * item_step;
    std::vector<std::int8_t> turned;
    packed->items.push_back(::pack_qpairs(with_rows(view, turned)));
    const QPairWeights& made = packed->items.back();
    packed->sums.insert(packed->sums.end(), made.sums.begin(), made.sums.end());
    total += made.bytes();
  }
  return {"qpairs", packed, nullptr, total};
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
