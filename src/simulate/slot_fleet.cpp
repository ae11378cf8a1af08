#include "slot_fleet.hpp"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "process_tree.hpp"
#include "simulator.hpp"
#include "tranche/base/text.hpp"
#include "words.hpp"

namespace tranche::simulate {
namespace {

/// So many new threads on the machine since the last look make it worth counting the slots' own.
constexpr std::size_t suspicious_growth = 128;
constexpr std::uint64_t count_interval_ns = 1'000'000'000;

}  // namespace

void SlotFleet::start() {
  if (!slots_.empty()) return;
  for (std::uint32_t k = 0; k < setup_.options.slots; ++k)
    slots_.emplace_back(k, setup_.memory.slot(k), setup_.memory.verdict(k), setup_.spec.resources,
                        setup_.spec.simulator, setup_.files[k]);
  for (std::uint32_t k = 0; k < slots_.size(); ++k) spawn(k);
}

void SlotFleet::spawn(std::uint32_t slot) {
  slots_[slot].before_birth();
  if (closing()) setup_.memory.slot(slot).header->closing.store(1);  // the agent may have set it just before
  const pid_t pid = ::fork();
  if (pid == 0) become_slot_(slot);
  if (pid < 0) return postpone(slot, errno);
  unborn_.fork_worked();
  ::setpgid(pid, pid);
  slots_[slot].born(pid, monotonic_ns() + static_cast<std::uint64_t>(setup_.options.load_limit_s * 1e9));
}

/// No process or memory is free for it now: the other slots take its tasks, and supervise() tries again.
void SlotFleet::postpone(std::uint32_t slot, int error) {
  if (!unborn_.failing())
    std::fprintf(stderr, "tranche: fork of a slot: %s; trying again\n", std::strerror(error));
  if (unborn_.add(slot, monotonic_ns(), setup_.options.fork_limit_s)) return;
  give_up_(std::string{"fork of a slot: "} + std::strerror(error) + ", again and again for " +
           format_duration(setup_.options.fork_limit_s) +
           " (try: fewer slots, or a higher limit on processes, see ulimit -u)");
}

void SlotFleet::retry_forks(std::uint64_t now) {
  if (closing()) return;
  for (const std::uint32_t slot : unborn_.take_due(now)) {
    if (slots_[slot].pid() == 0 && !slots_[slot].awaits_mending()) spawn(slot);
  }
}

void SlotFleet::reap() {
  siginfo_t dead{};
  // First look, then kill what the slot left in its group, then reap: until then its number is not reused.
  while (::waitid(P_ALL, 0, &dead, WEXITED | WNOHANG | WNOWAIT) == 0 && dead.si_pid != 0) {
    const pid_t pid = dead.si_pid;
    ::kill(-pid, SIGKILL);
    int status = 0;
    rusage usage{};
    if (::wait4(pid, &status, 0, &usage) == pid) bury(pid, status, usage);
    dead = {};
  }
}

void SlotFleet::bury(pid_t pid, int status, const rusage& usage) {
  const auto found =
      std::find_if(slots_.begin(), slots_.end(), [&](const SlotWatch& s) { return s.pid() == pid; });
  if (found == slots_.end()) return;  // a child that tranche_load left behind
  const SlotDeath death{status, usage, monotonic_ns()};
  const auto slot = static_cast<std::uint32_t>(found - slots_.begin());
  found->account_for(death);
  strays_.purge(slots_);
  wake_agent(setup_.memory.host().armed, setup_.wake_fd);
  if (!closing() && !found->awaits_mending()) replace(slot, death);
}

void SlotFleet::replace(std::uint32_t slot, const SlotDeath& death) {
  if (!slots_[slot].hopeless()) {
    spawn(slot);
    return;
  }
  std::string text = simulator_name(setup_) + ": slot " + std::to_string(slot) + " could not be opened, " +
                     std::to_string(slots_[slot].failed_opens()) +
                     " times in a row: " + slots_[slot].why_not_open(death);
  const std::string said = last_words(STDERR_FILENO, slots_[slot].log_mark());
  if (!said.empty()) text += "; last words: " + said;
  give_up_(text);
}

void SlotFleet::supervise() {
  const std::uint64_t now = monotonic_ns();
  look_for_fork_bombs(now);  // first: one that kept us waiting may be past its deadline, too
  bool progress = false;
  for (SlotWatch& slot : slots_) {
    slot.enforce_limits(now);
    progress = slot.has_progressed() || progress;
  }
  // Slots wake the agent for many short runs at once; the last of them may precede a long one.
  if (progress) wake_agent(setup_.memory.host().armed, setup_.wake_fd);
  if (strays_.left()) strays_.purge(slots_);
  retry_forks(now);
}

void SlotFleet::look_for_fork_bombs(std::uint64_t now) {
  const std::size_t tasks = tasks_on_machine();
  tasks_seen_ = std::min(tasks_seen_, tasks);
  // Now and then in any case: what ends elsewhere may hide what grows here.
  if (tasks - tasks_seen_ < suspicious_growth && now - counted_ns_ < count_interval_ns) return;
  for (SlotWatch& slot : slots_) slot.enforce_process_limit();
  tasks_seen_ = tasks;
  counted_ns_ = now;
}

bool SlotFleet::any_alive() const {
  return std::any_of(slots_.begin(), slots_.end(), [](const SlotWatch& slot) { return slot.pid() != 0; });
}

bool SlotFleet::quiet() const {
  return !strays_.left() &&
         std::all_of(slots_.begin(), slots_.end(), [](const SlotWatch& slot) { return slot.quiet(); });
}

void SlotFleet::mended(std::uint32_t slot) {
  slots_.at(slot).mended();
  if (slots_.at(slot).pid() == 0 && !closing()) spawn(slot);
}

/// Slurm gets a moment: the agent does not wait for ever, either.
void SlotFleet::end_steps() const {
  constexpr double patience_s = 1.5;
  std::vector<StepClients> all;
  for (const SlotWatch& slot : slots_) {
    if (slot.pid() == 0) continue;
    const StepClients clients{slot.pid()};
    if (!clients.any()) continue;
    ::kill(slot.pid(), SIGSTOP);
    clients.ask_to_end();
    all.push_back(clients);
  }
  const auto until = monotonic_ns() + static_cast<std::uint64_t>(patience_s * 1e9);
  while (!std::all_of(all.begin(), all.end(), [](const auto& each) { return each.gone(); }) &&
         monotonic_ns() < until)
    ::usleep(10'000);
}

void SlotFleet::kill_all() {
  if (std::holds_alternative<campaign::CommandSpec>(setup_.spec.simulator.kind)) end_steps();
  for (SlotWatch& slot : slots_) slot.kill_now();
  for (SlotWatch& slot : slots_) {
    if (slot.pid() != 0) ::waitpid(slot.pid(), nullptr, 0);
  }
  slots_.clear();
  strays_.keep_none();
  strays_.purge(slots_);
}

}  // namespace tranche::simulate
