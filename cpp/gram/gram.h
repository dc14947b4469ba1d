#pragma once
#include <cstddef>
#include <cstdint>

struct Work;

/// Where the features of a convolution's inputs lie in x[batch, channels, height, width], float32: at output
/// position (b, oy, ox) feature (c, ky, kx) of group g is
///     x[b, g * channels / group + c, oy * stride_y - pad_top + ky * dilation_y,
///                                    ox * stride_x - pad_left + kx * dilation_x],
/// and 0 outside the image. A matrix [rows, features] is an image of 1 by 1 with `rows` as the batch; one of
/// [features, positions] is an image of 1 by `positions`.
struct PatchGeometry {
  std::size_t batch, channels, height, width;
  std::size_t kernel_y, kernel_x, stride_y, stride_x;
  std::size_t pad_top, pad_left, dilation_y, dilation_x;
  std::size_t group, out_height, out_width;

  std::size_t elements() const { return batch * channels * height * width; }
  std::size_t features() const { return channels / group * kernel_y * kernel_x; }
  std::size_t positions() const { return batch * out_height * out_width; }
};

/// For every group g, over the patches X[count, features] at the given positions ((b * out_height + oy) *
/// out_width + ox, each below positions()):
///     sums[g, i] += sum of X[p, i],    gram[g, i, j] += sum of X[p, i] * X[p, j] for j <= i,
/// in double, positions in the order given. What is above the diagonal may be changed. Products of float32
/// values are exact in double, so every variant of the product kernels returns the same bits for any number
/// of threads, off by at most count * 2^-53 * (|before| + sum |X[p, i] * X[p, j]|) to first order. NaN and
/// infinities spread over their features' rows and columns. Throws std::bad_alloc.
void gram_accumulate(const Work& work, const float* x, const PatchGeometry& geometry,
                     const std::int32_t* positions, std::size_t count, double* sums, double* gram);
