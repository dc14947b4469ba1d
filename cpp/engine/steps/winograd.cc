#include "winograd/winograd.h"

#include "../registry.h"
#include "../weights.h"
#include "convShape.h"
#include "epilogue.h"

namespace engine {

/// winograd: as read_float_convolution with one group, weights of the form winograd
Step winograd_step(StepReader& reader) {
  const FloatConvolution c = read_float_convolution(reader);
  const auto weights = reader.packed<WinogradWeights>(1, "winograd");
  reader.expect(c.groups == 1 && is_winograd(c.shape) && weights->outputs == c.m &&
                    weights->channels == c.shape.channels,
                "a 3 x 3 convolution of one group without stride, and its weights");
  Winograd layer{};
  layer.tile = weights->tile;
  layer.images = c.images;
  layer.outputs = c.m;
  layer.shape = c.shape;
  layer.activation = c.epilogue.activation;
  const auto run = [=](const Run& run) {
    Winograd now = layer;
    now.panels = weights->data();
    now.x = run.at<const float>(c.x);
    now.c = run.at<float>(c.y);
    now.bias = c.epilogue.bias_of(run);
    now.residual = c.epilogue.residual_of(run);
    winograd(&run.work, now, run.scratch);
  };
  return {run, winograd_workspace(layer, reader.threads()), cpu::name(winograd_kernels().isa)};
}

}  // namespace engine
