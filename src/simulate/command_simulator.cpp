#include "command_simulator.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "captured_output.hpp"
#include "command_results.hpp"
#include "keep_evidence.hpp"
#include "surroundings.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/deck/deck.hpp"
#include "tranche/deck/words.hpp"
#include "words.hpp"

namespace tranche::simulate {
namespace {

/// Exit codes with a meaning (sysexits.h: EX_DATAERR, EX_TEMPFAIL).
constexpr int exit_bad_point = 65;
constexpr int exit_try_again = 75;
/// Regular expressions look at so much of each.
constexpr std::size_t matched_bytes = 16384;

/// Empties a captured file for the next run.
void empty(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) == 0 && status.st_size > 0) {
    [[maybe_unused]] const int ignored = ::ftruncate(fd, 0);
  }
}

/// Starts the program as it was started, in the directory that the script lies in.
std::string rerun_script(const SpawnOrder& order, std::uint32_t threads) {
  std::string script = "#!/bin/sh\ncd \"$(dirname \"$0\")\" || exit 1\n";
  const auto add = [&](const std::string& variable) {
    script += "export " + deck::shell_line({variable}) + "\n";
  };
  for (const auto& variable : thread_settings(threads)) add(variable);
  for (const auto& variable : order.variables) add(variable);
  script += "export TRANCHE_RUNDIR=\"$PWD\"\n";
  auto words = order.arguments;
  if (!words.empty()) words.front() = order.program;
  script += "exec " + deck::shell_line(words);
  return script + " <" + (order.input.empty() ? "/dev/null" : deck::shell_line({order.input})) + "\n";
}

std::string or_else(std::string text, std::string otherwise) {
  return text.empty() ? std::move(otherwise) : std::move(text);
}

}  // namespace

CommandSimulator::CommandSimulator(const Setup& setup)
    : setup_{setup},
      plan_{setup},
      settings_{setup.options.scratch_dir},
      spawn_program_{find_spawn_program()} {}

std::optional<std::string> CommandSimulator::open(std::uint32_t slot) {
  slot_directory_ = setup_.files[slot].rundir;
  folder_ = RunFolder{slot_directory_ + "/" + run_folder};
  const auto reopen = [](const std::string& path) {
    return FileDescriptor{checked_fd(::open(path.c_str(), O_RDWR | O_APPEND | O_CLOEXEC), "open " + path)};
  };
  out_ = reopen(slot_directory_ + ".out");
  err_ = reopen(slot_directory_ + ".err");
  spawner_.emplace(spawn_program_, out_.get(), err_.get());
  return std::nullopt;
}

Outcome CommandSimulator::run(const Sample& sample, const Results& results, SlotUpkeep& upkeep) {
  const auto given = settings_.of(sample.task.with);
  Attempt state;
  state.settings = given;
  while (true) {
    empty(out_.get());
    empty(err_.get());
    upkeep.mark_stderr();
    Outcome outcome;
    try {
      outcome = attempt(sample, results, state);
    } catch (const ScratchError& error) {
      outcome = {SampleState::failed, "scratch", clean_message(error.what()), false};
    }
    outcome.program = state.used;
    const auto* rule = outcome.state == SampleState::failed ? matching_rule() : nullptr;
    if (rule != nullptr) outcome.reason = rule->reason;
    if (rule == nullptr || state.number >= rule->retry)
      return outcome;  // what is left goes with the next run
    ++state.number;
    state.settings = given;
    state.settings.insert(state.settings.end(), rule->with.begin(), rule->with.end());
  }
}

void CommandSimulator::keep(const TaskEntry& task, const Captured& said) {
  keep_evidence(slot_directory_, task, said.out, said.err);
  add_kept(slot_directory_, task, {"rerun.sh", rerun_script(last_, setup_.spec.resources.threads)});
}

Outcome CommandSimulator::attempt(const Sample& sample, const Results& results, Attempt& state) {
  const auto values = plan_.values(sample, directory(), state.settings);
  prepare(values);
  last_ = order(sample, values);
  const auto end = spawner_->run(last_);
  if (!end) return {SampleState::crashed, "spawner", "the process that starts programs is gone", true};
  state.used.exit_code = end->exit_code;
  state.used.signal = end->signal;
  state.used.cpu_s += end->cpu_s;
  state.used.max_rss_kb = std::max(state.used.max_rss_kb, end->max_rss_kb);
  auto outcome = judge(*end, results, values, state.number);
  outcome.replace = outcome.replace || end->strays_left;
  return outcome;
}

void CommandSimulator::prepare(std::span<const deck::Value> values) {
  if (!plan_.private_directory()) return clear_slot_directory();
  folder_.make();
  for (const auto& link : plan_.links()) folder_.link(link.name, link.target);
  for (const auto& deck : plan_.decks()) folder_.write(deck.file, deck.text.fill(values));
}

/// A run without a directory of its own may leave files all the same.
void CommandSimulator::clear_slot_directory() const {
  std::error_code error;
  if (std::filesystem::is_empty(slot_directory_, error) && !error) return;
  for (const auto& entry : std::filesystem::directory_iterator{slot_directory_, error})
    RunFolder{entry.path().string()}.remove();
}

SpawnOrder CommandSimulator::order(const Sample& sample, std::span<const deck::Value> values) const {
  SpawnOrder order = plan_.order(values);
  order.directory = directory();
  const auto add = [&](const char* name, const std::string& value) {
    order.variables.push_back(std::string{"TRANCHE_"} + name + "=" + value);
  };
  add("INDEX", std::to_string(sample.task.index));
  add("STAGE", std::to_string(sample.task.stage));
  add("ATTEMPT", std::to_string(sample.task.attempt));
  add("SEED", std::to_string(sample.seed));
  add("RUNDIR", order.directory);
  const auto own = sample.task.timeout_s;
  if (const auto limit = own > 0 ? std::optional{own} : setup_.spec.simulator.timeout_s)
    add("DEADLINE", deck::exact_number(*limit));
  return order;
}

Outcome CommandSimulator::judge(const SpawnEnd& end, const Results& results,
                                std::span<const deck::Value> values, std::uint32_t retries) const {
  if (!end.not_started.empty())
    return {SampleState::failed, "not_started", clean_message(end.not_started), false};
  const std::string said = or_else(last_words(err_.get(), 0), last_words(out_.get(), 0));
  if (end.signal != 0) {
    const auto word = signal_word(end.signal);
    return {SampleState::crashed, word, or_else(said, "ended by " + word), false};
  }
  if (end.exit_code == exit_bad_point)
    return {SampleState::invalid, "bad_point", or_else(said, "exit code 65"), false};
  if (end.exit_code == exit_try_again)
    return {SampleState::failed, "tempfail", or_else(said, "exit code 75"), false};
  if (end.exit_code != 0) {
    const auto code = std::to_string(end.exit_code);
    return {SampleState::failed, "exit_" + code, or_else(said, "exit code " + code), false};
  }
  CommandResults reader{setup_, plan_, directory(), out_.get(), values};
  if (const auto fault = reader.read(results, retries))
    return {SampleState::failed, fault->reason, clean_message(fault->message), false};
  return {};
}

const campaign::FailureRule* CommandSimulator::matching_rule() const {
  if (plan_.rules().empty()) return nullptr;
  const std::string said = tail_of(err_.get(), matched_bytes);
  const std::string printed = tail_of(out_.get(), matched_bytes);
  for (const auto& rule : plan_.rules()) {
    if (std::regex_search(said, rule.match) || std::regex_search(printed, rule.match)) return rule.rule;
  }
  return nullptr;
}

}  // namespace tranche::simulate
