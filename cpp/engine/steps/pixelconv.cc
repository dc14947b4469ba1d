#include "pixelconv/pixelconv.h"

#include "../registry.h"
#include "../weights.h"
#include "convShape.h"
#include "epilogue.h"

namespace engine {

/// pixelconv: as read_float_convolution with one group, weights gemm.right
Step pixelconv_step(StepReader& reader) {
  const FloatConvolution c = read_float_convolution(reader);
  const auto weights = reader.packed<GemmWeights>(1, "gemm.right");
  reader.expect(
      c.groups == 1 && weights->items == 1 && weights->size == c.m && weights->depth == c.shape.depth(),
      "a convolution of one group, and its weights");
  product_of({c.shape.pixels(), c.shape.depth(), sizeof(float)});
  PixelConv layer{};
  layer.images = c.images;
  layer.m = c.m;
  layer.shape = c.shape;
  layer.epilogue.activation = c.epilogue.activation;
  const auto run = [=](const Run& run) {
    PixelConv now = layer;
    now.weights = weights->data();
    now.x = run.at<const float>(c.x);
    now.y = run.at<float>(c.y);
    now.epilogue.bias = c.epilogue.bias_of(run);
    now.epilogue.residual = c.epilogue.residual_of(run);
    pixel_conv(&run.work, now, run.scratch);
  };
  return {run, pixel_conv_workspace(layer), cpu::name(gemv_kernels().isa)};
}

}  // namespace engine
