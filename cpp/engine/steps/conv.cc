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

FloatConvolution read_float_convolution(StepReader& reader, std::size_t x_parts, std::size_t y_parts) {
  FloatConvolution c{};
  c.images = reader.size();
  c.groups = reader.size();
  c.m = reader.size();
  c.shape = read_conv_shape(reader);
  reader.expect(c.groups > 0, "at least one group");
  const std::size_t elements =
      product_of({c.images, c.groups, c.m, c.shape.out_height, c.shape.out_width}) / y_parts;
  c.x = reader.input(0, product_of({c.images, c.groups, c.shape.channels, c.shape.height, c.shape.width}) *
                            sizeof(float) / x_parts);
  c.epilogue = read_epilogue(reader, 2, c.groups * c.m, elements);
  c.y = reader.output(0, elements * sizeof(float));
  return c;
}

/// conv: as read_float_convolution, weights gemm.left, one item a group
Step conv_step(StepReader& reader) {
  const FloatConvolution c = read_float_convolution(reader);
  const auto weights = reader.packed<GemmWeights>(1, "gemm.left");
  reader.expect(weights->items == c.groups && weights->size == c.m && weights->depth == c.shape.depth(),
                "weights of the convolution");
  const auto product = [=](const float* image, float* to) {
    Gemm g{};
    g.items = c.images * c.groups;
    g.m = c.m;
    g.n = c.shape.pixels();
    g.depth = c.shape.depth();
    g.packed = Side::left;
    g.panels = weights->data();
    g.packed_step = weights->step;
    g.packed_items = c.groups;
    g.fill =
        conv_fill(c.shape, image, c.shape.channels * c.shape.height * c.shape.width, 0, gemm_kernels().size);
    g.scratch = conv_scratch(c.shape, gemm_kernels().size);
    if (c.shape.is_pointwise()) {
      g.rows = image;
      g.rows_step = c.shape.pixels();
      g.rows_item_step = c.shape.channels * c.shape.pixels();
    }
    g.c = to;
    g.stride = c.shape.pixels();
    g.item_step = c.m * c.shape.pixels();
    g.epilogue.bias_step = c.m;
    g.epilogue.activation = c.epilogue.activation;
    return g;
  };
  const auto run = [=](const Run& run) {
    Gemm g = product(run.at<const float>(c.x), run.at<float>(c.y));
    g.epilogue.bias = c.epilogue.bias_of(run);
    g.epilogue.residual = c.epilogue.residual_of(run);
    gemm(&run.work, g, run.scratch);
  };
  return {run, gemm_workspace(product(nullptr, nullptr), reader.threads()), cpu::name(gemm_kernels().isa)};
}

}  // namespace engine
