#include "plugin_simulator.hpp"

#include <sys/stat.h>

#include <cstdio>
#include <limits>

#include "keep_evidence.hpp"
#include "tranche/base/errors.hpp"
#include "words.hpp"

namespace tranche::simulate {
namespace {

void warn_about_threads() {
  struct stat tasks {};
  // A directory's link count is 2 plus its subdirectories: one for each thread.
  if (::stat("/proc/self/task", &tasks) == 0 && tasks.st_nlink > 3)
    std::fprintf(
        stderr,
        "tranche: the plug-in left %ld threads running after tranche_load; slots will not have them\n",
        static_cast<long>(tasks.st_nlink) - 3);
}

std::string or_no_reason(std::string text) {
  return text.empty() ? "no reason given" : text;
}

}  // namespace

PluginSimulator::PluginSimulator(const Setup& setup)
    : setup_{setup},
      info_{setup.spec, setup.options.campaign_dir},
      deadline_s_{setup.spec.simulator.timeout_s.value_or(std::numeric_limits<double>::infinity())} {
  const auto& path = setup.options.simulator.program;
  auto& phase = setup.memory.host().zygote;
  phase.store(ZygotePhase::opening_library);
  plugin_ = load_plugin(path);
  phase.store(ZygotePhase::loading);
  if (plugin_.load != nullptr && plugin_.load(&info_.get(), &shared_) != 0)
    throw Failure{ExitCode::environment,
                  "plug-in " + path + ": tranche_load failed: " + or_no_reason(info_.message())};
  std::fflush(nullptr);
  warn_about_threads();
}

std::optional<std::string> PluginSimulator::open(std::uint32_t slot) {
  said_.size = sizeof said_;
  rundir_ = setup_.files[slot].rundir.c_str();
  info_.set_slot(slot);
  info_.clear_message();
  if (plugin_.open == nullptr || plugin_.open(&info_.get(), shared_, &state_) == 0) return std::nullopt;
  return or_no_reason(info_.message());
}

Outcome PluginSimulator::run(const Sample& sample, const Results& results, SlotUpkeep& upkeep) {
  said_.reason[0] = 0;
  said_.message[0] = 0;
  said_.n_meta = results.meta.size();
  said_.meta = results.meta.data();
  tranche_task task{};
  task.size = sizeof task;
  task.index = sample.task.index;
  task.stage = sample.task.stage;
  task.attempt = sample.task.attempt;
  task.seed = sample.seed;
  task.deadline_s = sample.task.timeout_s > 0 ? sample.task.timeout_s : deadline_s_;
  task.rundir = rundir_;
  task.x = sample.x.data();
  task.nx = sample.x.size();
  upkeep.sample_begins();
  const int code = plugin_.eval(state_, &task, results.outputs.data(), &said_);
  upkeep.sample_returns();
  return judge(code);
}

Outcome PluginSimulator::judge(int code) const {
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

Outcome PluginSimulator::said(SampleState state, const char* fallback) const {
  return {state, clean_reason(bounded(said_.reason), fallback), clean_message(bounded(said_.message)), false};
}

/// Its own folder lives on from sample to sample: what it said is what there is of this one.
void PluginSimulator::keep(const TaskEntry& task, const Captured& said) {
  std::fflush(stderr);
  keep_texts(rundir_, task, {{"stderr.txt", tail_of(said.err, kept_bytes, said.err_mark)}});
}

void PluginSimulator::close() {
  if (plugin_.close != nullptr) plugin_.close(state_);
}

}  // namespace tranche::simulate
