#include "cpu.h"

#include <cstdlib>
#include <optional>

#if defined(_MSC_VER) && defined(_M_X64)
#include <intrin.h>
#elif defined(__x86_64__)
#include <cpuid.h>
#endif
#if defined(__linux__) && defined(__x86_64__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

#if defined(__linux__) && defined(__aarch64__)
#include <sys/auxv.h>
#endif

namespace cpu {
namespace {

#if defined(__x86_64__) || defined(_M_X64)
struct Registers {
  std::uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
};

Registers cpuid(std::uint32_t leaf, std::uint32_t subleaf) {
  Registers r;
#if defined(_MSC_VER)
  int out[4];
  __cpuid(out, 0);
  if (static_cast<std::uint32_t>(out[0]) < leaf) return r;
  __cpuidex(out, static_cast<int>(leaf), static_cast<int>(subleaf));
  r = {static_cast<std::uint32_t>(out[0]), static_cast<std::uint32_t>(out[1]),
       static_cast<std::uint32_t>(out[2]), static_cast<std::uint32_t>(out[3])};
#else
  __get_cpuid_count(leaf, subleaf, &r.eax, &r.ebx, &r.ecx, &r.edx);
#endif
  return r;
}

/// The registers that the operating system saves on a context switch (XCR0).
std::uint64_t saved_registers() {
#if defined(_MSC_VER)
  return _xgetbv(0);
#else
  std::uint32_t low = 0, high = 0;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (static_cast<std::uint64_t>(high) << 32) | low;
#endif
}

constexpr bool bit(std::uint64_t word, int index) { return (word >> index) & 1; }

/// Tests do the instructions of AMX and of AVX-VNNI one by one where the processor lacks them
/// (test/cpp/emulated).
#if defined(ONNXPRESS_EMULATE)
constexpr bool is_emulated = true;
#else
constexpr bool is_emulated = false;
#endif

/// Linux grants tile registers only to a process that asks, once for all its threads; a kernel that cannot
/// grant them, or a sandbox that does not know the call, says so here.
bool tiles_permitted() {
#if defined(__linux__)
  constexpr int request_permission = 0x1023, tile_data = 18;
  return syscall(SYS_arch_prctl, request_permission, tile_data) == 0;
#else
  return false;
#endif
}

struct Found {
  bool avx2 = false, avxvnni = false, avx512 = false, avx512vnni = false, avx512vbmi2 = false, amx = false;
};

Found look() {
  Found found;
  const Registers one = cpuid(1, 0), seven = cpuid(7, 0), seven_one = cpuid(7, 1);
  if (!bit(one.ecx, 27)) return found;  // the OS does not use XSAVE: no wide registers at all
  const std::uint64_t saved = saved_registers();
  const bool ymm = (saved & 0x6) == 0x6, zmm = (saved & 0xe6) == 0xe6;
  found.avx2 = ymm && bit(seven.ebx, 5) && bit(one.ecx, 12) && bit(one.ecx, 29);
  found.avxvnni = found.avx2 && (is_emulated || bit(seven_one.eax, 4));
  found.avx512 = found.avx2 && zmm && bit(seven.ebx, 16) && bit(seven.ebx, 17) && bit(seven.ebx, 30) &&
                 bit(seven.ebx, 31);
  found.avx512vnni = found.avx512 && bit(seven.ecx, 11);
  found.avx512vbmi2 = found.avx512vnni && bit(seven.ecx, 1) && bit(seven.ecx, 6);
  const bool tiles =
      (saved & 0x60000) == 0x60000 && bit(seven.edx, 22) && bit(seven.edx, 24) && bit(seven.edx, 25);
  found.amx = found.avx512vbmi2 && (is_emulated || (tiles && tiles_permitted()));
  return found;
}
#endif

#if defined(__aarch64__) || defined(_M_ARM64)
bool dot_products() {
#if defined(__linux__)
  return (getauxval(AT_HWCAP) & (1ul << 20)) != 0;  // HWCAP_ASIMDDP
#elif defined(__APPLE__)
  return true;  // every processor of these machines
#else
  return false;
#endif
}
#endif

struct Cap {
  std::string text;
  std::optional<Isa> isa;
};

const Cap& cap() {
  static const Cap& only = *new Cap([] {
    Cap read;
    const char* text = std::getenv("ONNXPRESS_ISA");
    if (text) read.text = text;
    for (Isa isa : all_isas) {
      if (read.text == name(isa)) read.isa = isa;
    }
    return read;
  }());
  return only;
}

/// Whether a processor whose best set is `top` has `isa`.
bool within(Isa isa, Isa top) {
  if (isa == Isa::scalar || isa == top) return true;
  if (top == Isa::neondot || isa == Isa::neondot) return top == Isa::neondot && isa == Isa::neon;
  if (top == Isa::scalar || top == Isa::neon || isa == Isa::neon) return false;
  if (top == Isa::avx512) return isa == Isa::avx2;
  return isa < top;
}

}  // namespace

const char* name(Isa isa) {
  constexpr const char* names[] = {"scalar", "neon",       "neondot",     "avx2", "avxvnni",
                                   "avx512", "avx512vnni", "avx512vbmi2", "amx"};
  static_assert(std::size(names) == std::size(all_isas));
  return names[static_cast<std::size_t>(isa)];
}

bool detected(Isa isa) {
  if (isa == Isa::scalar) return true;
#if defined(__aarch64__) || defined(_M_ARM64)
  return isa == Isa::neon || (isa == Isa::neondot && dot_products());
#elif defined(__x86_64__) || defined(_M_X64)
  static const Found found = look();
  switch (isa) {
    case Isa::avx2:
      return found.avx2;
    case Isa::avxvnni:
      return found.avxvnni;
    case Isa::avx512:
      return found.avx512;
    case Isa::avx512vnni:
      return found.avx512vnni;
    case Isa::avx512vbmi2:
      return found.avx512vbmi2;
    case Isa::amx:
      return found.amx;
    default:
      return false;
  }
#else
  return false;
#endif
}

bool has(Isa isa) { return detected(isa) && (!cap().isa || within(isa, *cap().isa)); }

Isa best() { return available().back(); }

std::vector<Isa> available() {
  std::vector<Isa> usable;
  for (Isa isa : all_isas) {
    if (has(isa)) usable.push_back(isa);
  }
  return usable;
}

const std::string& forced() { return cap().text; }

std::string configuration_error() {
  if (cap().text.empty() || cap().isa) return {};
  std::string names;
  for (Isa isa : all_isas) names += (names.empty() ? "" : ", ") + std::string(name(isa));
  return "Expected one of " + names + " for ONNXPRESS_ISA, received \"" + cap().text + "\"";
}

}  // namespace cpu
