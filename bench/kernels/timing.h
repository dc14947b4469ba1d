#pragma once
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <memory>
#include <new>

/// Seconds of the fastest of many runs: what the machine can do between its other work.
template <class Run>
double fastest_seconds(Run run, double budget = 0.15) {
  using Clock = std::chrono::steady_clock;
  const auto seconds = [](Clock::duration d) { return std::chrono::duration<double>(d).count(); };
  double best = 1e9;
  const auto start = Clock::now();
  for (int n = 0; n < 5 || seconds(Clock::now() - start) < budget; ++n) {
    const auto before = Clock::now();
    run();
    best = std::min(best, seconds(Clock::now() - before));
  }
  return best;
}

struct Free {
  void operator()(void* p) const { ::operator delete (p, std::align_val_t{64}); }
};

/// `n` elements aligned to 64 bytes, each byte `fill`.
template <class T>
std::unique_ptr<T, Free> space(std::size_t n, int fill = 0) {
  auto* p = static_cast<T*>(::operator new (n * sizeof(T), std::align_val_t{64}));
  std::memset(static_cast<void*>(p), fill, n * sizeof(T));
  return std::unique_ptr<T, Free>(p);
}
