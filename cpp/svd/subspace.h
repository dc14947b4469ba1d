#pragma once
#include <cstddef>
#include <cstdint>

#include "svd.h"

/// Rank k is far enough below a matrix's that a subspace holds it more cheaply than the whole decomposition.
bool is_leading(const SvdProblem& problem, std::size_t k);

/// The leading k singular values and vectors by randomized subspace iteration (Halko, Martinsson and Tropp
/// 2011, "Finding structure with randomness", algorithms 4.4 and 5.1): k + 16 random signs a column,
/// multiplied by the matrix and its transpose in turn and made orthonormal each time, until what is captured
/// of |A|^2 grows by less than 1/1000 of what is left, at most 12 times. What then is left of |A|^2 exceeds
/// the least for a rank of k by far below 1%; single vectors of singular values that lie close together may
/// be any of their span. Orthogonal as svd's. The same bits for any number of threads. Throws std::bad_alloc.
SvdOutcome leading_svd(const Work& work, const SvdProblem& problem, std::size_t k, std::uint32_t seed,
                       double* u, double* s, double* v);
