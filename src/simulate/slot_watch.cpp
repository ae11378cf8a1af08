#include "slot_watch.hpp"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "keep_evidence.hpp"
#include "process_tree.hpp"
#include "system.hpp"
#include "words.hpp"

namespace tranche::simulate {
namespace {

constexpr std::uint64_t memory_interval_ns = 50'000'000;

/// Of `pid` and all processes below it, bytes; what they share counts more than once. Some 20 us a process.
std::uint64_t resident_below(pid_t pid) {
  std::uint64_t sum = 0;
  for (const pid_t each : tree_of(pid)) sum += memory_use(each).resident;
  return sum;
}

}  // namespace

SlotWatch::SlotWatch(std::uint32_t slot, SlotArea area, SlotVerdict& verdict,
                     const campaign::Resources& resources, const campaign::SimulatorSpec& limits,
                     const SlotFiles& files)
    : slot_{slot},
      area_{area},
      verdict_{verdict},
      limits_{limits},
      most_tasks_{process_limit(resources.cores())},
      files_{files} {}

void SlotWatch::before_birth() {
  SlotHeader& header = *area_.header;
  header.closing.store(0);  // only the agent sets it, but the process before may have written over it
  header.asleep.store(0);
  header.crash_signal.store(0);
  header.crash_errno.store(0);
  header.crash_place.store(static_cast<std::int32_t>(CrashPlace::unknown));
  header.damaged.store(0);
  header.phase.store(SlotPhase::opening);
  header.open_message[0] = 0;
  struct stat status {};
  // What the predecessor wrote is not the new process's.
  if (::fstat(files_.err.get(), &status) == 0)
    header.stderr_mark.store(static_cast<std::uint64_t>(status.st_size));
  if (::fstat(STDERR_FILENO, &status) == 0) log_mark_ = static_cast<std::uint64_t>(status.st_size);
}

void SlotWatch::born(pid_t pid, std::uint64_t open_until_ns) noexcept {
  pid_ = pid;
  open_until_ns_ = open_until_ns;
  open_overdue_ = opened_ = false;
  seen_ns_ = 0;
  sentence_.reset();
  reprieve_.reset();
  distrusted_ = false;
}

/// In tranche_open. Not asked again once it has been seen behind it: the word lies in reach of user code.
bool SlotWatch::opening() noexcept {
  if (!opened_) opened_ = area_.header->phase.load() != SlotPhase::opening;
  return !opened_;
}

/// Sequence number of the begun task, if there is one.
std::optional<std::uint32_t> SlotWatch::running() const noexcept {
  const auto progress = area_.header->counters.progress(area_.layout.depth);
  if (!progress.possible || !progress.running) return std::nullopt;
  return progress.finished;
}

bool SlotWatch::quiet() const noexcept {
  const auto progress = area_.header->counters.progress(area_.layout.depth);
  return pid_ != 0 && opened_ && progress.possible && !progress.running &&
         area_.header->counters.load().waiting() == 0;
}

bool SlotWatch::has_progressed() noexcept {
  const std::uint32_t finished = area_.header->counters.finished();
  return std::exchange(seen_finished_, finished) != finished;
}

void SlotWatch::enforce_limits(std::uint64_t now_ns) {
  if (pid_ != 0 && reprieve_ && (reprieve_->gone() || now_ns > reprieve_until_ns_)) {
    reprieve_.reset();
    kill_now();
  }
  if (pid_ == 0 || sentence_ || open_overdue_) return;
  if (opening()) {
    if (now_ns > open_until_ns_) {
      open_overdue_ = true;
      kill_now();
    }
    return;
  }
  if (!area_.header->counters.progress(area_.layout.depth).possible) return distrust();
  const auto sequence = running();
  if (!sequence) return;
  const double elapsed = elapsed_s(*sequence, now_ns);
  if (const auto limit = limit_of(*sequence); limit && elapsed > *limit) {
    // What multiplies can keep us from counting in time.
    if (!enforce_process_limit()) condemn(*sequence, KillCause::deadline);
  } else if (limits_.memory_bytes && elapsed > seconds(memory_interval_ns)) {
    enforce_memory(*sequence, now_ns);
  }
}

/// The run's own, if it has one: it lies in reach of user code, so no longer one is believed than any that
/// was asked for.
std::optional<double> SlotWatch::limit_of(std::uint32_t sequence) const noexcept {
  const double own = area_.task(sequence).timeout_s;
  if (own > 0 && own <= verdict_.longest_timeout_s.load(std::memory_order_relaxed)) return own;
  return limits_.timeout_s;
}

/// By the slot's word, but never less than since we first saw the task.
double SlotWatch::elapsed_s(std::uint32_t sequence, std::uint64_t now_ns) {
  if (seen_ns_ == 0 || seen_sequence_ != sequence) {
    seen_sequence_ = sequence;
    seen_ns_ = now_ns;
  }
  const std::uint64_t started = area_.header->started_ns.load(std::memory_order_relaxed);
  return seconds(now_ns - std::min({started, seen_ns_, now_ns}));
}

/// RLIMIT_DATA does not see shared mappings: look at what is resident, too.
void SlotWatch::enforce_memory(std::uint32_t sequence, std::uint64_t now_ns) {
  if (now_ns - memory_checked_ns_ < memory_interval_ns) return;
  memory_checked_ns_ = now_ns;
  const std::uint64_t allowed =
      *limits_.memory_bytes + area_.header->open_rss_bytes.load() + area_.layout.slot_bytes();
  if (std::holds_alternative<campaign::PluginSpec>(limits_.kind)) {
    if (memory_use(pid_).resident > allowed) condemn(sequence, KillCause::memory);
    return;
  }
  if (resident_below(pid_) > allowed && tree_memory(pid_) > allowed) condemn(sequence, KillCause::memory);
}

bool SlotWatch::runs_programs() const noexcept {
  return !std::holds_alternative<campaign::PluginSpec>(limits_.kind);
}

bool SlotWatch::runs_commands() const noexcept {
  return std::holds_alternative<campaign::CommandSpec>(limits_.kind);
}

/// A worker is the slot's child. Below the slot of a command is its spawner, and below that the program.
std::optional<TreeUse> SlotWatch::program_use() const {
  if (!runs_programs()) return std::nullopt;
  TreeUse use;
  if (!runs_commands()) {
    for (const pid_t worker : children_of(pid_)) {
      const TreeUse one = tree_use(worker);
      use.cpu_s += one.cpu_s;
      use.max_rss_kb = std::max(use.max_rss_kb, one.max_rss_kb);
    }
    use.cpu_s = std::max(0.0, use.cpu_s - seconds(area_.header->program_cpu_ns.load()));
    return use;
  }
  use.cpu_s = seconds(area_.header->program_cpu_ns.load());
  for (const pid_t spawner : children_of(pid_)) {
    for (const pid_t program : children_of(spawner)) {
      const TreeUse one = tree_use(program);
      use.cpu_s += one.cpu_s;
      use.max_rss_kb = std::max(use.max_rss_kb, one.max_rss_kb);
    }
  }
  return use;
}

bool SlotWatch::enforce_process_limit() {
  if (pid_ == 0 || sentence_ || open_overdue_ || count_tasks(pid_, most_tasks_) <= most_tasks_) return false;
  condemn(running().value_or(seen_sequence_), KillCause::processes);
  return true;
}

void SlotWatch::distrust() {
  if (awaits_mending()) return;  // sent before the agent had our report: its answer comes next
  distrusted_ = true;
  // Dead, and its fork is waiting: nobody will reap it, so the agent is asked to mend now.
  if (pid_ == 0) report_damage({0, {}, monotonic_ns()});
  if (pid_ == 0 || sentence_) return;
  condemn(seen_sequence_, KillCause::damage);
}

void SlotWatch::condemn(std::uint32_t sequence, KillCause cause) {
  sentence_ = Sentence{sequence, cause, program_use()};
  if (cause == KillCause::deadline && runs_commands()) end_steps_first();
  if (!reprieve_) kill_now();
}

/// The slot must not see the end of its program: that is not how the run ended.
void SlotWatch::end_steps_first() {
  const StepClients clients{pid_};
  if (!clients.any()) return;
  ::kill(pid_, SIGSTOP);
  clients.ask_to_end();
  reprieve_ = clients;
  reprieve_until_ns_ = monotonic_ns() + static_cast<std::uint64_t>(step_patience_s * 1e9);
}

void SlotWatch::kill_now() const noexcept {
  if (pid_ == 0) return;
  ::kill(-pid_, SIGKILL);
  ::kill(pid_, SIGKILL);  // it may have left its group
}

void SlotWatch::count_open(const SlotDeath& death) noexcept {
  if (!opening()) {
    failed_opens_ = outside_kills_ = 0;
    return;
  }
  ++failed_opens_;
  if (!open_overdue_ && WIFSIGNALED(death.status) && WTERMSIG(death.status) == SIGKILL) ++outside_kills_;
}

void SlotWatch::account_for(const SlotDeath& death) {
  SlotHeader& header = *area_.header;
  count_open(death);
  pid_ = 0;
  const auto progress = header.counters.progress(area_.layout.depth);
  if (distrusted_ || !progress.possible || header.damaged.load() != 0) return report_damage(death);
  if (!progress.running) return;
  const std::uint32_t sequence = progress.finished;
  if (sentence_ && sentence_->sequence != sequence) {
    header.counters.unbegin();  // killed one moment too late: this run is innocent
    return;
  }
  const TaskEntry entry = area_.task(sequence);
  RunResult& result = area_.result(entry.cell);
  measure_death(death, header, result);
  if (sentence_ && sentence_->use) {
    result.cpu_s = sentence_->use->cpu_s;
    result.max_rss_kb = sentence_->use->max_rss_kb;
  }
  result.tag = sequence + 1;
  result.task = entry;
  const auto killed = sentence_ ? std::optional{sentence_->cause} : std::nullopt;
  auto limits = limits_;
  limits.timeout_s = limit_of(sequence);
  describe_death(death, header, killed, limits, most_tasks_, result);
  const std::string said = last_words(files_.err.get(), header.stderr_mark.load(std::memory_order_relaxed));
  if (!said.empty()) copy_text(said, result.message);
  result.seal = result.seal_now();
  // Before the agent can see the result, and look for it.
  keep_traces(entry);
  header.counters.finish();
}

/// Of a run whose slot cannot do it any more.
void SlotWatch::keep_traces(const TaskEntry& task) const {
  if (runs_commands()) return keep_evidence(files_.rundir, task, files_.out.get(), files_.err.get());
  const auto mark = area_.header->stderr_mark.load(std::memory_order_relaxed);
  keep_texts(files_.rundir, task, {{"stderr.txt", tail_of(files_.err.get(), kept_bytes, mark)}});
}

/// The counters are worth nothing: the agent, who has its own, finds out which task gets this result.
void SlotWatch::report_damage(const SlotDeath& death) {
  measure_death(death, *area_.header, verdict_.result);
  describe_damage(death, verdict_.result);
  mending_ = true;
  verdict_.damaged.store(1, std::memory_order_release);
}

std::string SlotWatch::why_not_open(const SlotDeath& death) const {
  const std::string_view message = bounded(area_.header->open_message);
  if (!std::holds_alternative<campaign::PluginSpec>(limits_.kind)) {
    if (!message.empty()) return clean_message(message);
    return open_overdue_ ? "it did not come up in time" : "its slot died while it was started";
  }
  if (!message.empty()) return "tranche_open failed: " + clean_message(message);
  if (open_overdue_) return "tranche_open did not return in time";
  if (WIFSIGNALED(death.status)) return "died in tranche_open (" + signal_word(WTERMSIG(death.status)) + ")";
  return "left in tranche_open with exit code " + std::to_string(WEXITSTATUS(death.status));
}

}  // namespace tranche::simulate
