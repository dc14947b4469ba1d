#pragma once
#include <cstdlib>
#include <memory>
#include <new>

#include "activation/activation.h"
#include "conv/conv.h"
#include "support.h"

/// An array that is aligned to 64 bytes and ends where its last element ends.
template <class T>
class Aligned {
 public:
  explicit Aligned(std::size_t n)
      : size_(n), data_(static_cast<T*>(::operator new (n * sizeof(T), std::align_val_t{64}))) {
    std::memset(static_cast<void*>(data_.get()), 0xa5, n * sizeof(T));
  }
  T* get() const { return data_.get(); }
  std::size_t size() const { return size_; }
  T& operator[](std::size_t i) const { return data_.get()[i]; }

 private:
  struct Free {
    void operator()(T* p) const { ::operator delete (p, std::align_val_t{64}); }
  };
  std::size_t size_;
  std::unique_ptr<T, Free> data_;
};

/// The activation in double precision, its steepest slope, and some of every kind.
double exact(double x, const Activation& f);
double slope(const Activation& f);
std::vector<Activation> activations();

/// Float32 sums of so many terms, then the activation: how far off.
inline double float_bound(std::size_t terms, double magnitudes, double want, const Activation& f) {
  const double sum = static_cast<double>(terms) * 0x1p-24 * magnitudes * 1.01;
  return sum * slope(f) + (f.kind == ActivationKind::none ? 0x1p-24 : 1.1e-6) * std::fabs(want) + 1e-35;
}

/// Convolutions of all kinds: pointwise, padded, strided, dilated, one-dimensional, larger than the image.
std::vector<ConvShape> conv_shapes();
/// Beside them some that are wide, and some whose rows are cut into blocks.
std::vector<ConvShape> sparse_shapes();
std::string text(const ConvShape& s);

/// Where tap (i, j) of output pixel (y, x) reads; false outside of the image.
struct Tap {
  std::size_t y, x, i, j;
};
inline bool reads(const ConvShape& s, const Tap& t, std::size_t* pixel) {
  const auto y = static_cast<std::ptrdiff_t>(t.y * s.stride_height + t.i * s.dilation_height) -
                 static_cast<std::ptrdiff_t>(s.pad_top);
  const auto x = static_cast<std::ptrdiff_t>(t.x * s.stride_width + t.j * s.dilation_width) -
                 static_cast<std::ptrdiff_t>(s.pad_left);
  if (y < 0 || x < 0 || y >= static_cast<std::ptrdiff_t>(s.height) ||
      x >= static_cast<std::ptrdiff_t>(s.width)) {
    return false;
  }
  *pixel = static_cast<std::size_t>(y) * s.width + static_cast<std::size_t>(x);
  return true;
}

/// Calls body(channel, tap, pixel) for every word that output pixel (y, x) reads inside the image.
template <class Body>
void for_each_tap(const ConvShape& s, std::size_t y, std::size_t x, Body body) {
  for (std::size_t i = 0; i < s.kernel_height; ++i) {
    for (std::size_t j = 0; j < s.kernel_width; ++j) {
      std::size_t pixel;
      if (reads(s, {y, x, i, j}, &pixel)) body(i * s.kernel_width + j, pixel);
    }
  }
}
