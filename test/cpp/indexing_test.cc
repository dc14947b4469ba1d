#include <cmath>
#include <limits>
#include <numeric>

#include "indexing/elements.h"
#include "indexing/extremes.h"
#include "indexing/gather.h"
#include "indexing/runningSum.h"
#include "indexing/tuples.h"
#include "indexing/wholeReductions.h"
#include "support.h"

namespace {

template <class T>
std::byte* bytes_of(std::vector<T>& v) {
  return reinterpret_cast<std::byte*>(v.data());
}

template <class T>
std::vector<T> counted(std::size_t n) {
  std::vector<T> v(n);
  std::iota(v.begin(), v.end(), T{1});
  return v;
}

/// Indices from -n to n - 1.
std::vector<std::int64_t> indices_of(std::size_t count, std::size_t n) {
  std::mt19937 random(5);
  const auto size = static_cast<std::int64_t>(n);
  std::vector<std::int64_t> all(count);
  for (auto& each : all) each = static_cast<std::int64_t>(random() % (2 * n)) - size;
  return all;
}

/// Positions of [sizes], axis by axis.
std::vector<std::size_t> positions(std::size_t k, const std::vector<std::size_t>& sizes) {
  std::vector<std::size_t> at(sizes.size());
  for (std::size_t a = sizes.size(); a-- > 0; k /= sizes[a]) at[a] = k % sizes[a];
  return at;
}

struct ElementsCase {
  std::vector<std::size_t> data, sizes;
  std::size_t axis;

  IndexedElements where() const {
    IndexedElements found{sizes, std::vector<std::size_t>(data.size()), axis, data[axis]};
    for (std::size_t a = data.size(), stride = 1; a-- > 0; stride *= data[a]) found.strides[a] = stride;
    return found;
  }

  /// Where index k points in the data.
  std::size_t target(std::size_t k, std::int64_t index) const {
    std::vector<std::size_t> at = positions(k, sizes);
    at[axis] = static_cast<std::size_t>(index < 0 ? index + static_cast<std::int64_t>(data[axis]) : index);
    std::size_t to = 0;
    for (std::size_t a = 0; a < data.size(); ++a) to = to * data[a] + at[a];
    return to;
  }

