#include "../registry.h"
#include "broadcast.h"

namespace engine {
namespace {

template <class T>
Step step_of(StepReader& reader, const Broadcast& shape) {
  const std::size_t condition = reader.input(0, shape.span(0)),
                    a = reader.input(1, shape.span(1) * sizeof(T)),
                    b = reader.input(2, shape.span(2) * sizeof(T)),
                    y = reader.output(0, shape.elements() * sizeof(T));
  return {[=](const Run& run) {
            for_runs(run.work, shape, [&](const auto& at, std::size_t n, std::size_t to) {
              const auto* const chosen = run.at<const std::uint8_t>(condition) + at[0];
              const T* const yes = run.at<const T>(a) + at[1];
              const T* const no = run.at<const T>(b) + at[2];
              T* const into = run.at<T>(y) + to;
              for (std::size_t i = 0; i < n; ++i) {
                into[i] = chosen[i * shape.step(0)] ? yes[i * shape.step(1)] : no[i * shape.step(2)];
              }
            });
          },
          0, "scalar"};
}

}  // namespace

/// where: condition, yes, no -> y; bytes of an element, broadcast
Step where_step(StepReader& reader) {
  const std::size_t element = reader.size();
  const Broadcast shape = read_broadcast(reader, 3);
  reader.expect(element == 1 || element == 4 || element == 8, "elements of 1, 4 or 8 bytes");
  if (element == 1) return step_of<std::uint8_t>(reader, shape);
  return element == 4 ? step_of<std::uint32_t>(reader, shape) : step_of<std::uint64_t>(reader, shape);
}

}  // namespace engine
