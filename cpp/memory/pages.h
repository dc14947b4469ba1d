#pragma once
#include <cstddef>

/// Of x86-64, and of aarch64 with pages of 4 KiB.
inline constexpr std::size_t large_page = std::size_t{1} << 21;

/// Fresh memory from the system, from a multiple of `large_page` on, in large pages as far as whole ones fit.
/// An allocator would keep it when it is freed. Linux only. Throws std::bad_alloc.
std::byte* map_pages(std::size_t size);

/// The system has it back at once. `size` as it was asked for.
void unmap_pages(std::byte* bytes, std::size_t size);
