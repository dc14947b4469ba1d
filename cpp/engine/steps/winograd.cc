#include "winograd/winograd.h"

#include "../registry.h"
#include "../weights.h"
#include "convShape.h"
#include "epilogue.h"

namespace engine {

/// winograd: as conv with one group, weights of the form winograd
Step winograd_step(StepReader& reader) {
  const std::size_t images = reader.size(), groups = reader.size(), m = reader.size();
  const ConvShape shape = read_conv_shape(reader);
  const auto weights = reader.packed<WinogradWeights>(1, "winograd");
  reader.expect(
      groups == 1 && is_winograd(shape) && weights->outputs == m && weights->channels == shape.channels,
      "a 3 x 3 convolution of one group without stride, and its weights");
  const std::size_t elements = product_of({images, m, shape.out_height, shape.out_width});
  const std::size_t x =
      reader.input(0, product_of({images, shape.channels, shape.height, shape.width}) * sizeof(float));
  const EpilogueSpec epilogue = read_epilogue(reader, 2, m, elements);
  const std::size_t y = reader.output(0, elements * sizeof(float));
  Winograd layer{};
  layer.tile = weights->tile;
  layer.images = images;
  layer.outputs = m;
  layer.shape = shape;
  layer.panels = weights->data();
  layer.activation = epilogue.activation;
  const auto run = [=](const Run& run) {
    Winograd now = layer;
    now.panels = weights->data();
    now.x = run.at<const float>(x);
    now.c = run.at<float>(y);
    now.bias = epilogue.bias_of(run);
    now.residual = epilogue.residual_of(run);
    winograd(&run.work, now, run.scratch);
  };
  return {run, winograd_workspace(layer, reader.threads()), cpu::name(winograd_kernels().isa)};
}

}  // namespace engine
