#include <numeric>

#include "movement/interpolate.h"
#include "movement/stridedCopy.h"
#include "support.h"

namespace {

/// Element by element, by an index of every axis.
template <class T>
std::vector<T> copied(const std::vector<T>& from, const std::vector<CopyAxis>& axes, std::size_t size) {
  std::vector<T> to(size);
  std::size_t count = 1;
  for (const CopyAxis& axis : axes) count *= axis.size;
  for (std::size_t k = 0; k < count; ++k) {
    std::int64_t read = 0, written = 0;
    std::size_t left = k;
    for (std::size_t a = axes.size(); a-- > 0; left /= axes[a].size) {
      read += static_cast<std::int64_t>(left % axes[a].size) * axes[a].from;
      written += static_cast<std::int64_t>(left % axes[a].size) * axes[a].to;
    }
    to[static_cast<std::size_t>(written)] = from[static_cast<std::size_t>(read)];
  }
  return to;
}

template <class T>
void expect_copies() {
  const std::vector<std::vector<CopyAxis>> all = {
      {},
      {{100, 1, 1}},
      {{100000, 1, 1}},                // one axis of several tasks
      {{33000, 3, 1}, {3, 1, 33000}},  // the first axis is cut
      {{33000, 1, 3}, {3, 33000, 1}},
      {{2, 1, 50000}, {49999, 2, 1}},       // the second one
      {{300, 1, 200}, {200, 300, 1}},       // a transpose, larger than a task
      {{4, 1, 30}, {5, 24, 6}, {6, 4, 1}},  // axes 2, 0, 1
      {{7, 0, 90}, {90, 1, 1}},             // repeated rows
      {{10, 3, 2}},                         // every third to every second
      {{2, 50000, 50000}, {5, 10000, 10000}, {10000, 1, 1}},
      {{0, 1, 1}},
  };
  for (const std::vector<CopyAxis>& axes : all) {
    std::vector<T> from(100000), to(100000);
    std::iota(from.begin(), from.end(), T{1});
    with_pools([&](const Work& work) {
      copy_strided(work, reinterpret_cast<const std::byte*>(from.data()), axes, sizeof(T),
                   reinterpret_cast<std::byte*>(to.data()));
      EXPECT_EQ(to, copied(from, axes, to.size()));
    });
  }
}

TEST(StridedCopy, ElementsOfEverySize) {
  expect_copies<std::uint8_t>();
  expect_copies<std::uint16_t>();
  expect_copies<std::uint32_t>();
  expect_copies<std::uint64_t>();
}

TEST(StridedCopy, Backwards) {
  const std::uint32_t from[] = {1, 2, 3, 4};
  std::uint32_t to[4];
  with_pools([&](const Work& work) {
    copy_strided(work, reinterpret_cast<const std::byte*>(from + 3), {{4, -1, 1}}, 4,
                 reinterpret_cast<std::byte*>(to));
    EXPECT_EQ(std::vector<std::uint32_t>(to, to + 4), (std::vector<std::uint32_t>{4, 3, 2, 1}));
  });
}

TEST(Interpolate, SumsOfTaps) {
  const std::int32_t positions[] = {0, 0, 0, 1, 1, 2, 2, 2};
  const float weights[] = {1, 0, 0.5f, 0.5f, 0.25f, 0.75f, 1, 0};
  for (std::size_t inner : {1, 6}) {
    const std::vector<float> x = values(4 * 3 * inner, 2);
    std::vector<float> y(4 * 4 * inner);
    with_pools([&](const Work& work) {
      interpolate(work, x.data(), 4, inner, {3, 4, 2, positions, weights}, y.data());
      for (std::size_t o = 0; o < 4; ++o) {
        for (std::size_t j = 0; j < 4; ++j) {
          for (std::size_t i = 0; i < inner; ++i) {
            const auto at = [&](std::size_t t) {
              return weights[2 * j + t] *
                     x[(o * 3 + static_cast<std::size_t>(positions[2 * j + t])) * inner + i];
            };
            EXPECT_EQ(y[(o * 4 + j) * inner + i], at(0) + at(1));
          }
        }
      }
    });
  }
}

}  // namespace
