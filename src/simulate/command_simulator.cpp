#include "command_simulator.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <new>
#include <regex>
#include <sstream>

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
/// Regular expressions look at so much of each, line by line: they take stack for each character.
constexpr std::size_t matched_bytes = 16384;
constexpr std::size_t matched_line_bytes = 1024;

bool matches_a_line(const std::string& text, const std::regex& expression) {
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);) {
    line.resize(std::min(line.size(), matched_line_bytes));
    if (std::regex_search(line, expression)) return true;
  }
  return false;
}

/// Empties a captured file for the next run. The last one had the same description, and may have changed its
/// flags; this one may, before it writes.
void empty(int fd) {
  ::fcntl(fd, F_SETFL, O_APPEND);
  ::lseek(fd, 0, SEEK_SET);
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

/// Whole seconds, which all languages read, if there are any.
double time_left(double limit_s, double passed_s) {
  const double left = std::max(0.0, limit_s - passed_s);
  return left < 1 ? left : std::floor(left);
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
  header_ = setup_.memory.slot(slot).header;
  scratch_row_.resize(setup_.codec.output_bytes());
  out_ = reopen(slot_directory_ + ".out");
  err_ = reopen(slot_directory_ + ".err");
  spawner_.emplace(spawn_program_, out_.get(), err_.get());
  return std::nullopt;
}

Outcome CommandSimulator::run(const Sample& sample, const Results& results, SlotUpkeep& upkeep) {
  const auto given = settings_.of(sample.task.with);
  Attempt state;
  state.settings = given;
  state.began_ns = monotonic_ns();
  while (true) {
    header_->program_cpu_ns.store(static_cast<std::uint64_t>(state.used.cpu_s * 1e9));
    empty(out_.get());
    empty(err_.get());
    upkeep.mark_stderr();
    Outcome outcome = guarded(sample, results, state);
    outcome.program = state.used;
    const auto* rule = rule_for(outcome);
    if (rule != nullptr) outcome.reason = rule->reason;
    const bool again = rule != nullptr && outcome.state == SampleState::failed && state.number < rule->retry;
    if (!again) return outcome;
    ++state.number;
    state.settings = given;
    state.settings.insert(state.settings.end(), rule->with.begin(), rule->with.end());
  }
}

void CommandSimulator::keep(const TaskEntry& task, const Captured& said) {
  keep_evidence(slot_directory_, task, said.out, said.err);
  add_kept(slot_directory_, task, {"rerun.sh", rerun_script(last_, setup_.spec.resources.threads)});
}

/// Whatever goes wrong on our side costs this sample, and what the program took is known.
Outcome CommandSimulator::guarded(const Sample& sample, const Results& results, Attempt& state) {
  try {
    return attempt(sample, results, state);
  } catch (const ScratchError& error) {
    return {SampleState::failed, "scratch", clean_message(error.what()), false};
  } catch (const std::bad_alloc&) {
    return {SampleState::crashed, "memory", "out of memory while its results were read", true};
  } catch (const std::exception& error) {
    return {SampleState::failed, "exception", clean_message(error.what()), false};
  }
}

Outcome CommandSimulator::attempt(const Sample& sample, const Results& results, Attempt& state) {
  const auto values = plan_.values(sample, directory(), state.settings);
  prepare(values, state);
  last_ = order(sample, values, state);
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

/// What the run before has left is gone; what an attempt before this one has left is not.
void CommandSimulator::prepare(std::span<const deck::Value> values, const Attempt& state) {
  if (!plan_.private_directory()) {
    if (state.number > 0) clear_slot_directory();
    return;
  }
  folder_.make();
  // Decks first: none is ever written through a link.
  for (const auto& deck : plan_.decks()) folder_.write(deck.file, deck.text.fill(values));
  for (const auto& link : plan_.links()) folder_.link(link.name, link.target);
}

void CommandSimulator::clear() {
  if (plan_.private_directory()) return folder_.remove();
  clear_slot_directory();
}

/// A run without a directory of its own may leave files all the same.
void CommandSimulator::clear_slot_directory() const {
  std::error_code error;
  if (std::filesystem::is_empty(slot_directory_, error) && !error) return;
  for (const auto& entry : std::filesystem::directory_iterator{slot_directory_, error})
    RunFolder{entry.path().string()}.remove();
}

SpawnOrder CommandSimulator::order(const Sample& sample, std::span<const deck::Value> values,
                                   const Attempt& state) const {
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
  const auto limit = own > 0 ? std::optional{own} : setup_.spec.simulator.timeout_s;
  if (!limit) return order;
  const double passed = seconds(monotonic_ns() - state.began_ns);
  add("DEADLINE", deck::exact_number(state.number == 0 ? *limit : time_left(*limit, passed)));
  return order;
}

Outcome CommandSimulator::judge(const SpawnEnd& end, const Results& results,
                                std::span<const deck::Value> values, std::uint32_t retries) const {
  if (!end.not_started.empty())
    return {SampleState::failed, "not_started", clean_message(end.not_started), false};
  if (end.exit_code == 0 && end.signal == 0) {
    const auto fault = read_results(results, values, retries);
    if (fault) return {SampleState::failed, fault->reason, clean_message(fault->message), false};
    return {};
  }
  const std::string said = or_else(last_words(err_.get(), 0), last_words(out_.get(), 0));
  if (end.signal != 0) {
    const auto word = signal_word(end.signal);
    return {SampleState::crashed, word, or_else(said, "ended by " + word), false};
  }
  if (end.exit_code == exit_bad_point)
    return {SampleState::invalid, "bad_point", or_else(said, "exit code 65"), false};
  if (end.exit_code == exit_try_again)
    return {SampleState::failed, "tempfail", or_else(said, "exit code 75"), false};
  const auto code = std::to_string(end.exit_code);
  return {SampleState::failed, "exit_" + code, or_else(said, "exit code " + code), false};
}

/// With the checks of the campaign: what breaks them is a failure that rules may name.
std::optional<readout::Fault> CommandSimulator::read_results(const Results& results,
                                                             std::span<const deck::Value> values,
                                                             std::uint32_t retries) const {
  CommandResults reader{setup_, plan_, directory(), out_.get(), values};
  if (auto fault = reader.read(results, retries)) return fault;
  if (plan_.rules().empty()) return std::nullopt;  // the slot checks what it stores
  const auto verdict = setup_.codec.encode_arrays(results.outputs, scratch_row_);
  if (verdict.ok) return std::nullopt;
  return readout::Fault{verdict.reason, verdict.message};
}

/// Exit code 75 has its own word already, and so has what is not the sample's. A point without a meaning may
/// be given another word, and is not tried again.
const campaign::FailureRule* CommandSimulator::rule_for(const Outcome& outcome) const {
  const bool open = outcome.state == SampleState::invalid ||
                    (outcome.state == SampleState::failed && !campaign::may_pass(outcome.reason));
  if (!open || plan_.rules().empty()) return nullptr;
  const std::string said = tail_of(err_.get(), matched_bytes);
  const std::string printed = tail_of(out_.get(), matched_bytes);
  for (const auto& rule : plan_.rules()) {
    if (matches_a_line(said, rule.match) || matches_a_line(printed, rule.match)) return rule.rule;
  }
  return nullptr;
}

}  // namespace tranche::simulate
