#include "spawner.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string_view>

#include "spawn_messages.hpp"
#include "start_program.hpp"
#include "tranche/base/errors.hpp"

namespace tranche::simulate {
namespace {

std::string explain(const SpawnReply& reply, const SpawnOrder& order) {
  const std::string words = std::strerror(reply.error);
  switch (static_cast<StartStep>(reply.step)) {
    case StartStep::fork:
      return "no process for " + order.program + ": " + words;
    case StartStep::directory:
      return "enter " + order.directory + ": " + words;
    case StartStep::input:
      return "standard input " + order.input + ": " + words;
    default:
      return "execute " + order.program + ": " + words;
  }
}

}  // namespace

std::string find_spawn_program() {
  std::error_code error;
  const auto self = std::filesystem::read_symlink("/proc/self/exe", error);
  const auto path = (self.parent_path() / "../lib/tranche/tranche-spawn").lexically_normal();
  if (error || !std::filesystem::is_regular_file(path, error))
    throw Failure{ExitCode::environment, "the program " + path.string() + " is not there",
                  "install tranche again: it belongs to it"};
  return path.string();
}

Spawner::Spawner(const std::string& spawn_program, int out, int err) {
  int ends[2];
  checked_fd(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), "socketpair");
  socket_.reset(ends[0]);
  const FileDescriptor other{ends[1]};
  const int room = 2 * static_cast<int>(most_spawn_bytes);
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDBUF, &room, sizeof room);
  ProgramStart start;
  start.program = spawn_program;
  start.arguments = {"tranche-spawn"};
  start.out = out;
  start.err = err;
  start.extra = other.get();
  process_.emplace(start);
}

/// Texts hold no zero bytes: what could, ends there.
void Spawner::compose(const SpawnOrder& order) {
  SpawnRequest request;
  message_.assign(sizeof request, '\0');
  const auto add = [&](const std::string& text) {
    message_.append(text.c_str(), std::strlen(text.c_str()) + 1);
  };
  add(order.program);
  add(order.directory);
  add(order.input);
  for (const auto& argument : order.arguments) add(argument);
  for (const auto& variable : order.variables) add(variable);
  request.bytes = static_cast<std::uint32_t>(message_.size() - sizeof request);
  request.arguments = static_cast<std::uint32_t>(order.arguments.size());
  request.variables = static_cast<std::uint32_t>(order.variables.size());
  std::memcpy(message_.data(), &request, sizeof request);
}

std::optional<SpawnEnd> Spawner::run(const SpawnOrder& order) {
  compose(order);
  SpawnEnd end;
  if (message_.size() > most_spawn_bytes) {
    end.not_started = "execute " + order.program + ": more than " + std::to_string(most_spawn_bytes / 1024) +
                      " kB of arguments";
    return end;
  }
  if (::send(socket_.get(), message_.data(), message_.size(), MSG_NOSIGNAL) < 0) return std::nullopt;
  SpawnReply reply;
  ssize_t length = 0;
  do length = ::recv(socket_.get(), &reply, sizeof reply, 0);
  while (length < 0 && errno == EINTR);
  if (length != sizeof reply) return std::nullopt;
  if (reply.error != 0) end.not_started = explain(reply, order);
  const ProgramEnd how = program_end(reply.status, {});
  end.exit_code = how.exit_code;
  end.signal = how.signal;
  end.cpu_s = static_cast<double>(reply.cpu_us) * 1e-6;
  end.max_rss_kb = reply.max_rss_kb;
  end.strays_left = reply.left != 0;
  return end;
}

}  // namespace tranche::simulate
