#include "zygote_setup.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <vector>

#include "surroundings.hpp"

namespace tranche::simulate {
namespace {

/// No descriptor of the agent's stays open: a lock or a launcher's pipe would outlive the agent in us.
void enter_quiet_place(const Setup& setup, int socket) {
  ::dup2(setup.log_fd, STDOUT_FILENO);
  ::dup2(setup.log_fd, STDERR_FILENO);
  const FileDescriptor nothing{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
  ::dup2(nothing.get(), STDIN_FILENO);
  std::vector<int> keep{0, 1, 2, socket, setup.wake_fd, nothing.get()};
  for (const SlotFiles& files : setup.files) {
    keep.push_back(files.out.get());
    keep.push_back(files.err.get());
  }
  close_descriptors_except(keep.data(), keep.size());
}

}  // namespace

void leave_agent(const Setup& setup, int socket) {
  // What a dead slot's samples left behind becomes our child, wherever it has hidden.
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  leave_without_exit_handlers();
  ::setpgid(0, 0);  // a terminal's Ctrl-C is for the agent
  reset_signals();
  enter_quiet_place(setup, socket);
  scrub_environment();
  set_thread_variables(setup.spec.resources.threads);
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
}

}  // namespace tranche::simulate
