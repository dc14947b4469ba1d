#pragma once
#include <cstddef>

/// to[k * to_step + i] = from[i * from_step + k] for i < rows, k < columns.
void transpose(const float* from, std::size_t from_step, std::size_t rows, std::size_t columns, float* to,
               std::size_t to_step);
