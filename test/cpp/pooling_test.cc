#include "pooling/pooling.h"

#include <algorithm>

#include "bytes/c4.h"
#include "dense.h"
#include "movement/col2im.h"
#include "support.h"

namespace {

WindowAxis axis_of(std::size_t in, std::size_t kernel, std::size_t stride, std::size_t dilation,
                   std::int64_t pad) {
  const auto reach = static_cast<std::int64_t>((kernel - 1) * dilation + 1);
  const std::int64_t room = static_cast<std::int64_t>(in) + 2 * pad - reach;
  return {in, static_cast<std::size_t>(room) / stride + 1, kernel, stride, dilation, pad};
}

std::vector<Window> windows() {
  return {
      {axis_of(7, 3, 2, 1, 1), axis_of(9, 3, 2, 1, 1)},  {axis_of(1, 1, 1, 1, 0), axis_of(40, 5, 1, 1, 2)},
      {axis_of(8, 2, 2, 1, 0), axis_of(8, 2, 2, 1, 0)},  {axis_of(9, 3, 1, 2, 2), axis_of(20, 2, 3, 4, 1)},
      {axis_of(5, 5, 1, 1, 0), axis_of(6, 6, 1, 1, 0)},  {axis_of(9, 3, 1, 1, 1), axis_of(20, 3, 1, 1, 1)},
      {axis_of(5, 3, 1, 1, 1), axis_of(11, 7, 1, 1, 3)}, {axis_of(11, 5, 1, 1, 2), axis_of(5, 5, 1, 1, 2)}};
}

/// What a window looks at, tap by tap.
template <class See>
void for_each_tap(const Window& window, std::size_t y, std::size_t x, See see) {
  for (std::size_t i = 0; i < window.height.kernel; ++i) {
    for (std::size_t j = 0; j < window.width.kernel; ++j) {
      const std::int64_t r = window.height.at(y, i), c = window.width.at(x, j);
      const bool inside = r >= 0 && c >= 0 && r < static_cast<std::int64_t>(window.height.in) &&
                          c < static_cast<std::int64_t>(window.width.in);
      see(inside, inside ? static_cast<std::size_t>(r) * window.width.in + static_cast<std::size_t>(c) : 0, i,
          j);
    }
  }
}

TEST(Pooling, MaximumAndAverageOfAnyWindowOnAnyPool) {
  with_pools([&](const Work& work) {
    for (const Window& window : windows()) {
      const std::size_t planes = 3, in = window.height.in * window.width.in,
                        out = window.height.out * window.width.out;
      const std::vector<float> x = values(planes * in, 3);
      std::vector<float> most(planes * out), mean(planes * out), padded(planes * out);
      const auto run = [&](const PoolSpec& spec, std::vector<float>& y) {
        const Aligned<std::byte> workspace(pool_workspace(spec, work.pool.size()));
        pool(work, x.data(), planes, spec, y.data(), workspace.get());
      };
      run({Pooling::max, window, false, 0, 0}, most);
      run({Pooling::average, window, false, 0, 0}, mean);
      run({Pooling::average, window, true, window.height.pad, window.width.pad}, padded);
      for (std::size_t p = 0; p < planes; ++p) {
        for (std::size_t o = 0; o < out; ++o) {
          double largest = -infinity, sum = 0, sizes = 0;
          int count = 0;
          for_each_tap(window, o / window.width.out, o % window.width.out,
                       [&](bool inside, std::size_t at, std::size_t, std::size_t) {
                         if (!inside) return;
                         const double v = x[p * in + at];
                         largest = std::max(largest, v);
                         sum += v;
                         sizes += std::fabs(v);
                         ++count;
                       });
          const auto taps = static_cast<double>(window.height.kernel * window.width.kernel);
          EXPECT_EQ(most[p * out + o], static_cast<float>(largest));
          EXPECT_NEAR(mean[p * out + o], sum / count, taps * 0x1p-22 * sizes / count);
          EXPECT_NEAR(padded[p * out + o], sum / taps, taps * 0x1p-22 * sizes / taps);
        }
      }
    }
  });
}

TEST(Pooling, MaximumOfWindowsThatLieBesideTheInput) {
  with_pools([&](const Work& work) {
    for (const Window& window : {Window{axis_of(4, 2, 1, 1, 3), axis_of(5, 2, 2, 1, 4)},
                                 Window{axis_of(9, 3, 2, 1, -1), axis_of(40, 2, 1, 3, -5)}}) {
      const std::size_t in = window.height.in * window.width.in, out = window.height.out * window.width.out;
      const std::vector<float> x = values(in, 6);
      std::vector<float> y(out);
      const PoolSpec spec{Pooling::max, window, false, 0, 0};
      const Aligned<std::byte> workspace(pool_workspace(spec, work.pool.size()));
      pool(work, x.data(), 1, spec, y.data(), workspace.get());
      for (std::size_t o = 0; o < out; ++o) {
        float largest = -infinity;
        for_each_tap(window, o / window.width.out, o % window.width.out,
                     [&](bool inside, std::size_t at, std::size_t, std::size_t) {
                       if (inside) largest = std::max(largest, x[at]);
                     });
        EXPECT_EQ(y[o], largest);
      }
    }
  });
}

TEST(Col2im, IsTheAdjointOfTheWindow) {
  with_pools([&](const Work& work) {
    for (const Window& window : windows()) {
      const std::size_t channels = 2, in = window.height.in * window.width.in;
      const std::size_t out = window.height.out * window.width.out;
      const std::size_t taps = window.height.kernel * window.width.kernel;
      const std::vector<float> columns = values(channels * taps * out, 4), bias = values(channels, 5);
      std::vector<float> y(channels * in);
      std::vector<double> want(channels * in), sizes(channels * in);
      for (std::size_t c = 0; c < channels; ++c) {
        std::fill_n(want.begin() + static_cast<std::ptrdiff_t>(c * in), in, bias[c]);
        for (std::size_t o = 0; o < out; ++o) {
          for_each_tap(window, o / window.width.out, o % window.width.out,
                       [&](bool inside, std::size_t at, std::size_t i, std::size_t j) {
                         if (!inside) return;
                         const double v = columns[(c * taps + i * window.width.kernel + j) * out + o];
                         want[c * in + at] += v;
                         sizes[c * in + at] += std::fabs(v);
                       });
        }
      }
      col2im(work, columns.data(), channels, window, bias.data(), y.data());
      for (std::size_t i = 0; i < y.size(); ++i) {
        EXPECT_NEAR(y[i], want[i], static_cast<double>(taps + 1) * 0x1p-23 * (sizes[i] + 8));
      }
    }
  });
}

class PoolingVariants : public testing::TestWithParam<PoolingKernels> {};

TEST_P(PoolingVariants, AllVariantsGiveTheSameBits) {
  for_each_input(Mix::special, [&](const float* x, std::size_t n) {
    for (std::size_t count : {1, 2, 3, 5}) {
      if (n < count) continue;
      std::vector<const float*> taps;
      for (std::size_t k = 0; k < count; ++k) taps.push_back(x + k);
      for (Pooling kind : {Pooling::max, Pooling::average}) {
        const std::size_t length = n - count + 1;
        std::vector<float> y(length), want(length);
        GetParam().join(kind, taps, length, y.data());
        pool_join_f32_scalar(kind, taps, length, want.data());
        for (std::size_t i = 0; i < length; ++i) ASSERT_TRUE(same(y[i], want[i]));
      }
    }
  });
}

TEST_P(PoolingVariants, BytesAreExact) {
  std::mt19937 random(5);
  std::vector<std::uint32_t> x(90);
  for (std::uint32_t& word : x) word = static_cast<std::uint32_t>(random());
  const auto byte = [](const std::uint32_t* words, std::size_t i) {
    return words[i / 4] >> (8 * (i % 4)) & 255;
  };
  for (std::size_t n : {1, 3, 7, 14, 16, 33, 80}) {
    for (std::size_t count : {1, 2, 3, 7}) {
      std::vector<const std::uint32_t*> taps;
      for (std::size_t k = 0; k < count; ++k) taps.push_back(x.data() + k);
      std::vector<std::uint32_t> y(n + 1, 7);
      GetParam().join_bytes(taps, n, y.data());
      EXPECT_EQ(y[n], 7u);
      for (std::size_t i = 0; i < 4 * n; ++i) {
        std::uint32_t want = 0;
        for (const std::uint32_t* tap : taps) want = std::max(want, byte(tap, i));
        ASSERT_EQ(byte(y.data(), i), want);
      }
    }
  }
}

FOR_EACH_VARIANT(PoolingVariants, pooling_variants());

TEST(Pooling, OfWordsOfFourBytes) {
  std::mt19937 random(7);
  with_pools([&](const Work& work) {
    for (const Window& window : windows()) {
      const std::size_t planes = 2, in = window.height.in * window.width.in,
                        out = window.height.out * window.width.out;
      std::vector<std::uint8_t> x(planes * in * 4), most(planes * out * 4), mean(planes * out * 4);
      for (std::uint8_t& byte : x) byte = static_cast<std::uint8_t>(random());
      const PoolSpec max{Pooling::max, window, false, 0, 0};
      const Aligned<std::byte> workspace(pool_workspace(max, work.pool.size()));
      pool(work, reinterpret_cast<const std::uint32_t*>(x.data()), planes, max,
           reinterpret_cast<std::uint32_t*>(most.data()), workspace.get());
      c4_average(work, planes, {{Pooling::average, window, false, 0, 0}, 0.7f, 120, 90}, x.data(),
                 mean.data());
      for (std::size_t i = 0; i < most.size(); ++i) {
        const std::size_t plane = i / (4 * out), o = i / 4 % out, channel = i % 4;
        int largest = 0, sum = 0, count = 0;
        for_each_tap(window, o / window.width.out, o % window.width.out,
                     [&](bool inside, std::size_t at, std::size_t, std::size_t) {
                       if (!inside) return;
                       const int v = x[(plane * in + at) * 4 + channel];
                       largest = std::max(largest, v);
                       sum += v - 120;
                       ++count;
                     });
        EXPECT_EQ(most[i], largest);
        EXPECT_NEAR(mean[i], std::clamp(sum * 0.7 / count + 90, 0.0, 255.0), 0.5001);
      }
    }
  });
}

}  // namespace
