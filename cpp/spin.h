#pragma once
#include <chrono>
#include <thread>

#if defined(__x86_64__) || defined(_M_X64)
#include <immintrin.h>
#endif

inline void pause_briefly() {
#if defined(__x86_64__) || defined(_M_X64)
  _mm_pause();
#elif defined(__aarch64__) && !defined(_MSC_VER)
  __asm__ volatile("yield");
#endif
}

/// Asks until the condition holds, for that long at most; returns whether it does. After a while between two
/// questions any other thread that waits for this core may run: it may be the one that is waited for.
template <class Condition>
bool spin_until(std::chrono::microseconds spin, Condition holds) {
  constexpr std::chrono::microseconds alone{20};
  if (holds()) return true;
  if (spin.count() == 0) return false;
  const auto start = std::chrono::steady_clock::now();
  for (auto now = start; now - start < spin; now = std::chrono::steady_clock::now()) {
    if (now - start > alone) std::this_thread::yield();
    for (int i = 0; i < 16; ++i) {
      if (holds()) return true;
      pause_briefly();
    }
  }
  return false;
}
