#pragma once
#include <string>

#include "stepReader.h"

namespace engine {

/// Makes a step of what a plan wrote down; throws std::invalid_argument where it does not fit.
using StepFactory = Step(StepReader&);

/// The factory of a kernel: "binary.add" is made by "binary". Throws std::invalid_argument for an unknown
/// one.
StepFactory& factory_of(const std::string& kernel);

#define STEP(name, function) StepFactory function;
#include "steps.inc"
#undef STEP

}  // namespace engine
