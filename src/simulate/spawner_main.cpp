/// The program tranche-spawn: starts the programs of one slot, waits for each, and says how it ended.
///
/// It is a program of its own because the kernel counts the memory of whoever starts a program as the
/// program's own peak (ru_maxrss): this one is linked statically and has a few hundred kilobytes.
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>

#include "spawn_messages.hpp"
#include "start_program.hpp"

extern char** environ;

namespace {

using namespace tranche::simulate;

constexpr std::size_t most_pointers = most_spawn_bytes / 2;

// Touched only as far as needed: none of it counts before.
alignas(SpawnRequest) char message[sizeof(SpawnRequest) + most_spawn_bytes + 1];
char* arguments[most_pointers + 1];
char* variables[most_pointers + 1];

bool same_name(const char* one, const char* other) {
  const std::size_t length = std::strcspn(one, "=");
  return std::strncmp(one, other, length) == 0 && std::strcspn(other, "=") == length;
}

bool given(const char* entry, std::size_t count) {
  for (std::size_t k = 0; k < count; ++k)
    if (same_name(variables[k], entry)) return true;
  return false;
}

/// Reads the texts behind a request one after the other.
struct Texts {
  char* next;
  char* take() {
    char* text = next;
    next += std::strlen(text) + 1;
    return text;
  }
};

StartPlan plan_of(const SpawnRequest& request, Texts texts) {
  StartPlan plan;
  plan.program = texts.take();
  plan.directory = texts.take();
  if (*plan.directory == 0) plan.directory = nullptr;
  plan.in_path = texts.take();
  if (*plan.in_path == 0) plan.in_path = nullptr;
  for (std::size_t k = 0; k < request.arguments; ++k) arguments[k] = texts.take();
  arguments[request.arguments] = nullptr;
  std::size_t count = request.variables;
  for (std::size_t k = 0; k < count; ++k) variables[k] = texts.take();
  for (char** entry = environ; *entry != nullptr && count < most_pointers; ++entry)
    if (!given(*entry, request.variables)) variables[count++] = *entry;
  variables[count] = nullptr;
  plan.arguments = arguments;
  plan.variables = variables;
  plan.inherits = true;
  return plan;
}

void add(SpawnReply& reply, const rusage& usage) {
  const auto us = [](const timeval& time) { return std::int64_t{time.tv_sec} * 1'000'000 + time.tv_usec; };
  reply.cpu_us += us(usage.ru_utime) + us(usage.ru_stime);
  if (usage.ru_maxrss > reply.max_rss_kb) reply.max_rss_kb = usage.ru_maxrss;
}

/// Our children are those a program has left. False if the kernel does not list them.
bool kill_children() {
  char path[64];
  std::snprintf(path, sizeof path, "/proc/self/task/%d/children", static_cast<int>(::getpid()));
  const int file = ::open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  char list[4096];
  const ssize_t length = ::read(file, list, sizeof list - 1);
  ::close(file);
  if (length < 0) return false;
  list[length] = 0;
  char* at = list;
  for (char* end = at; *at != 0; at = end) {
    const long pid = std::strtol(at, &end, 10);
    if (end == at) break;
    // The list may be cut in the middle of a number.
    if (pid > 1 && (*end == ' ' || *end == 0) && !(*end == 0 && length == sizeof list - 1))
      kill_group(static_cast<pid_t>(pid));
  }
  return true;
}

/// Whatever is still there once the program has ended: orphans come to us.
void end_strays(SpawnReply& reply) {
  rusage usage{};
  while (true) {
    const pid_t pid = ::wait4(-1, nullptr, WNOHANG, &usage);
    if (pid > 0) {
      ++reply.strays;
      add(reply, usage);
    } else if (pid < 0) {
      if (errno != EINTR) return;
    } else if (!kill_children()) {
      reply.left = 1;
      return;
    } else {
      siginfo_t dead{};
      ::waitid(P_ALL, 0, &dead, WEXITED | WNOWAIT);
    }
  }
}

/// What is left in its group then is an orphan, and ours: see end_strays().
void await(pid_t program, SpawnReply& reply) {
  rusage usage{};
  int status = 0;
  while (true) {
    const pid_t dead = ::wait4(-1, &status, 0, &usage);
    if (dead < 0 && errno == EINTR) continue;
    if (dead < 0) return;
    add(reply, usage);
    if (dead != program) continue;
    reply.status = status;
    return end_strays(reply);
  }
}

/// False when the slot has gone.
bool serve() {
  const ssize_t length = ::recv(spawn_socket, message, sizeof message - 1, 0);
  if (length < 0 && errno == EINTR) return true;
  SpawnRequest request;
  if (length < static_cast<ssize_t>(sizeof request)) return false;
  std::memcpy(&request, message, sizeof request);
  message[length] = 0;
  SpawnReply reply;
  const Started started = start_program(plan_of(request, {message + sizeof request}));
  reply.step = static_cast<std::int32_t>(started.step);
  reply.error = started.error;
  if (started.pid > 0) await(started.pid, reply);
  return ::send(spawn_socket, &reply, sizeof reply, MSG_NOSIGNAL) == sizeof reply;
}

void do_nothing(int) {}

}  // namespace

int main() {
  ::fcntl(spawn_socket, F_SETFD, FD_CLOEXEC);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  // Meant for the job as a whole; programs have the default, since exec resets handlers.
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2}) ::signal(number, do_nothing);
  while (serve()) {
  }
  return 0;
}
