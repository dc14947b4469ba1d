#include "families.h"
#include "support.h"

using cpu::Isa;

TEST(Cpu, ScalarIsAlwaysThere) { EXPECT_TRUE(cpu::has(Isa::scalar)); }

TEST(Cpu, HasOnlyWhatIsDetected) {
  for (Isa isa : cpu::all_isas) EXPECT_LE(cpu::has(isa), cpu::detected(isa)) << cpu::name(isa);
}

TEST(Cpu, WiderSetsIncludeNarrowerOnes) {
  EXPECT_LE(cpu::detected(Isa::avx512), cpu::detected(Isa::avx2));
  EXPECT_LE(cpu::detected(Isa::avxvnni), cpu::detected(Isa::avx2));
  EXPECT_LE(cpu::detected(Isa::avx512vnni), cpu::detected(Isa::avx512));
  EXPECT_LE(cpu::detected(Isa::avx512vbmi2), cpu::detected(Isa::avx512vnni));
  EXPECT_LE(cpu::detected(Isa::amx), cpu::detected(Isa::avx512vbmi2));
}

/// The script runs this program once for each value of ONNXPRESS_ISA.
TEST(Cpu, TheCapHolds) {
  const std::string cap = cpu::forced();
  if (cap.empty()) {
    for (Isa isa : cpu::all_isas) EXPECT_EQ(cpu::has(isa), cpu::detected(isa)) << cpu::name(isa);
  } else if (cap == "scalar") {
    EXPECT_EQ(cpu::best(), Isa::scalar);
  } else if (cap == "avx2") {
    EXPECT_EQ(cpu::best(), cpu::detected(Isa::avx2) ? Isa::avx2 : Isa::scalar);
  } else if (cap == "avx512") {
    EXPECT_FALSE(cpu::has(Isa::avx512vnni));
    EXPECT_FALSE(cpu::has(Isa::avxvnni));
    EXPECT_EQ(cpu::has(Isa::avx512), cpu::detected(Isa::avx512));
  } else if (cap == "neon") {
    EXPECT_EQ(cpu::best(), cpu::detected(Isa::neon) ? Isa::neon : Isa::scalar);
  }
}

TEST(Families, ChooseTheFirstRowThatThisProcessMayUse) {
  ASSERT_FALSE(families().empty());
  for (const Family& family : families()) {
    EXPECT_EQ(family.variants.back(), Isa::scalar) << family.name;
    EXPECT_TRUE(cpu::has(family.chosen)) << family.name;
    for (Isa isa : family.variants) {
      if (isa == family.chosen) break;
      EXPECT_FALSE(cpu::has(isa)) << family.name << " passed over " << cpu::name(isa);
    }
  }
}
