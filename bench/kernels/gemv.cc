// Products of one row by constant weights on one thread, dense and with 80 % and 90 % zero:
// bench/kernels/gemv, under any ONNXPRESS_ISA. In parentheses the GB/s at which weights, as they are stored,
// come in.
#include "gemv/gemv.h"

#include <cstdio>
#include <functional>
#include <vector>

#include "memory/alignedBytes.h"
#include "qgemv/qgemv.h"
#include "qnarrowgemm/qnarrowgemm.h"
#include "shapes.h"
#include "sparseWeights.h"
#include "timing.h"

namespace {

void report(const char* name, std::size_t bytes, const std::function<void()>& run) {
  const double seconds = fastest_seconds(run);
  std::printf("  %s %.1f us (%.1f)", name, seconds * 1e6, static_cast<double>(bytes) / seconds / 1e9);
}

void floats(const LinearLayer& l) {
  const WeightShape shape{l.outputs, l.inputs};
  const std::vector<float> x(l.inputs, 0.5f), bias(l.outputs, 1.0f);
  std::vector<float> y(l.outputs);
  const GemvRows rows{1, l.outputs, l.inputs, x.data(), y.data(), {bias.data(), Side::right, 0, nullptr, {}}};
  const auto view = [&](const std::vector<float>& w) {
    return MatrixView{w.data(), l.outputs, l.inputs, l.inputs, 1};
  };
  const std::size_t size = gemm_packed_size(Side::right, l.outputs, l.inputs) * sizeof(float);
  const auto panels = aligned_bytes(size);
  auto* const packed = reinterpret_cast<float*>(panels.get());
  gemm_pack(Side::right, view(sparse(shape, {1, 1, 1}, 0.25f)), packed);
  report("dense", size, [&] { gemv(nullptr, rows, packed, gemm_kernels().size.columns); });
  for (const double density : {0.2, 0.1}) {
    const BlockWeights blocks = pack_blocks(view(sparse(shape, {16, 1, density}, 0.25f)), 16);
    report("16x1", blocks.bytes(), [&] { gemv_blocks(nullptr, rows, blocks); });
  }
  for (const double density : {0.5, 0.2, 0.1}) {
    if (!gemv_kernels().bitmap) continue;
    const BitmapWeights bitmap = pack_bitmap(view(sparse(shape, {1, 1, density}, 0.25f)));
    report("bitmap", bitmap.bytes(), [&] { gemv_bitmap(nullptr, rows, bitmap); });
  }
}

void bytes(const LinearLayer& l) {
  const WeightShape shape{l.outputs, l.inputs};
  const std::vector<std::uint8_t> x(l.inputs, 5);
  const std::vector<std::int32_t> bias(l.outputs, 7);
  const std::vector<float> multiplier(l.outputs, 0.001f);
  std::vector<float> y(l.outputs);
  const QGemvRows rows{
      1,           l.outputs, l.inputs, x.data(),
      Output::f32, y.data(),  {},       {bias.data(), multiplier.data(), nullptr, nullptr, {}}};
  const auto workspace = space<std::byte>(qgemv_workspace(rows));
  const auto view = [&](const std::vector<std::int8_t>& w) {
    return WeightView{w.data(), l.outputs, l.inputs, 1, l.inputs, 1};
  };
  const std::size_t depth = (l.inputs + 3) / 4, size = qgemm_packed_size(Side::right, l.outputs, depth) * 4;
  const auto panels = aligned_bytes(size);
  auto* const packed = reinterpret_cast<std::uint32_t*>(panels.get());
  qgemm_pack(Side::right, view(sparse<std::int8_t>(shape, {1, 1, 1}, 3)), packed, nullptr);
  report("dense", size, [&] {
    qgemv(nullptr, rows, {packed, l.outputs, depth, qgemm_kernels()}, workspace.get());
  });
  for (const double density : {0.2, 0.1}) {
    const QBlockWeights blocks =
        pack_qblocks(view(sparse<std::int8_t>(shape, {16, 4, density}, 3)), 16, gemv_block_format);
    report("16x4", blocks.bytes(), [&] { qgemv_blocks(nullptr, rows, blocks, workspace.get()); });
  }
  for (const double density : {0.5, 0.2, 0.1}) {
    if (!qgemv_kernels().bitmap) continue;
    const QBitmapWeights bitmap = pack_qbitmap(view(sparse<std::int8_t>(shape, {1, 1, density}, 3)));
    report("bitmap", bitmap.bytes(), [&] { qgemv_bitmap(nullptr, rows, bitmap, workspace.get()); });
  }
}

/// Floats by weights of few bits: in blocks of so many inputs, or all inputs of an output in one.
void narrow(const LinearLayer& l, std::size_t bits, std::initializer_list<std::size_t> block_sizes) {
  const std::vector<float> x(l.inputs, 0.5f), bias(l.outputs, 1.0f);
  std::vector<float> y(l.outputs);
  const std::vector<std::uint8_t> q(l.outputs * l.inputs * bits / 8, 0x29);
  for (const std::size_t block : block_sizes) {
    const std::size_t blocks = (l.inputs + block - 1) / block;
    const std::vector<float> scales(l.outputs * blocks, 0.1f);
    const NarrowView view{l.outputs,     l.inputs,      block,       bits,    true,        q.data(),
                          {l.inputs, 1}, scales.data(), {blocks, 1}, nullptr, {blocks, 1}, 0};
    const NarrowPanels shape = narrow_shape(view, gemm_kernels().size.columns);
    const auto words = aligned_bytes(shape.bytes());
    const auto packed = [&](NarrowOrder order) {
      return pack_narrow(view, shape, order, reinterpret_cast<std::uint32_t*>(words.get()));
    };
    NarrowPanels weights = packed(NarrowOrder::inputs);
    const NarrowGemm product{1, x.data(), &weights, y.data(), {bias.data(), Side::right, 0, nullptr, {}}};
    const auto workspace = space<std::byte>(narrowgemm_workspace(product, 1));
    report(blocks == 1   ? "one block"
           : block == 32 ? "blocks of 32"
                         : "of 128",
           weights.bytes(), [&] { narrowgemm(nullptr, product, workspace.get()); });
    weights = packed(NarrowOrder::words);
    const auto rounded = space<std::byte>(qnarrowgemm_workspace(product));
    report("by 8 bits", weights.bytes(), [&] { qnarrowgemm(nullptr, product, rounded.get()); });
  }
}

}  // namespace

int main() {
  std::printf("float %s, 8 bits %s; blocks 80, 90 %% zero, bitmaps 50, 80, 90 %% zero\n",
              cpu::name(gemv_kernels().isa), cpu::name(qgemv_kernels().isa));
  for (const LinearLayer& layer : single_row_layers) {
    std::printf("%-12s float ", layer.name);
    floats(layer);
    std::printf("\n%-12s 8 bits", layer.name);
    bytes(layer);
    std::printf("\n%-12s 4 bits", layer.name);
    narrow(layer, 4, {32, 128});
    std::printf("\n%-12s 8 bits, floats", layer.name);
    narrow(layer, 8, {32, layer.inputs});
    std::printf("\n");
  }
}
