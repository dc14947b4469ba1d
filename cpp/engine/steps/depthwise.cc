#include "depthwise/depthwise.h"

#include "../registry.h"
#include "convShape.h"
#include "epilogue.h"

namespace engine {

/// depthwise: x, weights (raw), bias or nothing, residual or nothing -> y; images, channels, outputs of each
/// channel, shape of one plane, epilogue
Step depthwise_step(StepReader& reader) {
  const std::size_t images = reader.size(), channels = reader.size(), outputs = reader.size();
  const ConvShape shape = read_conv_shape(reader);
  reader.expect(shape.channels == 1, "one plane");
  const std::size_t planes = product_of({channels, outputs}),
                    elements = product_of({images, planes, shape.pixels()});
  const std::size_t x = reader.input(
                        0, product_of({images, channels, shape.height, shape.width}) * sizeof(float)),
                    weights = reader.input(1, product_of({planes, shape.taps()}) * sizeof(float));
  const EpilogueSpec epilogue = read_epilogue(reader, 2, planes, elements);
  const std::size_t y = reader.output(0, elements * sizeof(float));
  const auto run = [=](const Run& run) {
    Depthwise layer{};
    layer.images = images;
    layer.channels = channels;
    layer.outputs = outputs;
    layer.shape = shape;
    layer.x = run.at<const float>(x);
    layer.weights = run.at<const float>(weights);
    layer.c = run.at<float>(y);
    layer.bias = epilogue.bias_of(run);
    layer.residual = epilogue.residual_of(run);
    layer.activation = epilogue.activation;
    depthwise(&run.work, layer, run.scratch);
  };
  return {run, depthwise_workspace(shape, reader.threads()), cpu::name(depthwise_kernels().isa)};
}

}  // namespace engine
