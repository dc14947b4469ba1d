#pragma once
#include <span>
#include <string_view>

#include "../stepReader.h"

namespace engine {

/// Position of a step's variant among names.
template <class Enum>
Enum variant_among(const StepReader& reader, std::span<const std::string_view> names) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == reader.variant()) return static_cast<Enum>(i);
  }
  reader.fail("a variant that it has");
}

}  // namespace engine
