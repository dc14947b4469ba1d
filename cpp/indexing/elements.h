#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

struct Work;

/// Where single elements lie that are indexed along one axis (ONNX's GatherElements and ScatterElements).
struct IndexedElements {
  std::vector<std::size_t> sizes;    // of the indices, axis by axis
  std::vector<std::size_t> strides;  // of the data, in elements
  std::size_t axis, n;               // the axis that is indexed, and the data's size there

  /// Of the indices.
  std::size_t count() const;
};

/// y[i] = data[i, but indices[i] on the axis] for every index i of the indices, which count from the end
/// where negative. Elements of 1, 2, 4 or 8 bytes. False where an index lies outside: y then is not whole.
bool gather_elements(const Work& work, const std::byte* data, const IndexedElements& where,
                     const std::int64_t* indices, std::size_t element, std::byte* y);

/// What becomes of an element and its update.
enum class Scatter : std::uint8_t { none, add, mul, max, min };

/// The reverse: data[i, but indices[i] on the axis] becomes updates[i], one after the other. Reductions are
/// of float32.
bool scatter_elements(const std::byte* updates, const IndexedElements& where, const std::int64_t* indices,
                      std::size_t element, Scatter how, std::byte* data);
