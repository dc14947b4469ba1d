#pragma once
#include <cstdint>
#include <string_view>

#include "../stepReader.h"

namespace engine {

/// ONNX's numbers of the element types that steps compute with.
enum class ElementType : std::uint8_t {
  f32 = 1,
  u8 = 2,
  i8 = 3,
  i32 = 6,
  i64 = 7,
  boolean = 9,
  f16 = 10,
  f64 = 11
};

/// Calls body with a value of the C++ type; booleans are bytes.
template <class Body>
auto with_type(const StepReader& reader, std::size_t code, Body body) {
  switch (static_cast<ElementType>(code)) {
    case ElementType::f32:
      return body(float{});
    case ElementType::u8:
    case ElementType::boolean:
      return body(std::uint8_t{});
    case ElementType::i8:
      return body(std::int8_t{});
    case ElementType::i32:
      return body(std::int32_t{});
    case ElementType::i64:
      return body(std::int64_t{});
    case ElementType::f64:
      return body(double{});
    case ElementType::f16:  // only cast
      break;
  }
  reader.fail("an element type that it computes with");
}

/// The next parameter: bytes of an element that is moved.
inline std::size_t read_element(StepReader& reader) {
  const std::size_t element = reader.size();
  reader.expect(element == 1 || element == 2 || element == 4 || element == 8,
                "elements of 1, 2, 4 or 8 bytes");
  return element;
}

}  // namespace engine
