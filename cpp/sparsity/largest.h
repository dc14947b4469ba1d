#pragma once
#include <cstddef>
#include <cstdint>

struct Work;

/// stays[i] = 1 for the `kept` largest of `count` values, of equal ones the earlier, and 0 for the others. No
/// NaN may be among them; 0 and -0 are equal. The value between is found digit by digit, each time by a
/// histogram of those that share the digits before: linear in `count`, and no copy. The same result for any
/// number of threads. Throws std::bad_alloc.
void keep_largest(const Work& work, const float* values, std::size_t count, std::size_t kept,
                  std::uint8_t* stays);
void keep_largest(const Work& work, const double* values, std::size_t count, std::size_t kept,
                  std::uint8_t* stays);
