#include "tranche/simulate/worker_trial.hpp"

#include <csignal>
#include <cstring>
#include <filesystem>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "captured_output.hpp"
#include "surroundings.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/base/text.hpp"
#include "words.hpp"
#include "worker_process.hpp"
#include "worker_start.hpp"

namespace tranche::simulate {
namespace {

using Mark = Finding::Mark;

constexpr double patience_s = 60;
constexpr double farewell_s = 2;
constexpr double rubbish_limit_s = 5;

/// Writing to a worker that has died is an error here, and nobody's end.
class PipesWithoutSignal {
 public:
  PipesWithoutSignal() : before_{std::signal(SIGPIPE, SIG_IGN)} {}
  ~PipesWithoutSignal() { std::signal(SIGPIPE, before_); }
  PipesWithoutSignal(const PipesWithoutSignal&) = delete;
  PipesWithoutSignal& operator=(const PipesWithoutSignal&) = delete;

 private:
  void (*before_)(int);
};

/// What one answer was.
struct Reply {
  WorkerAnswer answer;
  std::vector<double> numbers;

  /// The same answer, NaN included.
  bool operator==(const Reply& other) const {
    return answer.status == other.answer.status && answer.reason == other.answer.reason &&
           numbers.size() == other.numbers.size() &&
           std::memcmp(numbers.data(), other.numbers.data(), numbers.size() * sizeof(double)) == 0;
  }
};

std::string reply_text(const Reply& reply, std::size_t numbers) {
  using Status = WorkerAnswer::Status;
  if (reply.answer.status == Status::ok)
    return format_count(numbers) + (numbers == 1 ? " number" : " numbers");
  const std::string kind = reply.answer.status == Status::failed ? "failed" : "bad point";
  const auto reason = clean_reason(reply.answer.reason, "no reason given");
  return kind + " (" + reason + "): " + clean_message(reply.answer.message);
}

class Trial {
 public:
  Trial(const campaign::CampaignSpec& spec, const HostOptions& options,
        const std::vector<TrialPoint>& points);
  std::vector<Finding> run();

 private:
  bool start(bool frames_allowed);
  Reply ask(const TrialPoint& point);
  void note(Mark mark, std::string what, std::string text);
  std::string with_last_words(const std::string& text) const;
  void look_at_samples();
  void look_at_odd_point();
  void look_at_lines();
  void look_at_rubbish();
  void look_at_end();
  template <typename Look>
  void guarded(const char* what, Look look);

