#pragma once
#include <cstdint>
#include <string>
#include <vector>

/// What this processor *and* this operating system can do, capped by the environment variable ONNXPRESS_ISA.
namespace cpu {

/// Each set stands for all flags that its files are compiled with:
/// neondot = NEON with dot products, avx2 = AVX2+FMA+F16C, avx512 = F+BW+VL+DQ, avx512vbmi2 = VBMI+VBMI2
/// beside avx512vnni, amx = TILE+INT8+BF16 beside these.
enum class Isa : std::uint8_t { scalar, neon, neondot, avx2, avxvnni, avx512, avx512vnni, avx512vbmi2, amx };

inline constexpr Isa all_isas[] = {Isa::scalar, Isa::neon,       Isa::neondot,     Isa::avx2, Isa::avxvnni,
                                   Isa::avx512, Isa::avx512vnni, Isa::avx512vbmi2, Isa::amx};

/// The word for it in ONNXPRESS_ISA and in reports.
const char* name(Isa isa);

/// The processor has it and the operating system saves its registers. ONNXPRESS_ISA plays no part.
bool detected(Isa isa);

/// Detected and not above the cap. The cap avx512 leaves out both VNNI sets, as on a first AVX-512 server.
bool has(Isa isa);

/// The last of `all_isas` that this process may use.
Isa best();

/// Every set that this process may use, slowest first.
std::vector<Isa> available();

/// The value of ONNXPRESS_ISA, empty when it is not set.
const std::string& forced();

/// Empty, or a sentence that says what is wrong with ONNXPRESS_ISA. Nothing is capped then.
std::string configuration_error();

}  // namespace cpu
