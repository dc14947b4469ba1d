#include "winograd.h"

#include <algorithm>

#include "../gemm/gemm.h"
#include "../select.h"
#include "../threadPool.h"
#include "plan.h"
#include "tileRows.h"

namespace {

/// Calls body(first, end, piece) for parts of [0, count), a part a thread.
template <class Body>
void in_pieces(const Work* work, std::size_t count, const Body& body) {
  const std::size_t pieces = work ? std::min(work->pool.size(), count) : 1;
  const auto piece = [&](std::size_t p) { body(count * p / pieces, count * (p + 1) / pieces, p); };
  if (pieces <= 1) return piece(0);
  work->for_each(pieces, piece);
}

class Layer {
 public:
  Layer(const Work* work, const Winograd& w, float* workspace, const WinogradKernels& kernels)
      : work_(work),
        w_(w),
        kernels_(kernels),
        plan_(w, work ? work->pool.size() : 1),
        workspace_(workspace),
        rows_(w, plan_, kernels, workspace) {}

  void run() {
    for (std::size_t image = 0; image < w_.images; ++image) {
      for (std::size_t first = 0; first < plan_.down; first += plan_.block_rows)
        run_block(image, first, std::min(plan_.down, first + plan_.block_rows));
    }
  }

 private:
  void run_block(std::size_t image, std::size_t first, std::size_t end) {
    const TileRows rows{first, end, plan_.across};
    const std::size_t tiles = (end - first) * plan_.across;
    in_pieces(work_, w_.shape.channels, [&](std::size_t channel, std::size_t last, std::size_t piece) {
      for (; channel < last; ++channel) transform(image, channel, rows, scratch_of(piece));
    });
    gemm(work_, plan_.product(w_, workspace_, tiles), workspace_ + plan_.gemm);
    in_pieces(work_, w_.outputs, [&](std::size_t output, std::size_t last, std::size_t piece) {
      for (; output < last; ++output) store(image, output, rows, scratch_of(piece));
    });
  }

  float* scratch_of(std::size_t piece) const {
    return workspace_ + plan_.scratch + piece * plan_.scratch_step;
  }

  void transform(std::size_t image, std::size_t channel, const TileRows& rows, float* scratch) const {
    const ConvShape& s = w_.shape;
    const std::size_t tiles = (rows.end - rows.first) * rows.across;
    if (kernels_.input_rows) {
      const float* plane = w_.x + (image * s.channels + channel) * s.height * s.width;
      return kernels_.input_rows(w_.tile, s, rows, plane, workspace_ + plan_.transformed + channel * tiles,
                                 s.channels * tiles);
    }
    for (std::size_t row = rows.first; row < rows.end; ++row)
      rows_.transform(image, channel, row, (row - rows.first) * rows.across, tiles, scratch);
  }

  void store(std::size_t image, std::size_t output, const TileRows& rows, float* scratch) const {
    const ConvShape& s = w_.shape;
    const std::size_t tiles = (rows.end - rows.first) * rows.across;
    if (kernels_.output_rows) {
      const std::size_t plane = (image * w_.outputs + output) * s.pixels();
      const TileEpilogue epilogue{w_.bias ? w_.bias + output : nullptr, nullptr,
                                  w_.residual ? w_.residual + plane : nullptr, s.out_width, w_.activation};
      return kernels_.output_rows(w_.tile, s, rows, workspace_ + plan_.products + output * tiles,
                                  w_.outputs * tiles, epilogue, w_.c + plane);
    }
    for (std::size_t row = rows.first; row < rows.end; ++row)
      rows_.store(image, output, row, (row - rows.first) * rows.across, tiles, scratch);
  }

  const Work* work_;
  const Winograd& w_;
  const WinogradKernels& kernels_;
  const WinogradPlan plan_;
  float* workspace_;
  const WinogradRows rows_;
};

}  // namespace

std::span<const WinogradKernels> winograd_variants() {
#define KERNEL(isa, input_rows, output_rows) \
  {cpu::Isa::isa,                            \
   winograd_input_two_##isa,                 \
   winograd_input_four_##isa,                \
   winograd_output_two_##isa,                \
   winograd_output_four_##isa,               \
   input_rows,                               \
   output_rows},
  static constexpr WinogradKernels all[] = {
#include "kernels.inc"
  };
#undef KERNEL
  return all;
}

const WinogradKernels& winograd_kernels() {
  static const WinogradKernels& chosen = fastest(winograd_variants());
  return chosen;
}

bool is_winograd(const ConvShape& s) {
  return s.kernel_height == 3 && s.kernel_width == 3 && s.stride_height == 1 && s.stride_width == 1 &&
         s.dilation_height == 1 && s.dilation_width == 1;
}

std::size_t winograd_workspace(const Winograd& layer, std::size_t threads) {
  return layer.shape.pixels() == 0 ? 0 : WinogradPlan(layer, threads).total * sizeof(float);
}

void winograd(const Work* work, const Winograd& layer, void* workspace, const WinogradKernels& kernels) {
  if (layer.images == 0 || layer.outputs == 0 || layer.shape.pixels() == 0) return;
  Layer(work, layer, static_cast<float*>(workspace), kernels).run();
}
