#pragma once
#include <cstddef>

#include "../pooling/pooling.h"

/// The second half of a transposed convolution, the adjoint of im2col: y[c, p] = bias[c] + the sum of all
/// columns[c, i, j, o] whose tap (i, j) of position o lies at pixel p of y. `window` is that of the
/// convolution whose input y is: window.height.in × window.width.in pixels of y, window.height.out ×
/// width.out positions of the columns.
void col2im(const Work& work, const float* columns, std::size_t channels, const Window& window,
            const float* bias, float* y);
