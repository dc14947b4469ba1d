#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string>

namespace engine {

/// What plans of a session share and never change: the bytes of a tensor ("raw"), or weights in the form that
/// a kernel reads ("gemm.columns", …). Made once, read by any number of runs.
struct Constant {
  std::string form;
  std::shared_ptr<const void> object;
  /// Start of the elements of a raw constant; null for packed weights.
  const std::byte* data = nullptr;
  /// Memory that it takes.
  std::size_t bytes = 0;
};

/// Copies or packs a tensor's elements. Throws std::invalid_argument for a form that no kernel knows or
/// parameters that do not fit the bytes, std::bad_alloc.
Constant make_constant(const std::string& form, std::span<const std::byte> bytes,
                       std::span<const double> parameters);

/// A raw constant of so many bytes, which `bytes` then points at: to be written before anyone reads it.
/// Throws std::bad_alloc.
Constant raw_constant(std::size_t size, std::byte*& bytes);

}  // namespace engine
