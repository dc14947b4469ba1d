#pragma once
#include "arguments.h"
#include "sparsity/sparsity.h"

/// A pattern as JavaScript writes it down, [kind (0 blocks, 1 n of m), rows, columns, ratio, kept], for a
/// matrix of so many columns.
Sparsity sparsity_of(Arguments& arguments, std::size_t index, std::size_t columns);
