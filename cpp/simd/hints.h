#pragma once

/// Before a loop of constant length over an array of vectors: GCC keeps the array in registers only if the
/// loop is gone early.
#if defined(__GNUC__) && !defined(__clang__)
#define UNROLLED _Pragma("GCC unroll 16")
#else
#define UNROLLED
#endif

/// Asks for the line at `address`, which may lie anywhere, to be brought near: to be read some hundred cycles
/// later, to be read soon, or to be written.
#if defined(__GNUC__)
#define FETCH(address) __builtin_prefetch(address, 0, 2)
#define FETCH_NEAR(address) __builtin_prefetch(address, 0, 3)
#define FETCH_TO_WRITE(address) __builtin_prefetch(address, 1, 3)
#else
#define FETCH(address) static_cast<void>(address)
#define FETCH_NEAR(address) static_cast<void>(address)
#define FETCH_TO_WRITE(address) static_cast<void>(address)
#endif

/// What is read through a copy of a pointer that this has been done to is read anew: to free the registers
/// that hold it.
#if defined(__GNUC__)
#define FORGET(pointer) __asm__("" : "+r"(pointer))
#else
#define FORGET(pointer) static_cast<void>(pointer)
#endif
