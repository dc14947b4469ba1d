#pragma once
#include <span>

#include "cpu.h"

/// The first row that this process may use. Rows stand fastest first and the last one is scalar, so one is
/// always found. For baseline files only: an ISA file must not instantiate shared templates.
template <class Kernels>
const Kernels& fastest(std::span<const Kernels> rows) {
  for (const Kernels& row : rows) {
    if (cpu::has(row.isa)) return row;
  }
  return rows.back();
}
