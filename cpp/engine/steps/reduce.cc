#include "reduction/reduction.h"

#include "../registry.h"
#include "names.h"

namespace engine {

/// reduce.<kind>: x -> y; outer, n, inner
Step reduce_step(StepReader& reader) {
  static constexpr std::string_view names[] = {"sum", "mean", "max", "min", "prod", "sumSquare", "l1", "l2"};
  const auto kind = variant_among<Reduction>(reader, names);
  const std::size_t outer = reader.size(), n = reader.size(), inner = reader.size();
  reader.expect(n > 0, "at least one element to reduce");
  const std::size_t x = reader.input(0, product_of({outer, n, inner}) * sizeof(float)),
                    y = reader.output(0, outer * inner * sizeof(float));
  return {[=](const Run& run) {
            reduce(run.work, kind, run.at<const float>(x), outer, n, inner, run.at<float>(y));
          },
          0, cpu::name(reduction_kernels().isa)};
}

}  // namespace engine
