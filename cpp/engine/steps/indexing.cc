#include <stdexcept>
#include <type_traits>

#include "../registry.h"
#include "indexing/elements.h"
#include "indexing/extremes.h"
#include "indexing/gather.h"
#include "indexing/runningSum.h"
#include "indexing/tuples.h"
#include "indexing/wholeReductions.h"
#include "names.h"
#include "types.h"

namespace engine {
namespace {

[[noreturn]] void refuse_index() { throw std::out_of_range("An index lies outside its axis"); }

/// How updates are taken: reductions are of floats.
Scatter read_scatter(StepReader& reader, std::size_t element) {
  const std::size_t how = reader.size();
  reader.expect(how <= static_cast<std::size_t>(Scatter::min), "a reduction");
  reader.expect(how == 0 || element == sizeof(float), "reductions of floats");
  return static_cast<Scatter>(how);
}

/// rank, axis, sizes of the data and of the indices, which are nowhere larger but on the axis.
IndexedElements read_elements(StepReader& reader, std::size_t& elements) {
  const std::size_t rank = reader.size(), axis = reader.size();
  const std::vector<std::size_t> data = reader.sizes(rank);
  IndexedElements where{reader.sizes(rank), std::vector<std::size_t>(rank), axis, 0};
  reader.expect(axis < rank, "an axis");
  elements = product_of(data);
  product_of(where.sizes);
  for (std::size_t a = rank, stride = 1; a-- > 0; stride *= data[a]) {
    reader.expect(a == axis || where.sizes[a] <= data[a], "indices no larger than the data");
    where.strides[a] = stride;
  }
  where.n = data[axis];
  return where;
}

/// batches, tuples of each, bytes of a run, depth, sizes of the axes that tuples go by.
IndexedRuns read_runs(StepReader& reader) {
  IndexedRuns where{reader.size(), 0, reader.size(), {}, {}, 0};
  where.run = reader.size();
  const std::size_t depth = reader.size();
  where.sizes = reader.sizes(depth);
  where.strides.resize(depth);
  std::size_t bytes = where.run;
  for (std::size_t d = depth; d-- > 0; bytes = product_of({bytes, where.sizes[d]})) where.strides[d] = bytes;
  where.batch_bytes = bytes;
  product_of({where.batches, bytes});
  product_of({where.batches, where.count, depth + 1});
  product_of({where.batches, where.count, where.run});
  return where;
}

template <class T>
Step running_sum_of(StepReader& reader, const RunningSum& sum) {
  const std::size_t bytes = product_of({sum.outer, sum.n, sum.inner, sizeof(T)});
  const std::size_t x = reader.input(0, bytes), y = reader.output(0, bytes);
  return {[=](const Run& run) { running_sum(run.work, run.at<const T>(x), sum, run.at<T>(y)); }, 0, "scalar"};
}

}  // namespace

/// gather: x, indices (int64, or int32) -> y; bytes of an inner run, outer, n, indices, whether int64.
/// Negative indices count from the end.
Step gather_step(StepReader& reader) {
  const std::size_t bytes = reader.size(), outer = reader.size(), n = reader.size(), count = reader.size();
  const bool wide = reader.flag();
  product_of({outer, n, bytes});
  product_of({outer, count, bytes});
  const std::size_t x = reader.input(0, outer * n * bytes), indices = reader.input(1, count * (wide ? 8 : 4)),
                    y = reader.output(0, outer * count * bytes);
  const GatherAxis axis{outer, n, bytes, count};
  return {[=](const Run& run) {
            const auto* const from = run.at<const std::byte>(x);
            auto* const to = run.at<std::byte>(y);
            const bool inside = wide ? gather(run.work, from, axis, run.at<const std::int64_t>(indices), to)
                                     : gather(run.work, from, axis, run.at<const std::int32_t>(indices), to);
            if (!inside) refuse_index();
          },
          0, "scalar"};
}

/// gatherElements: data, indices (int64) -> y; bytes of an element, rank, axis, sizes of data and indices
Step gather_elements_step(StepReader& reader) {
  const std::size_t element = read_element(reader);
  std::size_t elements = 0;
  const IndexedElements where = read_elements(reader, elements);
  const std::size_t count = where.count(), data = reader.input(0, product_of({elements, element})),
                    indices = reader.input(1, product_of({count, 8})), y = reader.output(0, count * element);
  return {[=](const Run& run) {
            if (!gather_elements(run.work, run.at<const std::byte>(data), where,
                                 run.at<const std::int64_t>(indices), element, run.at<std::byte>(y)))
              refuse_index();
          },
          0, "scalar"};
}

/// scatterElements: indices (int64), updates -> y, in which the data is; bytes of an element, reduction,
/// rank, axis, sizes of data and indices
Step scatter_elements_step(StepReader& reader) {
  const std::size_t element = read_element(reader);
  const Scatter how = read_scatter(reader, element);
  std::size_t elements = 0;
  const IndexedElements where = read_elements(reader, elements);
  const std::size_t count = where.count(), indices = reader.input(0, product_of({count, 8})),
                    updates = reader.input(1, count * element),
                    y = reader.output(0, product_of({elements, element}));
  return {[=](const Run& run) {
            if (!scatter_elements(run.at<const std::byte>(updates), where,
                                  run.at<const std::int64_t>(indices), element, how, run.at<std::byte>(y)))
              refuse_index();
          },
          0, "scalar"};
}

/// gatherRuns: data, indices (int64) -> y; batches, tuples of each, bytes of a run, depth, sizes of the axes
/// that tuples go by
Step gather_runs_step(StepReader& reader) {
  const IndexedRuns where = read_runs(reader);
  const std::size_t tuples = where.batches * where.count,
                    data = reader.input(0, where.batches * where.batch_bytes),
                    indices = reader.input(1, product_of({tuples, where.sizes.size(), 8})),
                    y = reader.output(0, tuples * where.run);
  return {[=](const Run& run) {
            if (!gather_runs(run.work, run.at<const std::byte>(data), where,
                             run.at<const std::int64_t>(indices), run.at<std::byte>(y)))
              refuse_index();
          },
          0, "scalar"};
}

/// scatterRuns: indices (int64), updates -> y, in which the data is; reduction, and as gatherRuns
Step scatter_runs_step(StepReader& reader) {
  const std::size_t reduction = reader.size();
  const IndexedRuns where = read_runs(reader);
  reader.expect(reduction <= static_cast<std::size_t>(Scatter::min), "a reduction");
  reader.expect(reduction == 0 || where.run % sizeof(float) == 0, "reductions of floats");
  const auto how = static_cast<Scatter>(reduction);
  const std::size_t tuples = where.batches * where.count,
                    indices = reader.input(0, product_of({tuples, where.sizes.size(), 8})),
                    updates = reader.input(1, tuples * where.run),
                    y = reader.output(0, where.batches * where.batch_bytes);
  return {[=](const Run& run) {
            if (!scatter_runs(run.at<const std::byte>(updates), where, run.at<const std::int64_t>(indices),
                              how, run.at<std::byte>(y)))
              refuse_index();
          },
          0, "scalar"};
}

/// extreme.<min, max>: x -> y (int64); type, outer, n, inner, whether the last of equal ones
Step extreme_step(StepReader& reader) {
  static constexpr std::string_view names[] = {"min", "max"};
  const bool is_largest = variant_among<bool>(reader, names);
  const std::size_t type = reader.size();
  const ExtremesAxis axis{reader.size(), reader.size(), reader.size(), is_largest};
  const bool last = reader.flag();
  reader.expect(axis.n > 0, "at least one element");
  return with_type(reader, type, [&](auto zero) -> Step {
    using T = decltype(zero);
    if constexpr (std::is_same_v<T, double>) {
      reader.fail("floats of 32 bits or whole numbers");
    } else {
      const std::size_t x = reader.input(0, product_of({axis.outer, axis.n, axis.inner, sizeof(T)})),
                        y = reader.output(0, product_of({axis.outer, axis.inner, 8}));
      return {[=](const Run& run) {
                index_of_extreme(run.work, run.at<const T>(x), axis, last, run.at<std::int64_t>(y));
              },
              0, "scalar"};
    }
  });
}

/// wholeReduce.<kind>: x -> y (whole numbers); type, outer, n, inner
Step whole_reduce_step(StepReader& reader) {
  static constexpr std::string_view names[] = {"sum", "max", "min", "prod"};
  const auto kind = variant_among<WholeReduction>(reader, names);
  const std::size_t type = reader.size(), outer = reader.size(), n = reader.size(), inner = reader.size();
  reader.expect(n > 0, "at least one element to reduce");
  return with_type(reader, type, [&](auto zero) -> Step {
    using T = decltype(zero);
    const std::size_t x = reader.input(0, product_of({outer, n, inner, sizeof(T)})),
                      y = reader.output(0, product_of({outer, inner, sizeof(T)}));
    return {[=](const Run& run) {
              reduce_whole(run.work, kind, run.at<const T>(x), outer, n, inner, run.at<T>(y));
            },
            0, "scalar"};
  });
}

/// topK: x (floats) -> values, indices (int64); outer, n, inner, k, whether the largest
Step top_k_step(StepReader& reader) {
  ExtremesAxis axis{reader.size(), reader.size(), reader.size(), false};
  const std::size_t k = reader.size();
  axis.largest = reader.flag();
  reader.expect(k <= axis.n, "no more than there are");
  const std::size_t x = reader.input(0, product_of({axis.outer, axis.n, axis.inner, sizeof(float)})),
                    values = reader.output(0, product_of({axis.outer, k, axis.inner, sizeof(float)})),
                    indices = reader.output(1, product_of({axis.outer, k, axis.inner, 8}));
  return {[=](const Run& run) {
            most_extreme(run.work, run.at<const float>(x), axis, k, run.at<float>(values),
                         run.at<std::int64_t>(indices));
          },
          0, "scalar"};
}

/// cumulativeSum: x -> y; type, outer, n, inner, whether exclusive, whether reversed
Step cumulative_sum_step(StepReader& reader) {
  const std::size_t type = reader.size();
  const RunningSum sum{reader.size(), reader.size(), reader.size(), reader.flag(), reader.flag()};
  return with_type(reader, type, [&](auto zero) { return running_sum_of<decltype(zero)>(reader, sum); });
}

}  // namespace engine
