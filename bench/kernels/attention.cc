// Time and GFLOP/s of attention on one thread: bench/kernels/attention, under any ONNXPRESS_ISA.
#include "attention/attention.h"

#include "attention/kernels.h"

#include <atomic>
#include <cstdio>
#include <vector>

#include "threadPool.h"
#include "timing.h"

namespace {

struct Heads {
  const char* name;
  std::size_t heads, queries, keys, size;

  double operations() const { return 4.0 * static_cast<double>(heads * queries * keys * size); }
};

/// BERT-base's and some more.
constexpr Heads all_heads[] = {{"12 of 128x128x64", 12, 128, 128, 64},
                               {"12 of 384x384x64", 12, 384, 384, 64},
                               {"12 of 197x197x64", 12, 197, 197, 64},
                               {"8 of 40x40x15", 8, 40, 40, 15},
                               {"12 of 1x512x64", 12, 1, 512, 64}};

/// Heads are columns of all rows, as a layer's queries, keys and values are.
void run(const Heads& h, bool in_bytes) {
  const std::size_t width = h.heads * h.size;
  const auto numbers = [&](std::size_t rows) {
    auto x = space<float>(rows * width);
    for (std::size_t i = 0; i < rows * width; ++i)
      x.get()[i] = static_cast<float>(i * 7919 % 1009) / 504.5f - 1;
    return x;
  };
  const auto queries = numbers(h.queries), keys = numbers(h.keys), values = numbers(h.keys),
             y = numbers(h.queries);
  const std::vector<float> mask(h.keys);
  Attention a{};
  a.items = h.heads;
  a.queries = {{queries.get(), h.queries, h.size, width, 1}, h.size};
  a.keys = {{keys.get(), h.keys, h.size, width, 1}, h.size};
  a.values = {{values.get(), h.size, h.keys, 1, width}, h.size};
  a.mask = {0.125f, mask.data(), {{h.heads, h.queries}, {0, 0}}};
  a.result = {{{h.heads, h.queries}, {h.size, width}}, in_bytes, {0.01f, 0, -128, 127}, y.get()};
  ThreadPool pool(1);
  const std::atomic<bool> cancelled{false};
  const auto workspace = space<std::byte>(attention_workspace(a, 1));
  const double seconds = fastest_seconds([&] { attention({pool, cancelled}, a, workspace.get()); });
  std::printf("%-16s %8.1f us %7.1f GFLOP/s\n", h.name, seconds * 1e6, h.operations() / seconds / 1e9);
}

}  // namespace

int main() {
  for (const bool in_bytes : {false, true}) {
    std::printf("attention to %s, %s\n", in_bytes ? "bytes" : "floats",
                cpu::name(attention_kernels(in_bytes).isa));
    for (const Heads& heads : all_heads) run(heads, in_bytes);
  }
}
