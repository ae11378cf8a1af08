#include "plugin_call.hpp"

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

PluginCall::PluginCall(const Setup& setup, const Plugin& plugin, std::size_t inputs,
                       const std::string& rundir)
    : setup_{setup},
      plugin_{plugin},
      rundir_{rundir},
      outputs_{output_sizes(setup.spec)},
      x_(inputs),
      meta_(setup.codec.meta_count()),
      deadline_s_{setup.spec.simulator.timeout_s.value_or(std::numeric_limits<double>::infinity())} {
  said_.size = sizeof said_;
  said_.n_meta = meta_.size();
  said_.meta = meta_.data();
}

Outcome PluginCall::run(const TaskEntry& entry, void* state, SlotUpkeep& upkeep) {
  try {
    prepare(entry);
    return eval(entry, state, upkeep);
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

void PluginCall::prepare(const TaskEntry& entry) {
  setup_.inputs.evaluate(entry.index, x_);
  outputs_.clear();
  std::fill(meta_.begin(), meta_.end(), not_a_number);
  said_.reason[0] = 0;
  said_.message[0] = 0;
}

Outcome PluginCall::eval(const TaskEntry& entry, void* state, SlotUpkeep& upkeep) {
  tranche_task task{};
  task.size = sizeof task;
  task.index = entry.index;
  task.stage = entry.stage;
  task.attempt = entry.attempt;
  task.seed = setup_.inputs.seed_of ? setup_.inputs.seed_of(entry.index) : entry.index;
  task.deadline_s = deadline_s_;
  task.rundir = rundir_.c_str();
  task.x = x_.data();
  task.nx = x_.size();
  upkeep.sample_begins();
  const int code = plugin_.eval(state, &task, outputs_.starts().data(), &said_);
  upkeep.sample_returns();
  return judge(code);
}

Outcome PluginCall::judge(int code) const {
  switch (code) {
    case TRANCHE_OK:
      return {};
    case TRANCHE_FAILED:
      return said(SampleState::failed, "error");
    case TRANCHE_BAD_POINT:
      return said(SampleState::invalid, "bad_point");
    default:
      return {SampleState::failed, "error", "tranche_eval returned " + std::to_string(code), false};
  }
}

Outcome PluginCall::said(SampleState state, const char* fallback) const {
  return {state, clean_reason(bounded(said_.reason), fallback), clean_message(bounded(said_.message)), false};
}

void PluginCall::check_outputs(Outcome& outcome) const {
  const auto output = outputs_.overwritten();
  if (!output) return;
  outcome = {SampleState::crashed, "overrun",
             "wrote next to output `" + setup_.spec.outputs[*output].name + "`", true};
}

}  // namespace tranche::simulate
