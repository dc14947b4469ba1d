#include "constant.h"

#include <cstring>
#include <stdexcept>

#include "../memory/alignedBytes.h"
#include "gemvWeights.h"
#include "narrowWeights.h"

namespace engine {

Constant raw_constant(std::size_t size, std::byte*& bytes) {
  std::shared_ptr<std::byte[]> memory(aligned_bytes(size + 1));
  bytes = memory.get();
  return {"raw", std::move(memory), bytes, size};
}

namespace {

Constant raw(std::span<const std::byte> from) {
  std::byte* bytes = nullptr;
  Constant made = raw_constant(from.size(), bytes);
  if (!from.empty()) std::memcpy(bytes, from.data(), from.size());
  return made;
}

}  // namespace

Constant make_constant(const std::string& form, std::span<const std::byte> bytes,
                       std::span<const double> parameters) {
  if (form == "raw" && parameters.empty()) return raw(bytes);
  FormReader reader(parameters, bytes.size());
  if (form == "gemm.left" || form == "gemm.right") return pack_gemm(form, bytes, reader);
  if (form == "qgemm.left" || form == "qgemm.right") return pack_qgemm(form, bytes, reader);
  if (form == "blockgemm") return pack_blockgemm(bytes, reader);
  if (form == "qblockgemm") return pack_qblockgemm(bytes, reader);
  if (form == "qpairs") return pack_qpairs(bytes, reader);
  if (form == "gemv.bitmap" || form == "gemv.blocks") return pack_gemv(form, bytes, reader);
  if (form == "qgemv.bitmap" || form == "qgemv.blocks") return pack_qgemv(form, bytes, reader);
  if (form == "narrowgemm" || form == "qnarrowgemm") return pack_narrowgemm(form, bytes, reader);
  if (form == "qdepthwise") return pack_qdepthwise(bytes, reader);
  if (form == "winograd") return pack_winograd(bytes, reader);
  throw std::invalid_argument("Expected a form of weights that the engine has, received " + form);
}

}  // namespace engine
