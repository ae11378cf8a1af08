#include "worker_simulator.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <cstdio>

#include "keep_evidence.hpp"
#include "tranche/base/errors.hpp"
#include "words.hpp"
#include "worker_start.hpp"

namespace tranche::simulate {
namespace {

/// A little less than the zygote gives the slot, which does not know why it waits.
constexpr double share_of_limit = 0.9;
/// For atexit handlers and open files.
constexpr double farewell_s = 2;

Outcome outcome_of(const WorkerAnswer& answer) {
  using Status = WorkerAnswer::Status;
  if (answer.status == Status::ok) return {};
  const auto message = clean_message(answer.message);
  if (answer.status == Status::bad_point)
    return {SampleState::invalid, clean_reason(answer.reason, "bad_point"), message, false};
  const auto reason = clean_reason(answer.reason, "error");
  // The same as a plug-in whose allocation fails: whoever ran out of memory is not trusted any more.
  if (reason == "memory") return {SampleState::crashed, reason, message, true};
  return {SampleState::failed, reason, message, false};
}

Outcome outcome_of(const WorkerEnded& ended, const std::string& message) {
  const auto& end = ended.end();
  return {SampleState::crashed, end.signal != 0 ? signal_word(end.signal) : "worker_died",
          clean_message(message), true, ProgramFigures{end.exit_code, end.signal, 0, 0}};
}

/// Once the stream is lost, the fault may lie with the sample before: `crashed` is tried again.
Outcome outcome_of(const ProtocolFault& fault) {
  const bool lost = fault.stream() == ProtocolFault::Stream::lost;
  return {lost ? SampleState::crashed : SampleState::failed, "protocol",
          clean_message("the worker " + std::string{fault.what()}), lost};
}

}  // namespace

Overheard::Overheard(const std::string& path)
    : fd_{::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600)} {
  mark();
}

void Overheard::mark() noexcept {
  struct stat status {};
  if (::fstat(fd_.get(), &status) == 0) mark_ = static_cast<std::uint64_t>(status.st_size);
}

std::string Overheard::with_last_words(const std::string& text) const {
  const auto words = last_words(fd_.get(), mark_);
  return words.empty() ? text : text + "; last words: " + words;
}

std::optional<std::string> WorkerSimulator::open(std::uint32_t slot) {
  slot_ = slot;
  std::signal(SIGPIPE, SIG_IGN);  // a write to a dead worker is an error, not our end
  errors_.emplace(setup_.files[slot].rundir + ".err");
  try {
    worker_.emplace(worker_start(setup_.options.simulator, setup_.files[slot].rundir, errors_->fd()), shape_);
    if (auto refusal = greet(slot)) return refusal;
  } catch (const WorkerEnded& ended) {
    return errors_->with_last_words(std::string{ended.what()} + " before it answered the greeting");
  } catch (const ProtocolFault& fault) {
    return errors_->with_last_words("the worker " + std::string{fault.what()});
  } catch (const Failure& failure) {
    return failure.what();
  }
  accounts_.emplace(worker_->pid());
  header_ = setup_.memory.slot(slot).header;
  header_->program_cpu_ns.store(accounts_->used_ns());
  limit_memory();
  return std::nullopt;
}

std::optional<std::string> WorkerSimulator::greet(std::uint32_t slot) {
  const auto greeting =
      greeting_line(setup_.spec, {setup_.options.campaign_dir, setup_.files[slot].rundir, slot});
  const auto answer = worker_->greet(greeting, setup_.options.load_limit_s * share_of_limit);
  if (slot == 0)
    for (const auto& remark : answer.remarks)
      std::fprintf(stderr, "tranche: worker: %s\n", clean_message(remark).c_str());
  if (answer.refusal.empty()) return std::nullopt;
  return clean_message(answer.refusal);
}

/// What it may have on top of what its start took, as for a plug-in.
void WorkerSimulator::limit_memory() const {
  const auto& limit = setup_.spec.simulator.memory_bytes;
  if (!limit) return;
  const auto bytes = memory_use(worker_->pid()).data + *limit;
  const rlimit data{bytes, bytes};
  ::prlimit(worker_->pid(), RLIMIT_DATA, &data, nullptr);
}

Outcome WorkerSimulator::run(const Sample& sample, const Results& results, SlotUpkeep& upkeep) {
  upkeep.mark_stderr();
  errors_->mark();
  const auto begin = monotonic_ns();
  WorkerTask task;
  task.index = sample.task.index;
  task.stage = sample.task.stage;
  task.attempt = sample.task.attempt;
  task.seed = sample.seed;
  const auto own = sample.task.timeout_s;
  task.deadline_s = own > 0 ? std::optional{own} : setup_.spec.simulator.timeout_s;
  task.x = sample.x;
  auto outcome = ask(task, {results.outputs, results.meta});
  if (!outcome.program) {
    accounts_->count(monotonic_ns() - begin);
    header_->program_cpu_ns.store(accounts_->used_ns(), std::memory_order_relaxed);
    outcome.program.emplace();
  }
  outcome.program->cpu_s = accounts_->cpu_s();
  outcome.program->max_rss_kb = accounts_->max_rss_kb();
  return outcome;
}

Outcome WorkerSimulator::ask(const WorkerTask& task, const AnswerArrays& arrays) {
  try {
    return outcome_of(worker_->ask(task, arrays));
  } catch (const WorkerEnded& ended) {
    accounts_->count_end(ended.end());
    return outcome_of(ended, errors_->with_last_words(ended.what()));
  } catch (const ProtocolFault& fault) {
    return outcome_of(fault);
  }
}

void WorkerSimulator::keep(const TaskEntry& task, const Captured& said) {
  const auto heard = worker_ ? worker_->heard().substr(0, kept_bytes) : std::string_view{};
  const bool lines = !worker_ || worker_->framing() == Framing::lines;
  keep_texts(setup_.files[slot_].rundir, task,
             {{lines ? "answer.txt" : "answer.bin", std::string{heard}},
              {"stderr.txt", tail_of(said.err, kept_bytes, said.err_mark)}});
}

void WorkerSimulator::close() {
  if (worker_) worker_->close(farewell_s);
  worker_.reset();
}

}  // namespace tranche::simulate
