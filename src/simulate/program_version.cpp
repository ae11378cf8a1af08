#include "tranche/simulate/program_version.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>

#include "child_process.hpp"
#include "command_files.hpp"
#include "surroundings.hpp"
#include "system.hpp"
#include "tranche/base/errors.hpp"
#include "tranche/deck/words.hpp"
#include "words.hpp"

namespace tranche::simulate {
namespace {

constexpr std::uint64_t limit_ns = 10'000'000'000;
constexpr std::size_t most_bytes = 4096;

struct Pipe {
  Pipe() {
    int ends[2];
    checked_fd(::pipe2(ends, O_CLOEXEC), "pipe");
    reading.reset(ends[0]);
    writing.reset(ends[1]);
  }
  FileDescriptor reading;
  FileDescriptor writing;
};

/// What arrives until the other end is closed, up to the limits.
std::string first_bytes(int fd, std::uint64_t until_ns) {
  std::string text;
  while (text.size() < most_bytes) {
    const std::uint64_t now = monotonic_ns();
    if (now >= until_ns) break;
    pollfd wanted{fd, POLLIN, 0};
    if (::poll(&wanted, 1, static_cast<int>((until_ns - now) / 1'000'000) + 1) <= 0) continue;
    char piece[1024];
    const ssize_t length = ::read(fd, piece, sizeof piece);
    if (length < 0 && errno == EINTR) continue;
    if (length <= 0) break;
    text.append(piece, static_cast<std::size_t>(length));
  }
  return text;
}

[[noreturn]] void refuse(const campaign::CommandSpec& command, const std::string& why) {
  throw Failure{ExitCode::environment, "`version`: " + deck::shell_line(command.version) + ": " + why,
                "correct `version` in campaign.yaml, or remove it"};
}

}  // namespace

std::string simulator_version(const std::string& campaign_dir, const campaign::SimulatorSpec& simulator) {
  const auto* command = std::get_if<campaign::CommandSpec>(&simulator.kind);
  if (command == nullptr || command->version.empty()) return {};
  campaign::CommandSpec asked;
  asked.words = command->version;
  const auto found = find_command(campaign_dir, asked);
  if (const auto* problem = std::get_if<Problem>(&found)) refuse(*command, problem->what);
  Pipe pipe;
  ProgramStart start;
  start.program = std::get<SimulatorFiles>(found).program;
  start.arguments = command->version;
  start.directory = campaign_dir;
  start.out = start.err = pipe.writing.get();
  start.scrub = true;
  ChildProcess child{start};
  pipe.writing.reset();
  const std::uint64_t until = monotonic_ns() + limit_ns;
  const std::string said = first_bytes(pipe.reading.get(), until);
  auto end = child.poll_end();
  while (!end && monotonic_ns() < until) {
    ::usleep(1000);
    end = child.poll_end();
  }
  if (!end) refuse(*command, "it does not end");
  if (end->signal != 0 || end->exit_code != 0)
    refuse(*command, "it ends with " + (end->signal != 0 ? signal_word(end->signal)
                                                         : "exit code " + std::to_string(end->exit_code)));
  const auto line = clean_message(said.substr(0, said.find('\n')));
  if (line.empty()) refuse(*command, "it says nothing");
  return line;
}

}  // namespace tranche::simulate
