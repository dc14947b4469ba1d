#pragma once
#include "qblockgemm.h"

/// For kernels without a dot product of bytes. vpmaddubsw multiplies bytes and adds two products in 16 bits,
/// where it saturates. No sum of 16 bits leaves its range, whatever the pixels, if the weights that are added
/// up in it have a sum of at most 128 on either side of zero: 255 * 128 = 32 640. So that two blocks may be
/// added before sums are widened, blocks are put in pairs that keep to this; what is too much in a pair is
/// taken out of its first block and stored as one more block of the same inner index.

/// The same weights, packed one by one, in such pairs: values[pair][R][2 words].
QBlockWeights in_safe_pairs(const QBlockWeights& singles);
