#include "conv/conv.h"

#include "../registry.h"
#include "../weights.h"
#include "convShape.h"
#include "epilogue.h"
#include "gemm/gemm.h"

namespace engine {

ConvShape read_conv_shape(StepReader& reader) {
  const std::vector<std::size_t> all = reader.sizes(13);
  for (std::size_t size : all) reader.expect(size < (std::size_t{1} << 31), "sizes below 2^31");
  for (std::size_t i = 3; i < 9; ++i) reader.expect(all[i] >= 1, "a kernel of at least one tap");
  return {all[0], all[1], all[2], all[3],  all[4],  all[5], all[6],
          all[7], all[8], all[9], all[10], all[11], all[12]};
}

/// conv: x, weights (gemm.left, one item a group), bias or nothing, residual or nothing -> y; images, groups,
/// output channels of a group, shape of one group, epilogue
Step conv_step(StepReader& reader) {
  const std::size_t images = reader.size(), groups = reader.size(), m = reader.size();
  const ConvShape shape = read_conv_shape(reader);
  const auto weights = reader.packed<GemmWeights>(1, "gemm.left");
  reader.expect(
      groups > 0 && weights->items == groups && weights->size == m && weights->depth == shape.depth(),
      "weights of the convolution");
  const std::size_t elements = product_of({images, groups, m, shape.out_height, shape.out_width});
  const std::size_t x = reader.input(
      0, product_of({images, groups, shape.channels, shape.height, shape.width}) * sizeof(float));
  const EpilogueSpec epilogue = read_epilogue(reader, 2, groups * m, elements);
  const std::size_t y = reader.output(0, elements * sizeof(float));
  const auto product = [=](const float* image, float* to) {
    Gemm g{};
    g.items = images * groups;
    g.m = m;
    g.n = shape.pixels();
    g.depth = shape.depth();
    g.packed = Side::left;
    g.panels = weights->data();
    g.packed_step = weights->step;
    g.packed_items = groups;
    g.fill = conv_fill(shape, image, shape.channels * shape.height * shape.width, 0, gemm_kernels().size);
    g.scratch = conv_scratch(shape, gemm_kernels().size);
    if (shape.is_pointwise()) {
      g.rows = image;
      g.rows_step = shape.pixels();
      g.rows_item_step = shape.channels * shape.pixels();
    }
    g.c = to;
    g.stride = shape.pixels();
    g.item_step = m * shape.pixels();
    g.epilogue.bias_step = m;
    g.epilogue.activation = epilogue.activation;
    return g;
  };
  const auto run = [=](const Run& run) {
    Gemm g = product(run.at<const float>(x), run.at<float>(y));
    g.epilogue.bias = epilogue.bias_of(run);
    g.epilogue.residual = epilogue.residual_of(run);
    gemm(&run.work, g, run.scratch);
  };
  return {run, gemm_workspace(product(nullptr, nullptr), reader.threads()), cpu::name(gemm_kernels().isa)};
}

}  // namespace engine
