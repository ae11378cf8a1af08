/// \file
/// A worker: a program that stays, and is asked for one sample after the other over its stdin and stdout.
/// Layer: adapter (simulate). In slots.
#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "child_process.hpp"
#include "system.hpp"
#include "worker_protocol.hpp"

namespace tranche::simulate {

/// The worker's process has ended when an answer was due.
class WorkerEnded : public std::runtime_error {
 public:
  explicit WorkerEnded(const ProgramEnd& end);
  const ProgramEnd& end() const noexcept { return end_; }

 private:
  ProgramEnd end_;
};

/// Two pipes and the process behind them. Killed with its group by the destructor.
class WorkerProcess {
 public:
  /// Starts it; `start` without descriptors for stdin and stdout. \throws Failure{environment}
  WorkerProcess(ProgramStart start, AnswerShape shape);

  /// Sends the greeting and waits for the answer, at most `limit_s`.
  /// \throws ProtocolFault (also for silence), WorkerEnded
  GreetingAnswer greet(std::string_view greeting, double limit_s);
  /// Sends a task and waits for its answer: in a slot without limit, since deadlines are the zygote's.
  /// Numbers go to `arrays` if the answer is ok. `task.id` is set here. \throws ProtocolFault, WorkerEnded
  WorkerAnswer ask(WorkerTask task, const AnswerArrays& arrays, std::optional<double> limit_s = {});
  /// Closes its stdin and waits for its end, at most `limit_s`; nothing if it does not end by itself.
  std::optional<ProgramEnd> close(double limit_s);

  /// Sends any bytes, for tests of workers. \throws WorkerEnded
  void send(std::string_view bytes) { send(bytes, {}); }
  /// The next line it writes. \throws ProtocolFault, WorkerEnded
  std::string next_line(double limit_s);

  /// What it wrote when it was asked last, as far as it was read; until it is asked again.
  std::string_view heard() const noexcept { return {buffer_.data(), heard_ > 0 ? heard_ : have_}; }

  pid_t pid() const noexcept { return process_.pid(); }
  Framing framing() const noexcept { return framing_; }

 private:
  using Limit = std::optional<std::uint64_t>;  ///< CLOCK_MONOTONIC, nanoseconds
  struct Pipes {
    FileDescriptor to;
    FileDescriptor from;
    FileDescriptor their_in;
    FileDescriptor their_out;
  };
  static Pipes make_pipes(const AnswerShape& shape);
  static ChildProcess launch(ProgramStart start, Pipes& pipes);

  void send(std::string_view bytes, Limit limit);
  std::string_view receive(Framing framing, Limit limit);
  void fill(Limit limit);
  void wait_for(int fd, short events, Limit limit);
  void throw_if_ended();
  [[noreturn]] void report_end();
  std::string_view received() const noexcept { return {buffer_.data(), have_}; }
  void drop_message() noexcept;

  AnswerShape shape_;
  Pipes pipes_;
  ChildProcess process_;
  Framing framing_ = Framing::lines;
  std::uint64_t asked_ = 0;
  std::string request_;
  std::vector<char> buffer_;
  std::size_t have_ = 0;     ///< bytes in it
  std::size_t message_ = 0;  ///< of these, the ones at the front that have been read
  std::size_t heard_ = 0;    ///< of the buffer's bytes, the last answer; 0: it was no whole one
};

}  // namespace tranche::simulate
