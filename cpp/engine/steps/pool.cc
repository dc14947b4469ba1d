#include "../registry.h"
#include "names.h"
#include "window.h"

namespace engine {
namespace {

WindowAxis read_axis(StepReader& reader) {
  WindowAxis axis{reader.size(), reader.size(), reader.size(),
                  reader.size(), reader.size(), reader.integer()};
  reader.expect(axis.kernel >= 1 && axis.stride >= 1 && axis.dilation >= 1, "a window of at least one tap");
  product_of({axis.out, axis.stride});
  product_of({axis.kernel, axis.dilation});
  constexpr std::int64_t most_pad = std::int64_t{1} << 31;
  reader.expect(axis.pad > -most_pad && axis.pad < most_pad, "a pad below 2^31");
  return axis;
}

}  // namespace

Window read_window(StepReader& reader) {
  const WindowAxis height = read_axis(reader);
  return {height, read_axis(reader)};
}

/// pool.max, pool.average: x -> y; planes, window, whether padding counts, padding behind the height and the
/// width
Step pool_step(StepReader& reader) {
  static constexpr std::string_view names[] = {"max", "average"};
  PoolSpec spec{};
  spec.kind = variant_among<Pooling>(reader, names);
  const std::size_t planes = reader.size();
  spec.window = read_window(reader);
  spec.counts_padding = reader.flag();
  spec.end_pad_height = reader.integer();
  spec.end_pad_width = reader.integer();
  const auto& [height, width] = spec.window;
  const std::size_t x = reader.input(0, product_of({planes, height.in, width.in}) * sizeof(float)),
                    y = reader.output(0, product_of({planes, height.out, width.out}) * sizeof(float));
  const auto run = [=](const Run& run) {
    pool(run.work, run.at<const float>(x), planes, spec, run.at<float>(y), run.scratch);
  };
  return {run, pool_workspace(spec, reader.threads()), cpu::name(pooling_kernels().isa)};
}

}  // namespace engine