  const campaign::CampaignSpec& spec_;
  const HostOptions& options_;
  const std::vector<TrialPoint>& points_;
  AnswerShape shape_;
  std::string rundir_;
  FileDescriptor errors_;
  std::unique_ptr<WorkerProcess> worker_;
  std::optional<Reply> first_;
  std::vector<Finding> findings_;
};

Trial::Trial(const campaign::CampaignSpec& spec, const HostOptions& options,
             const std::vector<TrialPoint>& points)
    : spec_{spec},
      options_{options},
      points_{points},
      shape_{spec},
      rundir_{options.scratch_dir + "/trial"},
      errors_{open_captured(options.scratch_dir + "/trial.err")} {
  std::filesystem::create_directories(rundir_);
}

void Trial::note(Mark mark, std::string what, std::string text) {
  findings_.push_back({mark, std::move(what), std::move(text)});
}

std::string Trial::with_last_words(const std::string& text) const {
  const auto words = last_words(errors_.get(), 0);
  return words.empty() ? text : text + "; its last words: " + words;
}

/// What the worker does wrong becomes a finding about `what`, and the worker is given up.
template <typename Look>
void Trial::guarded(const char* what, Look look) {
  try {
    look();
    return;
  } catch (const WorkerEnded& ended) {
    note(Mark::broken, what, with_last_words(ended.what()));
  } catch (const ProtocolFault& fault) {
    note(Mark::broken, what, with_last_words("the worker " + std::string{fault.what()}));
  } catch (const Failure& failure) {
    note(Mark::broken, what, failure.what());
  }
  worker_.reset();
}

bool Trial::start(bool frames_allowed) {
  const char* what = frames_allowed ? "greeting" : "lines";
  guarded(what, [&] {
    const auto begin = monotonic_ns();
    auto program = worker_start(options_.simulator, rundir_, errors_.get());
    program.scrub = true;  // as in a slot
    for (auto& variable : thread_settings(spec_.resources.threads))
      program.variables.push_back(std::move(variable));
    worker_ = std::make_unique<WorkerProcess>(std::move(program), shape_);
    const auto answer = worker_->greet(
        greeting_line(spec_, {options_.campaign_dir, rundir_, 0, frames_allowed}), options_.load_limit_s);
    const auto took = format_duration(seconds(monotonic_ns() - begin));
    for (const auto& remark : answer.remarks) note(Mark::remark, what, clean_message(remark));
    if (!answer.refusal.empty()) {
      note(Mark::broken, what, clean_message(answer.refusal));
      worker_.reset();
    } else if (!frames_allowed && answer.framing == Framing::frames) {
      note(Mark::broken, what, "it wants frames although the greeting does not allow them");
      worker_.reset();
    } else if (frames_allowed) {
      note(Mark::ok, what,
           "came up in " + took + ", speaks " +
               (answer.framing == Framing::frames ? "frames" : "lines of JSON"));
    }
  });
  return worker_ != nullptr;
}

Reply Trial::ask(const TrialPoint& point) {
  Reply reply;
  reply.numbers.assign(shape_.numbers(), std::numeric_limits<double>::quiet_NaN());
  std::vector<double*> outputs;
  double* at = reply.numbers.data();
  for (const auto& output : shape_.outputs) {
    outputs.push_back(at);
    at += output.size;
  }
  WorkerTask task;
  task.index = point.index;
  task.seed = point.seed;
  task.deadline_s = spec_.simulator.timeout_s;
  task.x = point.x;
  reply.answer =
      worker_->ask(task, {outputs, {at, shape_.meta.size()}}, spec_.simulator.timeout_s.value_or(patience_s));
  return reply;
}

void Trial::look_at_samples() {
  if (worker_ == nullptr) return;
  guarded("sample", [&] {
    const auto begin = monotonic_ns();
    first_ = ask(points_.front());
    const auto took = format_duration(seconds(monotonic_ns() - begin));
    note(first_->answer.status == WorkerAnswer::Status::ok ? Mark::ok : Mark::remark, "sample",
         reply_text(*first_, shape_.numbers()) + " in " + took);
  });
  if (worker_ == nullptr) return;
  guarded("same again", [&] {
    for (std::size_t k = 1; k < points_.size(); ++k) ask(points_[k]);
    const bool same = ask(points_.front()) == *first_;
    note(same ? Mark::ok : Mark::remark, "same again",
         same ? "the same point gives the same bits, whatever was asked in between"
              : "the same point gives other numbers when it is asked again: use the sample's seed for random "
                "numbers");
  });
}

void Trial::look_at_odd_point() {
  if (worker_ == nullptr) return;
  try {
    auto point = points_.front();
    for (auto& value : point.x) value = std::numeric_limits<double>::quiet_NaN();
    const auto reply = ask(point);
    note(Mark::ok, "odd point",
         "NaN for every parameter is answered: " + reply_text(reply, shape_.numbers()));
  } catch (const WorkerEnded& ended) {
    note(Mark::remark, "odd point",
         std::string{ended.what()} + " at a point of NaN: such a sample is `crashed`");
    worker_.reset();
  } catch (const ProtocolFault& fault) {
    note(Mark::remark, "odd point", "at a point of NaN the worker " + std::string{fault.what()});
    worker_.reset();
  }
}

/// Protocol 1 is lines; frames are a courtesy between two that know them.
void Trial::look_at_lines() {
  const bool frames = worker_ != nullptr && worker_->framing() == Framing::frames;
  if (!frames) return;
  worker_->close(farewell_s);
  if (!start(false) || !first_) return;
  guarded("lines", [&] {
    const bool same = ask(points_.front()) == *first_;
    note(
        same ? Mark::ok : Mark::remark, "lines",
        same ? "lines of JSON give the same bits as frames" : "lines of JSON give other numbers than frames");
  });
}

void Trial::look_at_rubbish() {
  if (worker_ == nullptr || worker_->framing() != Framing::lines) return;
  try {
    worker_->send("this is no task\n");
    worker_->next_line(rubbish_limit_s);
    const bool well = first_ && ask(points_.front()) == *first_;
    note(well ? Mark::ok : Mark::remark, "rubbish",
         well ? "a line that is no task is answered, and the next task too"
              : "after a line that is no task it answers otherwise");
  } catch (const WorkerEnded&) {
    note(Mark::ok, "rubbish", "it ends at a line that is no task");
    worker_.reset();
  } catch (const ProtocolFault&) {
    note(Mark::remark, "rubbish", "a line that is no task is passed over in silence");
    worker_.reset();
  }
}

void Trial::look_at_end() {
  if (worker_ == nullptr && !start(true)) return;
  const auto end = worker_->close(farewell_s);
  if (!end)
    note(Mark::broken, "end",
         "it does not end within " + format_duration(farewell_s) + " when its stdin does");
  else if (end->signal != 0)
    note(Mark::remark, "end", "ended by " + signal_word(end->signal) + " when its stdin was closed");
  else
    note(end->exit_code == 0 ? Mark::ok : Mark::remark, "end",
         "ends when its stdin does, with exit code " + std::to_string(end->exit_code));
}

std::vector<Finding> Trial::run() {
  const PipesWithoutSignal quiet;
  if (!start(true)) return std::move(findings_);
  look_at_samples();
  look_at_odd_point();
  look_at_lines();
  look_at_rubbish();
  look_at_end();
  return std::move(findings_);
}

}  // namespace

std::vector<Finding> try_worker(const campaign::CampaignSpec& spec, const HostOptions& options,
                                const std::vector<TrialPoint>& points) {
  return Trial{spec, options, points}.run();
}

}  // namespace tranche::simulate
