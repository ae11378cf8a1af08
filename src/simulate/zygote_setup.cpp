#include "zygote_setup.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

#include "surroundings.hpp"
#include "tranche/base/errors.hpp"

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

void warn_about_threads() {
  struct stat tasks {};
  // A directory's link count is 2 plus its subdirectories: one for each thread.
  if (::stat("/proc/self/task", &tasks) == 0 && tasks.st_nlink > 3)
    std::fprintf(
        stderr,
        "tranche: the plug-in left %ld threads running after tranche_load; slots will not have them\n",
        static_cast<long>(tasks.st_nlink) - 3);
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

LoadedPlugin load_into_zygote(const Setup& setup, PluginInfo& info) {
  auto& phase = setup.memory.host().zygote;
  phase.store(ZygotePhase::opening_library);
  LoadedPlugin loaded{load_plugin(setup.options.plugin_path), nullptr};
  phase.store(ZygotePhase::loading);
  if (loaded.plugin.load != nullptr && loaded.plugin.load(&info.get(), &loaded.shared) != 0) {
    const std::string text = info.message();
    throw Failure{ExitCode::environment, "plug-in " + setup.options.plugin_path + ": tranche_load failed: " +
                                             (text.empty() ? "no reason given" : text)};
  }
  std::fflush(nullptr);
  warn_about_threads();
  reset_signals();
  phase.store(ZygotePhase::serving);
  return loaded;
}

}  // namespace tranche::simulate
