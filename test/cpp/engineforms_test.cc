#include <stdexcept>

#include "engine/constant.h"
#include "support.h"

namespace {

struct Form {
  const char* name;
  std::size_t bytes;
  std::vector<double> parameters;
};

engine::Constant constant_of(const Form& form) {
  const std::vector<std::byte> bytes(form.bytes);
  return engine::make_constant(form.name, bytes, form.parameters);
}

/// Weights of 3 outputs by 5 inputs, or by 16 inputs in blocks of 8.
const Form forms[] = {
    {"blockgemm", 60, {1, 3, 5, 5, 1, 0, 4}},
    {"qblockgemm", 15, {1, 3, 5, 1, 5, 1, 0, 4}},
    {"gemv.blocks", 60, {1, 3, 5, 5, 1, 0}},
    {"gemv.bitmap", 60, {1, 3, 5, 1, 3, 0}},
    {"qgemv.blocks", 15, {1, 3, 5, 1, 5, 1, 0}},
    {"qgemv.bitmap", 15, {1, 3, 5, 1, 1, 3, 0}},
    {"narrowgemm", 51, {3, 16, 8, 4, 0, 0, 16, 1, 2, 1, 2, 1, 24, 48}},
    {"narrowgemm", 78, {3, 16, 8, 8, 0, 0, 16, 1, 2, 1, 2, 1, 48, 72}},
    {"qnarrowgemm", 78, {3, 16, 8, 8, 0, 0, 16, 1, 2, 1, 2, 1, 48, 72}},
};

TEST(EngineForms, ArePackedFromAsManyBytesAsTheyNeed) {
  for (const Form& form : forms) {
    SCOPED_TRACE(form.name);
    EXPECT_EQ(constant_of(form).form, form.name);
    Form fewer = form;
    fewer.bytes -= form.bytes % 4 == 0 ? 4 : 1;
    EXPECT_THROW(constant_of(fewer), std::invalid_argument);
  }
}

TEST(EngineForms, RefuseOtherNumbersOfParameters) {
  for (const Form& form : forms) {
    SCOPED_TRACE(form.name);
    Form changed = form;
    changed.parameters.push_back(1);
    EXPECT_THROW(constant_of(changed), std::invalid_argument);
    changed.parameters.resize(form.parameters.size() - 1);
    EXPECT_THROW(constant_of(changed), std::invalid_argument);
  }
}

TEST(EngineForms, RefuseWhatKernelsDoNotHave) {
  EXPECT_THROW(constant_of({"blockgemm", 60, {1, 3, 5, 5, 1, 0, 16}}), std::invalid_argument);
  EXPECT_THROW(constant_of({"qblockgemm", 15, {1, 3, 5, 1, 5, 1, 0, 16}}), std::invalid_argument);
  EXPECT_THROW(constant_of({"gemv.blocks", 120, {2, 3, 5, 5, 1, 15}}), std::invalid_argument);
  EXPECT_THROW(constant_of({"qgemv.bitmap", 30, {1, 3, 5, 2, 10, 2, 0}}), std::invalid_argument);
  EXPECT_THROW(constant_of({"narrowgemm", 51, {3, 16, 12, 4, 0, 0, 16, 1, 2, 1, 2, 1, 24, 48}}),
               std::invalid_argument);
  EXPECT_THROW(constant_of({"narrowgemm", 51, {3, 16, 8, 5, 0, 0, 16, 1, 2, 1, 2, 1, 24, 48}}),
               std::invalid_argument);
}

}  // namespace
