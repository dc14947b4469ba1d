#include "registry.h"

#include <stdexcept>

namespace engine {
namespace {

struct Entry {
  std::string_view name;
  StepFactory* factory;
};

constexpr Entry entries[] = {
#define STEP(name, function) {name, function},
#include "steps.inc"
#undef STEP
};

}  // namespace

StepFactory& factory_of(const std::string& kernel) {
  const std::string_view family = std::string_view(kernel).substr(0, kernel.find('.'));
  for (const Entry& entry : entries) {
    if (entry.name == family) return *entry.factory;
  }
  throw std::invalid_argument("Expected a kernel that the engine has, received " + kernel);
}

}  // namespace engine