  std::size_t elements() const {
    return std::accumulate(data.begin(), data.end(), std::size_t{1}, std::multiplies<>());
  }
};

const ElementsCase elements_cases[] = {
    {{7}, {3}, 0}, {{5, 6}, {9, 6}, 0}, {{4, 3, 50}, {4, 2, 200}, 2}, {{2, 40, 30, 5}, {2, 70, 30, 5}, 1}};

template <class T>
void expect_gathered(const ElementsCase& c) {
  std::vector<T> data = counted<T>(c.elements());
  const IndexedElements where = c.where();
  const std::vector<std::int64_t> indices = indices_of(where.count(), where.n);
  with_pools([&](const Work& work) {
    std::vector<T> y(where.count());
    EXPECT_TRUE(gather_elements(work, bytes_of(data), where, indices.data(), sizeof(T), bytes_of(y)));
    for (std::size_t k = 0; k < y.size(); ++k) ASSERT_EQ(y[k], data[c.target(k, indices[k])]);
  });
}

TEST(Indexing, GathersElementsOfEverySize) {
  for (const ElementsCase& c : elements_cases) {
    expect_gathered<std::uint8_t>(c);
    expect_gathered<std::uint16_t>(c);
    expect_gathered<std::uint32_t>(c);
    expect_gathered<std::uint64_t>(c);
  }
}

template <class Index>
void expect_runs(std::size_t run, std::size_t outer) {
  const std::vector<Index> indices = {4, -1, 0, 2, -5, 2, 3};
  const GatherAxis axis{outer, 5, run, indices.size()};
  std::vector<std::uint8_t> x(outer * axis.n * run);
  std::iota(x.begin(), x.end(), std::uint8_t{1});
  with_pools([&](const Work& work) {
    std::vector<std::uint8_t> y(outer * axis.count * run), want;
    for (std::size_t o = 0; o < outer; ++o) {
      for (const Index index : indices) {
        const auto at = static_cast<std::size_t>(index < 0 ? index + 5 : index);
        for (std::size_t i = 0; i < run; ++i) want.push_back(x[(o * axis.n + at) * run + i]);
      }
    }
    EXPECT_TRUE(gather(work, reinterpret_cast<const std::byte*>(x.data()), axis, indices.data(),
                       reinterpret_cast<std::byte*>(y.data())));
    EXPECT_EQ(y, want);
  });
}

/// Of sizes that are moved at once and of others, in one task and in many.
TEST(Gather, TakesRunsOfAnySize) {
  for (const std::size_t run : {1, 2, 3, 4, 8, 100, 40000}) {
    for (const std::size_t outer : {1, 3, 9000}) {
      if (run * outer > 1000000) continue;
      SCOPED_TRACE(testing::Message() << run << " bytes, " << outer << " times");
      expect_runs<std::int64_t>(run, outer);
      expect_runs<std::int32_t>(run, outer);
    }
  }
}

TEST(Gather, RefusesIndicesOutside) {
  const std::uint8_t x[] = {1, 2, 3, 4};
  std::uint8_t y[2];
  for (const std::int64_t index : {std::int64_t{4}, std::int64_t{-5}, std::int64_t{1} << 62}) {
    const std::int64_t indices[] = {0, index};
    with_pools([&](const Work& work) {
      EXPECT_FALSE(gather(work, reinterpret_cast<const std::byte*>(x), {1, 4, 1, 2}, indices,
                          reinterpret_cast<std::byte*>(y)));
    });
  }
}

float combined(Scatter how, float a, float b) {
  switch (how) {
    case Scatter::none:
      return b;
    case Scatter::add:
      return a + b;
    case Scatter::mul:
      return a * b;
    case Scatter::max:
      return std::max(a, b);
    case Scatter::min:
      return std::min(a, b);
  }
  return a;
}

constexpr Scatter all_ways[] = {Scatter::none, Scatter::add, Scatter::mul, Scatter::max, Scatter::min};

TEST(Indexing, ScattersElementsInOrder) {
  for (const ElementsCase& c : elements_cases) {
    for (const Scatter how : all_ways) {
      const IndexedElements where = c.where();
      const std::vector<std::int64_t> indices = indices_of(where.count(), where.n);
      std::vector<float> data = values(c.elements(), 1), updates = values(where.count(), 2), want = data;
      for (std::size_t k = 0; k < updates.size(); ++k) {
        float& to = want[c.target(k, indices[k])];
        to = combined(how, to, updates[k]);
      }
      EXPECT_TRUE(scatter_elements(bytes_of(updates), where, indices.data(), 4, how, bytes_of(data)));
      EXPECT_EQ(data, want);
    }
  }
}

struct RunsCase {
  std::size_t batches, count;
  std::vector<std::size_t> sizes;
  std::size_t run;  // floats

