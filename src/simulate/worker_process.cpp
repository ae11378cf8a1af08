#include "worker_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "tranche/base/errors.hpp"
#include "tranche/base/text.hpp"
#include "words.hpp"
#include "worker_json.hpp"

namespace tranche::simulate {
namespace {

/// A pipe that a grandchild keeps open does not tell of the worker's death: look for that so often.
constexpr int look_ms = 100;
/// Who closes its stdout is about to end.
constexpr double farewell_s = 2;
constexpr std::size_t read_bytes = 64 * 1024;
constexpr std::size_t largest_pipe = 1 << 20;

std::string end_text(const ProgramEnd& end) {
  if (end.signal != 0) return "the worker was ended by " + signal_word(end.signal);
  return "the worker ended with exit code " + std::to_string(end.exit_code);
}

std::uint64_t from_now(double seconds) {
  return monotonic_ns() + static_cast<std::uint64_t>(seconds * 1e9);
}

}  // namespace

WorkerEnded::WorkerEnded(const ProgramEnd& end) : std::runtime_error{end_text(end)}, end_{end} {}

WorkerProcess::WorkerProcess(ProgramStart start, AnswerShape shape)
    : shape_{std::move(shape)}, pipes_{make_pipes(shape_)}, process_{launch(std::move(start), pipes_)} {}

WorkerProcess::Pipes WorkerProcess::make_pipes(const AnswerShape& shape) {
  int to[2];
  int from[2];
  checked_fd(::pipe2(to, O_CLOEXEC), "pipe to a worker");
  Pipes pipes;
  pipes.their_in.reset(to[0]);
  pipes.to.reset(to[1]);
  checked_fd(::pipe2(from, O_CLOEXEC), "pipe from a worker");
  pipes.from.reset(from[0]);
  pipes.their_out.reset(from[1]);
  for (const int fd : {pipes.to.get(), pipes.from.get()}) ::fcntl(fd, F_SETFL, O_NONBLOCK);
  // An answer that fits is written at once: the worker goes on to wait for its next task.
  const auto wanted = std::min(shape.longest(Framing::frames), largest_pipe);
  if (wanted > read_bytes) ::fcntl(pipes.from.get(), F_SETPIPE_SZ, static_cast<int>(wanted));
  return pipes;
}

ChildProcess WorkerProcess::launch(ProgramStart start, Pipes& pipes) {
  start.in = pipes.their_in.get();
  start.out = pipes.their_out.get();
  ChildProcess process{start};
  pipes.their_in.reset();
  pipes.their_out.reset();
  return process;
}

GreetingAnswer WorkerProcess::greet(std::string_view greeting, double limit_s) {
  const auto limit = from_now(limit_s);
  send(greeting, limit);
  const auto answer = read_greeting_answer(receive(Framing::lines, limit));
  drop_message();
  if (have_ != 0)
    throw ProtocolFault{ProtocolFault::Stream::lost,
                        "sent more than its answer to the greeting: " + shown(received())};
  framing_ = answer.framing;
  return answer;
}

WorkerAnswer WorkerProcess::ask(WorkerTask task, const AnswerArrays& arrays, std::optional<double> limit_s) {
  const Limit limit = limit_s ? Limit{from_now(*limit_s)} : std::nullopt;
  task.id = ++asked_;
  heard_ = 0;
  request_.clear();
  write_task(task, framing_, request_);
  send(request_, limit);
  const auto message = receive(framing_, limit);
  heard_ = message.size();
  auto answer = read_answer(message, framing_, task.id, shape_, arrays);
  drop_message();
  if (have_ != 0) {
    heard_ = 0;
    throw ProtocolFault{ProtocolFault::Stream::lost, "sent more than its answer: " + shown(received())};
  }
  return answer;
}

std::optional<ProgramEnd> WorkerProcess::close(double limit_s) {
  const auto until = from_now(limit_s);
  pipes_.to.reset();
  if (process_.pid() == 0) return std::nullopt;
  while (true) {
    if (auto end = process_.poll_end()) return end;
    if (monotonic_ns() >= until) return std::nullopt;
    ::usleep(1000);
  }
}

std::string WorkerProcess::next_line(double limit_s) {
  std::string line{receive(Framing::lines, from_now(limit_s))};
  drop_message();
  return line;
}

void WorkerProcess::send(std::string_view bytes, Limit limit) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(pipes_.to.get(), bytes.data(), bytes.size());
    if (written > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN) {
      wait_for(pipes_.to.get(), POLLOUT, limit);
    } else if (errno != EINTR) {
      report_end();
    }
  }
}

std::string_view WorkerProcess::receive(Framing framing, Limit limit) {
  drop_message();  // of an answer that was a fault
  while (true) {
    if (const auto length = message_length(received(), framing, shape_)) {
      message_ = *length;
      return received().substr(0, *length);
    }
    fill(limit);
  }
}

void WorkerProcess::drop_message() noexcept {
  std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(message_),
            buffer_.begin() + static_cast<std::ptrdiff_t>(have_), buffer_.begin());
  have_ -= message_;
  message_ = 0;
}

void WorkerProcess::fill(Limit limit) {
  wait_for(pipes_.from.get(), POLLIN, limit);
  if (buffer_.size() - have_ < read_bytes) buffer_.resize(std::max(2 * buffer_.size(), have_ + read_bytes));
  const ssize_t length = ::read(pipes_.from.get(), buffer_.data() + have_, buffer_.size() - have_);
  if (length > 0) have_ += static_cast<std::size_t>(length);
  if (length == 0 || (length < 0 && errno != EINTR && errno != EAGAIN)) report_end();
}

void WorkerProcess::wait_for(int fd, short events, Limit limit) {
  while (true) {
    pollfd wanted{fd, events, 0};
    if (::poll(&wanted, 1, look_ms) > 0) return;
    throw_if_ended();
    if (limit && monotonic_ns() >= *limit)
      throw ProtocolFault{ProtocolFault::Stream::lost, "did not answer in time"};
  }
}

void WorkerProcess::throw_if_ended() {
  if (process_.pid() == 0) throw WorkerEnded{{}};
  if (const auto end = process_.poll_end()) throw WorkerEnded{*end};
}

/// Its end of a pipe is closed.
void WorkerProcess::report_end() {
  const auto until = from_now(farewell_s);
  while (monotonic_ns() < until) {
    throw_if_ended();
    ::usleep(500);
  }
  throw ProtocolFault{ProtocolFault::Stream::lost, "closed its stdin or stdout"};
}

}  // namespace tranche::simulate
