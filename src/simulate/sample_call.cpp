#include "sample_call.hpp"

#include <cxxabi.h>
#include <unistd.h>

#include <algorithm>
#include <limits>
#include <new>

#include "words.hpp"

namespace tranche::simulate {
namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

std::vector<std::size_t> output_sizes(const campaign::CampaignSpec& spec) {
  std::vector<std::size_t> sizes;
  for (const auto& output : spec.outputs) sizes.push_back(static_cast<std::size_t>(output.size));
  return sizes;
}

}  // namespace

SampleCall::SampleCall(const Setup& setup, Simulator& simulator)
    : setup_{setup},
      simulator_{simulator},
      outputs_{output_sizes(setup.spec)},
      x_(setup.spec.parameters.size() + setup.spec.constants.size() + setup.spec.derived.size()),
      meta_(setup.codec.meta_count()) {}

Outcome SampleCall::run(const TaskEntry& entry, SlotUpkeep& upkeep) {
  try {
    return eval(entry, upkeep);
  } catch (const abi::__forced_unwind&) {
    ::_exit(0);  // pthread_exit(): it can neither be stopped here nor go on
  } catch (const std::bad_alloc&) {
    return {SampleState::crashed, "memory", "out of memory (std::bad_alloc)", true};
  } catch (const std::exception& error) {
    return {SampleState::failed, "exception", clean_message(error.what()), false};
  } catch (...) {
    return {SampleState::failed, "exception", "something that is no std::exception was thrown", false};
  }
}

Outcome SampleCall::eval(const TaskEntry& entry, SlotUpkeep& upkeep) {
  setup_.inputs.evaluate(entry.index, x_);
  outputs_.clear();
  std::fill(meta_.begin(), meta_.end(), not_a_number);
  const auto seed = setup_.inputs.seed_of ? setup_.inputs.seed_of(entry.index) : entry.index;
  return simulator_.run({entry, seed, x_}, {outputs_.starts(), meta_}, upkeep);
}

void SampleCall::check_outputs(Outcome& outcome) const {
  const auto output = outputs_.overwritten();
  if (!output) return;
  outcome = {SampleState::crashed, "overrun",
             "wrote next to output `" + setup_.spec.outputs[*output].name + "`", true};
}

}  // namespace tranche::simulate