  IndexedRuns where() const {
    IndexedRuns found{batches, 0, count, sizes, std::vector<std::size_t>(sizes.size()), run * 4};
    std::size_t bytes = run * 4;
    for (std::size_t d = sizes.size(); d-- > 0; bytes *= sizes[d]) found.strides[d] = bytes;
    found.batch_bytes = bytes;
    return found;
  }
};

const RunsCase runs_cases[] = {{1, 5, {7}, 1}, {1, 300, {4, 6}, 50}, {3, 20, {5, 2, 3}, 4}, {2, 6, {}, 3}};

/// Indices of all tuples, and the first float that each points to.
std::vector<std::size_t> tuples_of(const RunsCase& c, std::vector<std::int64_t>& indices) {
  std::vector<std::size_t> targets;
  const std::size_t batch = std::accumulate(c.sizes.begin(), c.sizes.end(), c.run, std::multiplies<>());
  std::mt19937 random(3);
  for (std::size_t k = 0; k < c.batches * c.count; ++k) {
    std::size_t at = 0;
    for (const std::size_t size : c.sizes) {
      const std::size_t index = random() % size;
      at = at * size + index;
      indices.push_back(static_cast<std::int64_t>(index) - (k % 2 ? static_cast<std::int64_t>(size) : 0));
    }
    targets.push_back(k / c.count * batch + at * c.run);
  }
  return targets;
}

TEST(Indexing, GathersAndScattersRuns) {
  for (const RunsCase& c : runs_cases) {
    const IndexedRuns where = c.where();
    std::vector<std::int64_t> indices;
    const std::vector<std::size_t> targets = tuples_of(c, indices);
    std::vector<float> data = values(where.batches * where.batch_bytes / 4, 1);
    with_pools([&](const Work& work) {
      std::vector<float> y(targets.size() * c.run);
      EXPECT_TRUE(gather_runs(work, bytes_of(data), where, indices.data(), bytes_of(y)));
      for (std::size_t k = 0; k < y.size(); ++k) ASSERT_EQ(y[k], data[targets[k / c.run] + k % c.run]);
    });
    for (const Scatter how : all_ways) {
      std::vector<float> updates = values(targets.size() * c.run, 2), into = data, want = data;
      for (std::size_t k = 0; k < updates.size(); ++k) {
        float& to = want[targets[k / c.run] + k % c.run];
        to = combined(how, to, updates[k]);
      }
      EXPECT_TRUE(scatter_runs(bytes_of(updates), where, indices.data(), how, bytes_of(into)));
      EXPECT_EQ(into, want);
    }
  }
}

TEST(Indexing, RefusesIndicesOutside) {
  const ElementsCase elements{{3, 2}, {1, 2}, 0};
  const RunsCase runs{1, 1, {3, 2}, 1};
  std::vector<float> data(6), y(2);
  for (const std::int64_t index : {std::int64_t{3}, std::int64_t{-4}, std::int64_t{1} << 62}) {
    const std::int64_t both[] = {0, index};
    const std::int64_t tuple[] = {index, 0};
    with_pools([&](const Work& work) {
      EXPECT_FALSE(gather_elements(work, bytes_of(data), elements.where(), both, 4, bytes_of(y)));
      EXPECT_FALSE(gather_runs(work, bytes_of(data), runs.where(), tuple, bytes_of(y)));
    });
    EXPECT_FALSE(scatter_elements(bytes_of(y), elements.where(), both, 4, Scatter::none, bytes_of(data)));
    EXPECT_FALSE(scatter_runs(bytes_of(y), runs.where(), tuple, Scatter::none, bytes_of(data)));
  }
}

TEST(Indexing, FindsExtremes) {
  constexpr std::size_t outer = 3, n = 9, inner = 5, k = 4;
  std::vector<float> x = values(outer * n * inner, 4);
  for (float& each : x) each = std::round(each * 2);  // some are equal
  x[7] = x[51] = std::numeric_limits<float>::quiet_NaN();
  for (const bool largest : {false, true}) {
    const ExtremesAxis axis{outer, n, inner, largest};
    with_pools([&](const Work& work) {
      std::vector<float> top(outer * k * inner);
      std::vector<std::int64_t> order(top.size()), first(outer * inner), last(first.size());
      most_extreme(work, x.data(), axis, k, top.data(), order.data());
      index_of_extreme(work, x.data(), axis, false, first.data());
      index_of_extreme(work, x.data(), axis, true, last.data());
      for (std::size_t line = 0; line < first.size(); ++line) {
        const std::size_t o = line / inner, i = line % inner;
        const auto at = [&](std::size_t j) { return x[(o * n + j) * inner + i]; };
        const auto key = [&](std::size_t j) {
          return std::isnan(at(j)) ? std::numeric_limits<double>::infinity()
                                   : static_cast<double>(largest ? -at(j) : at(j));
        };
        std::vector<std::size_t> sorted = counted<std::size_t>(n);
        for (auto& each : sorted) --each;
        std::stable_sort(sorted.begin(), sorted.end(),
                         [&](std::size_t a, std::size_t b) { return key(a) < key(b); });
        std::size_t same = 1;
        while (same < n && key(sorted[same]) == key(sorted[0])) ++same;
        EXPECT_EQ(first[line], static_cast<std::int64_t>(sorted[0]));
        EXPECT_EQ(last[line], static_cast<std::int64_t>(sorted[same - 1]));
        for (std::size_t j = 0; j < k; ++j) {
          const std::size_t to = (o * k + j) * inner + i;
          EXPECT_EQ(order[to], static_cast<std::int64_t>(sorted[j]));
          EXPECT_EQ(top[to], at(sorted[j]));
        }
      }
    });
  }
}

template <class T>
void expect_whole() {
  constexpr std::size_t outer = 3, n = 7, inner = 4;
  std::mt19937 random(8);
  std::vector<T> x(outer * n * inner);
  for (T& each : x) each = static_cast<T>(random() % 9);
  using enum WholeReduction;
  for (const WholeReduction kind : {sum, max, min, prod}) {
    with_pools([&](const Work& work) {
      std::vector<T> y(outer * inner);
      std::vector<std::int64_t> at(y.size());
      reduce_whole(work, kind, x.data(), outer, n, inner, y.data());
      index_of_extreme(work, x.data(), {outer, n, inner, true}, false, at.data());
      for (std::size_t line = 0; line < y.size(); ++line) {
        std::vector<T> all;
        for (std::size_t j = 0; j < n; ++j) all.push_back(x[(line / inner * n + j) * inner + line % inner]);
        const auto most = std::max_element(all.begin(), all.end());
        const double total = std::accumulate(all.begin(), all.end(), 0.0),
                     product = std::accumulate(all.begin(), all.end(), 1.0, std::multiplies<>());
        const double want = kind == sum   ? total
                            : kind == max ? static_cast<double>(*most)
                            : kind == min ? static_cast<double>(*std::min_element(all.begin(), all.end()))
                                          : product;
        // Of few bits it wraps around.
        ASSERT_EQ(y[line], static_cast<T>(static_cast<std::int64_t>(want)));
        ASSERT_EQ(at[line], most - all.begin());
      }
    });
  }
}

TEST(Indexing, ReducesWholeNumbers) {
  expect_whole<std::int64_t>();
  expect_whole<std::int32_t>();
  expect_whole<std::uint8_t>();
  expect_whole<std::int8_t>();
}

template <class T>
void expect_sums(bool is_exclusive, bool is_reversed) {
  constexpr std::size_t outer = 4, n = 6, inner = 3;
  const std::vector<T> x = counted<T>(outer * n * inner);
  with_pools([&](const Work& work) {
    std::vector<T> y(x.size());
    running_sum(work, x.data(), {outer, n, inner, is_exclusive, is_reversed}, y.data());
    for (std::size_t k = 0; k < y.size(); ++k) {
      const std::size_t j = k / inner % n, start = k - j * inner;
      T sum = 0;
      for (std::size_t other = 0; other < n; ++other) {
        const bool is_before = is_reversed ? other > j : other < j;
        if (is_before || (other == j && !is_exclusive)) sum += x[start + other * inner];
      }
      ASSERT_EQ(y[k], sum);
    }
  });
}

TEST(Indexing, AddsUpToEachElement) {
  for (const bool is_exclusive : {false, true}) {
    for (const bool is_reversed : {false, true}) {
      expect_sums<float>(is_exclusive, is_reversed);
      expect_sums<std::int32_t>(is_exclusive, is_reversed);
      expect_sums<std::int64_t>(is_exclusive, is_reversed);
    }
  }
}

/// Unlike others, they are defined.
TEST(Indexing, WrapsSumsOfWholeNumbersAround) {
  const std::int32_t x[] = {std::numeric_limits<std::int32_t>::max(), 2};
  std::int32_t y[2];
  with_pools([&](const Work& work) {
    running_sum(work, x, {1, 2, 1, false, false}, y);
    EXPECT_EQ(y[1], std::numeric_limits<std::int32_t>::min() + 1);
  });
}

}  // namespace
