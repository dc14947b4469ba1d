// What one core multiplies at most, from registers alone: bench/kernels/peak, under any ONNXPRESS_ISA. Beside
// it the other benches' numbers are shares of the machine's peak.
#include <cstdio>

#include "cpu.h"
#include "qgemm/qgemm.h"
#include "timing.h"

#if defined(__x86_64__) && defined(__GNUC__)
#include <immintrin.h>

namespace {

constexpr int rounds = 100000;

/// More than a multiplication's latency times how many begin in a cycle, and few enough to stay in registers.
constexpr int chains = 12;

#define UNROLLED_CHAINS _Pragma("GCC unroll 16") for (int i = 0; i < chains; ++i)
/// The compiler may neither leave a sum out nor keep it anywhere but in a register.
#define KEPT(sums) UNROLLED_CHAINS __asm__ volatile("" : "+v"((sums)[i]))

__attribute__((target("avx2,fma"))) void floats_avx2() {
  __m256 sums[chains] = {}, a = _mm256_set1_ps(0.5f), b = _mm256_set1_ps(0.25f);
  for (int round = 0; round < rounds; ++round) {
    UNROLLED_CHAINS sums[i] = _mm256_fmadd_ps(a, b, sums[i]);
    KEPT(sums);
  }
}

/// As without VNNI: pairs of bytes, then pairs of words, then the sum.
__attribute__((target("avx2"))) void bytes_avx2() {
  __m256i sums[chains] = {}, a = _mm256_set1_epi8(3), b = _mm256_set1_epi8(2), ones = _mm256_set1_epi16(1);
  for (int round = 0; round < rounds; ++round) {
    UNROLLED_CHAINS {
      __asm__ volatile("" : "+v"(a));  // or one product would do for all
      sums[i] = _mm256_add_epi32(sums[i], _mm256_madd_epi16(_mm256_maddubs_epi16(a, b), ones));
    }
    KEPT(sums);
  }
}

__attribute__((target("avx512f"))) void floats_avx512() {
  __m512 sums[chains] = {}, a = _mm512_set1_ps(0.5f), b = _mm512_set1_ps(0.25f);
  for (int round = 0; round < rounds; ++round) {
    UNROLLED_CHAINS sums[i] = _mm512_fmadd_ps(a, b, sums[i]);
    KEPT(sums);
  }
}

__attribute__((target("avx512f,avx512vnni"))) void bytes_avx512vnni() {
  __m512i sums[chains] = {}, a = _mm512_set1_epi8(3), b = _mm512_set1_epi8(2);
  for (int round = 0; round < rounds; ++round) {
    UNROLLED_CHAINS sums[i] = _mm512_dpbusd_epi32(sums[i], a, b);
    KEPT(sums);
  }
}

/// Four sums at a time, as the kernels.
__attribute__((target("amx-tile,amx-int8,amx-bf16"))) void bytes_amx() {
  for (int round = 0; round < rounds; ++round) {
    _tile_dpbusd(0, 4, 6);
    _tile_dpbusd(1, 4, 7);
    _tile_dpbusd(2, 5, 6);
    _tile_dpbusd(3, 5, 7);
  }
}

__attribute__((target("amx-tile,amx-int8,amx-bf16"))) void halves_amx() {
  for (int round = 0; round < rounds; ++round) {
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
  }
}

void report(const char* what, cpu::Isa isa, void (*run)(), double products) {
  std::printf("%-22s %-11s %8.1f G/s\n", what, cpu::name(isa),
              2 * products * rounds / fastest_seconds(run) / 1e9);
}

}  // namespace

int main() {
  using cpu::Isa;
  if (cpu::has(Isa::avx2)) report("floats", Isa::avx2, floats_avx2, 8 * chains);
  if (cpu::has(Isa::avx512)) report("floats", Isa::avx512, floats_avx512, 16 * chains);
  if (cpu::has(Isa::avx2)) report("bytes, saturating", Isa::avx2, bytes_avx2, 32 * chains);
  if (cpu::has(Isa::avx512vnni)) report("bytes", Isa::avx512vnni, bytes_avx512vnni, 64 * chains);
  if (!cpu::has(Isa::amx)) return 0;
  qgemm_kernels().enter();
  report("bytes", Isa::amx, bytes_amx, 4 * 16 * 16 * 64);
  report("halves of floats", Isa::amx, halves_amx, 4 * 16 * 16 * 32);
  qgemm_kernels().leave();
}

#else

int main() { std::puts("peak: only for x86-64, by GCC or Clang"); }

#endif
