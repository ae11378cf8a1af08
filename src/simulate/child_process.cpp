#include "child_process.hpp"

#include <sys/wait.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "start_program.hpp"
#include "surroundings.hpp"
#include "tranche/base/errors.hpp"

extern char** environ;

namespace tranche::simulate {
namespace {

std::string_view name_of(const char* variable) {
  const std::string_view text{variable};
  return text.substr(0, text.find('='));
}

std::string describe(const Started& started, const ProgramStart& start) {
  const std::string words = std::strerror(started.error);
  switch (started.step) {
    case StartStep::fork:
      return "start of " + start.program + ": " + words;
    case StartStep::directory:
      return "enter " + start.directory + ": " + words;
    default:
      return "execute " + start.program + ": " + words;
  }
}

}  // namespace

double ProgramEnd::cpu_s() const noexcept {
  const auto sum = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
  };
  return sum(usage.ru_utime) + sum(usage.ru_stime);
}

ProgramEnd program_end(int status, const rusage& usage) noexcept {
  ProgramEnd end;
  end.usage = usage;
  if (WIFSIGNALED(status))
    end.signal = WTERMSIG(status);
  else
    end.exit_code = WEXITSTATUS(status);
  return end;
}

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (const auto& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<char*> merged_environment(const std::vector<std::string>& variables, Scrub scrub) {
  std::vector<char*> all = pointers_to(variables);
  all.pop_back();
  const auto replaced = [&](const char* entry) {
    return std::any_of(variables.begin(), variables.end(), [&](const std::string& variable) {
      return name_of(variable.c_str()) == name_of(entry);
    });
  };
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry)
    if (!replaced(*entry) && !(scrub == Scrub::yes && belongs_to_mpi(name_of(*entry)))) all.push_back(*entry);
  all.push_back(nullptr);
  return all;
}

ChildProcess::ChildProcess(const ProgramStart& start) {
  const auto arguments = pointers_to(start.arguments);
  const auto variables = merged_environment(start.variables, start.scrub ? Scrub::yes : Scrub::no);
  StartPlan plan;
  plan.program = start.program.c_str();
  plan.arguments = arguments.data();
  plan.variables = variables.data();
  if (!start.directory.empty()) plan.directory = start.directory.c_str();
  plan.in = start.in;
  plan.out = start.out;
  plan.err = start.err;
  plan.extra = start.extra;
  const Started started = start_program(plan);
  if (started.pid < 0) throw Failure{ExitCode::environment, describe(started, start)};
  pid_ = started.pid;
}

ChildProcess::~ChildProcess() {
  if (pid_ == 0) return;
  kill();
  reap(true);
}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  std::swap(pid_, other.pid_);
  return *this;
}

void ChildProcess::kill() const noexcept {
  if (pid_ != 0) kill_group(pid_);
}

/// First look, then kill what it left in its group, then reap: until then its number is not reused.
std::optional<ProgramEnd> ChildProcess::reap(bool wait) noexcept {
  siginfo_t dead{};
  int result = 0;
  do {
    result = ::waitid(P_PID, static_cast<id_t>(pid_), &dead, WEXITED | WNOWAIT | (wait ? 0 : WNOHANG));
  } while (result != 0 && errno == EINTR);
  if (result == 0 && dead.si_pid == 0) return std::nullopt;
  kill_group(pid_);
  int status = 0;
  rusage usage{};
  while (::wait4(pid_, &status, 0, &usage) < 0 && errno == EINTR) {
  }
  pid_ = 0;
  return program_end(status, usage);
}

}  // namespace tranche::simulate
